package rules

import "github.com/tarndb/tarn/planner"

// PruneColumns drops the columns that nobody reads, from the scans up.
//
// Why: a source decodes only what is wanted, and state keeps only what a later
// operator needs.
//
// Unsound where all columns decide which rows are alike or which comes first:
// below DISTINCT, INTERSECT, EXCEPT, a limit and window functions nothing is dropped. A computed
// column that nobody reads is dropped even if it can fail: the query never asked
// for its value.
var PruneColumns = planner.Rule{
	Name: "PruneColumns",
	Tree: func(r *planner.Rewriter, root planner.Node, needed planner.ColSet) planner.Node {
		p := &pruner{done: map[pruned]planner.Node{}}
		out := p.prune(root, needed)
		if !p.changed {
			return nil
		}
		return out
	},
}

type pruner struct {
	changed bool
	// done keeps shared subtrees shared: a set of bindings stands in many places.
	done map[pruned]planner.Node
}

type pruned struct {
	node planner.Node
	need string
}

// prune returns the node with the needed columns, and perhaps more.
func (p *pruner) prune(n planner.Node, need planner.ColSet) planner.Node {
	key := pruned{n, need.Intersect(planner.ColsOf(n.Columns())).String()}
	if out, ok := p.done[key]; ok {
		return out
	}
	out := p.pruneNode(n, need)
	p.done[key] = out
	return out
}

func (p *pruner) pruneNode(n planner.Node, need planner.ColSet) planner.Node {
	switch n := n.(type) {
	case *planner.Scan:
		return p.scan(n, need)
	case *planner.Project:
		return p.project(n, need)
	case *planner.Join:
		return p.join(n, need)
	case *planner.Aggregate:
		return p.aggregate(n, need)
	case *planner.SetOp:
		return p.setOp(n, need)
	case *planner.TopK:
		return p.topK(n, need)
	case *planner.Over:
		return p.over(n, need)
	case *planner.Distinct:
		need = planner.ColsOf(n.Columns())
	}
	need = need.Union(planner.Reads(n))
	return planner.RewriteChildren(n, func(c planner.Node) planner.Node { return p.prune(c, need) })
}

// scan keeps one column at least: rows must be counted.
func (p *pruner) scan(s *planner.Scan, need planner.ColSet) planner.Node {
	out := &planner.Scan{Rel: s.Rel, Alias: s.Alias}
	for i, c := range s.Cols {
		if need.Has(c.ID) {
			out.Attrs, out.Cols = append(out.Attrs, s.Attrs[i]), append(out.Cols, c)
		}
	}
	if len(out.Cols) == len(s.Cols) || len(s.Cols) == 1 {
		return s
	}
	p.changed = true
	if len(out.Cols) == 0 {
		out.Attrs, out.Cols = s.Attrs[:1], s.Cols[:1]
	}
	return out
}

func (p *pruner) project(n *planner.Project, need planner.ColSet) planner.Node {
	var items []planner.Item
	for _, it := range n.Items {
		if need.Has(it.Col.ID) {
			items = append(items, it)
		}
	}
	if len(items) == 0 && len(n.Items) > 0 {
		items = n.Items[:1]
	}
	p.changed = p.changed || len(items) < len(n.Items)
	out := &planner.Project{Input: n.Input, Items: items}
	return &planner.Project{Input: p.prune(n.Input, planner.Reads(out)), Items: items}
}

// join narrows both sides to what is read of them: they are kept as state.
func (p *pruner) join(j *planner.Join, need planner.ColSet) planner.Node {
	need = need.Union(planner.Reads(j))
	return planner.RewriteChildren(j, func(c planner.Node) planner.Node { return p.narrow(p.prune(c, need), need) })
}

func (p *pruner) narrow(n planner.Node, need planner.ColSet) planner.Node {
	cols := n.Columns()
	var keep []planner.Col
	for _, c := range cols {
		if need.Has(c.ID) {
			keep = append(keep, c)
		}
	}
	if len(keep) == 0 {
		keep = cols[:min(1, len(cols))]
	}
	if len(keep) == len(cols) {
		return n
	}
	p.changed = true
	return planner.Keep(n, keep)
}

func (p *pruner) aggregate(a *planner.Aggregate, need planner.ColSet) planner.Node {
	out := &planner.Aggregate{Input: a.Input, Group: a.Group}
	for _, g := range a.Aggs {
		if need.Has(g.Col.ID) {
			out.Aggs = append(out.Aggs, g)
		}
	}
	if len(out.Aggs)+len(out.Group) == 0 {
		out.Aggs = a.Aggs[:min(1, len(a.Aggs))]
	}
	p.changed = p.changed || len(out.Aggs) < len(a.Aggs)
	return out.WithChildren(p.prune(a.Input, planner.Reads(out)))
}

// topK loses a rank that nobody reads, and then itself if it limits nothing.
func (p *pruner) topK(t *planner.TopK, need planner.ColSet) planner.Node {
	out := *t
	if t.Rank.ID != 0 && !need.Has(t.Rank.ID) {
		p.changed = true
		if t.Limit == nil && t.Offset == nil {
			return p.prune(t.Input, need)
		}
		out.Rank = planner.Col{}
	}
	out.Input = p.prune(t.Input, planner.ColsOf(t.Input.Columns()))
	return &out
}

// over loses the calls that nobody reads, and itself with the last of them.
func (p *pruner) over(o *planner.Over, need planner.ColSet) planner.Node {
	out := *o
	out.Calls = nil
	for _, c := range o.Calls {
		if need.Has(c.Col.ID) {
			out.Calls = append(out.Calls, c)
		}
	}
	p.changed = p.changed || len(out.Calls) < len(o.Calls)
	if len(out.Calls) == 0 {
		return p.prune(o.Input, need)
	}
	out.Input = p.prune(o.Input, planner.ColsOf(o.Input.Columns()))
	return &out
}

// setOp: the arms of UNION ALL lose columns by position.
func (p *pruner) setOp(s *planner.SetOp, need planner.ColSet) planner.Node {
	out := *s
	if s.All && s.Kind == planner.Union {
		out.Cols, out.LeftCols, out.RightCols = nil, nil, nil
		for i, c := range s.Cols {
			if need.Has(c.ID) || i == len(s.Cols)-1 && len(out.Cols) == 0 {
				out.Cols = append(out.Cols, c)
				out.LeftCols = append(out.LeftCols, s.LeftCols[i])
				out.RightCols = append(out.RightCols, s.RightCols[i])
			}
		}
		p.changed = p.changed || len(out.Cols) < len(s.Cols)
	}
	return out.WithChildren(
		p.prune(s.Left, planner.ColsOf(out.LeftCols)),
		p.prune(s.Right, planner.ColsOf(out.RightCols)),
	)
}
