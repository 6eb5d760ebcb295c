package planner

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// Partial aggregation: an aggregate of a group from aggregates of its parts.
//
//	count, count filter     the counts, added up
//	sum                     the sums, added up; not of floats, whose sum is rounded once
//	min, max, bool_and, bool_or   the same aggregate of the parts' values
//	avg                     the sum divided by the count; not of floats

// Partials takes aggregates apart. Parts are computed for each part of a group;
// Merged, over the columns of Parts, for the whole; Finals, one for each call, are
// the calls' values over the columns of Merged.
type Partials struct {
	Parts, Merged []Agg
	Finals        []Item

	q      *Rewriter
	byText map[string]Col
}

// NewPartials is nil where one of the calls cannot be taken apart.
func NewPartials(r *Rewriter, calls []Agg) *Partials {
	p := &Partials{q: r, byText: map[string]Col{}}
	for _, g := range calls {
		final := p.add(g)
		if final == nil {
			return nil
		}
		p.Finals = append(p.Finals, Item{Col: g.Col, Expr: final})
	}
	return p
}

// add gives the value of a call over the merged columns; nil where there is none.
func (p *Partials) add(g Agg) Scalar {
	if len(g.Order) > 0 || g.Distinct && g.Func.Name != "min" && g.Func.Name != "max" {
		return nil
	}
	switch g.Func.Name {
	case "count":
		return p.part(g, mergeCounts)
	case "min", "max", "bool_and", "bool_or", "every":
		return p.part(g, g.Func)
	case "sum":
		return p.sum(g)
	case "avg":
		return p.average(g)
	}
	return nil
}

// part is a call of its own for the parts, and the one that merges it.
func (p *Partials) part(g Agg, merge *AggFunc) Scalar {
	text := g.Func.Signature() + g.Text(&Values{})
	if c, ok := p.byText[text]; ok {
		return ColumnExpr(c)
	}
	part, merged := g, Agg{Func: merge, Col: p.q.NewCol(g.Col.Name, g.Func.Type)}
	part.Col = p.q.NewCol("part_"+g.Func.Name, g.Func.Type)
	merged.Args = []Scalar{ColumnExpr(part.Col)}
	p.Parts, p.Merged = append(p.Parts, part), append(p.Merged, merged)
	p.byText[text] = merged.Col
	return ColumnExpr(merged.Col)
}

func (p *Partials) sum(g Agg) Scalar {
	switch g.Func.Type.Kind {
	case row.Int8:
		return p.part(g, mergeSums)
	case row.Numeric, row.Interval:
		return p.part(g, MustAgg("sum", g.Func.Type))
	}
	return nil
}

func (p *Partials) average(g Agg) Scalar {
	if !g.Func.Type.Is(row.Numeric) {
		return nil
	}
	sum, count := g, g
	sum.Func, count.Func = MustAgg("sum", g.Func.Args[0]), MustAgg("count", g.Func.Args[0])
	s, c := p.sum(sum), p.part(count, mergeCounts)
	if s == nil {
		return nil
	}
	var t expr.Typing
	// Without values the sum is NULL, and so is the quotient: nothing is divided by 0.
	for _, e := range []*Scalar{&s, &c} {
		var err error
		if *e, err = t.Coerce(*e, row.T(row.Numeric), expr.Implicit); err != nil {
			return nil
		}
	}
	out, err := t.Operator(-1, "/", s, c)
	if err != nil {
		return nil
	}
	return out
}
