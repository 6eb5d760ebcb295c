package engine

import (
	"strings"
	"testing"
)

// TestExplainSaysHowItReads expects EXPLAIN to tell the reads of a key from the
// queries that run operators.
func TestExplainSaysHowItReads(t *testing.T) {
	w := newWorld(t)
	w.exec(`CREATE TABLE t (a int PRIMARY KEY, b text)`)
	for query, read := range map[string]string{
		`SELECT b FROM t WHERE a = 5`:                                       "peek public.t by a = 5",
		`SELECT * FROM t WHERE a > 5 AND a <= 9 AND b LIKE 'x%' ORDER BY a`: "peek public.t by a > 5 and a <= 9, filtered, in the order of the key",
		`SELECT * FROM t`:                "peek public.t all rows",
		`SELECT * FROM t WHERE a = NULL`: "peek public.t no rows: a key is compared with NULL",
		`SELECT count(*) FROM t`:         "",
	} {
		text := w.exec(`EXPLAIN ` + query)
		if got := strings.Contains(text, "peek "); got != (read != "") || !strings.Contains(text, read) {
			t.Errorf("%s:\n%s\nshould say %q", query, text, read)
		}
	}
}
