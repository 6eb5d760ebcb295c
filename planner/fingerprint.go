package planner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// The identities of operators: texts over positions, equal exactly when the
// operators do the same to their inputs. They are hashed into fingerprints,
// which outlive the process: a change of one is a change of all stored plans.

func (o *OpInput) identity() string { return fmt.Sprintf("input %d %v", o.Rel.ID, o.Attrs) }

func (o *OpValues) identity() string {
	var b strings.Builder
	b.WriteString("values")
	var key []byte
	for _, r := range o.Rows {
		key = key[:0]
		for i, d := range r {
			key = row.AppendKeyDatum(key, o.Types[i], d)
		}
		fmt.Fprintf(&b, " %x", key)
	}
	return b.String()
}

func (o *OpMap) identity() string {
	parts := make([]string, len(o.Steps))
	for i, s := range o.Steps {
		parts[i] = s.identity()
	}
	return "map " + strings.Join(parts, ";")
}

// surroundings are the settings that an operator's values depend on, "" for the default
// ones: what two views compute by the same words in two time zones is not the same.
func (l *lowerer) surroundings(spec OpSpec) string {
	c := l.opts.Context
	if c.Location() == time.UTC && c.Forms == (row.Forms{}) || !readsSettings(spec) {
		return ""
	}
	return fmt.Sprintf("|%s %v", c.Location(), c.Forms)
}

// readsSettings reports an operator some expression of which may depend on settings.
func readsSettings(spec OpSpec) bool {
	depends := func(e expr.Expr) bool { return expr.VolatilityOf(e) != expr.Immutable }
	switch s := spec.(type) {
	case *OpMap:
		return slices.ContainsFunc(s.Steps, func(step Step) bool {
			switch step := step.(type) {
			case *StepFilter:
				return slices.ContainsFunc(step.Preds, depends)
			case *StepProject:
				return slices.ContainsFunc(step.Exprs, depends)
			}
			return true
		})
	case *OpJoin:
		return slices.ContainsFunc(s.Residual, depends)
	case *OpGroupBy, *OpOver:
		return true // json_agg prints timestamps
	}
	return false
}

func exprsText(list []expr.Expr) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = e.String()
	}
	return strings.Join(parts, ", ")
}

func (s *StepFilter) identity() string  { return "filter " + exprsText(s.Preds) }
func (s *StepProject) identity() string { return "project " + exprsText(s.Exprs) }

func (s *StepUnnest) identity() string {
	var b strings.Builder
	fmt.Fprintf(&b, "unnest %v", s.Ordinality)
	for _, c := range s.Calls {
		b.WriteString(" " + c.Func.Signature() + "(" + exprsText(c.Args) + ")")
		if c.Func.Shaped != nil {
			fmt.Fprintf(&b, " %v", c.Func.Columns)
		}
	}
	return b.String()
}

func (o *OpContenders) identity() string {
	return fmt.Sprintf("contenders %v %d %v", o.Key, o.Value, o.Min)
}

func (o *OpPeaks) identity() string {
	return fmt.Sprintf("peaks %v %d %v", o.Key, o.Value, o.Local)
}

func (o *OpUnion) identity() string     { return fmt.Sprintf("union %v", o.Negate) }
func (o *OpExchange) identity() string  { return fmt.Sprintf("exchange %v", o.Key) }
func (o *OpGather) identity() string    { return "gather" }
func (o *OpBroadcast) identity() string { return "broadcast" }
func (o *OpArrange) identity() string   { return fmt.Sprintf("arrange %v %s", o.Key, o.Ends) }
func (o *OpDistinct) identity() string  { return "distinct" }
func (o *OpSetOp) identity() string     { return fmt.Sprintf("%s %v", o.Kind, o.All) }

func (o *OpJoin) identity() string {
	return fmt.Sprintf("join %s %v %v %s", o.Kind, o.NullsEqual, o.Out, exprsText(o.Residual))
}

func (o *OpSemi) identity() string { return fmt.Sprintf("semi %s %v", o.Kind, o.NullsEqual) }

func (o *OpGroupBy) identity() string {
	var b strings.Builder
	fmt.Fprintf(&b, "group %v", o.Key)
	for _, a := range o.Aggs {
		fmt.Fprintf(&b, " %s %v %d %v %v", a.Func.Signature(), a.Args, a.Filter, a.Distinct, a.Order)
		if a.Distinct {
			b.WriteString(" in blocks") // how GroupBy keeps integers: state kept otherwise is not read
		}
	}
	return b.String()
}

func (o *OpTopK) identity() string {
	s := fmt.Sprintf("top %d %d %v %v %v", o.Limit, o.Offset, o.Partition, o.Order, o.Rank)
	if o.Ties {
		s += " ties" // not a field of its own: the fingerprints of views are stored
	}
	return s
}

func (o *OpOver) identity() string {
	var b strings.Builder
	fmt.Fprintf(&b, "over %v %v", o.Partition, o.Order)
	for _, c := range o.Calls {
		b.WriteString(" " + overText(c, func(i int) string { return fmt.Sprintf("#%d", i) }))
		if c.Agg != nil {
			b.WriteString(" " + c.Agg.Signature())
		}
	}
	return b.String()
}
