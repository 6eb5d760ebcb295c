// Package build makes a circuit of an incremental plan: it is where the
// planner's operators, the expressions and the circuit's operators meet.
package build

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/storage"
)

// Env is what a plan is built into.
type Env interface {
	// Input is the node of a relation's collection, with all of its columns, of which
	// those in attrs are read.
	Input(rel *planner.Relation, attrs []int) (operators.NodeID, error)
	// Shared finds an arrangement that is already in the circuit.
	Shared(fingerprint string) (operators.NodeID, bool)
	// Arranged is told of an arrangement that later plans may use.
	Arranged(fingerprint string, node operators.NodeID)
	// State is the first arrangement number of an operator that keeps state.
	State(op planner.OpID) storage.ArrID
	// Options are the options of the nodes; their Name is left to build.
	Options() operators.Options
	// Context is what the plan's expressions are evaluated in.
	Context() *expr.Context
}

// Turns is an Env of a plan that runs once: it feeds recursive queries and their
// working tables.
type Turns interface {
	// Turn is the input node of an operator that is an OpRecursive or an OpWorking.
	Turn(op *planner.Op) (operators.NodeID, error)
}

// Growing is an Env of a plan that runs once.
type Growing interface {
	// Grows reports a relation whose rows, while the plan runs, only come.
	Grows(rel *planner.Relation) bool
}

// Result is what Build has made. Nodes lists it even when Build fails.
type Result struct {
	Output operators.NodeID
	Nodes  []operators.NodeID                // in the order of their making
	Of     map[planner.OpID]operators.NodeID // the nodes that stand for operators of the plan
}

// OutputState is the number under which Env.State is asked for the arrangement
// that a view keeps its rows in.
const OutputState planner.OpID = -1

// Need is an operator that keeps state.
type Need struct {
	Op          planner.OpID
	N           int    // how many arrangements
	Fingerprint string // not empty: other plans may share it
}

// Needs lists the operators of a plan that keep state, in a fixed order.
func Needs(p *planner.IPlan) []Need {
	var out []Need
	for i := range p.Ops {
		op := &p.Ops[i]
		b := builder{plan: p}
		n := b.states(op)
		if n == 0 {
			continue
		}
		need := Need{Op: op.ID, N: n}
		if _, ok := op.Spec.(*planner.OpArrange); ok {
			need.Fingerprint = op.Fingerprint
		}
		out = append(out, need)
	}
	return out
}

// Build adds the plan to the circuit and keeps its result by the plan's key, or
// in sequence.
func Build(p *planner.IPlan, c *operators.Circuit, env Env) (Result, error) {
	b := newBuilder(p, c, env)
	err := b.output()
	b.res.Of = b.done
	return b.res, err
}

// Collection adds the plan to the circuit and leaves its result as it comes: an
// ad-hoc query's.
func Collection(p *planner.IPlan, c *operators.Circuit, env Env) (Result, error) {
	b := newBuilder(p, c, env)
	var err error
	b.res.Output, err = b.op(p.Output)
	b.res.Of = b.done
	return b.res, err
}

func newBuilder(p *planner.IPlan, c *operators.Circuit, env Env) *builder {
	return &builder{plan: p, circuit: c, env: env, done: map[planner.OpID]operators.NodeID{}, inputs: map[uint32]operators.NodeID{}}
}

type builder struct {
	plan    *planner.IPlan
	circuit *operators.Circuit
	env     Env
	done    map[planner.OpID]operators.NodeID
	inputs  map[uint32]operators.NodeID // by relation
	res     Result
}

func (b *builder) output() error {
	if top, ok := keepsFirst(b.plan, &b.plan.Ops[b.plan.Output]); ok {
		return b.first(top)
	}
	in, err := b.op(b.plan.Output)
	if err != nil {
		return err
	}
	if b.plan.Sequence {
		b.res.Output, err = b.add(operators.Sequence{In: in, State: b.env.State(OutputState)}, "output")
		return err
	}
	if !hashedBy(b.plan.Ops[b.plan.Output].Part, b.plan.Key) {
		if in, err = b.add(operators.Exchange{In: in, Key: b.plan.Key}, "output exchange"); err != nil {
			return err
		}
	}
	state := b.env.State(OutputState)
	if b.plan.Single {
		b.res.Output, err = b.add(operators.Single{In: in, Key: b.plan.Key, State: state}, "output")
	} else {
		b.res.Output, err = b.add(operators.Arrange{In: in, Key: b.plan.Key, Set: isSet(b.plan, b.plan.Output), State: state}, "output")
	}
	return err
}

// keepsFirst tells the top-k whose state is the view itself: the first row of each
// key, of rows that only come.
func keepsFirst(p *planner.IPlan, op *planner.Op) (*planner.OpTopK, bool) {
	s, ok := op.Spec.(*planner.OpTopK)
	return s, ok && p.Single && op.ID == p.Output && s.Limit == 1 && s.Offset == 0 && !s.Rank && !s.Ties &&
		p.Ops[s.In].Props.AppendOnly && op.Props.Expire == nil && slices.Equal(s.Partition, p.Key) && hashedBy(op.Part, p.Key)
}

func (b *builder) first(s *planner.OpTopK) error {
	in, err := b.op(s.In)
	if err != nil {
		return err
	}
	b.res.Output, err = b.add(operators.First{In: in, Key: s.Partition, Order: orderBy(s.Order), State: b.env.State(OutputState)}, "output")
	return err
}

func hashedBy(p planner.Part, key []int) bool {
	if p.Kind != planner.PartHash || len(p.Key) != len(key) {
		return false
	}
	for i := range key {
		if p.Key[i] != key[i] {
			return false
		}
	}
	return true
}

func (b *builder) add(spec operators.Spec, name string) (operators.NodeID, error) {
	opt := b.env.Options()
	opt.Name = name
	id, err := b.circuit.Add(spec, opt)
	if err == nil {
		b.res.Nodes = append(b.res.Nodes, id)
	}
	return id, err
}

// op gives the node of a plan's operator, building what it reads first.
func (b *builder) op(id planner.OpID) (operators.NodeID, error) {
	if n, ok := b.done[id]; ok {
		return n, nil
	}
	op := &b.plan.Ops[id]
	_, arranges := op.Spec.(*planner.OpArrange)
	if arranges {
		if n, ok := b.env.Shared(op.Fingerprint); ok {
			b.done[id] = n
			return n, nil
		}
	}
	if settles(b.plan, op) {
		n, err := b.uniqueJoin(op, fmt.Sprintf("op %d", op.ID))
		b.done[id] = n
		return n, err
	}
	ins := make([]operators.NodeID, 0, 2)
	for _, i := range op.Spec.Inputs() {
		n, err := b.op(i)
		if err != nil {
			return 0, err
		}
		ins = append(ins, n)
	}
	n, err := b.build(op, ins)
	if err != nil {
		return 0, err
	}
	b.done[id] = n
	if arranges {
		b.env.Arranged(op.Fingerprint, n)
	}
	return n, nil
}

// build makes the node of one operator, or of the few that it stands for.
func (b *builder) build(op *planner.Op, ins []operators.NodeID) (operators.NodeID, error) {
	name := fmt.Sprintf("op %d", op.ID)
	switch s := op.Spec.(type) {
	case *planner.OpInput:
		n, err := b.env.Input(s.Rel, s.Attrs)
		if err != nil {
			return 0, err
		}
		b.inputs[s.Rel.ID] = n
		if wholeRow(s.Attrs, len(s.Rel.Columns)) {
			return n, nil
		}
		return b.add(operators.Map{In: n, F: choose{s.Attrs, op.Types}}, name+": columns of "+s.Rel.Name)
	case *planner.OpRecursive, *planner.OpWorking:
		turns, ok := b.env.(Turns)
		if !ok {
			return 0, fmt.Errorf("build: %T in a plan that does not run in turns", op.Spec)
		}
		return turns.Turn(op)
	case *planner.OpMap:
		return b.maps(op, s, ins[0], name)
	case *planner.OpValues:
		batch := row.NewBatch(s.Types, len(s.Rows))
		for _, r := range s.Rows {
			batch.AppendRow(r, 1)
		}
		return b.add(operators.Values{Batch: batch}, name)
	}
	spec, err := b.spec(op, ins)
	if err != nil {
		return 0, err
	}
	return b.add(spec, name+": "+label(op))
}

// spec is the circuit's operator for those that are one to one.
func (b *builder) spec(op *planner.Op, ins []operators.NodeID) (operators.Spec, error) {
	state := storage.ArrID(0)
	if b.states(op) > 0 {
		state = b.env.State(op.ID)
	}
	ends, err := b.expiry(op)
	if err != nil {
		return nil, err
	}
	switch s := op.Spec.(type) {
	case *planner.OpContenders:
		return operators.Contenders{In: ins[0], Key: s.Key, Value: s.Value, Min: s.Min}, nil
	case *planner.OpPeaks:
		return operators.Peaks{In: ins[0], Key: s.Key, Value: s.Value, Expire: ends, State: state}, nil
	case *planner.OpUnion:
		return operators.Union{In: ins, Negate: s.Negate}, nil
	case *planner.OpExchange:
		return operators.Exchange{In: ins[0], Key: s.Key}, nil
	case *planner.OpGather:
		return operators.Gather{In: ins[0]}, nil
	case *planner.OpBroadcast:
		return operators.Broadcast{In: ins[0]}, nil
	case *planner.OpArrange:
		if ends != nil && ends.KeyCol != 0 {
			ends = nil // both sides of the join would have to be stored by that column first
		}
		return operators.Arrange{In: ins[0], Key: s.Key, Expire: ends, Set: ends == nil && isSet(b.plan, s.In), State: state}, nil
	case *planner.OpJoin:
		return b.join(op, s, ins)
	case *planner.OpSemi:
		return operators.Semi{
			Left: ins[0], Right: ins[1], NullsEqual: s.NullsEqual,
			Anti: s.Kind != planner.JoinSemi, NullAware: s.Kind == planner.JoinNullAnti,
		}, nil
	case *planner.OpDistinct:
		return operators.Distinct{In: ins[0], Expire: ends, State: state}, nil
	case *planner.OpSetOp:
		return operators.SetOp{Left: ins[0], Right: ins[1], Kind: setKind(s), State: state}, nil
	case *planner.OpGroupBy:
		g, err := b.groupBy(s, ins[0], state)
		g.Expire = ends
		return g, err
	case *planner.OpTopK:
		return operators.TopK{
			In: ins[0], Partition: s.Partition, Order: orderBy(s.Order), Limit: s.Limit, Offset: s.Offset,
			AppendOnly: b.appendOnly(s.In), Rank: s.Rank, Ties: s.Ties, Expire: ends, State: state,
		}, nil
	case *planner.OpOver:
		f, err := b.partitionFunc(s)
		return operators.Over{In: ins[0], Partition: s.Partition, Order: orderBy(s.Order), F: f, Expire: ends, State: state}, err
	}
	return nil, fmt.Errorf("build: no operator for %T", op.Spec)
}

// states is how many arrangements an operator keeps.
func (b *builder) states(op *planner.Op) int {
	switch s := op.Spec.(type) {
	case *planner.OpJoin:
		return uniqueStates(b.plan, op)
	case *planner.OpArrange:
		if !built(b.plan, op.ID) {
			return 0
		}
		return operators.Arrange{}.States()
	case *planner.OpPeaks:
		return operators.Peaks{}.States()
	case *planner.OpDistinct:
		return operators.Distinct{}.States()
	case *planner.OpSetOp:
		return operators.SetOp{}.States()
	case *planner.OpTopK:
		if _, ok := keepsFirst(b.plan, op); ok {
			return 0 // the view's
		}
		return operators.TopK{}.States()
	case *planner.OpOver:
		return operators.Over{}.States()
	case *planner.OpGroupBy:
		g, err := b.groupBy(s, 0, 0)
		if err != nil {
			return 1
		}
		return g.States()
	}
	return 0
}

// label is the operator's name for people: join, groupby.
func label(op *planner.Op) string {
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", op.Spec), "*planner.Op"))
}

func setKind(s *planner.OpSetOp) operators.SetKind {
	switch {
	case s.Kind == planner.Intersect && s.All:
		return operators.IntersectAll
	case s.Kind == planner.Intersect:
		return operators.Intersect
	case s.All:
		return operators.ExceptAll
	}
	return operators.Except
}

func orderBy(order []planner.PosSort) []operators.OrderBy {
	out := make([]operators.OrderBy, len(order))
	for i, o := range order {
		out[i] = operators.OrderBy{Col: o.Col, Order: row.Order{Desc: o.Desc, NullsFirst: o.NullsFirst}}
	}
	return out
}

func wholeRow(attrs []int, n int) bool {
	if len(attrs) != n {
		return false
	}
	for i, a := range attrs {
		if a != i {
			return false
		}
	}
	return true
}

// choose is a projection that shares columns.
type choose struct {
	cols  []int
	types []row.Type
}

func (c choose) Apply(in *row.Batch, _ operators.ErrorFunc) *row.Batch { return in.Project(c.cols) }
func (c choose) Types() []row.Type                                     { return c.types }
func (c choose) Origins() ([]int, bool)                                { return c.cols, true }
