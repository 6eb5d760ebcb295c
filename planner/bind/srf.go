package bind

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// srfCollector gathers the set-returning calls of a select list, or the one of an
// item of FROM.
type srfCollector struct {
	calls []planner.TableCall
	// depths: a call whose arguments have calls is one deeper than the deepest of
	// them, from 1. Calls of one depth run side by side.
	depths []int
	at     []int
	// defs are the columns that FROM defines.
	defs []fn.OutColumn
}

// inFrom is the clause of the functions in FROM.
const inFrom = "functions in FROM"

const lateralHint = "You might be able to move the set-returning function into a LATERAL FROM item."

// setReturning moves a set-returning call of a select list, or of FROM, below
// the expression: what stays in its place is the column that it makes, or a record
// of several.
func (b *binder) setReturning(s *scope, c *expr.Call) (planner.Scalar, error) {
	if s.srfs == nil {
		if s.clause == inAggregate || s.clause == inWindowCall {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "%s cannot contain set-returning function calls", s.clause).WithHint(lateralHint).At(c.Pos())
		}
		return nil, pgerr.New(pgerr.FeatureNotSupported, "set-returning functions are not allowed in %s", s.clause).At(c.Pos())
	}
	depth := 1
	for i, have := range s.srfs.calls {
		if s.clause == inFrom {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "set-returning functions must appear at top level of FROM").At(s.srfs.at[i])
		}
		if planner.ExprCols(c.Args...).Meets(planner.ColsOf(have.Cols)) {
			depth = max(depth, s.srfs.depths[i]+1)
		}
	}
	f, err := b.shaped(s, c)
	if err != nil {
		return nil, err
	}
	call := planner.TableCall{Func: f, Args: c.Args}
	if len(f.Columns) == 0 {
		call.Cols = []planner.Col{b.newCol(f.Name, f.Name, c.Typ)}
	}
	out := &expr.RowExpr{At: c.Pos()}
	for _, col := range f.Columns {
		made := b.newCol(col.Name, f.Name+"."+col.Name, col.Type)
		call.Cols = append(call.Cols, made)
		out.Fields, out.Names = append(out.Fields, planner.ColumnExpr(made)), append(out.Names, col.Name)
	}
	s.srfs.calls = append(s.srfs.calls, call)
	s.srfs.depths, s.srfs.at = append(s.srfs.depths, depth), append(s.srfs.at, c.Pos())
	if s.clause != inFrom && (len(call.Cols) > 1 || f.Shaped != nil) {
		return out, nil
	}
	ref := planner.ColumnExpr(call.Cols[0]).(*expr.ColRef)
	ref.At = c.Pos()
	return ref, nil
}

// shaped gives a function whose columns its call decides those columns: of the
// definition list, or of the record that is its first argument.
func (b *binder) shaped(s *scope, c *expr.Call) (*expr.Function, error) {
	if c.Func.Shaped == nil {
		return c.Func, nil
	}
	cols := s.srfs.defs
	if c.Func.Params[0].Pseudo == fn.AnyElement {
		if !c.Args[0].Type().Is(row.Record) {
			return nil, pgerr.New(pgerr.DatatypeMismatch, "first argument of %s must be a row type", c.Func.Name)
		}
		if fields := b.fieldsOf(c.Args[0]); cols == nil {
			for _, f := range fields {
				cols = append(cols, fn.OutColumn{Name: f.name, Type: f.typ})
			}
		}
	}
	if cols == nil {
		if s.clause == inFrom && c.Func.Params[0].Pseudo != fn.AnyElement {
			return nil, pgerr.New(pgerr.SyntaxError, "a column definition list is required for functions returning \"record\"").At(c.Pos())
		}
		return nil, fn.NoRowType(c.Func.Name)
	}
	f := *c.Func
	f.Columns, f.Table = cols, c.Func.Shaped(cols)
	return &f, nil
}

// spread puts the set-returning functions of a select list above what is there.
func (c *coreBinder) spread() {
	srfs := c.s.srfs
	if len(srfs.calls) == 0 {
		return
	}
	for depth := 1; depth <= slices.Max(srfs.depths); depth++ {
		n := &planner.TableFunc{Input: c.node}
		for i, call := range srfs.calls {
			if srfs.depths[i] == depth {
				n.Input, call.Args = c.b.lift(n.Input, call.Args)
				n.Calls = append(n.Calls, call)
			}
		}
		if len(n.Calls) > 0 {
			c.node = n
		}
	}
}

// spreadGroups is spread for what GROUP BY reads: that comes before the grouping, the
// others after it.
func (c *coreBinder) spreadGroups() {
	all, now, later := c.s.srfs, &srfCollector{}, &srfCollector{}
	reads := planner.ExprCols(c.group...)
	for i := len(all.calls) - 1; i >= 0; i-- {
		to := later
		if reads.Meets(planner.ColsOf(all.calls[i].Cols)) {
			to, reads = now, reads.Union(planner.ExprCols(all.calls[i].Args...))
		}
		to.calls, to.depths, to.at = append(to.calls, all.calls[i]), append(to.depths, all.depths[i]), append(to.at, all.at[i])
	}
	for _, part := range []*srfCollector{now, later} {
		slices.Reverse(part.calls)
		slices.Reverse(part.depths)
		slices.Reverse(part.at)
	}
	c.s.srfs = now
	c.spread()
	c.s.srfs = later
}

// withoutSets binds an expression in which no function may return a set.
func (b *binder) withoutSets(s *scope, what string, bind func() (planner.Scalar, error)) (planner.Scalar, error) {
	have := 0
	if s.srfs != nil {
		have = len(s.srfs.calls)
	}
	out, err := bind()
	if err == nil && s.srfs != nil && len(s.srfs.calls) > have {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "set-returning functions are not allowed in %s", what).WithHint(lateralHint).At(s.srfs.at[have])
	}
	return out, err
}

// funcRef binds functions in FROM; they may always read what stands left of them.
func (b *binder) funcRef(s *scope, t *ast.FuncRef, left []*nsItem) (planner.Node, []*nsItem, error) {
	if f, ok := windowTable(t); ok {
		return b.windowRef(s, t, f)
	}
	in := b.lateralScope(s, left, true)
	in.clause = inFrom
	n := &planner.TableFunc{Input: planner.Unit()}
	it := &nsItem{Alias: aliasOf(t.Alias, ""), relVisible: true, colsVisible: true, Record: true}
	var input planner.Node = planner.Unit()
	funcs := unnestEach(t.Funcs)
	for _, f := range funcs {
		if len(f.Columns) > 0 && t.Ordinality && !t.RowsFrom {
			return nil, nil, pgerr.New(pgerr.SyntaxError, "WITH ORDINALITY cannot be used with a column definition list").
				WithHint("Put the column definition list inside ROWS FROM().").At(f.Columns[0].Type.Pos())
		}
		call, err := b.tableCall(in, f)
		if err != nil {
			return nil, nil, err
		}
		if input, call.Args = b.lift(input, call.Args); it.Alias == "" {
			it.Alias = call.Func.Name
		}
		for i, c := range call.Cols {
			name := c.Name
			// A function of one column gives it the alias of the table.
			if len(call.Cols) == 1 && i == 0 && t.Alias != nil && t.Alias.Name != "" && len(funcs) == 1 && len(call.Func.Columns) == 0 {
				name = t.Alias.Name
			}
			it.Cols = append(it.Cols, nsColumn{Name: name, Col: c})
		}
		n.Calls = append(n.Calls, call)
	}
	n.Input = input
	it.Scalar = len(funcs) == 1 && len(it.Cols) == 1 && len(funcs[0].Columns) == 0 && !t.Ordinality
	if t.Ordinality {
		n.Ordinal = b.newCol("ordinality", "ordinality", row.T(row.Int8))
		it.Cols = append(it.Cols, nsColumn{Name: "ordinality", Col: n.Ordinal})
	}
	if err := renameColumns(it, t.Alias); err != nil {
		return nil, nil, err
	}
	s.enter(it, rangeEntry{})
	return n, []*nsItem{it}, nil
}

// unnestEach: unnest of several arrays is one unnest of each, side by side.
func unnestEach(funcs []ast.FuncItem) []ast.FuncItem {
	var out []ast.FuncItem
	for _, item := range funcs {
		f, ok := item.Func.(*ast.FuncCall)
		if !ok || len(f.Names) != 1 || f.Names[0] != "unnest" || len(f.Args) < 2 || f.Star || f.Distinct || f.Variadic || len(f.OrderBy) > 0 || len(item.Columns) > 0 {
			out = append(out, item)
			continue
		}
		for _, a := range f.Args {
			out = append(out, ast.FuncItem{Func: &ast.FuncCall{Loc: f.Loc, Names: []string{"pg_catalog", "unnest"}, Args: []ast.Expr{a}}})
		}
	}
	return out
}

// tableCall binds a function in FROM. One that returns no set gives one row.
func (b *binder) tableCall(s *scope, item ast.FuncItem) (planner.TableCall, error) {
	e := item.Func
	s.srfs = &srfCollector{}
	for _, d := range item.Columns {
		t, err := b.typeNamed(d.Type)
		if err != nil {
			return planner.TableCall{}, err
		}
		s.srfs.defs = append(s.srfs.defs, fn.OutColumn{Name: d.Name, Type: t})
	}
	bound, err := b.expr(s, e)
	if err != nil {
		return planner.TableCall{}, err
	}
	if c, ok := planner.AsColumn(bound); ok && len(s.srfs.calls) == 1 && s.srfs.calls[0].Cols[0].ID == c {
		return s.srfs.calls[0], checkDefs(item, s.srfs.calls[0].Func)
	}
	if len(s.srfs.calls) > 0 {
		return planner.TableCall{}, pgerr.New(pgerr.FeatureNotSupported, "set-returning functions must appear at top level of FROM").At(s.srfs.at[0])
	}
	if bound, err = b.known(bound); err != nil {
		return planner.TableCall{}, err
	}
	name := "column1"
	if f, ok := e.(*ast.FuncCall); ok {
		name = f.Names[len(f.Names)-1]
	} else if v, ok := e.(*ast.SQLValue); ok {
		name = v.Name
	}
	f := rowFunction(name, bound.Type())
	return planner.TableCall{Func: f, Args: []planner.Scalar{bound}, Cols: []planner.Col{b.newCol(name, name, bound.Type())}}, checkDefs(item, f)
}

// checkDefs refuses a column definition list where the columns are known.
func checkDefs(item ast.FuncItem, f *expr.Function) error {
	switch {
	case len(item.Columns) == 0 || f.Shaped != nil:
		return nil
	case len(f.Columns) > 0:
		return pgerr.New(pgerr.SyntaxError, "a column definition list is redundant for a function with OUT parameters").At(item.Columns[0].Type.Pos())
	}
	return pgerr.New(pgerr.SyntaxError, "a column definition list is only allowed for functions returning \"record\"").At(item.Columns[0].Type.Pos())
}

// rowFunction is a function in FROM that returns no set: its value is one row.
func rowFunction(name string, t row.Type) *fn.Function {
	return &fn.Function{
		Name: name, Params: []fn.ArgType{{Type: t}}, Result: fn.ArgType{Type: t}, Set: true, NoError: true,
		Table: func(_ *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
			emit(args[0])
			return nil
		},
	}
}
