package engine

import (
	"context"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/cells"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// explain prints the stages of a query's plan, or of a view's.
func (s *Session) explain(ctx context.Context, st *Statement, n *ast.Explain) (*Rows, error) {
	if n.Analyze {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "EXPLAIN ANALYZE is not supported").At(n.Pos())
	}
	for _, opt := range n.Options {
		switch strings.ToLower(opt.Name) {
		case "costs", "verbose", "timing", "summary", "settings", "buffers":
		default:
			return nil, pgerr.New(pgerr.SyntaxError, "unrecognized EXPLAIN option %q", opt.Name).At(opt.Pos())
		}
	}
	c, err := s.currentCatalog(ctx)
	if err != nil {
		return nil, err
	}
	var sel *ast.Select
	switch q := n.Stmt.(type) {
	case *ast.Select:
		sel = q
	case *ast.CreateView:
		sel = q.Query
	default:
		return nil, pgerr.New(pgerr.FeatureNotSupported, "EXPLAIN of this statement is not supported").At(n.Stmt.Pos())
	}
	view := false
	if v, ok := n.Stmt.(*ast.CreateView); ok {
		view = v.Materialized
	}
	q, err := bind.Query(sel, s.bindOptions(c, nil))
	if err != nil {
		return nil, err
	}
	text, err := s.explainStages(c, q, view)
	if err != nil {
		return nil, err
	}
	return textRows("QUERY PLAN", text, "EXPLAIN"), nil
}

func (s *Session) explainStages(c *catalog.Catalog, q *planner.Query, view bool) (string, error) {
	ctx := s.evalContext(c, nil)
	bound := planner.Explain(q)
	if err := planner.Optimize(q, s.db.opts.rules(!view), ctx); err != nil {
		return "", err
	}
	p, err := planner.Incremental(q, planner.LowerOptions{AdHoc: !view, Context: ctx})
	if err != nil {
		return "", err
	}
	text := planner.ExplainAll(bound, q, p)
	if peek := planner.AsPeek(q); peek != nil && !view {
		text += "Read\n  " + peek.Text() + "\n"
	}
	return text, nil
}

// textRows is a result of one text column, a row a line.
func textRows(name, text, tag string) *Rows {
	b := row.NewBatch([]row.Type{row.T(row.Text)}, 0)
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		cells.Builder{Out: b}.Add(line)
	}
	return oneBatch([]ResultColumn{{Name: name, Type: row.T(row.Text)}}, b, tag)
}
