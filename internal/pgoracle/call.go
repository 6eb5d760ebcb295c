package pgoracle

import (
	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tarndb/tarn/sql/ast"
)

// call translates a function call. That it was written in a syntax of its own
// (funcformat) is of use only for printing it again.
func call(f *pg.FuncCall) *ast.FuncCall {
	only(f, "funcname", "args", "agg_order", "agg_filter", "over", "agg_within_group", "agg_star", "agg_distinct",
		"func_variadic", "funcformat")
	out := &ast.FuncCall{Loc: loc(f.Location), Names: functionName(texts(f.Funcname)), Args: exprs(f.Args), Star: f.AggStar,
		Distinct: f.AggDistinct, Variadic: f.FuncVariadic, OrderBy: sorts(f.AggOrder), WithinGroup: f.AggWithinGroup,
		Filter: expr(f.AggFilter)}
	if f.Over != nil {
		out.Over = window(f.Over)
	}
	return out
}

// functionName undoes what PostgreSQL 16 does to json_object, whose name became a
// keyword: as before, any schema may have a function of that name.
func functionName(names []string) []string {
	if len(names) == 2 && names[0] == "pg_catalog" && names[1] == "json_object" {
		return names[1:]
	}
	return names
}

func sorts(list []*pg.Node) []*ast.SortBy {
	var out []*ast.SortBy
	for _, n := range list {
		s := n.GetSortBy()
		if s == nil {
			no("%s in ORDER BY", kind(n))
		}
		only(s, "node", "sortby_dir", "sortby_nulls", "use_op")
		by := &ast.SortBy{Loc: ast.NoPos, Expr: expr(s.Node), Dir: sortDirs[s.SortbyDir], Nulls: nullOrders[s.SortbyNulls]}
		if by.Dir == ast.SortUsing {
			_, by.UsingOp = operatorName(s.UseOp) // Tarn's tree has no schema here
		}
		out = append(out, by)
	}
	return out
}

var sortDirs = map[pg.SortByDir]ast.SortDir{
	pg.SortByDir_SORTBY_DEFAULT: ast.SortDefault, pg.SortByDir_SORTBY_ASC: ast.SortAsc,
	pg.SortByDir_SORTBY_DESC: ast.SortDesc, pg.SortByDir_SORTBY_USING: ast.SortUsing,
}

var nullOrders = map[pg.SortByNulls]ast.NullsOrder{
	pg.SortByNulls_SORTBY_NULLS_DEFAULT: ast.NullsDefault, pg.SortByNulls_SORTBY_NULLS_FIRST: ast.NullsFirst,
	pg.SortByNulls_SORTBY_NULLS_LAST: ast.NullsLast,
}

func window(w *pg.WindowDef) *ast.WindowDef {
	only(w, "name", "refname", "partition_clause", "order_clause", "frame_options", "start_offset", "end_offset")
	return &ast.WindowDef{Loc: loc(w.Location), Name: w.Name, RefName: w.Refname, PartitionBy: exprs(w.PartitionClause),
		OrderBy: sorts(w.OrderClause), Frame: frame(w)}
}

// The bits of a frame, from PostgreSQL's parsenodes.h.
const (
	frameNonDefault = 1 << iota
	frameRange
	frameRows
	frameGroups
	frameBetween
	frameStartUnboundedPreceding
	frameEndUnboundedPreceding
	frameStartUnboundedFollowing
	frameEndUnboundedFollowing
	frameStartCurrentRow
	frameEndCurrentRow
	frameStartOffsetPreceding
	frameEndOffsetPreceding
	frameStartOffsetFollowing
	frameEndOffsetFollowing
	frameExcludeCurrentRow
	frameExcludeGroup
	frameExcludeTies
)

// frame gives each bit its meaning; a frame must have just one of each group.
// That BETWEEN was written is of no matter: the end is there in any case.
func frame(w *pg.WindowDef) *ast.Frame {
	bits := int(w.FrameOptions)
	if bits&frameNonDefault == 0 {
		if w.StartOffset.GetNode() != nil || w.EndOffset.GetNode() != nil {
			no("an offset without a frame")
		}
		return nil
	}
	rest := bits &^ (frameNonDefault | frameBetween)
	out := &ast.Frame{}
	out.Mode = pick(&rest, map[int]ast.FrameMode{frameRange: ast.FrameRange, frameRows: ast.FrameRows, frameGroups: ast.FrameGroups})
	out.Start.Kind = pick(&rest, map[int]ast.BoundKind{frameStartUnboundedPreceding: ast.UnboundedPreceding,
		frameStartCurrentRow: ast.CurrentRow, frameStartOffsetPreceding: ast.OffsetPreceding,
		frameStartOffsetFollowing: ast.OffsetFollowing, frameStartUnboundedFollowing: ast.UnboundedFollowing})
	out.End.Kind = pick(&rest, map[int]ast.BoundKind{frameEndUnboundedPreceding: ast.UnboundedPreceding,
		frameEndCurrentRow: ast.CurrentRow, frameEndOffsetPreceding: ast.OffsetPreceding,
		frameEndOffsetFollowing: ast.OffsetFollowing, frameEndUnboundedFollowing: ast.UnboundedFollowing})
	out.Exclude = pick(&rest, map[int]ast.FrameExclusion{0: ast.ExcludeNothing, frameExcludeCurrentRow: ast.ExcludeCurrentRow,
		frameExcludeGroup: ast.ExcludeGroup, frameExcludeTies: ast.ExcludeTies})
	if rest != 0 {
		no("frame options %x", bits)
	}
	out.Start.Offset, out.End.Offset = expr(w.StartOffset), expr(w.EndOffset)
	return out
}

// pick takes the one bit that is set of a group away, and gives its meaning.
func pick[T any](rest *int, meanings map[int]T) T {
	for bit, meaning := range meanings {
		if bit != 0 && *rest&bit != 0 {
			*rest &^= bit
			return meaning
		}
	}
	none, ok := meanings[0]
	if !ok {
		no("frame options %x", *rest)
	}
	return none
}
