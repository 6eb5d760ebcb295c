package expr

import (
	"os"
	"strings"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// TestValues evaluates each expression of the file, first folded as a constant
// and then for every row of a batch, and compares with PostgreSQL's answer.
func TestValues(t *testing.T) {
	for _, c := range valueCases(t, "testdata/values.txt") {
		t.Run(c.src, func(t *testing.T) {
			if got := constText(c.src); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.src, got, c.want)
			}
			if got := batchText(t, c.src); got != c.want {
				t.Errorf("%s over a batch\n got %s\nwant %s", c.src, got, c.want)
			}
		})
	}
}

type valueCase struct{ src, want string }

func valueCases(t *testing.T, file string) []valueCase {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []valueCase
	for _, line := range strings.Split(string(text), "\n") {
		want, isWant := strings.CutPrefix(line, "    => ")
		switch {
		case isWant:
			out[len(out)-1].want = want
		case line != "" && line[0] != '#':
			out = append(out, valueCase{src: line})
		}
	}
	return out
}

func errorText(err error) string {
	e, ok := pgerr.As(err)
	if !ok {
		return "ERROR " + err.Error()
	}
	return "ERROR " + e.Code + ": " + e.Message
}

func bindText(src string, ctx *Context) (Expr, error) {
	typing := Typing{Ctx: ctx}
	e, err := readSQL(src, typing, nil)
	if err == nil && e.Type().Kind == row.Unknown {
		e, err = typing.Coerce(e, row.T(row.Text), Implicit)
	}
	return e, err
}

func valueText(t row.Type, d row.Datum) string {
	if d.Null {
		return fn.TypeName(t) + ": <null>"
	}
	text := row.TextOf(t, d, nil)
	switch t.Kind {
	case row.Regtype:
		typ, _ := row.TypeByOID(uint32(d.I))
		text = fn.TypeName(typ)
	}
	text = strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), "\n", `\n`)
	return fn.TypeName(t) + ": " + text
}

func constText(src string) string {
	ctx := &Context{Now: 1}
	e, err := bindText(src, ctx)
	if err != nil {
		return errorText(err)
	}
	d, err := EvalConst(e, ctx)
	if err != nil {
		return errorText(err)
	}
	return valueText(e.Type(), d)
}

// batchText replaces the constants of the expression by columns, so that nothing
// is folded, and evaluates it for three equal rows.
func batchText(t *testing.T, src string) string {
	t.Helper()
	ctx := &Context{Now: 1}
	e, err := bindText(src, ctx)
	if err != nil {
		return errorText(err)
	}
	var types []row.Type
	var values row.Row
	e = Rewrite(e, func(e Expr) Expr {
		c, ok := e.(*Const)
		if !ok {
			return e
		}
		types, values = append(types, c.Typ), append(values, c.Datum)
		return &ColRef{Index: len(types) - 1, Typ: c.Typ}
	})
	in := row.NewBatch(types, 3)
	for range 3 {
		in.AppendRow(values, 1)
	}
	p, err := Compile([]Expr{e}, types)
	if err != nil {
		return errorText(err)
	}
	cols, errs := p.Eval(ctx, in, nil)
	first := ""
	for i := range 3 {
		got := valueText(e.Type(), cols[0].Datum(i))
		if errs.Has(i) {
			errs.Each(func(k int, err error) {
				if k == i {
					got = errorText(err)
				}
			})
		}
		if first == "" {
			first = got
		}
		if got != first {
			t.Errorf("%s: row %d is %s, row 0 is %s", src, i, got, first)
		}
	}
	return first
}

func asError(t *testing.T, err error) *pgerr.Error {
	t.Helper()
	e, ok := pgerr.As(err)
	if !ok {
		t.Fatalf("%T is not an error that users can see: %v", err, err)
	}
	return e
}
