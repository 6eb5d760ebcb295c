package operators

import (
	"errors"
	"fmt"
	"testing"

	"github.com/tarndb/tarn/row"
)

func hashed(t *testing.T, c *Circuit, in NodeID, key ...int) NodeID {
	return mustAdd(t, c, Exchange{In: in, Key: key})
}

func arranged(t *testing.T, c *Circuit, in NodeID, state StateID, key ...int) NodeID {
	return mustAdd(t, c, Arrange{In: hashed(t, c, in, key...), Key: key, State: state})
}

var threeCols = []row.Type{intT, floatT, textT}

// oddTransform keeps rows whose first column is odd or NULL, doubles those with
// a 3, and fails on -1.
type oddTransform struct{ types []row.Type }

var errMinus = errors.New("minus one")

func (o oddTransform) Types() []row.Type { return o.types }

func (o oddTransform) Apply(in *row.Batch, errs ErrorFunc) *row.Batch {
	out := row.NewBatch(o.types, 0)
	for i := range in.Weights {
		for range o.times(in.Row(i), func() { errs(i, errMinus) }) {
			out.AppendFrom(in, i, in.Weights[i])
		}
	}
	return out
}

func (o oddTransform) times(r row.Row, fail func()) int {
	switch {
	case r[0].Null:
		return 1
	case r[0].I == -1:
		fail()
		return 0
	}
	return int(r[0].I & 1)
}

func TestLinear(t *testing.T) {
	f := oddTransform{types: threeCols}
	runTwins(t, []twin{
		{
			name: "map",
			ins:  [][]row.Type{threeCols},
			build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
				return mustAdd(t, c, Map{In: ins[0], F: f})
			},
			meaning: func(ins []bag) bag {
				var out bag
				for _, r := range ins[0] {
					for range f.times(r, func() {}) {
						out = append(out, r)
					}
				}
				return out
			},
			errors: func(ins []bag) []string {
				var out []string
				for _, r := range ins[0] {
					f.times(r, func() { out = append(out, "minus one "+show(threeCols, r)) })
				}
				return out
			},
		},
		{
			name: "union and values",
			ins:  [][]row.Type{threeCols, threeCols},
			build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
				b := row.NewBatch(threeCols, 0)
				b.AppendRow(row.Row{row.IntDatum(9), row.NullDatum, row.StringDatum("z")}, 2)
				v := mustAdd(t, c, Values{Batch: b})
				twice := mustAdd(t, c, Union{In: []NodeID{ins[0], ins[1], ins[1], v}})
				less := mustAdd(t, c, Union{In: []NodeID{twice, ins[1]}, Negate: []bool{false, true}})
				return mustAdd(t, c, Gather{In: less})
			},
			meaning: func(ins []bag) bag {
				out := append(append(bag{}, ins[0]...), ins[1]...)
				z := row.Row{row.IntDatum(9), row.NullDatum, row.StringDatum("z")}
				return append(out, z, z)
			},
		},
	})
}

func TestArrange(t *testing.T) {
	same := func(ins []bag) bag { return ins[0] }
	runTwins(t, []twin{{
		name: "arrange",
		ins:  [][]row.Type{threeCols},
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			return arranged(t, c, ins[0], 1, 1, 0)
		},
		meaning: same,
	}, {
		name: "of a set",
		ins:  [][]row.Type{threeCols},
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			d := mustAdd(t, c, Distinct{In: hashed(t, c, ins[0], 0, 1, 2), State: 2})
			return mustAdd(t, c, Arrange{In: d, Key: []int{1, 0}, Set: true, State: 1})
		},
		meaning: func(ins []bag) (out bag) {
			seen := map[string]bool{}
			for _, r := range ins[0] {
				if k := keyOf(threeCols, r, []int{0, 1, 2}); !seen[k] {
					seen[k] = true
					out = append(out, r)
				}
			}
			return out
		},
	}, {
		name: "no columns",
		ins:  [][]row.Type{{}},
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			a := arranged(t, c, ins[0], 1)
			d := arranged(t, c, mustAdd(t, c, Distinct{In: hashed(t, c, ins[0]), State: 2}), 4)
			return mustAdd(t, c, Join{Left: a, Right: d, Kind: FullJoin})
		},
		meaning: same,
	}})
}

// joinMeaning is the nested loop.
func joinMeaning(types [2][]row.Type, keys [2][]int, kind JoinKind, nullsEqual bool, ins []bag) bag {
	match := func(l, r row.Row) bool {
		if !nullsEqual {
			for s, cols := range keys {
				for _, c := range cols {
					if []row.Row{l, r}[s][c].Null {
						return false
					}
				}
			}
		}
		return keyOf(types[0], l, keys[0]) == keyOf(types[1], r, keys[1])
	}
	nulls := func(n int) row.Row {
		out := make(row.Row, n)
		for i := range out {
			out[i] = row.NullDatum
		}
		return out
	}
	var out bag
	rightUsed := make([]bool, len(ins[1]))
	for _, l := range ins[0] {
		used := false
		for i, r := range ins[1] {
			if match(l, r) {
				used, rightUsed[i] = true, true
				out = append(out, append(append(row.Row{}, l...), r...))
			}
		}
		if !used && (kind == LeftJoin || kind == FullJoin) {
			out = append(out, append(append(row.Row{}, l...), nulls(len(types[1]))...))
		}
	}
	for i, r := range ins[1] {
		if !rightUsed[i] && (kind == RightJoin || kind == FullJoin) {
			out = append(out, append(nulls(len(types[0])), r...))
		}
	}
	return out
}

func TestJoin(t *testing.T) {
	types := [2][]row.Type{threeCols, {floatT, intT}}
	var twins []twin
	for _, kind := range []JoinKind{InnerJoin, LeftJoin, RightJoin, FullJoin} {
		for _, nullsEqual := range []bool{false, true} {
			for _, two := range []bool{false, true} {
				keys := [2][]int{{0}, {1}}
				if two {
					keys = [2][]int{{0, 1}, {1, 0}}
				}
				twins = append(twins, twin{
					name: fmt.Sprintf("%v nulls=%v two=%v", kind, nullsEqual, two),
					ins:  types[:],
					build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
						l := arranged(t, c, ins[0], 1, keys[0]...)
						r := arranged(t, c, ins[1], 2, keys[1]...)
						return mustAdd(t, c, Join{Left: l, Right: r, Kind: kind, NullsEqual: nullsEqual})
					},
					meaning: func(ins []bag) bag { return joinMeaning(types, keys, kind, nullsEqual, ins) },
				})
			}
		}
	}
	twins = append(twins, crossTwin(types), selfTwin(), residualTwin())
	runTwins(t, twins)
}

func crossTwin(types [2][]row.Type) twin {
	return twin{
		name: "cross, broadcast, projected",
		ins:  types[:],
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			l := mustAdd(t, c, Arrange{In: hashed(t, c, ins[0], 2), State: 1})
			r := mustAdd(t, c, Arrange{In: mustAdd(t, c, Broadcast{In: ins[1]}), State: 2})
			return mustAdd(t, c, Join{Left: l, Right: r, Out: []int{4, 2, 4}})
		},
		meaning: func(ins []bag) bag {
			var out bag
			for _, r := range joinMeaning(types, [2][]int{}, InnerJoin, false, ins) {
				out = append(out, row.Row{r[4], r[2], r[4]})
			}
			return out
		},
	}
}

// selfTwin joins an arrangement with itself.
func selfTwin() twin {
	types := []row.Type{intT, intT}
	return twin{
		name: "self join",
		ins:  [][]row.Type{types},
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			a := arranged(t, c, ins[0], 1, 0)
			return mustAdd(t, c, Join{Left: a, Right: a, Kind: LeftJoin})
		},
		meaning: func(ins []bag) bag {
			return joinMeaning([2][]row.Type{types, types}, [2][]int{{0}, {0}}, LeftJoin, false, []bag{ins[0], ins[0]})
		},
	}
}

func residualTwin() twin {
	types := [2][]row.Type{{intT, textT}, {intT, textT}}
	f := oddTransform{types: []row.Type{intT, textT, intT, textT}}
	keys := [2][]int{{0}, {0}}
	return twin{
		name: "residual",
		ins:  types[:],
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			l, r := arranged(t, c, ins[0], 1, 0), arranged(t, c, ins[1], 2, 0)
			return mustAdd(t, c, Join{Left: l, Right: r, Residual: f})
		},
		meaning: func(ins []bag) bag {
			var out bag
			for _, r := range joinMeaning(types, keys, InnerJoin, false, ins) {
				for range f.times(r, func() {}) {
					out = append(out, r)
				}
			}
			return out
		},
		errors: func(ins []bag) []string {
			var out []string
			for _, r := range joinMeaning(types, keys, InnerJoin, false, ins) {
				f.times(r, func() { out = append(out, "minus one "+show(f.types, r)) })
			}
			return out
		},
	}
}

func TestSemi(t *testing.T) {
	left, right := []row.Type{intT, floatT}, []row.Type{intT}
	var twins []twin
	for _, anti := range []bool{false, true} {
		for _, nullsEqual := range []bool{false, true} {
			twins = append(twins, twin{
				name: fmt.Sprintf("anti=%v nulls=%v", anti, nullsEqual),
				ins:  [][]row.Type{left, right},
				build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
					l, r := arranged(t, c, ins[0], 1, 0), arranged(t, c, ins[1], 2, 0)
					return mustAdd(t, c, Semi{Left: l, Right: r, Anti: anti, NullsEqual: nullsEqual, Out: []int{1, 0}})
				},
				meaning: func(ins []bag) bag {
					var out bag
					for _, l := range ins[0] {
						found := false
						for _, r := range ins[1] {
							found = found || (nullsEqual || !l[0].Null) && keyOf(left, l, []int{0}) == keyOf(right, r, []int{0})
						}
						if found != anti {
							out = append(out, row.Row{l[1], l[0]})
						}
					}
					return out
				},
			})
		}
	}
	twins = append(twins, twin{
		name: "not in",
		ins:  [][]row.Type{left, right},
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			l := arranged(t, c, ins[0], 1, 0)
			r := mustAdd(t, c, Arrange{In: mustAdd(t, c, Broadcast{In: ins[1]}), Key: []int{0}, State: 2})
			return mustAdd(t, c, Semi{Left: l, Right: r, Anti: true, NullAware: true})
		},
		meaning: func(ins []bag) bag {
			var out bag
			for _, l := range ins[0] {
				pass := true
				for _, r := range ins[1] {
					pass = pass && !l[0].Null && !r[0].Null && l[0].I != r[0].I
				}
				if pass {
					out = append(out, l)
				}
			}
			return out
		},
	})
	runTwins(t, twins)
}

// classes groups rows by SQL's "=", with the least form of each.
func classes(types []row.Type, rows bag) (keys []string, least map[string]row.Row, count map[string]int64) {
	all := identity(len(types))
	least, count = map[string]row.Row{}, map[string]int64{}
	for _, r := range rows {
		k := keyOf(types, r, all)
		if count[k]++; count[k] == 1 {
			keys = append(keys, k)
			least[k] = r
		} else if leastOf(types, r, least[k]) {
			least[k] = r
		}
	}
	return keys, least, count
}

// leastOf compares equal rows by the faithful values of their lossy columns.
func leastOf(types []row.Type, a, b row.Row) bool {
	var x, y []byte
	for i, t := range types {
		if row.KeyLossy(t) {
			x, y = row.AppendValueDatum(x, t, a[i]), row.AppendValueDatum(y, t, b[i])
		}
	}
	return string(x) < string(y)
}

func TestDistinctAndSetOps(t *testing.T) {
	var twins []twin
	for _, types := range [][]row.Type{{intT, textT}, {intT, floatT}} {
		twins = append(twins, twin{
			name: "distinct " + types[1].Name(),
			ins:  [][]row.Type{types},
			build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
				return mustAdd(t, c, Distinct{In: hashed(t, c, ins[0], 0), State: 1})
			},
			meaning: func(ins []bag) bag {
				var out bag
				keys, least, _ := classes(types, ins[0])
				for _, k := range keys {
					out = append(out, least[k])
				}
				return out
			},
		})
		for _, kind := range []SetKind{Intersect, IntersectAll, Except, ExceptAll} {
			twins = append(twins, setTwin(types, kind))
		}
	}
	runTwins(t, twins)
}

func setTwin(types []row.Type, kind SetKind) twin {
	return twin{
		name: fmt.Sprintf("%v %s", kind, types[1].Name()),
		ins:  [][]row.Type{types, types},
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			l, r := hashed(t, c, ins[0], 0, 1), hashed(t, c, ins[1], 0, 1)
			return mustAdd(t, c, SetOp{Left: l, Right: r, Kind: kind, State: 1})
		},
		meaning: func(ins []bag) bag {
			keys, least, left := classes(types, ins[0])
			_, _, right := classes(types, ins[1])
			var out bag
			for _, k := range keys {
				l, r := left[k], right[k]
				n := map[SetKind]int64{
					Intersect: min(l, r, 1), IntersectAll: min(l, r), Except: 1, ExceptAll: max(l-r, 0),
				}[kind]
				if kind == Except && r > 0 {
					n = 0
				}
				for range n {
					out = append(out, least[k])
				}
			}
			return out
		},
	}
}
