package operators

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sort"
	"testing"

	"github.com/tarndb/tarn/row"
)

// sumAgg is sum(int8) with NULL for no rows: 8 bytes sum, 8 bytes count. With
// fails set, a sum of 3 is an error, and so is an argument of 2.
type sumAgg struct{ fails bool }

var (
	errThree = errors.New("three")
	errTwo   = errors.New("two")
)

func (sumAgg) Type() row.Type         { return intT }
func (sumAgg) Init(dst []byte) []byte { return append(dst, make([]byte, 16)...) }

func (a sumAgg) Update(state []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	if args[0].IsNull(i) {
		return state, nil
	}
	if a.fails && args[0].Ints[i] == 2 {
		return state, errTwo
	}
	le := binary.LittleEndian
	le.PutUint64(state, le.Uint64(state)+uint64(args[0].Ints[i]*w))
	le.PutUint64(state[8:], le.Uint64(state[8:])+uint64(w))
	return state, nil
}

func (a sumAgg) Result(state []byte, out *row.Column) error {
	sum := int64(binary.LittleEndian.Uint64(state))
	switch {
	case binary.LittleEndian.Uint64(state[8:]) == 0:
		out.AppendNull()
	case a.fails && sum == 3:
		return errThree
	default:
		out.AppendInt(sum)
	}
	return nil
}

// wordSum is sumAgg with its state in words.
type wordSum struct{ sumAgg }

func (wordSum) Words() int { return 2 }

func (wordSum) AddRows(states []int64, stride int, group []int32, args []*row.Column, weights []int64) error {
	for i, w := range weights {
		if !args[0].IsNull(i) {
			states[int(group[i])*stride] += args[0].Ints[i] * w
			states[int(group[i])*stride+1] += w
		}
	}
	return nil
}

func (a wordSum) WordsResult(s []int64, out *row.Column) error {
	switch {
	case s[1] == 0:
		out.AppendNull()
	case a.fails && s[0] == 3:
		return errThree
	default:
		out.AppendInt(s[0])
	}
	return nil
}

// listAgg is a sorted list of its arguments' faithful encodings as text: a state
// whose length varies.
type listAgg struct{}

func (listAgg) Type() row.Type         { return textT }
func (listAgg) Init(dst []byte) []byte { return dst }

func (listAgg) Update(state []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	m := map[byte]int64{}
	for k := 0; k+1 < len(state); k += 2 {
		m[state[k]] = int64(int8(state[k+1]))
	}
	v := listByte(args[0].Datum(i))
	if m[v] += w; m[v] == 0 {
		delete(m, v)
	}
	var keys []int
	for k := range m {
		keys = append(keys, int(k))
	}
	sort.Ints(keys)
	out := []byte{}
	for _, k := range keys {
		out = append(out, byte(k), byte(m[byte(k)]))
	}
	return out, nil
}

func (listAgg) Result(state []byte, out *row.Column) error {
	out.AppendString(fmt.Sprintf("%x", state))
	return nil
}

func listByte(d row.Datum) byte {
	s := show([]row.Type{floatT}, row.Row{d})
	return s[len(s)-2] ^ s[1]<<3
}

// groupMeaning groups rows, and computes each group's row by fn.
func groupMeaning(types []row.Type, key []int, rows bag, fn func(rows bag) (row.Row, error)) (out bag, errs []string) {
	groups := map[string]bag{}
	if len(key) == 0 {
		groups[""] = nil
	}
	for _, r := range rows {
		k := keyOf(types, r, key)
		groups[k] = append(groups[k], r)
	}
	kt := pick(types, key)
	for _, g := range groups {
		var least row.Row
		for i, r := range g {
			k := make(row.Row, len(key))
			for j, c := range key {
				k[j] = r[c]
			}
			if i == 0 || leastOf(kt, k, least) {
				least = k
			}
		}
		r, err := fn(g)
		if err != nil {
			errs = append(errs, err.Error()+" "+show(kt, least))
			continue
		}
		out = append(out, append(append(row.Row{}, least...), r...))
	}
	return out, errs
}

// fold runs an aggregate over an argument of some rows.
func fold(a Aggregate, col int, rows bag, types []row.Type) (row.Datum, error) {
	c := row.NewColumn(types[col], 0)
	for _, r := range rows {
		c.Append(r[col])
	}
	s := a.Init(nil)
	for i := range rows {
		var err error
		if s, err = a.Update(s, []*row.Column{&c}, i, 1); err != nil {
			return row.Datum{}, err
		}
	}
	out := row.NewColumn(a.Type(), 1)
	if err := a.Result(s, &out); err != nil {
		return row.Datum{}, err
	}
	return out.Datum(0), nil
}

// extremes is the least and the greatest value, by key and then by form.
func extremes(col int, rows bag, types []row.Type) (least, greatest row.Datum) {
	t := types[col]
	c := row.NewColumn(t, 0)
	var keys []string
	at := map[string]row.Datum{}
	for _, r := range rows {
		if r[col].Null {
			continue
		}
		c.Append(r[col])
		k := string(appendExactKey(nil, &c, c.Len()-1))
		keys, at[k] = append(keys, k), r[col]
	}
	if len(keys) == 0 {
		return row.NullDatum, row.NullDatum
	}
	sort.Strings(keys)
	return at[keys[0]], at[keys[len(keys)-1]]
}

func filtered(filter int, rows bag) bag {
	var out bag
	for _, r := range rows {
		if filter < 0 || !r[filter].Null && r[filter].I != 0 {
			out = append(out, r)
		}
	}
	return out
}

// distinctOf keeps one of each class of a column's values, the least.
func distinctOf(col int, rows bag, types []row.Type) bag {
	at := map[string]row.Row{}
	for _, r := range rows {
		k := keyOf(types, r, []int{col})
		if old, ok := at[k]; !ok || leastOf(types[col:col+1], r[col:col+1], old[col:col+1]) {
			at[k] = r
		}
	}
	var out bag
	for _, r := range at {
		out = append(out, r)
	}
	return out
}

var groupTypes = []row.Type{intT, floatT, boolT, intT}

var groupAggs = []Agg{
	{F: sumAgg{}, Args: []int{3}, Filter: -1},
	{Kind: Min, Args: []int{1}, Filter: -1},
	{Kind: Max, Args: []int{1}, Filter: 2},
	{Kind: Max, Args: []int{3}, Filter: -1},
	{F: sumAgg{}, Args: []int{3}, Filter: 2, Distinct: true},
	{F: sumAgg{}, Args: []int{3}, Filter: 2},
	{F: listAgg{}, Args: []int{1}, Filter: -1},
	{F: listAgg{}, Args: []int{1}, Filter: -1, Distinct: true},
	{Kind: Min, Args: []int{3}, Filter: 2},
	{F: sumAgg{}, Args: []int{3}, Filter: -1, Distinct: true},
	{F: wordSum{}, Args: []int{3}, Filter: -1},
	{F: wordSum{}, Args: []int{3}, Filter: 2},
	{F: wordSum{}, Args: []int{3}, Filter: 2, Distinct: true},
	{F: listAgg{}, Args: []int{3}, Filter: -1, Distinct: true},
	{F: listAgg{}, Args: []int{0}, Filter: 2, Distinct: true},
}

// wordAggs are those of which nothing but words is kept.
var wordAggs = []Agg{
	{F: wordSum{}, Args: []int{3}, Filter: -1},
	{F: wordSum{}, Args: []int{0}, Filter: 2},
	{F: wordSum{}, Args: []int{3}, Filter: -1, Distinct: true},
	{F: wordSum{}, Args: []int{3}, Filter: 2, Distinct: true},
	{F: wordSum{}, Args: []int{0}, Filter: 2, Distinct: true},
}

func aggsMeaning(aggs []Agg, rows bag) (row.Row, error) {
	var out row.Row
	for _, a := range aggs {
		in := filtered(a.Filter, rows)
		if a.Distinct {
			in = distinctOf(a.Args[0], in, groupTypes)
		}
		least, greatest := extremes(a.Args[0], in, groupTypes)
		switch a.Kind {
		case Min:
			out = append(out, least)
		case Max:
			out = append(out, greatest)
		default:
			d, err := fold(a.F, a.Args[0], in, groupTypes)
			if err != nil {
				return nil, err
			}
			out = append(out, d)
		}
	}
	return out, nil
}

func TestGroupBy(t *testing.T) {
	var twins []twin
	for _, key := range [][]int{{0}, {1}, {1, 0}, {}} {
		twins = append(twins, twin{
			name: fmt.Sprintf("group by %v", key),
			ins:  [][]row.Type{groupTypes},
			build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
				in := mustAdd(t, c, Gather{In: ins[0]})
				if len(key) > 0 {
					in = hashed(t, c, ins[0], key...)
				}
				return mustAdd(t, c, GroupBy{In: in, Key: key, Aggs: groupAggs, State: 1})
			},
			meaning: func(ins []bag) bag {
				out, _ := groupMeaning(groupTypes, key, ins[0], func(rows bag) (row.Row, error) { return aggsMeaning(groupAggs, rows) })
				return out
			},
		})
	}
	for _, key := range [][]int{{0}, {2, 0}, {1}, {}} {
		for _, appendOnly := range []bool{false, true} {
			twins = append(twins, twin{
				name:       fmt.Sprintf("words by %v, append-only %t", key, appendOnly),
				ins:        [][]row.Type{groupTypes},
				appendOnly: appendOnly,
				build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
					in := mustAdd(t, c, Gather{In: ins[0]})
					if len(key) > 0 {
						in = hashed(t, c, ins[0], key...)
					}
					return mustAdd(t, c, GroupBy{In: in, Key: key, Aggs: wordAggs, AppendOnly: appendOnly, State: 1})
				},
				meaning: func(ins []bag) bag {
					out, _ := groupMeaning(groupTypes, key, ins[0], func(rows bag) (row.Row, error) { return aggsMeaning(wordAggs, rows) })
					return out
				},
			})
		}
	}
	twins = append(twins, twin{
		name: "no aggregates",
		ins:  [][]row.Type{groupTypes},
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			return mustAdd(t, c, GroupBy{In: hashed(t, c, ins[0], 0), Key: []int{0}, State: 1})
		},
		meaning: func(ins []bag) bag {
			out, _ := groupMeaning(groupTypes, []int{0}, ins[0], func(bag) (row.Row, error) { return nil, nil })
			return out
		},
	}, failingTwin(sumAgg{fails: true}), failingTwin(wordSum{sumAgg{fails: true}}))
	runTwins(t, twins)
}

// failingTwin has an aggregate that fails on some rows and on some results.
func failingTwin(fails Aggregate) twin {
	aggs := []Agg{
		{F: sumAgg{}, Args: []int{3}, Filter: -1},
		{F: fails, Args: []int{3}, Filter: -1},
	}
	_, words := fails.(WordAggregate) // whose rows do not fail
	parts := func(ins []bag) (bag, []string) {
		var good bag
		var errs []string
		for _, r := range ins[0] {
			if !words && !r[3].Null && r[3].I == 2 {
				errs = append(errs, "two "+show(groupTypes, r))
			} else {
				good = append(good, r)
			}
		}
		out, failed := groupMeaning(groupTypes, []int{0}, good, func(rows bag) (row.Row, error) {
			r, err := aggsMeaning(aggs[:1], rows)
			if err == nil && !r[0].Null && r[0].I == 3 {
				err = errThree
			}
			return append(r, r...), err
		})
		return out, append(errs, failed...)
	}
	return twin{
		name: fmt.Sprintf("failing aggregates %T", fails),
		ins:  [][]row.Type{groupTypes},
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			return mustAdd(t, c, GroupBy{In: hashed(t, c, ins[0], 0), Key: []int{0}, Aggs: aggs, State: 1})
		},
		meaning: func(ins []bag) bag { out, _ := parts(ins); return out },
		errors:  func(ins []bag) []string { _, errs := parts(ins); return errs },
	}
}

func TestTopK(t *testing.T) {
	types := []row.Type{intT, floatT, textT}
	var twins []twin
	for _, part := range [][]int{{}, {0}} {
		for _, lim := range [][2]int64{{2, 0}, {3, 1}, {-1, 2}, {0, 0}, {100, 0}} {
			for _, order := range [][]OrderBy{nil, {{Col: 1, Order: row.Order{Desc: true, NullsFirst: true}}, {Col: 2}}} {
				for _, appendOnly := range []bool{false, true} {
					rank := len(twins)/2%2 == len(twins)%2
					twins = append(twins, topkTwin(types, TopK{Partition: part, Order: order, Limit: lim[0], Offset: lim[1], Rank: rank, AppendOnly: appendOnly, State: 1}))
					if len(order) > 0 {
						twins = append(twins, topkTwin(types, TopK{Partition: part, Order: order[:1], Limit: lim[0], Offset: lim[1], Ties: true, AppendOnly: appendOnly, State: 1}))
					}
				}
			}
		}
	}
	runTwins(t, twins)
}

func topkTwin(types []row.Type, s TopK) twin {
	part, limit, offset := s.Partition, s.Limit, s.Offset
	tied := slices.Clone(part)
	for _, o := range s.Order {
		tied = append(tied, o.Col)
	}
	l := row.NewLayout(types, sortKey(types, part, s.Order), false)
	return twin{
		name:       fmt.Sprintf("top %d+%d of %v by %d, rank %t, ties %t, append-only %t", limit, offset, part, len(s.Order), s.Rank, s.Ties, s.AppendOnly),
		ins:        [][]row.Type{types},
		appendOnly: s.AppendOnly,
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			in := mustAdd(t, c, Gather{In: ins[0]})
			if len(part) > 0 {
				in = hashed(t, c, ins[0], part...)
			}
			s.In = in
			return mustAdd(t, c, s)
		},
		meaning: func(ins []bag) bag {
			rows := append(bag{}, ins[0]...)
			key := func(r row.Row) string {
				b := row.NewBatch(types, 1)
				b.AppendRow(r, 1)
				k, _ := l.Encode(nil, nil, b, 0)
				return string(k)
			}
			sort.Slice(rows, func(i, j int) bool { return key(rows[i]) < key(rows[j]) })
			seen, border := map[string]int64{}, map[string]string{}
			var out bag
			for _, r := range rows {
				p := keyOf(types, r, part)
				seen[p]++
				n := seen[p]
				if s.Ties && limit > 0 && n == offset+limit {
					border[p] = keyOf(types, r, tied)
				}
				behind := limit >= 0 && n > offset+limit && (!s.Ties || limit == 0 || border[p] != keyOf(types, r, tied))
				if n <= offset || behind {
					continue
				}
				if s.Rank {
					r = append(r[:len(r):len(r)], row.IntDatum(n))
				}
				out = append(out, r)
			}
			return out
		},
	}
}
