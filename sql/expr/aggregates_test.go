package expr

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

func kindNamed(t *testing.T, name string) row.Type {
	t.Helper()
	for _, k := range row.Kinds() {
		if row.T(k).Name() == name {
			return row.T(k)
		}
	}
	t.Fatalf("type %s", name)
	return row.Type{}
}

// words splits at blanks outside quotes.
func words(s string) []string {
	var out []string
	for i, part := range strings.Split(s, "'") {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}

func columnOf(t *testing.T, typ row.Type, values []string) row.Column {
	t.Helper()
	c := row.NewColumn(typ, len(values))
	for _, v := range values {
		if v == "NULL" {
			c.AppendNull()
			continue
		}
		d, err := row.ParseText(typ, v, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Append(d)
	}
	return c
}

// TestAggregates compares with PostgreSQL, and checks that rows which came and
// went leave no trace, in whatever order they do.
func TestAggregates(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, c := range valueCases(t, "testdata/aggregates.txt") {
		t.Run(c.src, func(t *testing.T) {
			head, values, _ := strings.Cut(c.src, ":")
			name, typeName, _ := strings.Cut(head, " ")
			typ := kindNamed(t, typeName)
			r, err := ResolveAggregate("", name, []row.Type{typ})
			if err != nil {
				t.Fatal(err)
			}
			acc := r.Func.New(r.Args)
			if acc.Type() != r.Result {
				t.Errorf("the accumulator's type is %s, the resolution's %s", acc.Type(), r.Result)
			}
			col := columnOf(t, typ, words(values))
			if got := resultText(t, acc, total(t, acc, &col, nil)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
			noise := columnOf(t, typ, noiseFor(typ))
			if got := resultText(t, acc, total(t, acc, &col, shuffled(rng, &noise))); got != c.want {
				t.Errorf("after noise came and went: got %s, want %s", got, c.want)
			}
			checkEmpty(t, acc, &col, rng)
			checkEmpty(t, acc, &noise, rng)
		})
	}
}

func noiseFor(t row.Type) []string {
	switch t.Kind {
	case row.Bool:
		return []string{"t", "f", "NULL", "t"}
	case row.Numeric:
		return []string{"1.125", "-99999999999999999999999.5", "NaN", "1e-20", "Infinity", "0", "7"}
	case row.Float8:
		return []string{"1e300", "-1e-300", "NaN", "0.1", "-Infinity", "5e-324", "1.7976931348623157e308"}
	case row.Float4:
		return []string{"1e30", "-1e-30", "NaN", "0.1", "-Infinity"}
	case row.Interval:
		return []string{"1 year", "-3 days", "00:00:01"}
	}
	return []string{"5", "-7", "NULL", "32767"}
}

type change struct {
	col *row.Column
	i   int
	w   int64
}

// shuffled adds and removes every row of a column, in a random order.
func shuffled(rng *rand.Rand, col *row.Column) []change {
	var out []change
	for i := 0; i < col.Len(); i++ {
		w := int64(rng.IntN(5) + 1)
		out = append(out, change{col, i, w}, change{col, i, -w})
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func apply(t *testing.T, acc fn.Accumulator, s []byte, changes []change) []byte {
	t.Helper()
	for _, c := range changes {
		var err error
		if s, err = acc.Update(s, []*row.Column{c.col}, c.i, c.w); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func total(t *testing.T, acc fn.Accumulator, col *row.Column, noise []change) []byte {
	t.Helper()
	s := apply(t, acc, acc.Init(nil), noise)
	for i := 0; i < col.Len(); i++ {
		s = apply(t, acc, s, []change{{col, i, 1}})
	}
	return s
}

func resultText(t *testing.T, acc fn.Accumulator, s []byte) string {
	t.Helper()
	out := row.NewColumn(acc.Type(), 1)
	if err := acc.Result(s, &out); err != nil {
		return errorText(err)
	}
	if out.Len() != 1 {
		t.Fatalf("%d results", out.Len())
	}
	return valueText(acc.Type(), out.Datum(0))
}

func checkEmpty(t *testing.T, acc fn.Accumulator, col *row.Column, rng *rand.Rand) {
	t.Helper()
	if s := apply(t, acc, acc.Init(nil), shuffled(rng, col)); !bytes.Equal(s, acc.Init(nil)) {
		t.Errorf("after all rows went the state is %x, at first it was %x", s, acc.Init(nil))
	}
}

// TestExactSum checks that a sum of floats does not depend on the order.
func TestExactSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	r, err := ResolveAggregate("", "sum", []row.Type{row.T(row.Float8)})
	if err != nil {
		t.Fatal(err)
	}
	acc := r.Func.New(r.Args)
	col := row.NewColumn(row.T(row.Float8), 0)
	var changes []change
	for i := range 300 {
		col.AppendFloat(math.Ldexp(rng.Float64()-0.5, rng.IntN(1200)-600))
		changes = append(changes, change{&col, i, int64(rng.IntN(7) - 3)})
	}
	first := apply(t, acc, acc.Init(nil), changes)
	first = bytes.Clone(first)
	for range 20 {
		rng.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
		if s := apply(t, acc, acc.Init(nil), changes); !bytes.Equal(s, first) {
			t.Fatalf("another order gives another state:\n%x\n%x", s, first)
		}
	}
}

func TestSumOverflow(t *testing.T) {
	r, _ := ResolveAggregate("", "sum", []row.Type{row.T(row.Int4)})
	acc := r.Func.New(r.Args)
	col := columnOf(t, row.T(row.Int4), []string{"2147483647"})
	s := apply(t, acc, acc.Init(nil), []change{{&col, 0, math.MaxInt64}})
	if got := resultText(t, acc, s); got != "ERROR 22003: bigint out of range" {
		t.Error(got)
	}
	s = apply(t, acc, s, []change{{&col, 0, 1 - math.MaxInt64}})
	if got := resultText(t, acc, s); got != "bigint: 2147483647" {
		t.Error(got)
	}
}

func TestAggregateKinds(t *testing.T) {
	for call, want := range map[string]string{
		"min(int4)": "min integer", "max(varchar)": "max text", "max(timestamptz)": "max timestamp with time zone",
		"array_agg(int4)": "ordered integer[]", "count()": "invertible bigint", "sum(unknown)": "ERROR 42725: function sum(unknown) is not unique",
		"sum(text)": "ERROR 42883: function sum(text) does not exist", "sum()": "ERROR 42883: function sum() does not exist",
		"avg(date)": "ERROR 42883: function avg(date) does not exist", "string_agg(varchar)": "ERROR 42883: function string_agg(character varying) does not exist",
		"bool_and(unknown)": "invertible boolean",
	} {
		name, arg, _ := strings.Cut(strings.TrimSuffix(call, ")"), "(")
		var args []row.Type
		if arg != "" {
			args = append(args, kindNamed(t, arg))
		}
		r, err := ResolveAggregate("", name, args)
		got := ""
		if err != nil {
			got = errorText(err)
		} else {
			got = r.Func.Kind.String() + " " + fn.TypeName(r.Result)
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", call, got, want)
		}
	}
}
