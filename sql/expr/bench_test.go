package expr

import (
	"fmt"
	"testing"

	"github.com/tarndb/tarn/row"
)

// benchRows is a full batch of x bigint, y integer, s text, f float8, t
// timestamptz and n numeric, without NULLs.
func benchRows() (*row.Batch, map[string]*ColRef) {
	names := []string{"x", "y", "s", "f", "t", "n"}
	types := []row.Type{row.T(row.Int8), row.T(row.Int4), row.T(row.Text), row.T(row.Float8), row.T(row.Timestamptz), row.T(row.Numeric)}
	b := row.NewBatch(types, row.BatchRows)
	for i := range row.BatchRows {
		n, err := row.ParseText(types[5], fmt.Sprintf("%d.%02d", i, i%100), nil)
		if err != nil {
			panic(err)
		}
		b.AppendRow(row.Row{
			row.IntDatum(int64(i * 7919 % 10007)), row.IntDatum(int64(i % 100)), row.StringDatum(fmt.Sprintf("channel-%d", i%50)),
			row.FloatDatum(float64(i) / 3), row.IntDatum(int64(i) * 1234567), n,
		}, 1)
	}
	cols := map[string]*ColRef{}
	for i, name := range names {
		cols[name] = &ColRef{Index: i, Typ: types[i], Name: name}
	}
	return b, cols
}

// BenchmarkKernels prints ns a row.
func BenchmarkKernels(b *testing.B) {
	in, cols := benchRows()
	for _, src := range []string{
		"x = 5", "x > 100 AND y < 50", "x + 1", "x + y", "x * y", "x % 123 = 0", "f * 2.5", "f > 10", "n * 0.908", "n > 100", "n + n",
		"s = 'channel-7'", "s LIKE 'channel-1%'", "s ~ 'channel-[0-9]$'", "lower(s)", "s || '!'",
		"date_trunc('hour', t)", "extract(epoch from t)", "x IN (1, 2, 3, 4, 5)", "s IN ('channel-1', 'channel-2')",
		"CASE WHEN x > 5000 THEN 1 WHEN x > 2500 THEN 2 ELSE 3 END", "CASE WHEN y <> 0 THEN x / y END", "x::text", "x::numeric", "split_part(s, '-', 2)",
		"to_char(t, 'YYYY-MM-DD')",
	} {
		b.Run(src, func(b *testing.B) {
			e, err := readSQL(src, Typing{}, cols)
			if err != nil {
				b.Skip(err)
			}
			p, err := Compile([]Expr{e}, in.Types())
			if err != nil {
				b.Fatal(err)
			}
			ctx := &Context{}
			for b.Loop() {
				p.Eval(ctx, in, nil)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/row.BatchRows, "ns/row")
		})
	}
}

func BenchmarkAggregates(b *testing.B) {
	in, _ := benchRows()
	for _, c := range []struct {
		name string
		col  int
	}{{"count", 0}, {"sum", 0}, {"sum", 1}, {"avg", 1}, {"sum", 3}, {"sum", 5}, {"avg", 5}, {"stddev", 1}, {"stddev", 3}} {
		t := in.Cols[c.col].Type
		b.Run(c.name+"_"+t.Name(), func(b *testing.B) {
			r, err := ResolveAggregate("", c.name, []row.Type{t})
			if err != nil {
				b.Fatal(err)
			}
			acc := r.Func.New(r.Args)
			s := acc.Init(nil)
			args := []*row.Column{&in.Cols[c.col]}
			for b.Loop() {
				for i := range row.BatchRows {
					if s, err = acc.Update(s, args, i, 1); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/row.BatchRows, "ns/row")
		})
	}
}
