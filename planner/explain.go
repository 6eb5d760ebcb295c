package planner

import (
	"fmt"
	"strings"
)

// Explain prints a query's algebra: the tree, and what is kept beside it.
func Explain(q *Query) string {
	var b strings.Builder
	b.WriteString(Text(q.Root))
	parts := make([]string, len(q.Columns))
	for i, c := range q.Columns {
		parts[i] = fmt.Sprintf("%s#%d %s", c.Name, c.ID, c.Type)
	}
	b.WriteString("result [" + strings.Join(parts, ", ") + "]")
	if len(q.OrderBy) > 0 {
		b.WriteString(" order by " + sortList(q.OrderBy))
	}
	b.WriteByte('\n')
	if len(q.Params) > 0 {
		types := make([]string, len(q.Params))
		for i, t := range q.Params {
			types[i] = t.String()
		}
		b.WriteString("parameters (" + strings.Join(types, ", ") + ")\n")
	}
	return b.String()
}

// ExplainRules prints which rules changed the plan, and how often.
func ExplainRules(q *Query) string {
	if len(q.Fired) == 0 {
		return "rules: none\n"
	}
	parts := make([]string, len(q.Fired))
	for i, f := range q.Fired {
		parts[i] = f.Rule
		if f.Times > 1 {
			parts[i] += fmt.Sprintf(" x%d", f.Times)
		}
	}
	return "rules: " + strings.Join(parts, ", ") + "\n"
}

// ExplainAll prints every stage of a plan, in the form that EXPLAIN shows: bound
// is Explain's text of the query as it was bound, before Optimize.
func ExplainAll(bound string, q *Query, p *IPlan) string {
	return "Bound\n" + indent(bound) + "Optimized\n" + indent(Explain(q)+ExplainRules(q)) + "Incremental\n" + indent(p.Text())
}

func indent(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	return "  " + strings.Join(lines, "\n  ") + "\n"
}
