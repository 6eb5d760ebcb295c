package rules

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// SliceWindows aggregates by slices what HOP puts into several windows, and then
// the slices by window. A slice is a stretch of gcd(slide, size) of time: windows
// begin and end where slices do, so that all rows of a slice are in the same
// windows, and a window is a sum of slices.
//
//	SELECT k, window_start, count(*) FROM HOP(t, at, slide, size) GROUP BY k, window_start
//
// Why: a row is counted once, in its slice, and not once for each of size/slide
// windows; a slice that changed goes to its windows once an epoch.
//
// Unsound for aggregates that do not follow from those of the parts (DISTINCT,
// sums of floats, medians), for arguments that read the window, and for
// expressions that can fail, whose rows would fail another number of times.
var SliceWindows = planner.Rule{
	Name: "SliceWindows",
	Apply: func(r *planner.Rewriter, n planner.Node) planner.Node {
		a, ok := n.(*planner.Aggregate)
		if !ok {
			return nil
		}
		s := &slicer{r: r, agg: a, by: map[planner.ColID]planner.Scalar{}}
		if !s.find(a.Input) || !s.divideGroup() || !s.readsRowsOnly() {
			return nil
		}
		return s.build()
	},
}

type slicer struct {
	r   *planner.Rewriter
	agg *planner.Aggregate

	hop     *planner.TableFunc
	window  planner.Windowing
	instant planner.Scalar
	start   planner.Col
	filter  []planner.Scalar // of windows
	by      map[planner.ColID]planner.Scalar

	ofRow, ofWindow []planner.Item // the group's columns over the input of HOP, and over the window
}

// find looks for HOP below a projection and a filter of windows.
func (s *slicer) find(n planner.Node) bool {
	if p, ok := n.(*planner.Project); ok {
		for _, it := range p.Items {
			s.by[it.Col.ID] = it.Expr
		}
		n = p.Input
	}
	if f, ok := n.(*planner.Filter); ok {
		s.filter = f.Preds
		n = f.Input
	}
	t, ok := n.(*planner.TableFunc)
	if !ok || len(t.Calls) != 1 || t.Ordinal.ID != 0 {
		return false
	}
	s.hop = t
	if s.window, s.instant, ok = planner.AsHop(t.Calls[0]); !ok || s.window.Size <= s.window.Slide {
		return false
	}
	s.start = t.Calls[0].Cols[0]
	for _, p := range s.filter {
		if !s.readsWindowOnly(p) {
			return false
		}
	}
	return !expr.CanError(s.instant)
}

func (s *slicer) readsWindowOnly(e planner.Scalar) bool {
	return mayMove(e) && planner.ExprCols(e).Within(planner.Cols(s.start.ID))
}

func (s *slicer) readsRowOnly(e planner.Scalar) bool {
	return mayMove(e) && !planner.ExprCols(e).Has(s.start.ID)
}

// divideGroup tells what of the group the row decides, and what the window.
func (s *slicer) divideGroup() bool {
	for _, c := range s.agg.Group {
		e := planner.Substitute(planner.ColumnExpr(c), s.by)
		switch {
		case s.readsRowOnly(e):
			s.ofRow = append(s.ofRow, planner.Item{Col: c, Expr: e})
		case s.readsWindowOnly(e):
			s.ofWindow = append(s.ofWindow, planner.Item{Col: c, Expr: e})
		default:
			return false
		}
	}
	return len(s.ofWindow) > 0
}

// readsRowsOnly brings the aggregates below HOP.
func (s *slicer) readsRowsOnly() bool {
	exprs := planner.SubstituteAll(s.agg.Exprs(), s.by)
	for _, e := range exprs {
		if !s.readsRowOnly(e) {
			return false
		}
	}
	s.agg = s.agg.WithExprs(exprs).(*planner.Aggregate)
	return true
}

func (s *slicer) build() planner.Node {
	parts := planner.NewPartials(s.r, s.agg.Aggs)
	if parts == nil {
		return nil
	}
	length := gcd(s.window.Slide, s.window.Size)
	slices := planner.Windowing{Slide: length, Size: length, Offset: s.window.Offset % length}
	slice := s.r.NewCol("slice", s.start.Type)
	// The group's columns that are columns of the input are not computed again.
	items := []planner.Item{{Col: slice, Expr: slices.Start(s.instant)}}
	for _, it := range s.ofRow {
		if !it.Passes() {
			items = append(items, it)
		}
	}
	inner := &planner.Aggregate{Input: planner.Extend(s.hop.Input, items...), Aggs: parts.Parts}
	var group []planner.Item
	for _, it := range s.ofRow {
		inner.Group = append(inner.Group, it.Col)
		group = append(group, planner.Pass(it.Col))
	}
	inner.Group = append(inner.Group, slice)
	var spread planner.Node = &planner.TableFunc{
		Input: inner, Calls: []planner.TableCall{s.window.Hop(planner.ColumnExpr(slice), s.start)},
	}
	spread = planner.NewFilter(spread, s.filter...)
	group = append(group, s.ofWindow...)
	for _, p := range parts.Parts {
		group = append(group, planner.Pass(p.Col))
	}
	outer := &planner.Aggregate{Input: planner.NewProject(spread, group), Group: s.agg.Group, Aggs: parts.Merged}
	finals := make([]planner.Item, 0, len(s.agg.Group)+len(parts.Finals))
	for _, c := range s.agg.Group {
		finals = append(finals, planner.Pass(c))
	}
	return planner.NewProject(outer, append(finals, parts.Finals...))
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
