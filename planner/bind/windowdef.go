package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/expr/over"
	"github.com/tarndb/tarn/sql/pgerr"
)

// winDef is a window as it is defined in OVER or in WINDOW.
type winDef struct {
	name      string
	partition []planner.Scalar
	order     []planner.SortExpr
	frame     over.Frame
	framed    bool // it says what its frame is
}

// sorts reports that the window has the partition and the order of a spec.
func (d *winDef) sorts(s *winSpec) bool {
	if len(d.partition) != len(s.partition) || len(d.order) != len(s.order) {
		return false
	}
	for i := range d.partition {
		if !expr.Equal(d.partition[i], s.partition[i]) {
			return false
		}
	}
	for i, a := range d.order {
		if o := s.order[i]; a.Desc != o.Desc || a.NullsFirst != o.NullsFirst || !expr.Equal(a.Expr, o.Expr) {
			return false
		}
	}
	return true
}

// bindWindows binds the WINDOW clause, also of windows that nobody uses.
func (b *binder) bindWindows(s *scope, defs []*ast.WindowDef) {
	for _, d := range defs {
		def, err := b.windowDef(s, d)
		if err != nil && s.wins.err == nil {
			s.wins.err = err
		}
		s.wins.named = append(s.wins.named, def)
	}
}

// windowOf is the window that OVER means. A mistake in its definition is kept for
// later.
func (b *binder) windowOf(s *scope, d *ast.WindowDef) (*winDef, error) {
	if d.Name != "" {
		if def := s.wins.byName(d.Name); def != nil {
			return def, nil
		}
		return nil, noWindow(d, d.Name)
	}
	def, err := b.windowDef(s, d)
	if err != nil && s.wins.err == nil {
		s.wins.err = err
	}
	return def, nil
}

func (w *winCollector) byName(name string) *winDef {
	for _, d := range w.named {
		if d.name == name {
			return d
		}
	}
	return nil
}

func noWindow(d *ast.WindowDef, name string) error {
	return pgerr.New(pgerr.UndefinedObject, "window \"%s\" does not exist", name).At(d.Pos())
}

// windowDef binds a definition. With an error it is one all the same, which has the
// name and nothing else.
func (b *binder) windowDef(s *scope, d *ast.WindowDef) (*winDef, error) {
	none := &winDef{name: d.Name, frame: over.Default}
	if d.Name != "" && s.wins.byName(d.Name) != nil {
		return none, pgerr.New(pgerr.WindowingError, "window \"%s\" is already defined", d.Name).At(d.Pos())
	}
	var base *winDef
	if d.RefName != "" {
		if base = s.wins.byName(d.RefName); base == nil {
			return none, noWindow(d, d.RefName)
		}
	}
	def := &winDef{name: d.Name, frame: over.Default, framed: d.Frame != nil}
	err := s.within(inWindow, true, func() (err error) {
		if def.order, err = b.windowOrder(s, d.OrderBy); err == nil {
			def.partition, err = b.windowPartition(s, d.PartitionBy)
		}
		return err
	})
	if err == nil && base != nil {
		err = def.refine(base, d)
	}
	if err == nil && d.Frame != nil {
		err = b.windowFrame(s, d, def)
	}
	if err != nil {
		return none, err
	}
	return def, nil
}

// refine takes over what a window has from the one that it names.
func (d *winDef) refine(base *winDef, def *ast.WindowDef) error {
	switch {
	case len(d.partition) > 0:
		return pgerr.New(pgerr.WindowingError, "cannot override PARTITION BY clause of window \"%s\"", def.RefName).At(def.Pos())
	case len(d.order) > 0 && len(base.order) > 0:
		return pgerr.New(pgerr.WindowingError, "cannot override ORDER BY clause of window \"%s\"", def.RefName).At(def.Pos())
	case base.framed:
		err := pgerr.New(pgerr.WindowingError, "cannot copy window \"%s\" because it has a frame clause", def.RefName).At(def.Pos())
		if d.name == "" && len(d.order) == 0 && !d.framed {
			return err.WithHint("Omit the parentheses in this OVER clause.")
		}
		return err
	}
	d.partition = base.partition
	if len(d.order) == 0 {
		d.order = base.order
	}
	return nil
}

func (b *binder) windowPartition(s *scope, list []ast.Expr) ([]planner.Scalar, error) {
	var out []planner.Scalar
next:
	for _, e := range list {
		p, err := b.expr(s, e)
		if err != nil {
			return nil, err
		}
		if p, err = b.known(p); err != nil {
			return nil, err
		}
		if !p.Type().Comparable() {
			return nil, pgerr.New(pgerr.UndefinedFunction, "could not identify an equality operator for type %s", p.Type()).At(p.Pos())
		}
		for _, have := range out {
			if expr.Equal(have, p) {
				continue next
			}
		}
		out = append(out, p)
	}
	return out, nil
}

func (b *binder) windowOrder(s *scope, list []*ast.SortBy) ([]planner.SortExpr, error) {
	var out []planner.SortExpr
next:
	for _, o := range list {
		var by planner.SortExpr
		var err error
		if by.Desc, by.NullsFirst, err = sortOptions(o); err != nil {
			return nil, err
		}
		if by.Expr, err = b.expr(s, o.Expr); err != nil {
			return nil, err
		}
		if by.Expr, err = b.known(by.Expr); err != nil {
			return nil, err
		}
		if err := orderable(by.Expr.Type(), o.Expr.Pos()); err != nil {
			return nil, err
		}
		for _, have := range out {
			if expr.Equal(have.Expr, by.Expr) {
				continue next
			}
		}
		out = append(out, by)
	}
	return out, nil
}

var (
	frameModes  = map[ast.FrameMode]over.Mode{ast.FrameRange: over.Range, ast.FrameRows: over.Rows, ast.FrameGroups: over.Groups}
	frameBounds = map[ast.BoundKind]over.BoundKind{
		ast.UnboundedPreceding: over.UnboundedPreceding, ast.OffsetPreceding: over.Preceding, ast.CurrentRow: over.CurrentRow,
		ast.OffsetFollowing: over.Following, ast.UnboundedFollowing: over.UnboundedFollowing,
	}
	frameExclusions = map[ast.FrameExclusion]over.Exclusion{
		ast.ExcludeNothing: over.ExcludeNothing, ast.ExcludeCurrentRow: over.ExcludeCurrentRow,
		ast.ExcludeGroup: over.ExcludeGroup, ast.ExcludeTies: over.ExcludeTies,
	}
	// frameWord is how errors name a frame's mode, frameClause what an offset stands in.
	frameWord   = map[over.Mode]string{over.Rows: "ROWS", over.Range: "RANGE", over.Groups: "GROUPS"}
	frameClause = map[over.Mode]string{over.Rows: "window ROWS", over.Range: "window RANGE", over.Groups: "window GROUPS"}
)

// windowFrame binds a frame, whose bounds the parser has seen to be in order.
func (b *binder) windowFrame(s *scope, d *ast.WindowDef, def *winDef) error {
	f := over.Frame{Mode: frameModes[d.Frame.Mode], Exclude: frameExclusions[d.Frame.Exclude]}
	f.Start.Kind, f.End.Kind = frameBounds[d.Frame.Start.Kind], frameBounds[d.Frame.End.Kind]
	offsets := d.Frame.Start.Offset != nil || d.Frame.End.Offset != nil
	switch {
	case f.Mode == over.Range && offsets && len(def.order) != 1:
		return pgerr.New(pgerr.WindowingError, "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column").At(d.Pos())
	case f.Mode == over.Groups && len(def.order) == 0:
		return pgerr.New(pgerr.WindowingError, "GROUPS mode requires an ORDER BY clause").At(d.Pos())
	}
	for _, end := range []struct {
		of   ast.FrameBound
		into *over.Bound
	}{{d.Frame.Start, &f.Start}, {d.Frame.End, &f.End}} {
		if end.of.Offset == nil {
			continue
		}
		var err error
		if end.into.Offset, err = b.frameOffset(s, end.of.Offset, f.Mode, def.order); err != nil {
			return err
		}
	}
	def.frame = f
	return nil
}

func (b *binder) frameOffset(s *scope, e ast.Expr, mode over.Mode, order []planner.SortExpr) (out planner.Scalar, err error) {
	err = s.within(frameClause[mode], false, func() error {
		out, err = b.expr(s, e)
		return err
	})
	if err != nil {
		return nil, err
	}
	to := row.T(row.Int8)
	if mode == over.Range {
		if to, err = rangeOffset(order[0].Expr.Type(), out); err != nil {
			return nil, err
		}
	}
	from := out.Type()
	if out, err = b.typing.Coerce(out, to, expr.Assignment); pgerr.Code(err) == pgerr.CannotCoerce {
		return nil, pgerr.New(pgerr.DatatypeMismatch, "argument of %s must be type %s, not type %s", frameWord[mode], fn.TypeName(to), fn.TypeName(from)).At(e.Pos())
	}
	if err != nil {
		return nil, err
	}
	if hasSubquery(out) {
		return nil, unsupported(e.Pos(), "a subquery in a window's frame")
	}
	return out, b.withoutColumns(s, out, frameWord[mode])
}

// withoutColumns refuses an offset that differs from row to row.
func (b *binder) withoutColumns(s *scope, e planner.Scalar, word string) error {
	var local planner.ColSet
	for _, it := range s.items {
		for _, c := range it.Cols {
			local = local.Union(planner.Cols(c.Col.ID))
		}
	}
	var err error
	expr.Walk(e, func(x planner.Scalar) bool {
		if id, ok := planner.AsColumn(x); ok && err == nil {
			if err = unsupported(x.Pos(), "a window's frame that depends on an outer query"); local.Has(id) {
				err = pgerr.New(pgerr.InvalidColumnReference, "argument of %s must not contain variables", word).At(x.Pos())
			}
		}
		return err == nil
	})
	return err
}

// rangeOffsets are the types of distances between values of a type, as PostgreSQL's
// btree operator families have them.
var rangeOffsets = map[row.Kind][]row.Kind{
	row.Int2: {row.Int8, row.Int4, row.Int2}, row.Int4: {row.Int8, row.Int4, row.Int2}, row.Int8: {row.Int8},
	row.Float4: {row.Float8}, row.Float8: {row.Float8}, row.Numeric: {row.Numeric},
	row.Date: {row.Interval}, row.Timestamp: {row.Interval}, row.Timestamptz: {row.Interval}, row.Time: {row.Interval}, row.Interval: {row.Interval},
}

// rangeOffset is the type to which the offset of a RANGE frame is brought.
func rangeOffset(order row.Type, offset planner.Scalar) (row.Type, error) {
	from := offset.Type().Base()
	preferred := from.Kind
	if preferred == row.Unknown {
		preferred = order.Kind
	}
	all := rangeOffsets[order.Kind]
	matches, chosen := 0, row.Unknown
	for _, k := range all {
		if from.Kind != row.Unknown && from.Kind != k {
			if _, ok := expr.FindCast(from, row.T(k), expr.Implicit); !ok {
				continue
			}
		}
		if matches++; chosen != preferred || matches == 1 {
			chosen = k
		}
	}
	name := fn.TypeName(order.Base())
	if order.Is(row.Varchar) {
		name = "text" // by whose order it is sorted
	}
	switch {
	case len(all) == 0:
		return row.Type{}, pgerr.New(pgerr.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s", name).At(offset.Pos())
	case matches == 0:
		return row.Type{}, pgerr.New(pgerr.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s and offset type %s", name, fn.TypeName(from)).
			WithHint("Cast the offset value to an appropriate type.").At(offset.Pos())
	case matches > 1 && chosen != preferred:
		return row.Type{}, pgerr.New(pgerr.FeatureNotSupported, "RANGE with offset PRECEDING/FOLLOWING has multiple interpretations for column type %s and offset type %s", name, fn.TypeName(from)).
			WithHint("Cast the offset value to the exact intended type.").At(offset.Pos())
	}
	return row.T(chosen), nil
}
