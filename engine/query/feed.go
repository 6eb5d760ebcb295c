package query

import (
	"context"
	"slices"

	"github.com/tarndb/tarn/operators"
)

// feedRelations feeds what does not change while the plan runs.
func (p *planRun) feedRelations(ctx context.Context) error {
	ids := make([]uint32, 0, len(p.relations))
	for _, r := range p.relations {
		ids = append(ids, r.rel.ID)
	}
	slices.Sort(ids)
	if err := p.run.Start(); err != nil {
		return err
	}
	for _, id := range p.q.Source.Order(slices.Compact(ids)) {
		uses := slices.DeleteFunc(slices.Clone(p.relations), func(r *relation) bool { return r.rel.ID != id })
		for len(uses) > 0 {
			at, way, err := p.next(ctx, uses)
			if err != nil {
				return err
			}
			if err := p.feedRelation(ctx, uses[at], way); err != nil {
				return err
			}
			uses = slices.Delete(uses, at, at+1)
		}
	}
	return nil
}

func (p *planRun) feedRelation(ctx context.Context, r *relation, way operators.Way) error {
	if err := p.run.Begin(r.node); err != nil {
		return err
	}
	if err := p.q.Source.Read(ctx, r.rel, r.attrs, way.Sieves, p.run.Feed); err != nil {
		return err
	}
	return p.run.End()
}

// next chooses which of the uses of a relation is fed next: one of which groups are
// made, since what joins with them will find them there, else the one of which the most
// is held back.
func (p *planRun) next(ctx context.Context, uses []*relation) (at int, best operators.Way, err error) {
	for i, r := range uses {
		way, err := p.way(ctx, r)
		if err != nil {
			return 0, way, err
		}
		if i == 0 || way.Folds && !best.Folds || way.Folds == best.Folds && len(way.Sieves) > len(best.Sieves) {
			at, best = i, way
		}
	}
	return at, best, nil
}

// way is what the circuit knows of the rows to come.
func (p *planRun) way(ctx context.Context, r *relation) (operators.Way, error) {
	if p.q.Config.Whole {
		return operators.Way{}, nil
	}
	way, err := p.circuit.Way(ctx, r.node)
	if err == nil {
		err = p.run.hold(0)
	}
	return way, err
}
