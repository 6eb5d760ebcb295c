package operators

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// NodeID names a node of one circuit. The zero value names none.
type NodeID int32

// StateID is the arrangement id of an operator's first store. An operator that
// keeps several stores uses the ids that follow it; see Spec.States.
type StateID = storage.ArrID

// Spec says which operator a node is. The implementations are the structs of
// this file; their operators' files say what they mean.
//
// Partitioning is the maker's duty: with more than one shard, equal keys must
// meet on one shard, which Exchange, Gather and Broadcast bring about, each put
// where a spec below asks for it.
type Spec interface {
	// Inputs lists the nodes that this one reads.
	Inputs() []NodeID
	// States is the number of stores that the node keeps: it owns the ids
	// State ... State+States()-1.
	States() int

	name() string
	build(c *Circuit, n *node) error
}

// Input is a collection that the circuit's owner feeds. If Key is set, its rows
// are spread over the shards by the hash of these columns, in order: two rows
// with equal keys stay in order, which Upsert needs.
type Input struct {
	Types []row.Type
	Key   []int
}

// Values is a constant collection; it lives on shard 0.
type Values struct {
	Batch *row.Batch
}

// Import is the content of arrangements that another circuit maintains,
// one per shard, as they are now. It can be used wherever an Arrange can, and
// as a collection: it emits the whole content as its delta in the first step.
type Import struct {
	Types []row.Type
	Key   []int
	Trees []*storage.TreeSnapshot // one per shard, partitioned by Key; the caller's to release
}

// Map applies a linear function.
type Map struct {
	In NodeID
	F  Transform
}

// Contenders keeps the rows that may have the greatest Value, or the least, of those
// with their Key; rows with a NULL in either all pass. Rows of In only come, and
// the columns are kept as integers. Which of the others pass is left open: see
// contenders.go for what may read it.
type Contenders struct {
	In    NodeID
	Key   []int
	Value int
	Min   bool
}

// Peaks keeps the rows that have the greatest Value of those with their Key; Value is
// kept as an integer. In promises what peaks.go says. It is partitioned by Key, or
// gathered; or else the result is the rows that are greatest on their shard.
type Peaks struct {
	In     NodeID
	Key    []int
	Value  int
	Expire *Expiry // nil: state does not end
	State  StateID
}

// Union is the sum of its inputs (UNION ALL); input i is negated if Negate[i].
type Union struct {
	In     []NodeID
	Negate []bool // nil: none
}

// Exchange spreads rows over the shards by the hash of the key columns.
type Exchange struct {
	In  NodeID
	Key []int
}

// Gather brings all rows to shard 0.
type Gather struct {
	In NodeID
}

// Broadcast gives all rows to every shard.
type Broadcast struct {
	In NodeID
}

// Arrange keeps its input as an arrangement by key, shared by any number of
// consumers. A materialized view's content is an Arrange whose tree is
// published. In is partitioned by Key (or gathered, or broadcast); if Key is
// empty, by any of its columns, so that a row is retracted where it was added.
type Arrange struct {
	In     NodeID
	Key    []int
	Expire *Expiry // KeyCol is 0; nil: state does not end
	// Set says that no row of In ever has a weight above 1, whatever the inputs of
	// the circuit hold: then rows are written without asking whether they are there.
	Set   bool
	State StateID
}

// Sequence keeps the rows of In, which only come, in the order of arrival: entries
// of a unique row.Layout without key columns. In is partitioned in any way.
type Sequence struct {
	In    NodeID
	State StateID
}

// Single keeps its input, of which no two rows agree in Key between two steps, as
// one entry a key: entries of a unique row.Layout. In is partitioned as for Arrange.
type Single struct {
	In    NodeID
	Key   []int
	State StateID
}

// First is Single over a TopK of limit 1: it keeps the first row of each Key in
// the given order, ties broken as TopK does. Rows of In only come. In is
// partitioned by Key.
type First struct {
	In    NodeID
	Key   []int
	Order []OrderBy
	State StateID
}

// JoinKind says which unmatched rows a join keeps.
type JoinKind uint8

// The kinds of join.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
)

// Join is the equi-join of two Arrange or Import nodes on their keys, which
// have equal types. An empty key is the cross join; then one side is broadcast
// (for an inner join), or both are gathered.
type Join struct {
	Left, Right NodeID
	Kind        JoinKind
	NullsEqual  bool      // IS NOT DISTINCT FROM instead of =
	Out         []int     // the output's columns, chosen from left ++ right; nil: all
	Residual    Transform // applied to the output of an inner join; nil: none
}

// UniqueJoin is the inner equi-join of two collections of which rows only come,
// where no two rows of Unique agree in UniqueKey. Both are partitioned by their
// keys, or gathered. See unique.go.
type UniqueJoin struct {
	Unique, Other       NodeID
	UniqueKey, OtherKey []int
	// Pass is a bool column of Unique: rows in which it is not true join with
	// nothing. -1: all join. A filter in front of the operator would mean the same,
	// but then the rows of Other that wait for those rows would wait for ever.
	Pass      int
	Out       []UniqueOut
	Residual  Transform // applied to the output; nil: none
	Duplicate error     // what a row is reported with whose key is there already
	State     StateID
}

// UniqueOut is an output column of a UniqueJoin.
type UniqueOut struct {
	Col   int
	Other bool // of Other, not of Unique
}

// Semi keeps the rows of Left (an Arrange or Import) whose key has a row in
// Right (likewise): EXISTS, IN. Anti keeps the others. NullAware with Anti is
// NOT IN: see semi.go; then Right is broadcast.
type Semi struct {
	Left, Right NodeID
	Anti        bool
	NullAware   bool
	NullsEqual  bool
	Out         []int // the output's columns, chosen from left; nil: all
}

// Distinct keeps each different row once. In is partitioned by all its columns,
// or by some of them.
type Distinct struct {
	In     NodeID
	Expire *Expiry // KeyCol is a column; nil: state does not end
	State  StateID
}

// SetKind is the kind of a SetOp.
type SetKind uint8

// The set operations. UNION is Distinct over Union, UNION ALL is Union.
const (
	Intersect SetKind = iota
	IntersectAll
	Except
	ExceptAll
)

// SetOp is INTERSECT and EXCEPT. Both inputs have equal types and are
// partitioned as for Distinct.
type SetOp struct {
	Left, Right NodeID
	Kind        SetKind
	State       StateID
}

// AggKind says how an aggregate is kept.
type AggKind uint8

// The ways to keep an aggregate.
const (
	Invertible AggKind = iota // by an Aggregate
	Min                       // the least value that is not NULL, in the order of the key codec
	Max
)

// Agg is one aggregate call of a GroupBy.
type Agg struct {
	Kind     AggKind
	F        Aggregate // if Invertible
	Args     []int     // columns of the input; one for Min and Max; none for count(*)
	Filter   int       // a bool column that must be true for a row to count; -1: none
	Distinct bool      // each different argument list counts once
}

// GroupBy is one row per group: the key columns, then the aggregates. In is
// partitioned by Key. An empty key is one group that is always there; then In
// is gathered.
type GroupBy struct {
	In   NodeID
	Key  []int
	Aggs []Agg
	// AppendOnly promises that no row is ever taken back. State that was made
	// with it is not read without it, nor the other way round.
	AppendOnly bool
	Expire     *Expiry // nil: state does not end
	State      StateID
}

// OrderBy is a sort column.
type OrderBy struct {
	Col   int
	Order row.Order
}

// TopK keeps, of each partition, Limit rows after the first Offset in the given
// order; ties are broken by the rows' encoding. In is partitioned by Partition,
// or gathered if it is empty.
type TopK struct {
	In        NodeID
	Partition []int
	Order     []OrderBy
	Limit     int64 // -1: none
	Offset    int64
	// Ties lets further rows in that Order leaves equal to the last one; not with Rank.
	Ties bool
	// Rank adds a column at the end, int8: the row's number in its partition, from
	// 1, counted before Offset. A row of weight w comes with w numbers.
	Rank bool
	// AppendOnly promises that no row is ever taken back: then only the first
	// Offset+Limit rows of a partition are kept.
	AppendOnly bool
	Expire     *Expiry // nil: state does not end
	State      StateID
}

// Over adds to each row what F computes for it of all rows of its partition, in the
// given order; ties are broken by the rows' encoding. In is partitioned by Partition,
// or gathered if it is empty.
type Over struct {
	In        NodeID
	Partition []int
	Order     []OrderBy
	F         PartitionFunc
	Expire    *Expiry // nil: state does not end
	State     StateID
}

// Upsert turns a stream of keyed rows into the collection of the last row of
// each key. A row whose Tombstone column is true deletes its key. The output is
// the input's columns without Tombstone; the node is an arrangement by Key, and
// can be used wherever an Arrange can. In is an Input with the same Key, with
// at most Map nodes between.
type Upsert struct {
	In        NodeID
	Key       []int // columns of the input
	Tombstone int   // a bool column of the input; -1: no row deletes
	State     StateID
}
