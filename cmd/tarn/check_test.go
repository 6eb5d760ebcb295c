package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if code, _, stderr := call(t, "", "check", dir); code != 1 || !strings.Contains(stderr, "is not a data directory") {
		t.Errorf("a directory that is not there: exit code %d, %q", code, stderr)
	}
	script := "CREATE TABLE t (a int PRIMARY KEY, b text);\nINSERT INTO t SELECT g, 'row ' || g FROM generate_series(1, 1000) g;\n" +
		"CREATE MATERIALIZED VIEW v AS SELECT a % 10 AS k, count(*) AS n FROM t GROUP BY a % 10;\n"
	if code, _, stderr := call(t, script, "run", "--data", dir, "-"); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	code, stdout, stderr := call(t, "", "check", dir)
	want := "ok       table \"t\": 1000 rows\nok       materialized view \"v\": 10 rows\n" +
		"2 objects are right, 0 could not be compared, 0 problems were found\n"
	if code != 0 || stdout != want {
		t.Errorf("exit code %d, printed\n%s%s", code, stdout, stderr)
	}
}
