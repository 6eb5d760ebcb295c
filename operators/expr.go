package operators

import "github.com/tarndb/tarn/row"

// ErrorFunc is told that evaluation failed on row i of the batch at hand.
type ErrorFunc func(i int, err error)

// Transform is a linear function of rows: filter, map and unnest, fused.
//
// Apply returns the output rows of in, each with the weight of the row that it
// came from. Rows on which evaluation fails are left out and given to errs. The
// result may share columns with in, and may be in itself; neither is changed
// afterwards. Apply is called by several shards at once: an implementation
// with scratch memory keeps one for each call. The same row always gives the
// same rows or the same error.
type Transform interface {
	Apply(in *row.Batch, errs ErrorFunc) *row.Batch
	Types() []row.Type
}

// PartitionFunc computes columns for the rows of a partition from all of them.
//
// Apply is given the rows in their order, each with weight 1, and returns columns of
// as many values. Rows on which it fails are given to errs, once each; what the columns
// hold for them is not looked at. in is not kept, and the columns do not share memory
// with it. It tells tick now and then how many rows it has gone through since, and ends
// with the error that it may get. It is called by several shards at once. The same rows
// always give the same.
type PartitionFunc interface {
	Apply(in *row.Batch, errs ErrorFunc, tick func(rows int) error) ([]row.Column, error)
	Types() []row.Type
}

// Aggregate is an invertible aggregate function: a row can be taken back out
// of its state by an update with the opposite weight, in any order. The state
// is bytes, of a length that may vary; after all rows were taken back it is
// what Init gave, so that no trace of them stays.
//
// NULL arguments are the aggregate's to skip or to count. Its methods are
// called by several shards at once.
type Aggregate interface {
	// Type is the type of the result.
	Type() row.Type
	// Init appends the state of no rows.
	Init(dst []byte) []byte
	// Update adds row i of the arguments, weight times. It may change state in
	// place and return it, or return a longer one.
	Update(state []byte, args []*row.Column, i int, weight int64) ([]byte, error)
	// Result appends exactly one value to out, or none and an error, such as
	// SQLSTATE 22003. It must depend on the multiset of rows only.
	Result(state []byte, out *row.Column) error
}

// Settler is an Aggregate whose updates may leave a state that depends on their
// order. Settle is called once they are all made, before the state is compared,
// stored or asked for its result, and makes of equal multisets of rows equal bytes.
type Settler interface {
	Aggregate
	Settle(state []byte) ([]byte, error)
}

// WordAggregate is an Aggregate whose state can also be kept as a fixed number of
// 64-bit words, which are all zero for no rows. An operator keeps it in one of
// the two forms, always the same one.
type WordAggregate interface {
	Aggregate
	// Words is the number of words of a state.
	Words() int
	// AddRows adds each row i of the arguments, weights[i] times, to the state of
	// its group, which begins at states[group[i]*stride]. An error is a broken
	// invariant; rows do not fail.
	AddRows(states []int64, stride int, group []int32, args []*row.Column, weights []int64) error
	// WordsResult appends exactly one value, or none and an error, as Result does.
	WordsResult(state []int64, out *row.Column) error
}
