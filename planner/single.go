package planner

import (
	"slices"

	"github.com/tarndb/tarn/sql/expr"
)

// single reports that no two rows of an operator's collection agree in the given
// columns because of how the operator makes them. A key that follows from what an
// input promises is not enough: the promise may be broken, and then both rows are
// kept.
func (p *IPlan) single(id OpID, key []int) bool {
	switch s := p.Ops[id].Spec.(type) {
	case *OpExchange:
		return p.single(s.In, key)
	case *OpTopK:
		if p.Ops[id].Props.Expire != nil {
			return false // what is forgotten might come again
		}
		if s.Rank {
			return holds(key, append(slices.Clip(s.Partition), len(p.Ops[id].Types)-1))
		}
		return s.Limit == 1 && !s.Ties && len(s.Partition) > 0 && holds(key, s.Partition)
	case *OpMap:
		for _, step := range slices.Backward(s.Steps) {
			switch step := step.(type) {
			case *StepFilter:
			case *StepProject:
				for i, c := range key {
					ref, ok := step.Exprs[c].(*expr.ColRef)
					if !ok {
						return false
					}
					if i == 0 {
						key = slices.Clone(key)
					}
					key[i] = ref.Index
				}
			default:
				return false
			}
		}
		return p.single(s.In, key)
	}
	return false
}

func holds(set, part []int) bool {
	return !slices.ContainsFunc(part, func(c int) bool { return !slices.Contains(set, c) })
}
