package agg

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// MergeCounts adds up the counts of the parts of a group, MergeSums the sums, NULL
// for a part without values, of a type whose sum is bigint. They are not SQL's:
// sum(bigint) is numeric there.
var (
	MergeCounts = fn.NewInvertible("merge_count(int8) int8", func([]row.Type) fn.Accumulator { return counts{} })
	MergeSums   = fn.NewInvertible("merge_sum(int8) int8", func([]row.Type) fn.Accumulator {
		return integers{out: row.T(row.Int8), finish: finishInt8}
	})
)

// counts is one word, which no number of rows overflows.
type counts struct{ count }

func (counts) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	setWord(s, 0, word(s, 0)+w*args[0].Ints[i])
	return s, nil
}

func (counts) AddRows(states []int64, stride int, group []int32, args []*row.Column, weights []int64) error {
	values := args[0].Ints
	for i, g := range group {
		states[int(g)*stride] += weights[i] * values[i]
	}
	return nil
}

// CountLists counts the argument lists of any length, whatever is in them: with
// DISTINCT the different ones, those with NULLs as well, which count(x) leaves out.
var CountLists = fn.NewInvertible("count_lists(any) int8", func([]row.Type) fn.Accumulator { return lists{} })

// lists is one word.
type lists struct{ count }

func (lists) Update(s []byte, _ []*row.Column, _ int, w int64) ([]byte, error) {
	setWord(s, 0, word(s, 0)+w)
	return s, nil
}

func (lists) AddRows(states []int64, stride int, group []int32, _ []*row.Column, weights []int64) error {
	for i, w := range weights {
		states[int(group[i])*stride] += w
	}
	return nil
}
