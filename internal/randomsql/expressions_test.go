package randomsql

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var expressions = flag.Int("randomsql.expressions", 2000, "how many expressions are compared with PostgreSQL")

// TestExpressions compares single expressions with a PostgreSQL (see TestPostgres): every
// function, operator and cast that both know, over values from the bounds of their
// types, one within the other. Values are compared byte for byte but for a float's last
// digits, and so are the messages of errors.
func TestExpressions(t *testing.T) {
	p := beside(t)
	p.exact = true
	p.askPG("SET statement_timeout = '2s'; SET TimeZone = 'UTC'; SET extra_float_digits = 1")
	db := open(t)
	defer closeDB(t, db)
	e := &expressionTest{pair: p, r: rand.New(rand.NewPCG(*seed, 0x65787072)), by: map[string][]*signature{}}
	e.ask = func(sql string) answer {
		c, cancel := context.WithTimeout(p.ctx, 5*time.Second)
		defer cancel()
		q := *p
		q.ctx = c
		return q.askTarn(db, sql)
	}
	for _, s := range p.known(e.ask) {
		e.all = append(e.all, s)
		e.by[s.result] = append(e.by[s.result], s)
	}
	t.Logf("%d signatures; known to PostgreSQL alone: %d", len(e.all), p.counted["not in Tarn"])
	for i := 0; i < *expressions && (*keep || !t.Failed()); i++ {
		e.compare(e.all[i%len(e.all)])
	}
	t.Logf("expressions beside PostgreSQL: %v", p.counted)
}

type expressionTest struct {
	*pair
	r   *rand.Rand
	ask func(sql string) answer
	all []*signature
	by  map[string][]*signature // by the type of the result
}

// make is an expression of a signature, others within it: how many.
func (e *expressionTest) make(s *signature, depth int) (sql string, within int) {
	args := make([]string, len(s.args))
	for i, t := range s.args {
		inner := e.by[t]
		if depth == 0 || len(inner) == 0 || e.r.IntN(3) > 0 {
			args[i] = value(e.r, s.name, t)
			continue
		}
		arg, n := e.make(inner[e.r.IntN(len(inner))], depth-1)
		args[i], within = arg, within+n+1
	}
	return s.with(args), within
}

// compare compares one expression.
func (e *expressionTest) compare(s *signature) {
	text, within := e.make(s, e.r.IntN(3))
	sql := "SELECT " + text
	a, b := e.ask(sql), e.askPG(sql)
	switch {
	case b.code == "57014":
		e.counted["skipped: PostgreSQL took too long"]++
	case a.code == b.code && a.message == b.message && slices.Equal(a.types, b.types) && slices.Equal(a.rows, b.rows):
		e.counted[map[bool]string{true: "same", false: "failed in both"}[a.code == ""]]++
	case within > 0 && a.code+b.code != "":
		// Which part fails first, and whether one that is not needed is computed at
		// all, is not defined: PostgreSQL computes constants while it plans.
		e.counted["failed in one, or differently, within others"]++
	case explained(sql, a, b) != "":
		e.counted["explained: "+explained(sql, a, b)]++
	default:
		e.t.Errorf("%s\n\tTarn       %s\n\tPostgreSQL %s", sql, a, b)
	}
}

func (a answer) String() string {
	if a.code != "" {
		return a.code + " " + a.message
	}
	return fmt.Sprint(a.types, " ", strings.Join(a.rows, " "))
}

// explained names the line of docs/differences.md that an expression's difference is
// about; "" if there is none.
func explained(sql string, a, b answer) string {
	if a.code == "" && b.code == "" && strings.ContainsAny(sql, "^w") && sameNumber(a, b) {
		return "how many zeros power shows"
	}
	if (strings.ContainsAny(sql, "/+-*") || strings.Contains(sql, "CAST")) && slices.ContainsFunc([]string{"sin", "cos", "tan", "cot"}, func(f string) bool { return strings.Contains(sql, f) }) {
		return "an angle of which the last digits differ"
	}
	for _, line := range []struct{ part, about string }{
		{"make_interval(", "make_interval that is out of range"},
		{"width_bucket(", "width_bucket at a bound"},
		{"'fmmonth'", "to_char of a number with th before its digits"},
		{"'Infinity'::float", "to_char of an infinite float"},
		{"to_date(", "a template's letters that the text does not have"},
		{"to_timestamp(", "a template's letters that the text does not have"},
		{"'b", "a basic regular expression"},
		{"'-3.5'::text", "a time zone that is no zone's name"},
		{"timezone(", "a time zone that is no zone's name"},
	} {
		if strings.Contains(sql, line.part) {
			return line.about
		}
	}
	return ""
}

// sameNumber reports answers that are numbers of one value.
func sameNumber(a, b answer) bool {
	if len(a.rows) != 1 || len(b.rows) != 1 || !slices.Equal(a.types, b.types) {
		return false
	}
	trimmed := func(s string) string { return strings.TrimRight(strings.TrimRight(s, `0"`), ".") }
	return trimmed(a.rows[0]) == trimmed(b.rows[0])
}

// list is the rows of a query of PostgreSQL.
func (p *pair) list(sql string) [][]string {
	rows, err := p.pg.Exec(p.ctx, sql).ReadAll()
	if err != nil {
		p.t.Fatal(fmt.Errorf("%w\n%s", err, sql))
	}
	var out [][]string
	for _, r := range rows[0].Rows {
		line := make([]string, len(r))
		for i, c := range r {
			line[i] = string(c)
		}
		out = append(out, line)
	}
	return out
}
