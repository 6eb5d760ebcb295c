# The table of contents of the work. `make help` lists the targets.

GO      ?= go
PKGS    := ./...
RACE    := . ./cmd/tarn/ ./storage/... ./operators/... ./engine/... ./pgwire/... ./topics/... ./internal/wiretest/

.PHONY: help build profile demo lint test race fuzz bench soak test-grammar test-psql test-postgres test-kafka test-kill test-real

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# The profile is not called default.pgo, so that go run, which is for trying things
# out, does not compile everything a second time.
PROFILE = cmd/tarn/tarn.pgo
build: ## build bin/tarn, guided by the profile of the bench
	$(GO) build -pgo=$(PROFILE) -o bin/tarn ./cmd/tarn

profile: ## renew the profile that guides the build, by the bench
	$(GO) build -o bin/tarn ./cmd/tarn
	rm -rf bin/profile && mkdir -p bin/profile
	bin/tarn bench nexmark --events 2000000 --queries q0,q3,q4,q5,q7,q9,q13,q14,q15,q16,q17,q18,q19,q20,q21,q22 --cpuprofile bin/profile/columns
	bin/tarn bench nexmark --mode kafka --events 2000000 --queries q0,q4,q17 --cpuprofile bin/profile/messages
	bin/tarn bench serve --rows 300000 --duration 5s --workload point --depth 1,16 --cpuprofile bin/profile/serve
	$(GO) tool pprof -proto bin/profile/* > $(PROFILE)

demo: ## run the demo: a server with live auction data
	$(GO) run ./cmd/tarn demo

lint: ## gofmt, go vet, and the rules of the repository (imports, sizes, banned calls)
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "gofmt these files:"; echo "$$out"; exit 1; fi
	$(GO) vet $(PKGS)
	$(GO) test -count=1 ./internal/lint/

test: ## all tests that need only Go, but for test-kill
	$(GO) test $(PKGS)

race: ## the concurrent packages under the race detector, with a crash at every fifth call
	$(GO) test -race -short -timeout 20m $(RACE)

fuzz: ## each fuzz target for 30 seconds
	@for pkg in $$($(GO) list $(PKGS)); do \
	  for f in $$($(GO) test -list '^Fuzz' $$pkg 2>/dev/null | grep '^Fuzz'); do \
	    echo "$$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 30s $$pkg || exit 1; \
	  done; done

BASE   ?= HEAD~1
RUNS   ?= 3
EVENTS ?= 1000000
QUERIES ?= q0,q4,q5,q9,q16,q18,q20
bench: ## a short tarn bench nexmark (EVENTS, QUERIES), RUNS times in turn with that of commit BASE, and the ratios
	@tmp=$$(mktemp -d) && trap 'git worktree remove --force "$$tmp/base" 2>/dev/null; rm -rf "$$tmp"' EXIT && \
	git worktree add --quiet --detach "$$tmp/base" $(BASE) && \
	(cd "$$tmp/base" && $(GO) build -buildvcs=auto -o "$$tmp/tarn-base" ./cmd/tarn) && \
	$(GO) build -buildvcs=auto -o "$$tmp/tarn" ./cmd/tarn && \
	"$$tmp/tarn" bench nexmark --events $(EVENTS) --queries $(QUERIES) --repeat $(RUNS) --against "$$tmp/tarn-base"

bench-go: ## the Go benchmarks of the data path: row, storage, operators, topics, sql
	$(GO) test -run '^$$' -bench . -benchtime 200ms ./row/... ./storage/... ./operators/... ./topics/... ./sql/...

ROUNDS ?= 50
RATE   ?= 50000
MEMORY ?=
test-kill: ## kill -9 at random moments ROUNDS times (default 50) under up to RATE events/s (default 50000; a tenth with the broker inside); each time compare every view with its topics; MEMORY, in MiB, is the memory limit, of which the state becomes ten times before the first kill
	TARN_KILL_ROUNDS=$(ROUNDS) TARN_KILL_RATE=$(RATE) TARN_KILL_MEMORY=$(MEMORY) $(GO) test -count=1 -timeout 95m -run TestKill -v ./internal/killtest/

MINUTES ?= 30
PRELOAD ?= 4
SOAK_OUT ?= $(CURDIR)/soak-out
soak: ## state of PRELOAD (default 4) times the memory limit, then 70 % of what the server keeps up with, for MINUTES (default 30): what must not grow does not; samples and a picture in SOAK_OUT
	mkdir -p $(SOAK_OUT)
	TARN_SOAK_MINUTES=$(MINUTES) TARN_SOAK_PRELOAD=$(PRELOAD) TARN_SOAK_OUT=$(SOAK_OUT) $(GO) test -count=1 -timeout 180m -run TestSoak -v ./internal/soak/
	cd internal/soak/plot && $(GO) run . $(SOAK_OUT)/samples.csv $(SOAK_OUT)/soak.png

test-kafka: ## against a real Apache Kafka (fetched from Maven Central; needs Java 17 and Maven)
	internal/kafkatest/run.sh

test-psql: ## the real psql 15 against a server, screen by screen (installed through apt-get if it is missing)
	@command -v psql >/dev/null || { apt-get update -qq && apt-get install -y -qq postgresql-client; } || \
	  { echo "test-psql needs psql 15, and apt-get could not install postgresql-client: install it and try again"; exit 1; }
	TARN_PSQL=$$(command -v psql) $(GO) test -count=1 ./internal/psqltest/

COMPARED ?= 2000
EXPRESSIONS ?= 200000
SCALE    ?= 0.01
test-postgres: ## against a PostgreSQL 15 of its own, on loopback: the corpus of statements, typed into the real psql on both, TPC-H and SSB at SCALE (default 0.01), COMPARED (default 2000) random queries and EXPRESSIONS (default 200000) random expressions
	@test -x /usr/lib/postgresql/15/bin/initdb || pg_config --version 2>/dev/null | grep -q 'PostgreSQL 15\.' || \
	  { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql-15; } || \
	  { echo "test-postgres needs the programs of PostgreSQL 15 (initdb, postgres, psql), and apt-get could not install postgresql-15: install it and try again"; exit 1; }
	TARN_POSTGRES=private $(GO) test -count=1 -timeout 20m ./internal/postgres/
	TARN_POSTGRES=private TARN_SCALE=$(SCALE) $(GO) test -count=1 -timeout 60m -v -run TestWarehouse ./internal/warehouse/
	TARN_POSTGRES=private $(GO) test -count=1 -timeout 60m -run 'TestPostgres|TestExpressions' ./internal/randomsql/ -randomsql.n $(COMPARED) -randomsql.expressions $(EXPRESSIONS)

MUTANTS ?= 100000
test-grammar: ## all SQL of the repository, and MUTANTS (default 100000) mutants of it, read with PostgreSQL's own grammar and with ours: the trees are equal (needs a C compiler)
	@cc=$$($(GO) env CC); command -v "$${cc%% *}" >/dev/null || \
	  { echo "test-grammar needs a C compiler ($$cc), since PostgreSQL's grammar is C: install gcc and libc6-dev and try again"; exit 1; }
	cd internal/pgoracle && CGO_ENABLED=1 $(GO) test -count=1 -timeout 20m -v -run 'TestCorpus|TestMutants' . -mutants $(MUTANTS)

test-real: test-kafka test-kill test-psql test-postgres ## the four suites above (not TestRealKafka, which wants a server in TARN_TEST_KAFKA)
