package planner

// Apart is the plan with an input of its own for each use of a relation, where ok says
// that the relation may be read more than once; nil where the plan is so already. What
// is computed of a relation alone, row by row, stands in it once for each operator that
// reads it, then.
//
// It is for plans that run once, over inputs that are fed one after the other: the
// sides of a join of a relation with itself then come one after the other, too. A
// relation with many uses is left alone: it would be read too often.
func (p *IPlan) Apart(ok func(*Relation) bool) *IPlan {
	tooMany := map[uint32]bool{}
	for {
		a := &divider{from: p, to: *p, done: map[OpID]OpID{}, uses: map[uint32]int{}}
		a.ok = func(rel *Relation) bool { return ok(rel) && !tooMany[rel.ID] }
		a.to.Ops = nil
		a.to.Output = a.add(p.Output)
		again := false
		for rel, n := range a.uses {
			if n > MostUses {
				tooMany[rel], again = true, true
			}
		}
		switch {
		case again:
		case len(a.to.Ops) == len(p.Ops):
			return nil
		default:
			return &a.to
		}
	}
}

// MostUses is how often a relation may be read by one plan.
const MostUses = 4

type divider struct {
	from *IPlan
	ok   func(*Relation) bool
	to   IPlan
	done map[OpID]OpID  // operators that stand in the plan once
	uses map[uint32]int // by relation: its inputs that stand in it for each reader
}

// add adds an operator behind all that it reads.
func (a *divider) add(id OpID) OpID {
	if at, ok := a.done[id]; ok {
		return at
	}
	op := a.from.Ops[id]
	to := make([]OpID, len(a.from.Ops))
	for _, in := range op.Spec.Inputs() {
		to[in] = a.add(in)
	}
	op.ID, op.Spec = OpID(len(a.to.Ops)), op.Spec.renumber(to)
	a.to.Ops = append(a.to.Ops, op)
	if !a.divides(id) {
		a.done[id] = op.ID
	} else if in, ok := op.Spec.(*OpInput); ok {
		a.uses[in.Rel.ID]++
	}
	return op.ID
}

// divides reports an operator that each of its readers gets one of: rows of a relation,
// changed one by one or kept.
func (a *divider) divides(id OpID) bool {
	switch s := a.from.Ops[id].Spec.(type) {
	case *OpInput:
		return a.ok(s.Rel)
	case *OpMap:
		return a.divides(s.In)
	case *OpExchange:
		return a.divides(s.In)
	case *OpGather:
		return a.divides(s.In)
	case *OpBroadcast:
		return a.divides(s.In)
	case *OpArrange:
		return a.divides(s.In)
	}
	return false
}
