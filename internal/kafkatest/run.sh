#!/usr/bin/env bash
# Fetches Apache Kafka from Maven Central into a cache, once, and runs TestKafka
# against it. Whatever is missing is named, and the script fails.
set -euo pipefail
cd "$(dirname "$0")"

version=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' pom.xml)
jars="${TARN_KAFKA_JARS:-${XDG_CACHE_HOME:-$HOME/.cache}/tarn/kafka-$version}"

missing() {
	echo "test-kafka: $1 is missing: $2" >&2
	exit 1
}

command -v go >/dev/null || missing go "install Go 1.26 or newer"
command -v java >/dev/null || missing java "install a JDK, version 17 or newer (Debian: apt-get install openjdk-17-jdk-headless)"
java --list-modules 2>/dev/null | grep -q '^jdk.compiler@' ||
	missing "Java's compiler" "the installed Java is a runtime only, or older than 17; install a JDK (Debian: apt-get install openjdk-17-jdk-headless)"
feature=$(java --version | sed -n '1s/^[^ ]* \([0-9]*\).*/\1/p')
[ "${feature:-0}" -ge 17 ] || missing "Java 17" "this is Java ${feature:-of an unknown version}, and Kafka $version needs 17 or newer"

if ! ls "$jars"/kafka-server-"$version".jar >/dev/null 2>&1; then
	command -v mvn >/dev/null || missing mvn "install Maven (Debian: apt-get install maven)"
	echo "fetching Apache Kafka $version from Maven Central into $jars"
	part="$jars.part.$$"
	trap 'rm -rf "$part"' EXIT
	if ! mvn -B -q -f pom.xml dependency:copy-dependencies -DoutputDirectory="$part"; then
		echo "test-kafka: Maven could not fetch Apache Kafka $version; see its messages above" >&2
		exit 1
	fi
	# As a whole or not at all: an interrupted fetch must not look like a good one.
	mkdir -p "$(dirname "$jars")"
	mv "$part" "$jars"
fi

TARN_KAFKA_JARS=$jars go test -count=1 -timeout 20m -run '^TestKafka$' -v "$@" .
