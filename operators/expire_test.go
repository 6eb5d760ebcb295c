package operators

import (
	"math/rand/v2"
	"testing"

	"github.com/tarndb/tarn/row"
)

// TestExpire plays rows whose third column is a time that goes on, and tells one
// of two circuits how far it is. Their outputs must be the same, and what the one
// keeps must not grow.
func TestExpire(t *testing.T) {
	types := []row.Type{intT, floatT, intT}
	minusFive := func(in NodeID, at int) *Expiry {
		return &Expiry{Input: in, KeyCol: at, Bound: func(p row.Datum) (row.Datum, bool) { return row.IntDatum(p.I - 5), true }}
	}
	type build func(in NodeID, e func(NodeID, int) *Expiry) Spec
	aggs := []Agg{
		{F: wordSum{}, Args: []int{0}, Filter: -1},
		{F: wordSum{}, Args: []int{0}, Filter: -1, Distinct: true},
		{F: listAgg{}, Args: []int{1}, Filter: -1, Distinct: true},
		{Kind: Max, Args: []int{1}, Filter: -1},
	}
	order := []OrderBy{{Col: 1}}
	for name, b := range map[string]build{
		"group by": func(in NodeID, e func(NodeID, int) *Expiry) Spec {
			return GroupBy{In: in, Key: []int{1, 2}, Aggs: aggs, Expire: e(in, 1), State: 1}
		},
		"leaders": func(in NodeID, e func(NodeID, int) *Expiry) Spec {
			return TopK{In: in, Partition: []int{0, 2}, Order: order, Limit: 2, AppendOnly: true, Expire: e(in, 1), State: 1}
		},
		"top 40": func(in NodeID, e func(NodeID, int) *Expiry) Spec {
			return TopK{In: in, Partition: []int{0, 2}, Order: order, Limit: 40, AppendOnly: true, Expire: e(in, 1), State: 1}
		},
		"peaks": func(in NodeID, e func(NodeID, int) *Expiry) Spec {
			return Peaks{In: in, Key: []int{1, 2}, Value: 0, Expire: e(in, 1), State: 1}
		},
		"distinct": func(in NodeID, e func(NodeID, int) *Expiry) Spec {
			return Distinct{In: in, Expire: e(in, 2), State: 1}
		},
		"arrange": func(in NodeID, e func(NodeID, int) *Expiry) Spec {
			return Arrange{In: in, Key: []int{2, 0}, Expire: e(in, 0), State: 1}
		},
	} {
		t.Run(name, func(t *testing.T) {
			var circuits [2]*Circuit
			var ins, outs [2]NodeID
			stores := memTestStores()
			for i := range circuits {
				c := NewCircuit(Config{Shards: 1})
				expiry := func(NodeID, int) *Expiry { return nil }
				if i == 1 {
					c, expiry = NewCircuit(Config{Shards: 1, Stores: stores}), minusFive
				}
				ins[i] = mustAdd(t, c, Input{Types: types})
				outs[i] = mustAdd(t, c, b(ins[i], expiry))
				c.MarkOutput(outs[i])
				circuits[i] = c
			}
			rng := rand.New(rand.NewPCG(3, 4))
			for now := range int64(60) {
				d := row.NewBatch(types, 0)
				for range 6 {
					r := randomRow(rng, types)
					r[2] = row.IntDatum(now - rng.Int64N(5))
					d.AppendRow(r, 1)
				}
				var got [2]string
				for i, c := range circuits {
					mustStep(t, c, map[NodeID]row.Delta{ins[i]: {d}})
					z := zset{}
					z.add(c.Types(outs[i]), c.Output(outs[i]))
					got[i] = z.String()
				}
				if got[0] != got[1] {
					t.Fatalf("at %d: keeping all gives\n%s\nforgetting\n%s", now, got[0], got[1])
				}
				if err := circuits[1].Expire(ins[1], row.IntDatum(now)); err != nil {
					t.Fatal(err)
				}
			}
			most := 120
			if name == "group by" {
				most = 400 // an entry for each group, and for each value of three aggregates
			}
			if n := len(stores.rest()); n == 0 || n > most {
				t.Errorf("%d entries are kept", n)
			}
		})
	}
}
