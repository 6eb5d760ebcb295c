package row

import (
	"math/rand/v2"
	"testing"

	"github.com/tarndb/tarn/row/numeric"
)

// benchBatch has the columns of a bid: two keys, a price, a time, a short text.
func benchBatch(n int) *Batch {
	r := rand.New(rand.NewPCG(1, 1))
	b := NewBatch([]Type{T(Int8), T(Int8), T(Numeric), T(Timestamptz), T(Text)}, n)
	for range n {
		b.AppendRow(Row{
			IntDatum(r.Int64N(10000)), IntDatum(r.Int64N(1000)),
			BytesDatum(numeric.AppendSmall(nil, r.Int64N(1000000), 2)),
			IntDatum(r.Int64N(1 << 50)), StringDatum("https://example.org/item/" + string(rune('a'+r.IntN(26)))),
		}, 1)
	}
	return b
}

func BenchmarkConsolidate(b *testing.B) {
	batch := benchBatch(BatchRows)
	sorted := Consolidate(Delta{batch})
	b.Run("random", func(b *testing.B) {
		for range b.N {
			Consolidate(Delta{batch})
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch.Len()), "ns/row")
	})
	b.Run("sorted", func(b *testing.B) {
		for range b.N {
			Consolidate(Delta{sorted})
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch.Len()), "ns/row")
	})
}

func BenchmarkHashRows(b *testing.B) {
	batch := benchBatch(BatchRows)
	var out []uint64
	for c, t := range batch.Types() {
		b.Run(t.String(), func(b *testing.B) {
			for range b.N {
				out = HashRows(batch, []int{c}, out)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch.Len()), "ns/row")
		})
	}
}

func BenchmarkKey(b *testing.B) {
	batch := benchBatch(BatchRows)
	for c := range batch.Cols {
		col := &batch.Cols[c]
		var keys []byte
		b.Run("append/"+col.Type.String(), func(b *testing.B) {
			for range b.N {
				keys = keys[:0]
				for i := range batch.Len() {
					keys = AppendKey(keys, col, i)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch.Len()), "ns/row")
		})
		into := NewColumn(col.Type, batch.Len())
		b.Run("decode/"+col.Type.String(), func(b *testing.B) {
			for range b.N {
				into.Reset()
				for rest := keys; len(rest) > 0; {
					var err error
					if rest, err = DecodeKey(rest, &into, Order{}); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch.Len()), "ns/row")
		})
	}
}
