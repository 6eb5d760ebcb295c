package sourcedef

import (
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// defineWaterline sets how late rows may be: WATERMARK FOR ts AS ts - INTERVAL '5 seconds'.
func defineWaterline(marks []*ast.Watermark, o *catalog.Object) error {
	if len(marks) == 0 {
		return nil
	}
	w := marks[0]
	if len(marks) > 1 {
		return pgerr.New(pgerr.InvalidTableDefinition, "a source has at most one WATERMARK").At(marks[1].Pos())
	}
	if o.Format != Plain {
		return pgerr.New(pgerr.FeatureNotSupported, "WATERMARK is not supported on sources of FORMAT %s", o.Format).At(w.Pos()).
			WithHint("A row that replaces another one may have an earlier time. Use FORMAT PLAIN.")
	}
	at := slices.IndexFunc(o.Columns, func(c catalog.Column) bool { return c.Name == w.Column })
	if at < 0 {
		return pgerr.New(pgerr.UndefinedColumn, "column %q named in WATERMARK does not exist", w.Column).At(w.Pos())
	}
	if k := o.Columns[at].Type.Kind; k != row.Timestamp && k != row.Timestamptz {
		return pgerr.New(pgerr.DatatypeMismatch, "column %q of WATERMARK is of type %s", w.Column, o.Columns[at].Type).At(w.Pos()).
			WithHint("It must be of type timestamp or timestamp with time zone.")
	}
	delay, err := waterlineDelay(w)
	if err != nil {
		return err
	}
	o.Waterline = &catalog.Waterline{Column: at, Delay: delay}
	return nil
}

// waterlineDelay reads the expression: the column, or the column less an interval.
func waterlineDelay(w *ast.Watermark) (int64, error) {
	isColumn := func(e ast.Expr) bool {
		c, ok := e.(*ast.ColumnRef)
		return ok && !c.Star && len(c.Names) == 1 && c.Names[0] == w.Column
	}
	wrong := func() error {
		return pgerr.New(pgerr.FeatureNotSupported, "this expression of WATERMARK is not supported").At(w.Expr.Pos()).
			WithHint("Write %s, or %[1]s - INTERVAL '5 seconds'.", w.Column)
	}
	if isColumn(w.Expr) {
		return 0, nil
	}
	op, ok := w.Expr.(*ast.OpExpr)
	if !ok || op.Op != "-" || op.Left == nil || !isColumn(op.Left) {
		return 0, wrong()
	}
	bound, err := bind.Scalar(op.Right, row.T(row.Interval), bind.Options{})
	if err != nil {
		return 0, err
	}
	prog, err := expr.Compile([]expr.Expr{bound}, nil)
	if err != nil {
		return 0, err
	}
	one := &row.Batch{Weights: []int64{1}}
	cols, errs := prog.Eval(&expr.Context{}, one, nil)
	if err := errs.First(); err != nil {
		return 0, err
	}
	if cols[0].IsNull(0) {
		return 0, wrong()
	}
	v := datetime.DecodeInterval(cols[0].Bytes(0))
	if v.Months != 0 || v.Days < 0 || v.Micros < 0 {
		return 0, pgerr.New(pgerr.InvalidParameterValue, "the interval of WATERMARK must be a positive one of days or less").At(op.Right.Pos())
	}
	return int64(v.Days)*dayMicros + v.Micros, nil
}

const dayMicros = 24 * 3600 * 1_000_000
