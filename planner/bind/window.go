package bind

import (
	"math"
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// windowTable tells TUMBLE and HOP from other functions in FROM.
func windowTable(t *ast.FuncRef) (*ast.FuncCall, bool) {
	if len(t.Funcs) != 1 {
		return nil, false
	}
	f, ok := t.Funcs[0].Func.(*ast.FuncCall)
	if !ok || len(f.Names) != 1 || f.Names[0] != "tumble" && f.Names[0] != "hop" {
		return nil, false
	}
	return f, true
}

// windowRef binds TUMBLE(rel, time, size [, offset]) and HOP(rel, time, slide,
// size [, offset]), in RisingWave's form: the rows of the relation with the bounds
// of the window that each is in, or once for each of them. A row without a time
// is in TUMBLE's result with no window, and not in HOP's.
func (b *binder) windowRef(s *scope, t *ast.FuncRef, f *ast.FuncCall) (planner.Node, []*nsItem, error) {
	word := strings.ToUpper(f.Names[0])
	lengths := 1
	if word == "HOP" {
		lengths = 2
	}
	if n := len(f.Args); n < 2+lengths || n > 3+lengths {
		form := "a relation, a column and the length of a window"
		if lengths == 2 {
			form = "a relation, a column, the slide and the length of a window"
		}
		return nil, nil, pgerr.New(pgerr.UndefinedFunction, "wrong number of arguments for %s", word).
			WithHint("The arguments are %s; an offset may follow.", form).At(f.Pos())
	}
	if t.Ordinality {
		return nil, nil, unsupported(t.Pos(), "WITH ORDINALITY for "+word)
	}
	n, it, err := b.windowInput(s, f.Args[0], word)
	if err != nil {
		return nil, nil, err
	}
	instant, err := b.windowTime(s, it, f.Args[1], word)
	if err != nil {
		return nil, nil, err
	}
	w, err := b.windowing(s, f.Args[2:], lengths, word)
	if err != nil {
		return nil, nil, err
	}
	start := b.newCol("window_start", "window_start", instant.Type().Base())
	end := b.newCol("window_end", "window_end", start.Type)
	if word == "HOP" {
		n = &planner.TableFunc{Input: n, Calls: []planner.TableCall{w.Hop(instant, start)}}
	} else {
		n = planner.Extend(n, planner.Item{Col: start, Expr: w.Start(instant)})
	}
	n = planner.Extend(n, planner.Item{Col: end, Expr: w.End(planner.ColumnExpr(start))})
	it.Cols = append(it.Cols, nsColumn{Name: "window_start", Col: start}, nsColumn{Name: "window_end", Col: end})
	it.Alias, it.Schema = aliasOf(t.Alias, it.Alias), ""
	return n, []*nsItem{it}, renameColumns(it, t.Alias)
}

// windowInput is the relation, view or WITH query that the first argument names.
func (b *binder) windowInput(s *scope, e ast.Expr, word string) (planner.Node, *nsItem, error) {
	ref, ok := e.(*ast.ColumnRef)
	if !ok || ref.Star || len(ref.Names) > 3 {
		return nil, nil, pgerr.New(pgerr.SyntaxError, "the first argument of %s must be the name of a relation", word).
			WithHint("Name a subquery in a WITH clause.").At(e.Pos())
	}
	t := &ast.TableRef{Loc: ref.Loc}
	parts := []*string{&t.Name, &t.Schema, &t.Catalog}
	for i := range ref.Names {
		*parts[i] = ref.Names[len(ref.Names)-1-i]
	}
	n, items, err := b.tableRef(s, t)
	if err != nil {
		return nil, nil, err
	}
	it := *items[0]
	it.Cols = append([]nsColumn(nil), it.Cols...)
	return n, &it, nil
}

// windowTime is the column that says when a row happened; a date is its midnight.
func (b *binder) windowTime(s *scope, it *nsItem, e ast.Expr, word string) (planner.Scalar, error) {
	in := &scope{items: []*nsItem{it}, ctes: s.ctes, table: s.table, clause: word}
	bound, err := b.expr(in, e)
	if err != nil {
		return nil, err
	}
	if _, ok := planner.AsColumn(bound); !ok {
		return nil, pgerr.New(pgerr.SyntaxError, "the second argument of %s must be the name of a column", word).
			WithHint("Compute it in a view or a WITH query.").At(e.Pos())
	}
	switch t := bound.Type(); {
	case t.Is(row.Timestamp), t.Is(row.Timestamptz):
		return bound, nil
	case t.Is(row.Date):
		return b.typing.Cast(e.Pos(), bound, row.T(row.Timestamp))
	default:
		return nil, pgerr.New(pgerr.DatatypeMismatch, "%s needs a column of type timestamp, timestamp with time zone or date, not %s", word, t.Base()).At(e.Pos())
	}
}

// windowing reads the lengths, and the offset if there is one.
func (b *binder) windowing(s *scope, args []ast.Expr, lengths int, word string) (w planner.Windowing, err error) {
	values := make([]int64, len(args))
	for i, e := range args {
		if values[i], err = b.windowLength(s, e, word); err != nil {
			return w, err
		}
		if i < lengths && values[i] <= 0 {
			return w, pgerr.New(pgerr.InvalidParameterValue, "the length of a window must be greater than zero").At(e.Pos())
		}
	}
	w.Slide, w.Size = values[0], values[lengths-1]
	if w.Size/w.Slide > maxWindowsPerRow {
		return w, pgerr.New(pgerr.ProgramLimitExceeded, "each row would be in more than %d windows", maxWindowsPerRow).At(args[0].Pos())
	}
	if len(values) > lengths {
		w.Offset = (values[lengths]%w.Slide + w.Slide) % w.Slide
	}
	return w, nil
}

// maxWindowsPerRow bounds what HOP makes of one row: batches are built of it.
const maxWindowsPerRow = 10000

// windowLength is the value of a constant interval in microseconds.
func (b *binder) windowLength(s *scope, e ast.Expr, word string) (int64, error) {
	in := &scope{ctes: s.ctes, table: s.table, clause: word}
	bound, err := b.expr(in, e)
	if err != nil {
		return 0, err
	}
	from := bound.Type()
	if bound, err = b.typing.Coerce(bound, row.T(row.Interval), expr.Implicit); err != nil {
		if pgerr.Code(err) == pgerr.CannotCoerce {
			return 0, pgerr.New(pgerr.DatatypeMismatch, "the length of a window must be an interval, not %s", from.Base()).At(e.Pos())
		}
		return 0, err
	}
	constant := !hasSubquery(bound) && expr.VolatilityOf(bound) == expr.Immutable
	if !constant {
		return 0, pgerr.New(pgerr.FeatureNotSupported, "the length of a window must be a constant").At(e.Pos())
	}
	d, err := expr.EvalConst(bound, b.typing.Ctx)
	if err != nil {
		return 0, err
	}
	if d.Null {
		return 0, pgerr.New(pgerr.NullValueNotAllowed, "the length of a window must not be null").At(e.Pos())
	}
	v := datetime.DecodeInterval(d.B)
	if v.Months != 0 {
		return 0, pgerr.New(pgerr.FeatureNotSupported, "windows of months or years are not supported").
			WithHint("Months differ in length: group by date_trunc('month', ...).").At(e.Pos())
	}
	const day = 86400 * 1000000
	if d := int64(v.Days); d > math.MaxInt64/8/day || d < -math.MaxInt64/8/day || v.Micros > math.MaxInt64/8 || v.Micros < -math.MaxInt64/8 {
		return 0, pgerr.New(pgerr.IntervalFieldOverflow, "interval out of range").At(e.Pos())
	}
	return int64(v.Days)*day + v.Micros, nil
}
