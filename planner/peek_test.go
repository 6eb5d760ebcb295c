package planner_test

import (
	"fmt"
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

func peekText(p *planner.Peek) string {
	if p == nil {
		return "no peek"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "peek %s", p.Rel.Name)
	if p.Order > 0 {
		fmt.Fprintf(&b, " index %s", p.Rel.Indexes[p.Order-1].Name)
	}
	for i, d := range p.Prefix {
		c := p.Rel.Columns[p.Rel.Order(p.Order)[i]]
		fmt.Fprintf(&b, " %s = %s", c.Name, valueText(c.Type, d))
	}
	if r := p.Range; r != nil {
		c := p.Rel.Columns[p.Rel.Order(p.Order)[len(p.Prefix)]]
		if r.Low != nil {
			fmt.Fprintf(&b, " %s %s %s", c.Name, map[bool]string{true: ">", false: ">="}[r.LowOpen], valueText(c.Type, r.Low))
		}
		if r.High != nil {
			fmt.Fprintf(&b, " %s %s %s", c.Name, map[bool]string{true: "<", false: "<="}[r.HighOpen], valueText(c.Type, r.High))
		}
	}
	if strings.Contains(p.Text(), " no rows: ") {
		b.WriteString(" empty")
	}
	for _, e := range p.Filter {
		b.WriteString("\nfilter " + e.String())
	}
	for i, e := range p.Project {
		b.WriteString("\nproject " + e.String())
		if i >= p.Visible {
			b.WriteString(" hidden")
		}
	}
	if len(p.OrderBy) > 0 {
		fmt.Fprintf(&b, "\norder by %v ordered %v", p.OrderBy, p.Ordered)
	}
	if p.Limit != nil || p.Offset != nil {
		fmt.Fprintf(&b, "\nlimit %s offset %s", rowsText(p.Limit, "-1"), rowsText(p.Offset, "0"))
	}
	return b.String()
}

func rowsText(e planner.Scalar, none string) string {
	if e == nil {
		return none
	}
	return valueText(e.Type(), e)
}

func valueText(t row.Type, e planner.Scalar) string {
	if c, ok := e.(*expr.Const); ok {
		return datumText(t, c.Datum)
	}
	return e.String()
}

func datumText(t row.Type, d row.Datum) string {
	if d.Null {
		return "NULL"
	}
	return string(row.AppendText(nil, t, d, nil))
}
