package planner

import (
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/over"
)

// IPlan is an incremental plan: a DAG of operators in topological order, each
// with the position-numbered columns that the circuit works on. The package
// planner/build makes a circuit of it; an ad-hoc query runs the same circuit
// once, with throw-away state.
type IPlan struct {
	Ops    []Op // Ops[i] reads only Ops[j] with j < i
	Output OpID // the operator whose collection is the answer
	// Columns are the answer's columns: the result's, then the hidden ones that
	// only the order of the result and the locks need (ad-hoc queries only).
	Columns []Col
	Visible int // how many of Columns the result shows
	// Locks are the relations of which an ad-hoc query locks rows.
	Locks   []LockedRows
	OrderBy []PosSort
	// Key is what a view's rows are stored by: the columns of the smallest known
	// unique key, or all columns when none is known (then a row may have a
	// weight over 1), those of ORDER BY first.
	Key       []int
	KeyUnique bool
	// Single says that the operators themselves see to it that Key has one row: a
	// row that takes the place of another is written over it.
	Single bool
	// Sequence says that a view's rows may be stored in the order in which they
	// come: none is taken back, no unique key is known, and the query asks for no
	// order. Such rows can be found by scanning only.
	Sequence bool
}

// Reads lists the columns that a plan reads of each relation, by the relation's ID.
func (p *IPlan) Reads() map[uint32][]int {
	out := map[uint32][]int{}
	for i := range p.Ops {
		if in, ok := p.Ops[i].Spec.(*OpInput); ok {
			out[in.Rel.ID] = append(out[in.Rel.ID], in.Attrs...)
		}
	}
	for id, attrs := range out {
		slices.Sort(attrs)
		out[id] = slices.Compact(attrs)
	}
	return out
}

// OpID is an index into IPlan.Ops.
type OpID int

// Op is one operator.
type Op struct {
	ID    OpID
	Spec  OpSpec
	Types []row.Type
	Names []string // for people
	Props Props
	Part  Part
	// Fingerprint is equal for operators that compute the same collection from
	// the same relations in the same way, in one plan or in two: state kept
	// under equal fingerprints can be shared.
	Fingerprint string
}

// Props are what is known of a collection for every content of the inputs.
type Props struct {
	Keys       [][]int // each a set of columns in which no two rows agree
	AppendOnly bool    // rows are never retracted
	// Expire says which of the operator's own state ends; nil: none does.
	Expire *Expire
}

// PartKind says how rows lie over the shards.
type PartKind uint8

// The partitionings.
const (
	PartAny       PartKind = iota // anyhow
	PartHash                      // by the hash of Key, in order
	PartGathered                  // all on shard 0
	PartBroadcast                 // all on every shard
)

// Part is an operator's partitioning.
type Part struct {
	Kind PartKind
	Key  []int
}

// PosSort orders by a position.
type PosSort struct {
	Col        int
	Desc       bool
	NullsFirst bool
}

// OpSpec is one of the structs below.
type OpSpec interface {
	// Inputs lists what the operator reads.
	Inputs() []OpID
	// text is the canonical text, without the inputs.
	text(p *IPlan) string
	// identity is the text that fingerprints are made of: by positions.
	identity() string
	// renumber is the operator over other inputs.
	renumber(to []OpID) OpSpec
}

// OpInput reads columns of a relation.
type OpInput struct {
	Rel   *Relation
	Attrs []int // indexes into Rel.Columns
}

// OpValues is a constant collection.
type OpValues struct {
	Types []row.Type
	Rows  []row.Row
}

// OpMap is a fused run of linear steps.
type OpMap struct {
	In    OpID
	Steps []Step
}

// Step is one of StepFilter, StepProject and StepUnnest; the columns of its
// expressions are positions in the rows that the step before it gives.
type Step interface {
	// stepText is the canonical text over input columns of these names, and
	// outNames the names of the columns that the step gives.
	stepText(names []string) string
	outNames(names []string) []string
	identity() string
}

// StepFilter keeps rows for which all predicates are true, as Filter does.
type StepFilter struct{ Preds []expr.Expr }

// StepProject computes all columns.
type StepProject struct {
	Exprs []expr.Expr
	Names []string
}

// StepUnnest appends the columns of table functions, as TableFunc does.
type StepUnnest struct {
	Calls      []UnnestCall
	Ordinality bool     // one more column, int8, counting from 1 within each input row
	Names      []string // of the added columns
}

// UnnestCall is one table function of a StepUnnest.
type UnnestCall struct {
	Func  *expr.Function
	Args  []expr.Expr
	Types []row.Type // the columns that it makes
}

// OpContenders drops rows that cannot have the greatest value, or the least, of
// those with their key; see contenders.go.
type OpContenders struct {
	In    OpID
	Key   []int
	Value int
	Min   bool
}

// OpPeaks keeps the rows that have the greatest value of those with their key; see
// peaks.go.
type OpPeaks struct {
	In    OpID
	Key   []int
	Value int
	Local bool // of those on the same shard, that is
}

// OpUnion is the sum of collections; those with Negate are subtracted.
type OpUnion struct {
	In     []OpID
	Negate []bool // nil: none
}

// OpExchange spreads rows over the shards by hash.
type OpExchange struct {
	In  OpID
	Key []int
}

// OpGather brings all rows to shard 0.
type OpGather struct{ In OpID }

// OpBroadcast gives all rows to every shard.
type OpBroadcast struct{ In OpID }

// OpArrange keeps a collection by key, for the joins that read it.
type OpArrange struct {
	In  OpID
	Key []int
	// Ends is the text of Props.Expire: what forgets rows is not shared with
	// what needs them all.
	Ends string
}

// OpJoin is an equi-join of two arrangements on their keys. Kind is inner,
// left, right or full. The output is left ++ right, then Out of it, then the
// residual, which only an inner join has, over the columns of Out.
type OpJoin struct {
	Kind        JoinKind
	Left, Right OpID
	NullsEqual  bool
	Out         []int
	Residual    []expr.Expr
}

// OpSemi is a semi, anti or null-aware anti join of two arrangements.
type OpSemi struct {
	Kind        JoinKind
	Left, Right OpID
	NullsEqual  bool
}

// OpDistinct keeps each different row once.
type OpDistinct struct{ In OpID }

// OpSetOp is INTERSECT or EXCEPT, with or without ALL.
type OpSetOp struct {
	Kind        SetKind
	All         bool
	Left, Right OpID
}

// OpGroupBy makes one row of each group: the key columns, then the aggregates.
type OpGroupBy struct {
	In   OpID
	Key  []int
	Aggs []OpAgg
}

// OpAgg is one aggregate of an OpGroupBy.
type OpAgg struct {
	Kind     AggKind
	Func     *expr.Aggregate
	ArgTypes []row.Type
	Type     row.Type
	Args     []int
	Filter   int // a bool column; -1: none
	Distinct bool
	Order    []PosSort // ordered aggregates: string_agg, array_agg
}

// AggKind says how an aggregate is kept.
type AggKind uint8

// The ways to keep an aggregate.
const (
	AggInvertible AggKind = iota
	AggMin
	AggMax
	AggOrdered // by a sequence over the group's rows in the call's order
)

// OpTopK keeps Limit rows of each partition after the first Offset.
type OpTopK struct {
	In        OpID
	Partition []int
	Order     []PosSort
	Limit     int64 // -1: none
	Offset    int64
	Ties      bool // further rows that Order leaves equal to the last one come too
	// Rank adds a last column, int8: the row's number in its partition from 1,
	// the Offset included. A row of weight w comes w times, with w numbers.
	Rank bool
}

// OpOver adds window functions' values to the rows of each partition: of each that
// changes, all are computed anew.
type OpOver struct {
	In        OpID
	Partition []int
	Order     []PosSort
	Calls     []over.Call
}
