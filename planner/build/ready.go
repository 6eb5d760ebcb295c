package build

import (
	"cmp"
	"slices"

	"github.com/tarndb/tarn/planner"
)

// Live is what others keep already of what a plan needs.
type Live interface {
	// Stored reports that a relation's rows are all kept.
	Stored(rel uint32) bool
	// Rows is about how many rows an arrangement has that others keep; -1 where
	// nobody does.
	Rows(op *planner.Op) int64
}

// Ready chooses the arrangements that a plan may begin with as others have them, with
// all their rows, while the rest of its state is empty; and the relations whose rows
// the plan must then not be given, since they reach nothing but those arrangements.
// What changes of the relations afterwards must reach it as ever.
//
// Such an arrangement is read by nothing but joins that make no rows of its rows
// alone, and whose other side begins empty: what is given to that side makes all of
// the result.
func Ready(p *planner.IPlan, live Live) (ops map[planner.OpID]bool, rels map[uint32]bool) {
	r := &readiness{plan: p, live: live, readers: map[planner.OpID][]planner.OpID{}, ready: map[planner.OpID]bool{}}
	inputs := map[uint32][]planner.OpID{}
	for i := range p.Ops {
		op := &p.Ops[i]
		for _, in := range op.Spec.Inputs() {
			r.readers[in] = append(r.readers[in], op.ID)
		}
		if in, ok := op.Spec.(*planner.OpInput); ok {
			inputs[in.Rel.ID] = append(inputs[in.Rel.ID], op.ID)
		}
	}
	var found []readyRelation
	for rel, ins := range inputs {
		if c, ok := r.candidate(rel, ins); ok {
			found = append(found, c)
		}
	}
	// The largest first: of a join only one side can be ready.
	slices.SortFunc(found, func(a, b readyRelation) int {
		return cmp.Or(cmp.Compare(b.rows, a.rows), cmp.Compare(a.rel, b.rel))
	})
	rels = map[uint32]bool{}
	for _, c := range found {
		if !slices.ContainsFunc(c.ops, func(id planner.OpID) bool { return !r.silent(id, c.ops) }) {
			rels[c.rel] = true
			for _, id := range c.ops {
				r.ready[id] = true
			}
		}
	}
	return r.ready, rels
}

type readiness struct {
	plan    *planner.IPlan
	live    Live
	readers map[planner.OpID][]planner.OpID
	ready   map[planner.OpID]bool
}

// readyRelation is a relation that reaches nothing but arrangements that others keep.
type readyRelation struct {
	rel  uint32
	ops  []planner.OpID // the arrangements
	rows int64
}

func (r *readiness) candidate(rel uint32, ins []planner.OpID) (readyRelation, bool) {
	c := readyRelation{rel: rel}
	if !r.live.Stored(rel) {
		return c, false
	}
	for _, in := range ins {
		if !r.reach(in, &c.ops) {
			return c, false
		}
	}
	for _, id := range c.ops {
		op := &r.plan.Ops[id]
		n := r.live.Rows(op)
		if n < 0 || op.Props.Expire != nil || arrangement(r.plan, id).Ends != "" {
			return c, false
		}
		c.rows = max(c.rows, n)
	}
	return c, true
}

// reach collects the arrangements that an operator's rows go to. It reports whether
// they go nowhere else.
func (r *readiness) reach(id planner.OpID, out *[]planner.OpID) bool {
	if id == r.plan.Output || len(r.readers[id]) == 0 {
		return false
	}
	for _, reader := range r.readers[id] {
		switch r.plan.Ops[reader].Spec.(type) {
		case *planner.OpArrange:
			*out = append(*out, reader)
		case *planner.OpMap, *planner.OpExchange:
			if !r.reach(reader, out) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// silent reports that an arrangement's rows alone make no rows of what reads it, if
// those of with are ready beside it.
func (r *readiness) silent(id planner.OpID, with []planner.OpID) bool {
	if id == r.plan.Output {
		return false
	}
	for _, reader := range r.readers[id] {
		op := &r.plan.Ops[reader]
		j, ok := op.Spec.(*planner.OpJoin)
		if !ok || settles(r.plan, op) {
			return false
		}
		other := j.Left
		if id == j.Left {
			other = j.Right
		}
		if r.ready[other] || slices.Contains(with, other) {
			return false
		}
		switch j.Kind {
		case planner.JoinInner:
		case planner.JoinLeft:
			if id == j.Left {
				return false
			}
		default:
			return false
		}
	}
	return len(r.readers[id]) > 0
}
