package agg

import (
	"math/bits"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// The aggregates below keep the words of their states in either of two forms:
// as bytes, or as the words themselves, which the circuit updates a column at a
// time.
var (
	_ fn.WordAccumulator = count{}
	_ fn.WordAccumulator = boolean{}
	_ fn.WordAccumulator = integers{}
)

func (count) Words() int    { return 1 }
func (boolean) Words() int  { return 2 }
func (integers) Words() int { return 3 }

func (count) AddRows(states []int64, stride int, group []int32, args []*row.Column, weights []int64) error {
	if len(args) == 0 || !args[0].HasNulls() {
		for i, w := range weights {
			states[int(group[i])*stride] += w
		}
		return nil
	}
	for i, w := range weights {
		if !args[0].IsNull(i) {
			states[int(group[i])*stride] += w
		}
	}
	return nil
}

func (count) WordsResult(s []int64, out *row.Column) error {
	out.AppendInt(s[0])
	return nil
}

func (boolean) AddRows(states []int64, stride int, group []int32, args []*row.Column, weights []int64) error {
	c := args[0]
	for i, w := range weights {
		if !c.IsNull(i) {
			s := states[int(group[i])*stride:]
			s[0] += w
			s[1] += w * c.Ints[i]
		}
	}
	return nil
}

func (b boolean) WordsResult(s []int64, out *row.Column) error {
	b.result(s[0], s[1], out)
	return nil
}

func (integers) AddRows(states []int64, stride int, group []int32, args []*row.Column, weights []int64) error {
	c := args[0]
	nulls := c.HasNulls()
	for i, w := range weights {
		if nulls && c.IsNull(i) {
			continue
		}
		s := states[int(group[i])*stride:][:3]
		hi, lo := mul(c.Ints[i], w)
		low, carry := bits.Add64(uint64(s[1]), lo, 0)
		high, _ := bits.Add64(uint64(s[2]), uint64(hi), carry)
		s[0] += w
		s[1], s[2] = int64(low), int64(high)
	}
	return nil
}

func (a integers) WordsResult(s []int64, out *row.Column) error {
	if s[0] == 0 {
		out.AppendNull()
		return nil
	}
	return a.finish(s[0], s[2], uint64(s[1]), out)
}
