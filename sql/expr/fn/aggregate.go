package fn

import (
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// AggKind says how an aggregate can be maintained.
type AggKind uint8

// The kinds. Min and Max are the least and the greatest value in the order of
// the key codec; an ordered aggregate needs all its rows, in order. An ordered
// set is written with WITHIN GROUP: it is Final of its direct arguments and of the
// sorted list of its values, which an ordered aggregate makes.
const (
	Invertible AggKind = iota
	Min
	Max
	Ordered
	OrderedSet
)

func (k AggKind) String() string {
	return [...]string{"invertible", "min", "max", "ordered", "ordered set"}[k]
}

// Aggregate describes an aggregate function. Descriptors never change.
type Aggregate struct {
	Function
	Kind AggKind
	// Direct is how many of an ordered set's arguments stand in the parentheses;
	// the others are those of WITHIN GROUP's ORDER BY.
	Direct int
	// Final computes an ordered set: of the direct arguments, and the array of the
	// values in their order, which is NULL where there are none.
	Final *Function

	accumulator func(args []row.Type) Accumulator
	sequence    func(args []row.Type, ctx *Context) Sequence
}

// Accumulator is an invertible aggregate: a row is taken back by an update with
// the opposite weight. The state is bytes of a length that may change; it
// depends on the multiset of rows only, so that after all rows were taken back
// it is what Init gave. NULL arguments are skipped as SQL says. Any number of
// goroutines may share an accumulator.
type Accumulator interface {
	// Type is the type of the result.
	Type() row.Type
	// Init appends the state of no rows.
	Init(dst []byte) []byte
	// Update adds row i of the arguments weight times; it may change state in
	// place, or return a longer or shorter one.
	Update(state []byte, args []*row.Column, i int, weight int64) ([]byte, error)
	// Result appends one value, or none and an error such as 22003.
	Result(state []byte, out *row.Column) error
}

// WordAccumulator is an Accumulator whose state can also be kept as a fixed number
// of 64-bit words, all zero for no rows.
type WordAccumulator interface {
	Accumulator
	// Words is the number of words of a state.
	Words() int
	// AddRows adds each row i of the arguments, weights[i] times, to the state of
	// its group, which begins at states[group[i]*stride].
	AddRows(states []int64, stride int, group []int32, args []*row.Column, weights []int64) error
	// WordsResult appends one value, or none and an error, as Result does.
	WordsResult(state []int64, out *row.Column) error
}

// Sequence is an aggregate over rows in a given order.
type Sequence interface {
	Type() row.Type
	// Result appends the value for the rows listed, in that order; a row occurs
	// as often as it is listed.
	Result(args []*row.Column, rows []int32, out *row.Column) error
}

// New makes the accumulator of an invertible aggregate for arguments of the
// types that the resolution gave.
func (a *Aggregate) New(args []row.Type) Accumulator { return a.accumulator(args) }

// NewSequence makes the evaluator of an ordered aggregate; ctx is what turning values
// into text may depend on.
func (a *Aggregate) NewSequence(args []row.Type, ctx *Context) Sequence {
	return a.sequence(args, ctx)
}

// AggResolution is the aggregate that a call means, with the types to which its
// arguments must be coerced.
type AggResolution struct {
	Func   *Aggregate
	Args   []row.Type
	Result row.Type
}

func (r *Registry) aggregate(signature string, kind AggKind) *Aggregate {
	a := &Aggregate{Function: *parseSignature(signature), Kind: kind}
	r.aggregates[a.Name] = append(r.aggregates[a.Name], &a.Function)
	r.aggregateOf[&a.Function] = a
	return a
}

// Invertible declares an invertible aggregate.
func (r *Registry) Invertible(signature string, accumulator func(args []row.Type) Accumulator) {
	r.aggregate(signature, Invertible).accumulator = accumulator
}

// NewInvertible makes an invertible aggregate that no name finds: for plans.
func NewInvertible(signature string, accumulator func(args []row.Type) Accumulator) *Aggregate {
	return &Aggregate{Function: *parseSignature(signature), Kind: Invertible, accumulator: accumulator}
}

// Extreme declares min or max of a type.
func (r *Registry) Extreme(signature string, kind AggKind) { r.aggregate(signature, kind) }

// Sequence declares an ordered aggregate.
func (r *Registry) Sequence(signature string, sequence func(args []row.Type, ctx *Context) Sequence) {
	r.aggregate(signature, Ordered).sequence = sequence
}

// NewSequence makes an ordered aggregate that no name finds: for plans.
func NewSequence(signature string, sequence func(args []row.Type, ctx *Context) Sequence) *Aggregate {
	return &Aggregate{Function: *parseSignature(signature), Kind: Ordered, sequence: sequence}
}

// OrderedSet declares an aggregate that is called with WITHIN GROUP. The first
// direct parameters are the direct ones; final is the kernel of its Final.
func (r *Registry) OrderedSet(signature string, direct int, final Kernel) {
	a := r.aggregate(signature, OrderedSet)
	a.Direct = direct
	params := append(slices.Clone(a.Params[:direct]), ArgType{Pseudo: AnyArray})
	a.Final = &Function{Name: a.Name, Params: params, Result: a.Result, Kernel: final}
}

// HasAggregate reports that an aggregate of the name exists, whatever its arguments.
func (r *Registry) HasAggregate(name string) bool { return len(r.aggregates[name]) > 0 }

// Aggregate picks an aggregate by PostgreSQL's rules; count(*) has no arguments.
func (r *Registry) Aggregate(schema, name string, args []row.Type) (AggResolution, error) {
	if len(args) == 0 && name != "count" && r.HasAggregate(name) {
		return AggResolution{}, pgerr.New(pgerr.UndefinedFunction, "function %s() does not exist", name).
			WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
	}
	res, err := r.pick(r.aggregates, schema, name, args)
	if err != nil {
		return AggResolution{}, err
	}
	return AggResolution{r.aggregateOf[res.Func], res.Args, res.Result}, nil
}
