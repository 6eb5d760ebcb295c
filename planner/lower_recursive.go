package planner

import (
	"fmt"
	"strings"
)

// OpRecursive is a recursive query, as Recursive is: plans of their own for its
// terms, which are run in turns. Only a plan that runs once has it.
type OpRecursive struct {
	ID         WorkID
	Name       string
	All        bool
	Base, Step *IPlan // Step reads the OpWorking of the same ID
}

// OpWorking reads what the last turn of a recursive query has brought.
type OpWorking struct {
	ID   WorkID
	Name string
}

// recursive lowers the terms to plans of their own.
func (l *lowerer) recursive(n *Recursive) stream {
	spec := &OpRecursive{ID: n.ID, Name: n.Name, All: n.All, Base: l.term(n.Base, n.BaseCols), Step: l.term(n.Step, n.StepCols)}
	if l.err != nil {
		return stream{cols: n.Cols}
	}
	return l.emit(spec, n.Cols, l.propsOf(n, n.Cols), Part{})
}

func (l *lowerer) term(n Node, cols []Col) *IPlan {
	if l.err != nil {
		return nil
	}
	t := newLowerer(l.q, l.opts)
	out := t.project(t.node(n), cols, nil)
	if l.err = t.err; l.err != nil {
		return nil
	}
	t.p.Output, t.p.Columns, t.p.Visible = out.op, cols, len(cols)
	t.p.sweep()
	return t.p
}

// Reads reports that the terms read a working table.
func (o *OpRecursive) Reads(id WorkID) bool { return o.Base.readsWork(id) || o.Step.readsWork(id) }

func (p *IPlan) readsWork(id WorkID) bool {
	for i := range p.Ops {
		switch s := p.Ops[i].Spec.(type) {
		case *OpWorking:
			if s.ID == id {
				return true
			}
		case *OpRecursive:
			if s.Reads(id) {
				return true
			}
		}
	}
	return false
}

// Limits lists the limits that end the reading of an operator's rows: on each way
// from it to the output there is one, and up to there rows only come, as long as
// those of this operator do and the other inputs are complete. nil where there is
// a way without one.
func (p *IPlan) Limits(id OpID) []OpID {
	var out []OpID
	seen := map[OpID]bool{}
	var bounded func(id OpID) bool
	bounded = func(id OpID) bool {
		if seen[id] {
			return true
		}
		seen[id] = true
		if id == p.Output {
			return false
		}
		for i := range p.Ops {
			op := &p.Ops[i]
			if !readsOp(op, id) {
				continue
			}
			if k, ok := op.Spec.(*OpTopK); ok && k.Limit >= 0 && len(k.Partition)+len(k.Order) == 0 && !k.Rank {
				out = append(out, op.ID)
			} else if !p.onlyAdds(op, id) || !bounded(op.ID) {
				return false
			}
		}
		return true
	}
	if !bounded(id) {
		return nil
	}
	return out
}

func readsOp(op *Op, id OpID) bool {
	for _, in := range op.Spec.Inputs() {
		if in == id {
			return true
		}
	}
	return false
}

// onlyAdds reports an operator that puts out more rows, and takes none back, when
// its input id gets more.
func (p *IPlan) onlyAdds(op *Op, id OpID) bool {
	switch s := op.Spec.(type) {
	case *OpMap, *OpExchange, *OpGather, *OpBroadcast, *OpArrange, *OpDistinct:
		return true
	case *OpUnion:
		return s.Negate == nil
	case *OpJoin:
		return s.Kind == JoinInner || s.Kind == JoinLeft && s.Right != id && !p.recurses(s.Right)
	case *OpSemi:
		return s.Right != id && !p.recurses(s.Right)
	}
	return false
}

// recurses reports that an operator's rows come from a recursive query.
func (p *IPlan) recurses(id OpID) bool {
	if _, ok := p.Ops[id].Spec.(*OpRecursive); ok {
		return true
	}
	for _, in := range p.Ops[id].Spec.Inputs() {
		if p.recurses(in) {
			return true
		}
	}
	return false
}

func (o *OpWorking) text(*IPlan) string { return "working table of " + o.Name }

func (o *OpRecursive) text(*IPlan) string {
	if o.All {
		return "recursive " + o.Name + ", all rows"
	}
	return "recursive " + o.Name + ", different rows"
}

// terms is the text of the plans of both terms.
func (o *OpRecursive) terms() string {
	var b strings.Builder
	for _, t := range []struct {
		word string
		plan *IPlan
	}{{"first", o.Base}, {"then", o.Step}} {
		b.WriteString("  " + t.word + ":\n")
		for _, line := range strings.Split(strings.TrimSuffix(t.plan.Text(), "\n"), "\n") {
			b.WriteString("    " + line + "\n")
		}
	}
	return b.String()
}

func (o *OpWorking) identity() string { return fmt.Sprintf("working %d", o.ID) }

func (o *OpRecursive) identity() string {
	return fmt.Sprintf("recursive %d %v %s %s", o.ID, o.All, o.Base.Ops[o.Base.Output].Fingerprint, o.Step.Ops[o.Step.Output].Fingerprint)
}
