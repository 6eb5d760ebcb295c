package expr

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/tarndb/tarn/row"
)

// TestPairAggregates checks that the states of the aggregates of pairs depend on the
// rows alone: not on their order, nor on what came and went.
func TestPairAggregates(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, name := range []string{"regr_count", "corr", "regr_slope", "regr_r2", "covar_samp", "regr_avgx"} {
		r, err := ResolveAggregate("", name, []row.Type{row.T(row.Float8), row.T(row.Float8)})
		if err != nil {
			t.Fatal(err)
		}
		acc := r.Func.New(r.Args)
		values := append(noiseFor(row.T(row.Float8)), "NULL", "1", "-2.5", "3e-7", "0")
		y, x := columnOf(t, row.T(row.Float8), values), row.NewColumn(row.T(row.Float8), 0)
		for i := range values {
			x.Append(y.Datum((i*7 + 3) % len(values)))
		}
		add := func(s []byte, order []int, weight int64) []byte {
			for _, i := range order {
				if s, err = acc.Update(s, []*row.Column{&y, &x}, i, weight); err != nil {
					t.Fatal(err)
				}
			}
			return s
		}
		all := rng.Perm(len(values))
		state := bytes.Clone(add(acc.Init(nil), all, 2))
		if other := add(acc.Init(nil), rng.Perm(len(values)), 2); !bytes.Equal(state, other) {
			t.Errorf("%s: another order gives another state:\n%x\n%x", name, state, other)
		}
		if left := add(add(state, rng.Perm(len(values)), -1), all, -1); !bytes.Equal(left, acc.Init(nil)) {
			t.Errorf("%s: after all rows went the state is %x, at first it was %x", name, left, acc.Init(nil))
		}
	}
}
