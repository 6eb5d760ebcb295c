package planner

import (
	"fmt"
	"strings"

	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/over"
)

// Inputs of the operators.

func (o *OpInput) Inputs() []OpID      { return nil }
func (o *OpWorking) Inputs() []OpID    { return nil }
func (o *OpRecursive) Inputs() []OpID  { return nil }
func (o *OpValues) Inputs() []OpID     { return nil }
func (o *OpMap) Inputs() []OpID        { return []OpID{o.In} }
func (o *OpContenders) Inputs() []OpID { return []OpID{o.In} }
func (o *OpPeaks) Inputs() []OpID      { return []OpID{o.In} }
func (o *OpUnion) Inputs() []OpID      { return o.In }
func (o *OpExchange) Inputs() []OpID   { return []OpID{o.In} }
func (o *OpGather) Inputs() []OpID     { return []OpID{o.In} }
func (o *OpBroadcast) Inputs() []OpID  { return []OpID{o.In} }
func (o *OpArrange) Inputs() []OpID    { return []OpID{o.In} }
func (o *OpJoin) Inputs() []OpID       { return []OpID{o.Left, o.Right} }
func (o *OpSemi) Inputs() []OpID       { return []OpID{o.Left, o.Right} }
func (o *OpDistinct) Inputs() []OpID   { return []OpID{o.In} }
func (o *OpSetOp) Inputs() []OpID      { return []OpID{o.Left, o.Right} }
func (o *OpGroupBy) Inputs() []OpID    { return []OpID{o.In} }
func (o *OpTopK) Inputs() []OpID       { return []OpID{o.In} }
func (o *OpOver) Inputs() []OpID       { return []OpID{o.In} }

// Text is the canonical text of the plan: one line an operator, its number
// first, what it reads after "<-", then what is known of its rows.
func (p *IPlan) Text() string {
	var b strings.Builder
	for i := range p.Ops {
		op := &p.Ops[i]
		b.WriteString(p.OpText(OpID(i)))
		if in := op.Spec.Inputs(); len(in) > 0 {
			b.WriteString(" <- " + opList(in))
		}
		b.WriteString(op.Props.text(op.Names))
		if x := op.Props.Expire; x != nil {
			fmt.Fprintf(&b, "  {%s ends before %s}", op.keyName(p, x.KeyCol), x.text())
		}
		b.WriteByte('\n')
		if r, ok := op.Spec.(*OpRecursive); ok {
			b.WriteString(r.terms())
		}
	}
	fmt.Fprintf(&b, "output %%%d [%s]", p.Output, strings.Join(p.Ops[p.Output].Names, ", "))
	if p.Sequence {
		b.WriteString(" in sequence")
	} else {
		fmt.Fprintf(&b, " key (%s)", p.Ops[p.Output].cols(p.Key))
	}
	if p.KeyUnique {
		b.WriteString(" unique")
	}
	if len(p.OrderBy) > 0 {
		b.WriteString(" order by " + p.Ops[p.Output].sorts(p.OrderBy))
	}
	b.WriteByte('\n')
	b.WriteString(p.unboundedText())
	return b.String()
}

// OpText is an operator as the plan's text names it, without what it reads.
func (p *IPlan) OpText(id OpID) string { return fmt.Sprintf("%%%d = %s", id, p.Ops[id].Spec.text(p)) }

func opList(in []OpID) string {
	parts := make([]string, len(in))
	for i, id := range in {
		parts[i] = fmt.Sprintf("%%%d", id)
	}
	return strings.Join(parts, ", ")
}

func (pr Props) text(names []string) string {
	var parts []string
	for _, k := range pr.Keys {
		parts = append(parts, "unique ("+pick(names, k)+")")
	}
	if pr.AppendOnly {
		parts = append(parts, "append-only")
	}
	if len(parts) == 0 {
		return ""
	}
	return "  {" + strings.Join(parts, ", ") + "}"
}

// keyName names a column of what the operator keeps its state by.
func (op *Op) keyName(p *IPlan, i int) string {
	in, key := op.Spec.Inputs()[0], []int(nil)
	switch s := op.Spec.(type) {
	case *OpGroupBy:
		key = s.Key
	case *OpArrange:
		key = s.Key
	case *OpPeaks:
		key = s.Key
	case *OpTopK:
		key = s.Partition
	case *OpOver:
		key = s.Partition
	case *OpDistinct:
		key = allPositions(len(op.Names))
	}
	return p.Ops[in].Names[key[i]]
}

func pick(names []string, cols []int) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = names[c]
	}
	return strings.Join(parts, ", ")
}

func (op *Op) cols(cols []int) string { return pick(op.Names, cols) }

func (op *Op) sorts(order []PosSort) string {
	parts := make([]string, len(order))
	for i, o := range order {
		parts[i] = op.Names[o.Col] + orderSuffix(o.Desc, o.NullsFirst)
	}
	return strings.Join(parts, ", ")
}

func (o *OpInput) text(*IPlan) string {
	names := make([]string, len(o.Attrs))
	for i, a := range o.Attrs {
		names[i] = o.Rel.Columns[a].Name
	}
	return fmt.Sprintf("input %s %s.%s [%s]", o.Rel.Kind, o.Rel.Schema, o.Rel.Name, strings.Join(names, ", "))
}

func (o *OpValues) text(*IPlan) string { return fmt.Sprintf("values %d rows", len(o.Rows)) }

func (o *OpMap) text(p *IPlan) string {
	names := p.Ops[o.In].Names
	parts := make([]string, len(o.Steps))
	for i, s := range o.Steps {
		parts[i] = s.stepText(names)
		names = s.outNames(names)
	}
	return "map " + strings.Join(parts, "; ")
}

func posText(e expr.Expr, names []string) string {
	return expr.Format(e, func(i int) string { return names[i] })
}

func posTexts(list []expr.Expr, names []string, sep string) string {
	parts := make([]string, len(list))
	for i, e := range list {
		parts[i] = posText(e, names)
	}
	return strings.Join(parts, sep)
}

func (s *StepFilter) stepText(names []string) string {
	return "filter " + posTexts(s.Preds, names, " and ")
}
func (s *StepFilter) outNames(names []string) []string { return names }

func (s *StepProject) stepText(names []string) string {
	return "project " + posTexts(s.Exprs, names, ", ")
}
func (s *StepProject) outNames([]string) []string { return s.Names }

func (s *StepUnnest) stepText(names []string) string {
	parts := make([]string, len(s.Calls))
	for i, c := range s.Calls {
		parts[i] = c.Func.Name + "(" + posTexts(c.Args, names, ", ") + ")"
	}
	out := "unnest " + strings.Join(parts, ", ")
	if s.Ordinality {
		out += " with ordinality"
	}
	return out
}

func (s *StepUnnest) outNames(names []string) []string {
	return append(append([]string(nil), names...), s.Names...)
}

func (o *OpContenders) text(p *IPlan) string {
	in, s := &p.Ops[o.In], "contenders for the greatest "
	if o.Min {
		s = "contenders for the least "
	}
	return s + in.Names[o.Value] + " by (" + in.cols(o.Key) + ")"
}

func (o *OpPeaks) text(p *IPlan) string {
	in, s := &p.Ops[o.In], "rows with the greatest "
	if o.Local {
		s = "rows with the shard's greatest "
	}
	return s + in.Names[o.Value] + " by (" + in.cols(o.Key) + ")"
}

func (o *OpUnion) text(*IPlan) string {
	for i, n := range o.Negate {
		if n {
			return fmt.Sprintf("union all, minus input %d", i+1)
		}
	}
	return "union all"
}

func (o *OpExchange) text(p *IPlan) string { return "exchange by (" + p.Ops[o.In].cols(o.Key) + ")" }
func (o *OpGather) text(*IPlan) string     { return "gather" }
func (o *OpBroadcast) text(*IPlan) string  { return "broadcast" }
func (o *OpArrange) text(p *IPlan) string  { return "arrange by (" + p.Ops[o.In].cols(o.Key) + ")" }

func (o *OpJoin) text(p *IPlan) string {
	s := "join " + o.Kind.String()
	if o.NullsEqual {
		s += " nulls equal"
	}
	if len(o.Residual) > 0 {
		all := append(append([]string(nil), p.Ops[o.Left].Names...), p.Ops[o.Right].Names...)
		if o.Out != nil {
			names := make([]string, len(o.Out))
			for i, c := range o.Out {
				names[i] = all[c]
			}
			all = names
		}
		s += " where " + posTexts(o.Residual, all, " and ")
	}
	return s
}

func (o *OpSemi) text(*IPlan) string {
	s := "join " + o.Kind.String()
	if o.NullsEqual {
		s += " nulls equal"
	}
	return s
}

func (o *OpDistinct) text(*IPlan) string { return "distinct" }

func (o *OpSetOp) text(*IPlan) string {
	s := strings.ToLower(o.Kind.String())
	if o.All {
		s += " all"
	}
	return s
}

func (o *OpGroupBy) text(p *IPlan) string {
	in := &p.Ops[o.In]
	s := "group by (" + in.cols(o.Key) + ")"
	for _, a := range o.Aggs {
		s += " " + a.aggText(in)
	}
	return s
}

func (a OpAgg) aggText(in *Op) string {
	args := in.cols(a.Args)
	if len(a.Args) == 0 {
		args = "*"
	}
	if a.Distinct {
		args = "distinct " + args
	}
	if len(a.Order) > 0 {
		args += " order by " + in.sorts(a.Order)
	}
	s := a.Func.Name + "(" + args + ")"
	if a.Filter >= 0 {
		s += " filter " + in.Names[a.Filter]
	}
	return s
}

func (o *OpTopK) text(p *IPlan) string {
	in := &p.Ops[o.In]
	s := "top"
	if o.Limit >= 0 {
		s += fmt.Sprintf(" %d", o.Limit)
	}
	if o.Offset > 0 {
		s += fmt.Sprintf(" offset %d", o.Offset)
	}
	if o.Ties {
		s += " with ties"
	}
	if o.Rank {
		s += " numbered"
	}
	if len(o.Partition) > 0 {
		s += " by (" + in.cols(o.Partition) + ")"
	}
	if len(o.Order) > 0 {
		s += " order by " + in.sorts(o.Order)
	}
	return s
}

func (o *OpOver) text(p *IPlan) string {
	in := &p.Ops[o.In]
	s := "over"
	if len(o.Partition) > 0 {
		s += " (" + in.cols(o.Partition) + ")"
	}
	if len(o.Order) > 0 {
		s += " order by " + in.sorts(o.Order)
	}
	for _, c := range o.Calls {
		s += " " + overText(c, func(i int) string { return in.Names[i] })
	}
	return s + ", a partition at a time"
}

// overText is a call as SQL has it, over columns of these names.
func overText(c over.Call, name func(i int) string) string {
	args := make([]string, len(c.Args))
	for i, a := range c.Args {
		if a.Col >= 0 {
			args[i] = name(a.Col)
		} else {
			args[i] = (&expr.Const{Datum: a.Const, Typ: a.Type, At: -1}).String()
		}
	}
	s := c.Func
	if c.Agg != nil {
		if s = c.Agg.Name; len(args) == 0 {
			args = []string{"*"}
		}
	}
	s += "(" + strings.Join(args, ", ") + ")"
	if c.Filter >= 0 {
		s += " filter " + name(c.Filter)
	}
	if f := c.Frame.Text(expr.Expr.String); f != "" {
		s += " " + f
	}
	return s
}
