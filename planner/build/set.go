package build

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// isSet reports that a collection never has a row twice, for what its operators do:
// a key that a source promises is no proof, since nobody enforces it.
func isSet(p *planner.IPlan, id planner.OpID) bool {
	_, ok := setKey(p, id)
	return ok
}

// setKey is a key that makes a collection a set, as isSet means it.
func setKey(p *planner.IPlan, id planner.OpID) (key []int, ok bool) {
	op := &p.Ops[id]
	if op.Props.Expire != nil {
		return nil, false // what is forgotten might come again
	}
	switch s := op.Spec.(type) {
	case *planner.OpGroupBy:
		return upTo(len(s.Key)), true
	case *planner.OpDistinct:
		return upTo(len(op.Types)), true
	case *planner.OpExchange:
		return setKey(p, s.In)
	case *planner.OpGather:
		return setKey(p, s.In)
	case *planner.OpMap:
		key, ok = setKey(p, s.In)
		for _, step := range s.Steps {
			if ok {
				key, ok = passed(key, step)
			}
		}
		return key, ok
	}
	return nil, false
}

// passed is where a step hands the columns of a key on, if it does.
func passed(key []int, s planner.Step) (out []int, ok bool) {
	switch s := s.(type) {
	case *planner.StepFilter:
		return key, true
	case *planner.StepProject:
		for _, c := range key {
			i := slices.IndexFunc(s.Exprs, func(e expr.Expr) bool {
				ref, is := e.(*expr.ColRef)
				return is && ref.Index == c
			})
			if i < 0 {
				return nil, false
			}
			out = append(out, i)
		}
		return out, true
	}
	return nil, false
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
