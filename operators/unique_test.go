package operators

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tarndb/tarn/row"
)

// TestUniqueJoin plays rows that only come, of which those of the left side have
// different keys, in any order beside those of the right.
func TestUniqueJoin(t *testing.T) {
	var twins []twin
	for _, keyT := range []row.Type{intT, textT, floatT} {
		for _, pass := range []int{-1, 2} {
			for _, residual := range []bool{false, true} {
				twins = append(twins, uniqueTwin(keyT, pass, residual))
			}
		}
	}
	runTwins(t, twins)
}

func uniqueTwin(keyT row.Type, pass int, residual bool) twin {
	unique, other := []row.Type{keyT, textT, boolT}, []row.Type{textT, keyT, intT}
	types := []row.Type{intT, keyT, textT, textT, keyT}
	f := oddTransform{types: types}
	return twin{
		name:       fmt.Sprintf("unique join by %s, condition %d, residual %t", keyT.Name(), pass, residual),
		ins:        [][]row.Type{unique, other},
		appendOnly: true,
		draw: func(r *rand.Rand, in int, have bag) row.Row {
			if in == 1 {
				return randomRow(r, other)
			}
			nu := randomRow(r, unique)
			for _, h := range have {
				if keyOf(unique, h, []int{0}) == keyOf(unique, nu, []int{0}) && !nu[0].Null {
					return nil
				}
			}
			return nu
		},
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			j := UniqueJoin{
				Unique: hashed(t, c, ins[0], 0), Other: hashed(t, c, ins[1], 1),
				UniqueKey: []int{0}, OtherKey: []int{1}, Pass: pass, State: 1,
				Out: []UniqueOut{{2, true}, {0, false}, {1, false}, {0, true}, {1, true}},
			}
			if residual {
				j.Residual = f
			}
			return mustAdd(t, c, j)
		},
		meaning: func(ins []bag) bag {
			var out bag
			for _, u := range ins[0] {
				for _, o := range ins[1] {
					if u[0].Null || keyOf(unique, u, []int{0}) != keyOf(other, o, []int{1}) || pass >= 0 && (u[pass].Null || u[pass].I == 0) {
						continue
					}
					r := row.Row{o[2], u[0], u[1], o[0], o[1]}
					n := 1
					if residual {
						n = f.times(r, func() {})
					}
					for range n {
						out = append(out, r)
					}
				}
			}
			return out
		},
	}
}

// TestUniqueJoinForgets expects nothing to be kept of rows that found their match,
// and a broken promise to be reported.
func TestUniqueJoinForgets(t *testing.T) {
	stores := MemStores()
	c := NewCircuit(Config{Stores: stores})
	u, o := mustAdd(t, c, Input{Types: pairCols}), mustAdd(t, c, Input{Types: pairCols})
	j := mustAdd(t, c, UniqueJoin{
		Unique: u, Other: o, UniqueKey: []int{0}, OtherKey: []int{0}, Pass: -1,
		Out: []UniqueOut{{0, true}, {1, true}, {1, false}}, State: 1,
	})
	c.MarkOutput(j)
	rows := func(from, to, v int64) row.Delta {
		b := row.NewBatch(pairCols, 0)
		for k := from; k < to; k++ {
			b.AppendRow(row.Row{row.IntDatum(k), row.IntDatum(v)}, 1)
		}
		return row.Delta{b}
	}
	for step, in := range []struct {
		u, o     row.Delta
		out      int
		waits    int
		failures int
	}{
		{o: rows(0, 10, 1), waits: 10},
		{u: rows(0, 5, 2), out: 5, waits: 5},
		{u: rows(5, 20, 2), o: rows(0, 30, 1), out: 25, waits: 10},
		{u: rows(4, 6, 3), o: rows(4, 6, 1), out: 2, waits: 10, failures: 2},
		{u: rows(20, 30, 2), out: 10},
	} {
		mustStep(t, c, map[NodeID]row.Delta{u: in.u, o: in.o})
		if got := c.Output(j).Rows(); got != in.out {
			t.Errorf("step %d: %d rows, want %d", step, got, in.out)
		}
		if got := stores.Tree(2, 0).Len(); got != in.waits {
			t.Errorf("step %d: %d rows wait, want %d", step, got, in.waits)
		}
		if got := len(c.Errors()); got != in.failures {
			t.Errorf("step %d: %d errors, want %d", step, got, in.failures)
		}
	}
}
