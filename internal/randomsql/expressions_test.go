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

// zones are the time zones in which expressions are computed, each for a part of them.
var zones = []string{"UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York"}

// TestExpressions compares single expressions with a PostgreSQL (see TestPostgres): every
// function, aggregate, operator and cast that both know, over values from the bounds of
// their types, one within the other. Values are compared byte for byte but for a float's
// last digits, and so are the messages of errors.
func TestExpressions(t *testing.T) {
	p := beside(t)
	p.exact = true
	p.askPG("SET statement_timeout = '2s'; SET extra_float_digits = 1; " + createMood)
	db := open(t)
	defer closeDB(t, db)
	if err := db.Exec(p.ctx, createMood); err != nil {
		t.Fatal(err)
	}
	e := &expressionTest{pair: p, r: rand.New(rand.NewPCG(*seed, 0x65787072)), by: map[string][]*signature{}}
	e.ask = func(sql string) answer {
		c, cancel := context.WithTimeout(p.ctx, 5*time.Second)
		defer cancel()
		q := *p
		q.ctx = c
		return q.askTarn(db, "SET TimeZone = '"+e.zone+"'; "+sql)
	}
	e.in(zones[0])
	for _, s := range p.known(e.ask) {
		e.all = append(e.all, s)
		e.by[s.result] = append(e.by[s.result], s)
	}
	t.Logf("%d signatures; %v", len(e.all), p.counted)
	clear(p.counted)
	for i := 0; i < *expressions && (*keep || !t.Failed()); i++ {
		if i%1000 == 0 {
			e.in(zones[i/1000%len(zones)])
		}
		x := e.make(e.all[i%len(e.all)], e.r.IntN(3))
		what, difference := e.judge(x)
		if difference != "" {
			t.Errorf("in %s: %s\n\tin %s", e.zone, difference, x)
			what = "different"
		}
		p.counted[what]++
	}
	t.Logf("expressions beside PostgreSQL: %v", p.counted)
}

type expressionTest struct {
	*pair
	r    *rand.Rand
	zone string
	ask  func(sql string) answer
	all  []*signature
	by   map[string][]*signature // by the type of the result
}

// in makes a time zone that of both sessions.
func (e *expressionTest) in(zone string) {
	e.zone = zone
	e.askPG("SET TimeZone = '" + zone + "'")
	var err error
	if e.style.Zone, err = time.LoadLocation(zone); err != nil {
		e.t.Fatal(err)
	}
}

// expression is a call of a signature, or a literal, which has none.
type expression struct {
	*signature
	typ    string
	text   string
	within []*expression
}

// String is the expression in SQL.
func (x *expression) String() string {
	if x.signature == nil {
		return x.text
	}
	args := make([]string, len(x.within))
	for i, arg := range x.within {
		args[i] = arg.String()
	}
	return x.with(args)
}

// make is an expression of a signature, others within it.
func (e *expressionTest) make(s *signature, depth int) *expression {
	x := &expression{signature: s, typ: s.result}
	for _, t := range s.args {
		inner := e.by[t]
		if depth == 0 || len(inner) == 0 || e.r.IntN(3) > 0 {
			x.within = append(x.within, &expression{typ: t, text: literal(e.r, s.name, t)})
		} else {
			x.within = append(x.within, e.make(inner[e.r.IntN(len(inner))], depth-1))
		}
	}
	return x
}

// judge compares an expression, and says what came of it, or what is wrong. Where the two
// do not agree on the whole, its parts are compared by themselves, so that what is left
// for the whole is what it does with parts on which they agree.
func (e *expressionTest) judge(x *expression) (what, difference string) {
	a, b := e.both(x)
	switch {
	case b.code == "57014":
		return "skipped: PostgreSQL took too long", ""
	case a.code == b.code && a.message == b.message && slices.Equal(a.types, b.types) && slices.Equal(a.rows, b.rows):
		return map[bool]string{true: "same", false: "failed in both"}[a.code == ""], ""
	}
	for _, part := range x.within {
		if part.signature == nil {
			continue
		}
		if what, difference := e.judge(part); difference != "" || !agreed[what] {
			return what, difference
		}
	}
	if why := explained(x, a, b); why != "" {
		return "explained: " + why, ""
	}
	if why := e.otherPart(x, a, b); why != "" {
		return why, ""
	}
	return "", fmt.Sprintf("%s\n\tTarn       %s\n\tPostgreSQL %s", x, a, b)
}

// What is not defined of expressions that fail in a part: which of several fails first,
// and whether a part is computed that nothing needs.
const (
	otherFirst = "failed in another part first"
	notNeeded  = "failed in a part that nothing needs"
)

// agreed are the outcomes after which what is around a part can still be judged.
var agreed = map[string]bool{"same": true, "failed in both": true, otherFirst: true, notNeeded: true}

// otherPart reports a difference that is one of the order of the parts. If both fail,
// then each with the error of a part that fails by itself, or one of them with what both
// fail with once the parts that fail by themselves are NULL. If one answers, then the
// answer is what both give with NULL for the parts that fail by themselves.
func (e *expressionTest) otherPart(x *expression, a, b answer) string {
	ours, theirs := map[string]bool{}, map[string]bool{}
	rest := e.withoutFailing(x, ours, theirs)
	switch {
	case a.code != "" && b.code != "":
		c, d := e.both(rest)
		first := ours[a.String()] && d.String() == b.String() || theirs[b.String()] && c.String() == a.String()
		if first && c.String() == d.String() || ours[a.String()] && theirs[b.String()] {
			return otherFirst
		}
	case len(ours) > 0 && (ours[a.String()] || theirs[b.String()]):
		one := a
		if a.code != "" {
			one = b
		}
		c, d := e.both(rest)
		if c.String() == one.String() && d.String() == one.String() {
			return notNeeded
		}
	}
	return ""
}

// withoutFailing is an expression with NULL for its parts that fail by themselves, whose
// errors it adds to the lists.
func (e *expressionTest) withoutFailing(x *expression, ours, theirs map[string]bool) *expression {
	out := *x
	out.within = slices.Clone(x.within)
	for i, part := range x.within {
		if part.signature == nil {
			continue
		}
		a, b := e.both(part)
		if a.code == "" && b.code == "" {
			continue
		}
		ours[a.String()], theirs[b.String()] = true, true
		rest := e.withoutFailing(part, ours, theirs)
		if out.within[i] = rest; a.code != "" && b.code != "" {
			out.within[i] = &expression{typ: part.typ, text: "NULL::" + part.typ}
		}
	}
	return &out
}

func (e *expressionTest) both(x *expression) (tarn, postgres answer) {
	sql := "SELECT " + x.String()
	return e.ask(sql), e.askPG(sql)
}

func (a answer) String() string {
	if a.code != "" {
		return a.code + " " + a.message
	}
	return fmt.Sprint(a.types, " ", strings.Join(a.rows, " "))
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
