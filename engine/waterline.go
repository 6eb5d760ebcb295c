package engine

import (
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// ingestLine is a source's waterline as its reader applies it; nil for none.
func ingestLine(w *catalog.Waterline) *ingest.Waterline {
	if w == nil {
		return nil
	}
	return &ingest.Waterline{Column: w.Column, Delay: w.Delay}
}

// defineWaterline sets how late rows may be: WATERMARK FOR ts AS ts - INTERVAL '5 seconds'.
func defineWaterline(marks []*ast.Watermark, o *catalog.Object) error {
	if len(marks) == 0 {
		return nil
	}
	w := marks[0]
	if len(marks) > 1 {
		return pgerr.New(pgerr.InvalidTableDefinition, "a source has at most one WATERMARK").At(marks[1].Pos())
	}
	if o.Format != formatPlain {
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

// waterline is a source's as tarn.sources shows it: NULL where there is none yet.
func (st *state) waterline(oid uint32) any {
	if at, ok := st.waterlines[oid]; ok && at != ingest.NoLevel {
		return row.IntDatum(at)
	}
	return nil
}

// expireState tells the circuit what the sources promise, so that state which only
// earlier rows could have used is given up. It runs before a commit, not at each
// epoch: finding what ends costs more than keeping it for a second. It belongs
// to the loop, between two steps: the rows of the last one were older than the promise.
func (db *Database) expireState() error {
	for oid, s := range db.sources {
		if s.obj.Waterline == nil || s.levels.Mark == s.promised || s.levels.Mark == ingest.NoLevel {
			continue
		}
		if err := db.flow.circuit.Expire(db.flow.inputs[oid], row.IntDatum(s.levels.Mark)); err != nil {
			return err
		}
		s.promised = s.levels.Mark
	}
	return nil
}
