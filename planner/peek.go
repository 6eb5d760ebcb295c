package planner

import (
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// Peek is a query that one stored relation answers by a read of its key: the rows
// whose first key columns equal Prefix and whose next one lies in Range, then the
// residual filter, then the projection, then order and limit.
type Peek struct {
	Rel    *Relation
	Prefix []row.Datum // values of the first len(Prefix) columns of Rel.StoredKey
	Range  *PeekRange  // of the key column after the prefix; nil: all
	// Empty says that no row can match: a key is compared with NULL.
	Empty bool
	// Filter and Project read all columns of Rel, by position.
	Filter  []Scalar
	Project []Scalar
	Types   []row.Type
	Visible int // how many of Project the result shows; the others only sort
	OrderBy []PosSort
	// Ordered says that reading by the key gives the rows in OrderBy's order.
	Ordered bool
	Limit   int64 // -1: none
	Offset  int64
}

// PeekRange bounds a key column; a nil bound is open. NULLs are outside.
type PeekRange struct {
	Low, High         *row.Datum
	LowOpen, HighOpen bool // the bound itself is outside
}

// Text says in one line what is read, for EXPLAIN.
func (p *Peek) Text() string {
	var key []string
	for i, attr := range p.Rel.StoredKey[:len(p.Prefix)] {
		key = append(key, p.Rel.Columns[attr].Name+" = "+p.keyText(attr, p.Prefix[i]))
	}
	if p.Range != nil {
		attr := p.Rel.StoredKey[len(p.Prefix)]
		for _, b := range []struct {
			d        *row.Datum
			open     bool
			cmp, end string
		}{{p.Range.Low, p.Range.LowOpen, ">", ">="}, {p.Range.High, p.Range.HighOpen, "<", "<="}} {
			if b.d == nil {
				continue
			}
			op := b.end
			if b.open {
				op = b.cmp
			}
			key = append(key, p.Rel.Columns[attr].Name+" "+op+" "+p.keyText(attr, *b.d))
		}
	}
	text := "peek " + p.Rel.Schema + "." + p.Rel.Name
	if p.Empty {
		return text + " no rows: a key is compared with NULL"
	}
	if len(key) == 0 {
		text += " all rows"
	} else {
		text += " by " + strings.Join(key, " and ")
	}
	if len(p.Filter) > 0 {
		text += ", filtered"
	}
	if p.Ordered && len(p.OrderBy) > 0 {
		text += ", in the order of the key"
	}
	return text
}

func (p *Peek) keyText(attr int, d row.Datum) string {
	if d.Null {
		return "NULL"
	}
	return string(row.AppendText(nil, p.Rel.Columns[attr].Type, d, nil))
}

// AsPeek recognises a query over one stored relation that needs no operator:
// filters, projections and a final limit. q is optimised and has no parameters
// left. nil where the query needs more.
func AsPeek(q *Query, ctx *expr.Context) *Peek {
	if ctx == nil {
		ctx = &expr.Context{}
	}
	p := &Peek{Limit: -1}
	n := q.Root
	var items []Item
	for _, c := range q.Root.Columns() {
		items = append(items, Pass(c))
	}
	if k, ok := n.(*TopK); ok && len(k.Partition) == 0 {
		if !p.setLimit(k, ctx) || !sameOrder(k.Order, q.OrderBy) {
			return nil
		}
		n = k.Input
	}
	var preds []Scalar
	for {
		switch t := n.(type) {
		case *Project:
			by := map[ColID]Scalar{}
			for _, it := range t.Items {
				by[it.Col.ID] = it.Expr
			}
			for i := range items {
				items[i].Expr = Substitute(items[i].Expr, by)
			}
			preds = SubstituteAll(preds, by)
			n = t.Input
			continue
		case *Filter:
			preds = append(append([]Scalar(nil), t.Preds...), preds...)
			n = t.Input
			continue
		}
		break
	}
	scan, ok := n.(*Scan)
	if !ok || scan.Rel.StoredKey == nil {
		return nil
	}
	p.Rel = scan.Rel
	if !p.output(q, items, scan) {
		return nil
	}
	p.bounds(scan, preds, ctx)
	p.Ordered = p.keyOrdered(scan)
	return p
}

func (p *Peek) setLimit(k *TopK, ctx *expr.Context) bool {
	for _, part := range []struct {
		e  Scalar
		to *int64
	}{{k.Limit, &p.Limit}, {k.Offset, &p.Offset}} {
		if part.e == nil {
			continue
		}
		d, err := expr.EvalConst(part.e, ctx)
		if err != nil || !d.Null && d.I < 0 {
			return false // the plan that runs reports it
		}
		if !d.Null {
			*part.to = d.I
		}
	}
	return true
}

func sameOrder(a, b []Sort) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Col.ID != b[i].Col.ID || a[i].Desc != b[i].Desc || a[i].NullsFirst != b[i].NullsFirst {
			return false
		}
	}
	return true
}

// whole maps the scan's columns to positions in the relation.
func whole(scan *Scan, e Scalar) Scalar {
	at := map[int]int{}
	for i, c := range scan.Cols {
		at[int(c.ID)] = scan.Attrs[i]
	}
	return expr.Remap(e, func(id int) int { return at[id] })
}

func (p *Peek) output(q *Query, items []Item, scan *Scan) bool {
	byID := map[ColID]Scalar{}
	for _, it := range items {
		byID[it.Col.ID] = whole(scan, it.Expr)
	}
	add := func(e Scalar) int {
		p.Project = append(p.Project, e)
		p.Types = append(p.Types, e.Type())
		return len(p.Project) - 1
	}
	at := map[ColID]int{}
	for _, c := range q.Columns {
		e := byID[c.ID]
		if e == nil {
			return false
		}
		at[c.ID] = add(e)
	}
	p.Visible = len(p.Project)
	for _, o := range q.OrderBy {
		i, ok := at[o.Col.ID]
		if !ok {
			e := byID[o.Col.ID]
			if e == nil {
				return false
			}
			i = add(e)
			at[o.Col.ID] = i
		}
		p.OrderBy = append(p.OrderBy, PosSort{Col: i, Desc: o.Desc, NullsFirst: o.NullsFirst})
	}
	return true
}

// bounds turns equalities on a prefix of the key, and comparisons on the column
// behind it, into the prefix and the range. All other predicates are residual. A
// predicate that stands behind one that can fail is left where it is.
func (p *Peek) bounds(scan *Scan, preds []Scalar, ctx *expr.Context) {
	used := make([]bool, len(preds))
	cmps := make([]*keyCompare, len(preds))
	for i, e := range preds {
		preds[i] = whole(scan, e)
	}
	for i, e := range preds {
		if expr.CanError(e) {
			break
		}
		cmps[i] = asKeyCompare(e, ctx)
	}
	for _, attr := range p.Rel.StoredKey {
		eq := -1
		for i, c := range cmps {
			if c != nil && !used[i] && c.attr == attr && c.op == fn.Eq {
				eq = i
				break
			}
		}
		if eq < 0 {
			p.rangeOn(attr, cmps, used)
			break
		}
		used[eq] = true
		p.Empty = p.Empty || cmps[eq].value.Null
		p.Prefix = append(p.Prefix, cmps[eq].value)
	}
	for i, e := range preds {
		if !used[i] {
			p.Filter = append(p.Filter, e)
		}
	}
}

func (p *Peek) rangeOn(attr int, cmps []*keyCompare, used []bool) {
	r := &PeekRange{}
	for i, c := range cmps {
		if c == nil || c.attr != attr {
			continue
		}
		low := c.op == fn.Gt || c.op == fn.Ge
		high := c.op == fn.Lt || c.op == fn.Le
		switch {
		case low && r.Low == nil:
			r.Low, r.LowOpen = &c.value, c.op == fn.Gt
		case high && r.High == nil:
			r.High, r.HighOpen = &c.value, c.op == fn.Lt
		default:
			continue
		}
		used[i] = true
		p.Empty = p.Empty || c.value.Null
	}
	if r.Low != nil || r.High != nil {
		p.Range = r
	}
}

// keyCompare is a comparison of a column with a value of its type.
type keyCompare struct {
	attr  int
	op    fn.Comparison
	value row.Datum
}

func asKeyCompare(e Scalar, ctx *expr.Context) *keyCompare {
	f, l, r, ok := expr.AsComparison(e)
	if !ok {
		return nil
	}
	op := f.Comparison
	if _, isCol := AsColumn(l); !isCol {
		l, r, op = r, l, op.Commuted()
	}
	id, isCol := AsColumn(l)
	if !isCol || !expr.IsConst(r) || l.Type().Base() != r.Type().Base() {
		return nil
	}
	d, err := expr.EvalConst(r, ctx)
	if err != nil {
		return nil
	}
	return &keyCompare{attr: int(id), op: op, value: d}
}

// keyOrdered: the key is stored ascending with NULLs last; columns held to one
// value do not count.
func (p *Peek) keyOrdered(scan *Scan) bool {
	rest := p.Rel.StoredKey[len(p.Prefix):]
	if len(p.OrderBy) > len(rest) {
		return false
	}
	for i, o := range p.OrderBy {
		id, ok := AsColumn(p.Project[o.Col])
		if !ok || int(id) != rest[i] || o.Desc || o.NullsFirst {
			return false
		}
	}
	return true
}
