package engine

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tarndb/tarn/row"
)

// crashKeys is what the crashes come into where tables have keys, indexes and sequences.
// The results of statements that name them as s or id are values that a client was given.
// In a statement after a slash there are commits between its steps.
const crashKeys = `
CREATE SEQUENCE s
CREATE TABLE q (id int GENERATED ALWAYS AS IDENTITY, code text UNIQUE, x bigint)
INSERT INTO q (code, x) SELECT 'c' || g, g % 3 FROM generate_series(1, 20) g RETURNING id
SELECT nextval('s') AS s
.
SELECT nextval('s') AS s
/CREATE INDEX q_x ON q (x)
INSERT INTO q (code, x) VALUES ('n1', 1), (NULL, 2), (NULL, 2) RETURNING id
UPDATE q SET x = x + 1 WHERE id <= 5
SELECT setval('s', 100) AS s
.
SELECT nextval('s') AS s
DELETE FROM q WHERE id BETWEEN 10 AND 12 OR id > 21 RETURNING id
/ALTER TABLE q ADD CONSTRAINT q_id UNIQUE (id)
CREATE TABLE r (k bigint, x bigint)
INSERT INTO r VALUES (1, 2)
CREATE INDEX r_x ON r (x)
INSERT INTO q (code, x) VALUES ('n1', 7) ON CONFLICT (code) DO UPDATE SET x = 70
/CREATE UNIQUE INDEX q_live ON q (lower(code)) WHERE x = 70
INSERT INTO q (code, x) VALUES ('N1', 70) ON CONFLICT (lower(code)) WHERE x = 70 DO UPDATE SET x = 71
DROP INDEX q_x, r_x
/CREATE INDEX q_sum ON q ((x + id), code)
INSERT INTO q (code, x) VALUES ('n2', nextval('s')) RETURNING x AS s
.
CREATE UNIQUE INDEX q_both ON q (x, id)
ALTER TABLE q DROP CONSTRAINT q_code_key
INSERT INTO q (code, x) VALUES ('n2', 5), ('n2', 5) RETURNING id
ALTER SEQUENCE s INCREMENT 5 RESTART WITH 500
ALTER TABLE q ADD COLUMN z bigint DEFAULT nextval('s')
SELECT (SELECT max(z) FROM q) AS s
ALTER TABLE q DROP COLUMN z
UPDATE q SET x = 70 WHERE code = 'c2'
/ALTER TABLE q ADD COLUMN n serial
INSERT INTO q (code, x) SELECT 'm', nextval('s') FROM generate_series(1, 40) RETURNING x AS s
CREATE MATERIALIZED VIEW by_x AS SELECT x, count(*) AS n FROM q GROUP BY x
DELETE FROM q WHERE x = 1
DROP MATERIALIZED VIEW by_x
/ALTER TABLE q ALTER COLUMN x TYPE numeric
ALTER TABLE q DROP COLUMN n
.
ALTER TABLE q ADD PRIMARY KEY (id)
UPDATE q SET x = -x WHERE id % 2 = 0
ALTER TABLE q DROP CONSTRAINT q_id
TRUNCATE q, r RESTART IDENTITY
INSERT INTO q (code, x) VALUES ('last', 5) RETURNING id
DROP TABLE q
SELECT nextval('s') AS s
DROP SEQUENCE s
`

// givenValues are the last values that clients were given: of the sequence, and of the
// identity column. They only go up, until the latter is fresh again.
type givenValues struct {
	s, id int64
	fresh bool
}

// and adds what a statement has given.
func (g givenValues) and(t testing.TB, statement, result string) givenValues {
	t.Helper()
	last := &g.s
	switch {
	case strings.HasSuffix(statement, "RESTART IDENTITY"):
		g.id, g.fresh = 0, true
		return g
	case strings.HasSuffix(statement, "RETURNING id"):
		last, g.fresh = &g.id, false
	case !strings.HasSuffix(statement, " AS s"):
		return g
	}
	for _, line := range strings.Split(result, "\n") {
		*last = max(*last, number(t, line))
	}
	return g
}

func number(t testing.TB, text string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// crashIndexes compares the indexes of table q with its rows: as they lie there, and
// as they are found by their keys.
func (w *world) crashIndexes(at string) {
	w.t.Helper()
	st := w.db.current.Load()
	o := st.catalog.Lookup("public", "q")
	rows := func(order int) []string {
		var out []string
		from, _ := rowsOf(st, o, order, allColumns(len(o.Columns)))
		err := from.Each(func(b *row.Batch) error {
			for i := range b.Len() {
				out = append(out, fmt.Sprintf("%s %d", row.AppendRowText(nil, o.Types(), b.Row(i), nil), b.Weights[i]))
			}
			return nil
		})
		if err != nil {
			w.t.Fatal(err)
		}
		slices.Sort(out)
		return out
	}
	for i, x := range o.Indexes {
		want := rows(0)
		if x.Where != nil {
			want = nil
			for _, line := range strings.Fields(w.exec("SELECT q::text FROM q WHERE " + x.Where.SQL)) {
				want = append(want, line+" 1")
			}
		}
		if got := rows(i + 1); !slices.Equal(got, want) {
			w.t.Fatalf("crash at %s: index %s has\n%q\nits table has\n%q", at, x.Name, got, want)
		}
		if !x.Plain() {
			continue
		}
		key := o.Columns[x.Columns[0]].Name
		for _, v := range strings.Fields(w.exec("SELECT DISTINCT quote_literal(" + key + ") FROM q WHERE " + key + " IS NOT NULL")) {
			where := " FROM q WHERE " + key
			if got, want := w.exec("SELECT *"+where+" = "+v), w.exec("SELECT *"+where+"::text = "+v); got != want {
				w.t.Fatalf("crash at %s: by index %s there is\n%s\nfor %s, and in the table\n%s", at, x.Name, got, v, want)
			}
		}
		if x.Unique {
			cols := key
			for _, c := range x.Columns[1:] {
				cols += ", " + o.Columns[c].Name
			}
			w.want("SELECT " + cols + " FROM q WHERE (" + cols + ") IS NOT NULL GROUP BY " + cols + " HAVING count(*) > 1")
		}
	}
	if strings.Contains(w.exec("SELECT code FROM q"), "c1\n") && o.IndexNamed("q_code_key") >= 0 {
		w.wantError("INSERT INTO q (code) VALUES ('c1')", "23505", "q_code_key")
	}
}

// crashCounts goes on counting after a crash, and after another one that comes before
// any commit.
func (w *world) crashCounts(at, dump string, given givenValues) {
	w.t.Helper()
	for turn := range 2 {
		if turn > 0 {
			w.crash()
		}
		for _, c := range []struct {
			relation, next string
			last           *int64
		}{
			{"s", "SELECT nextval('s')", &given.s}, {"q", "INSERT INTO q (code) VALUES (NULL) RETURNING id", &given.id},
		} {
			if !listed(dump, c.relation) {
				continue
			}
			n := number(w.t, w.exec(c.next))
			if n <= *c.last || turn == 0 && c.relation == "q" && given.fresh && n != 1 {
				w.t.Fatalf("crash at %s: %s gives %d after %d was given", at, c.next, n, *c.last)
			}
			*c.last = n
		}
	}
}
