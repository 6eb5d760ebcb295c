package expr

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// testRows is a batch of a bigint x, an integer y, a text s and a float f.
func testRows(t *testing.T, n int) (*row.Batch, map[string]*ColRef) {
	t.Helper()
	types := []row.Type{row.T(row.Int8), row.T(row.Int4), row.T(row.Text), row.T(row.Float8)}
	b := row.NewBatch(types, n)
	for i := range n {
		r := row.Row{row.IntDatum(int64(i)), row.IntDatum(int64(i % 3)), row.StringDatum(fmt.Sprint(i)), row.FloatDatum(float64(i) / 2)}
		if i%7 == 5 {
			r[0] = row.NullDatum
		}
		if i%4 == 3 {
			r[2] = row.StringDatum("x" + fmt.Sprint(i))
		}
		b.AppendRow(r, int64(i+1))
	}
	cols := map[string]*ColRef{}
	for i, name := range []string{"x", "y", "s", "f"} {
		cols[name] = &ColRef{Index: i, Typ: types[i], Name: name}
	}
	return b, cols
}

func mustRead(t testing.TB, src string, cols map[string]*ColRef) Expr {
	t.Helper()
	e, err := readSQL(src, Typing{}, cols)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// columnText prints a column's values, failed rows by their SQLSTATE.
func columnText(c *row.Column, errs *RowErrors) string {
	texts := make([]string, c.Len())
	for i := range texts {
		texts[i] = "-"
		if !c.IsNull(i) {
			texts[i] = row.TextOf(c.Type, c.Datum(i), nil)
		}
	}
	errs.Each(func(i int, err error) { texts[i] = "!" + strings.Fields(errorText(err))[1] })
	return strings.Join(texts, " ")
}

func TestRowErrors(t *testing.T) {
	in, cols := testRows(t, 8)
	for _, c := range []struct{ src, want string }{
		{"10 / y", "!22012: 10 5 !22012: 10 5 !22012: 10"},
		{"CASE WHEN y <> 0 THEN 10 / y END", "- 10 5 - 10 5 - 10"},
		{"CASE WHEN y = 0 THEN 0 WHEN 10 / y > 5 THEN 1 ELSE x / 0 END", "0 1 !22012: 0 1 - 0 1"},
		{"y <> 0 AND 10 / y > 5", "f t f f t f f t"},
		{"y = 0 OR 10 / y > 5", "t t f t t f t t"},
		{"10 / y > 5 AND y <> 0", "!22012: t f !22012: t f !22012: t"},
		{"NOT (y <> 0 AND 10 / y > 5)", "t f t t f t t f"},
		{"coalesce(x, 10 / y)", "0 1 2 3 4 5 6 7"},
		{"coalesce(nullif(x, 4), 10 / y)", "0 1 2 3 10 5 6 7"},
		{"s::int8", "0 1 2 !22P02: 4 5 6 !22P02:"},
		{"CASE WHEN s ~ '^x' THEN -1 ELSE s::int8 END", "0 1 2 -1 4 5 6 -1"},
		{"1 / y + s::int8", "!22012: 2 2 !22012: 5 5 !22012: !22P02:"},
		{"x + 9223372036854775807", "9223372036854775807 !22003: !22003: !22003: !22003: - !22003: !22003:"},
		{"x / 0", "!22012: !22012: !22012: !22012: !22012: - !22012: !22012:"},
		{"y = 1 AND NULL", "f - f f - f f -"},
		{"y = ANY(ARRAY[0, 2]) AND x > 1", "f f t t f - t f"},
		{"10 / y = ANY(ARRAY[5])", "!22012: f t !22012: f t !22012: f"},
		{"x IN (1, 3, NULL)", "- t - t - - - -"},
		{"x NOT IN (1, 3)", "t f t f t - t t"},
		{"s IN ('1', 'x3')", "f t f t f f f f"},
		{"f IN (0, 1.5)", "t f f t f f f f"},
		{"y IN (x, 2)", "t t t f f t f f"},
		{"greatest(x, y)", "0 1 2 3 4 2 6 7"},
		{"(ARRAY[x, y])[2]", "0 1 2 0 1 2 0 1"},
		{"x IS DISTINCT FROM y", "f f f t t t t t"},
		{"'a' || s || x", "a00 a11 a22 ax33 a44 - a66 ax77"},
		{"sqrt(f - 1)", "!2201F: !2201F: 0 0.7071067811865476 1 1.224744871391589 1.4142135623730951 1.5811388300841898"},
	} {
		p, err := Compile([]Expr{mustRead(t, c.src, cols)}, in.Types())
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		out, errs := p.Eval(&Context{}, in, nil)
		if got := columnText(&out[0], errs); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.src, got, c.want)
		}
		checkSelection(t, c.src, p, in, &out[0], errs)
		checkColumn(t, c.src, &out[0])
	}
}

// checkSelection evaluates some rows only, which must change nothing for them.
func checkSelection(t *testing.T, src string, p *Program, in *row.Batch, all *row.Column, errs *RowErrors) {
	t.Helper()
	sel := []int32{6, 1, 3}
	out, some := p.Eval(&Context{}, in, sel)
	for j, i := range sel {
		if some.Has(int(i)) != errs.Has(int(i)) {
			t.Errorf("%s: row %d fails: %v when selected, %v among all", src, i, some.Has(int(i)), errs.Has(int(i)))
			continue
		}
		a, b := out[0].Datum(j), all.Datum(int(i))
		if !some.Has(int(i)) && (a.Null != b.Null || !a.Null && row.CompareDatums(all.Type, a, b) != 0) {
			t.Errorf("%s: row %d has another value when selected", src, i)
		}
	}
}

// checkColumn holds what package row promises to kernels: a NULL's slot is zero.
func checkColumn(t *testing.T, src string, c *row.Column) {
	t.Helper()
	for i := range c.Len() {
		if !c.IsNull(i) {
			continue
		}
		zero := true
		switch c.Type.Phys() {
		case row.PhysInt:
			zero = c.Ints[i] == 0
		case row.PhysFloat:
			zero = c.Floats[i] == 0
		default:
			zero = len(c.Bytes(i)) == 0
		}
		if !zero {
			t.Errorf("%s: the slot of NULL %d is not zero", src, i)
		}
	}
}

func TestTransform(t *testing.T) {
	in, cols := testRows(t, 8)
	tr, err := NewTransform(
		[]Expr{mustRead(t, "y <> 0", cols), mustRead(t, "10 / y >= 5", cols), mustRead(t, "x IS NOT NULL", cols)},
		[]Expr{mustRead(t, "s::int4 + 1", cols), cols["x"], mustRead(t, "1", cols)}, &Context{})
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	out := tr.Apply(in, func(i int, err error) { failed = append(failed, fmt.Sprint(i, " ", errorText(err))) })
	if got, want := fmt.Sprint(failed), `[7 ERROR 22P02: invalid input syntax for type integer: "x7"]`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(out.Weights, out.Cols[0].Ints, out.Cols[1].Ints, out.Cols[2].Ints), "[2 3 5] [2 3 5] [1 2 4] [1 1 1]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if out := tr.Apply(row.NewBatch(in.Types(), 0), nil); out.Len() != 0 || len(out.Cols) != 3 {
		t.Errorf("an empty batch gives %d rows of %d columns", out.Len(), len(out.Cols))
	}
}

func TestParamsAndClock(t *testing.T) {
	decl := &ParamTypes{}
	typing := Typing{}
	sum, err := typing.Operator(0, "+", &Param{N: 1, Decl: decl}, &Const{Datum: row.IntDatum(5), Typ: row.T(row.Int4)})
	if err != nil {
		t.Fatal(err)
	}
	if decl.Types[0] != row.T(row.Int4) {
		t.Errorf("$1 is %s", decl.Types[0])
	}
	now, err := typing.Function(0, "", "now", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := &Context{Now: 42, Params: []row.Datum{row.IntDatum(7)}}
	for e, want := range map[Expr]int64{sum: 12, now: 42} {
		d, err := EvalConst(e, ctx)
		if err != nil || d.I != want {
			t.Errorf("%s: %d, %v; want %d", e, d.I, err, want)
		}
		if VolatilityOf(e) != Stable || !IsConst(e) {
			t.Errorf("%s is %s", e, VolatilityOf(e))
		}
	}
	if _, err := EvalConst(sum, &Context{}); errorText(err) != "ERROR 42P02: there is no parameter $1" {
		t.Error(err)
	}
}

func TestText(t *testing.T) {
	_, cols := testRows(t, 1)
	for src, want := range map[string]string{
		"x + 1 > 2 AND NOT s LIKE 'a%'":       "(((#0 + 1) > 2) AND (NOT (#2 ~~ 'a%'::text)))",
		"CASE WHEN y = 1 THEN s ELSE 'b' END": "CASE WHEN (#1 = 1) THEN #2 ELSE 'b'::text END",
		"x::text || s":                        "(#0::text || #2)",
		"s::varchar(3)":                       "#2::character varying(3)",
		"coalesce(x, y, -1)":                  "COALESCE(#0, #1::bigint, (-1)::bigint)",
		"x IN (1, 2) OR y IS NULL":            "((#0 IN (1::bigint, 2::bigint)) OR (#1 IS NULL))",
		"(ARRAY[1,2])[y]":                     "(ARRAY[1, 2]::integer[])[#1]",
		"y = ANY('{1,2}')":                    "(#1 = ANY ('{1,2}'::integer[]))",
		"f > 1.5 AND f < 2":                   "((#3 > '1.5'::numeric::double precision) AND (#3 < 2::double precision))",
		"s = 'it''s'":                         "(#2 = 'it''s'::text)",
		"date '2020-01-01' + y":               "('2020-01-01'::date + #1)",
		"date_trunc('day', timestamp '2020-01-01') = now()": "(date_trunc('day'::text, '2020-01-01 00:00:00'::timestamp without time zone) = now())",
	} {
		e := mustRead(t, src, cols)
		if got := e.String(); got != want {
			t.Errorf("%s\n got %s\nwant %s", src, got, want)
		}
		same := Rewrite(e, func(e Expr) Expr {
			if c, ok := e.(*ColRef); ok {
				n := *c
				return &n
			}
			return e
		})
		if !Equal(e, same) {
			t.Errorf("%s does not equal its copy", src)
		}
	}
}

func TestErrorsHaveHintsAndPlaces(t *testing.T) {
	for src, want := range map[string]string{
		"1 + true":        "2 No operator matches the given name and argument types. You might need to add explicit type casts.",
		"- true":          "0 No operator matches the given name and argument type. You might need to add an explicit type cast.",
		"1 + nope(2)":     "4 No function matches the given name and argument types. You might need to add explicit type casts.",
		"'a' + 'b'":       "4 Could not choose a best candidate operator. You might need to add explicit type casts.",
		"1 + 'x'":         "4 ",
		"1 AND 2 > 1":     "0 ",
		"true::date":      "4 ",
		"coalesce(1, '')": "12 ",
	} {
		_, err := readSQL(src, Typing{}, nil)
		if err == nil {
			t.Errorf("%s is accepted", src)
			continue
		}
		e := asError(t, err)
		at, _ := e.Offset()
		if got := fmt.Sprintf("%d %s", at, e.Hint); got != want {
			t.Errorf("%s: %s\n got %s\nwant %s", src, e.Message, got, want)
		}
	}
}

type fakeSystem struct{}

func (fakeSystem) Call(name string, types []row.Type, args []row.Datum) (row.Datum, error) {
	switch name {
	case "regclassin":
		return row.IntDatum(16384), nil
	case "regclassout":
		return row.StringDatum("orders"), nil
	}
	return row.StringDatum(name + fmt.Sprint(len(args)) + fn.TypeName(types[0])), nil
}

func TestSystem(t *testing.T) {
	typing := Typing{Ctx: &Context{System: fakeSystem{}}}
	for src, want := range map[string]string{
		"'orders'::regclass::oid":      "oid: 16384",
		"16384::regclass::text":        "text: orders",
		"current_setting('a')":         "text: current_setting1text",
		"pg_get_viewdef(5::oid, true)": "text: pg_get_viewdef2oid",
	} {
		e, err := readSQL(src, typing, nil)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		d, err := EvalConst(e, typing.Ctx)
		if err != nil {
			t.Errorf("%s: %v", src, err)
		} else if got := valueText(e.Type(), d); got != want {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
		if _, err := EvalConst(e, &Context{}); err == nil && strings.Contains(src, "(") {
			t.Errorf("%s: works without a system", src)
		}
	}
}

// TestShared evaluates one program from several goroutines.
func TestShared(t *testing.T) {
	in, cols := testRows(t, 200)
	p, err := Compile([]Expr{mustRead(t, "x + 3", cols), mustRead(t, "s ~ '^x1' OR s LIKE '%2'", cols), mustRead(t, "date_trunc('day', to_timestamp(f))", cols)}, in.Types())
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 20 {
				if out, errs := p.Eval(&Context{}, in, nil); errs.Len() > 0 || out[0].Ints[9] != 12 {
					t.Error("a wrong answer")
				}
			}
		})
	}
	group.Wait()
}
