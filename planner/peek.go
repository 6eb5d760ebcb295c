package planner

import (
	"slices"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// Peek is a query that one stored relation answers by a read of its key: the rows
// whose first key columns equal Prefix and whose next one lies in Range, then the
// residual filter, then the projection, then order and limit. It is immutable, and
// what reads no column may hold parameters: one peek serves all executions of a
// prepared statement.
type Peek struct {
	Rel *Relation
	KeyBounds
	// Filter and Project read all columns of Rel, by position.
	Filter  []Scalar
	Project []Scalar
	Types   []row.Type
	Visible int // how many of Project the result shows; the others only sort
	OrderBy []PosSort
	// Ordered says that reading by the key gives the rows in OrderBy's order.
	Ordered       bool
	Limit, Offset Scalar // read no column; nil: none
}

// KeyBounds is a part of a stored relation, by its key. The values read no column,
// cannot fail, and have their columns' types. A comparison with NULL holds for no
// row, so a NULL among them leaves nothing.
type KeyBounds struct {
	Order  int        // by which the rows are read: Relation.Order gives the key
	Prefix []Scalar   // of the first len(Prefix) columns of the key
	Range  *PeekRange // of the key column after the prefix; nil: all
}

// PeekRange bounds a key column; a nil bound is open. NULLs are outside.
type PeekRange struct {
	Low, High         Scalar
	LowOpen, HighOpen bool // the bound itself is outside
}

// Value computes what reads no column, such as a bound of a peek.
func Value(e Scalar, ctx *expr.Context) (row.Datum, error) {
	switch e := e.(type) {
	case *expr.Const:
		return e.Datum, nil
	case *expr.Param:
		if e.N <= len(ctx.Params) {
			return ctx.Params[e.N-1], nil
		}
	}
	return expr.EvalConst(e, ctx)
}

// Text says in one line what is read, for EXPLAIN.
func (p *Peek) Text() string {
	var key []string
	order := p.Rel.Order(p.Order)
	for i, attr := range order[:len(p.Prefix)] {
		key = append(key, p.Rel.Columns[attr].Name+" = "+p.keyText(attr, p.Prefix[i]))
	}
	if p.Range != nil {
		attr := order[len(p.Prefix)]
		for _, b := range []struct {
			value    Scalar
			open     bool
			cmp, end string
		}{{p.Range.Low, p.Range.LowOpen, ">", ">="}, {p.Range.High, p.Range.HighOpen, "<", "<="}} {
			if b.value == nil {
				continue
			}
			op := b.end
			if b.open {
				op = b.cmp
			}
			key = append(key, p.Rel.Columns[attr].Name+" "+op+" "+p.keyText(attr, b.value))
		}
	}
	text := "peek " + p.Rel.Schema + "." + p.Rel.Name
	if p.Order > 0 {
		text += " with index " + p.Rel.Indexes[p.Order-1].Name
	}
	if p.comparesNull() {
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

func (p *Peek) keyText(attr int, e Scalar) string {
	c, ok := e.(*expr.Const)
	if !ok {
		return e.String()
	}
	return string(row.AppendText(nil, p.Rel.Columns[attr].Type, c.Datum, nil))
}

// comparesNull reports a constant NULL among the bounds.
func (b *KeyBounds) comparesNull() bool {
	null := func(e Scalar) bool {
		c, ok := e.(*expr.Const)
		return ok && c.Datum.Null
	}
	return slices.ContainsFunc(b.Prefix, null) || b.Range != nil && (null(b.Range.Low) || null(b.Range.High))
}

// AsPeek recognises a query over one stored relation that needs no operator:
// filters, projections and a final limit. q is optimised. nil where the query
// needs more.
func AsPeek(q *Query) *Peek {
	if len(q.Locks) > 0 {
		return nil
	}
	p := &Peek{}
	n := q.Root
	var items []Item
	for _, c := range q.Root.Columns() {
		items = append(items, Pass(c))
	}
	if k, ok := n.(*TopK); ok && len(k.Partition) == 0 && k.Rank.ID == 0 && !k.Ties {
		if !sameOrder(k.Order, q.OrderBy) {
			return nil
		}
		p.Limit, p.Offset = k.Limit, k.Offset
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
			if readsTwice(by, items, preds) {
				return nil
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
	for i, e := range preds {
		preds[i] = whole(scan, e)
	}
	p.KeyBounds, p.Filter = keyBounds(scan.Rel, preds, p.keyOrdered)
	p.Ordered = p.keyOrdered(&p.KeyBounds)
	return p
}

// readsTwice reports a volatile expression that several others read: each would have a
// value of its own.
func readsTwice(by map[ColID]Scalar, items []Item, preds []Scalar) bool {
	reads := map[ColID]int{}
	note := func(e Scalar) {
		expr.Walk(e, func(x Scalar) bool {
			if id, ok := AsColumn(x); ok {
				reads[id]++
			}
			return true
		})
	}
	for _, it := range items {
		note(it.Expr)
	}
	for _, e := range preds {
		note(e)
	}
	for id, n := range reads {
		if e := by[id]; n > 1 && e != nil && expr.VolatilityOf(e) == expr.Volatile {
			return true
		}
	}
	return false
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

// keyBounds finds the order of a relation's rows that predicates leave the least of,
// as bounds of its key. All other predicates are residual. Between orders that are as
// good, one that ordered likes is better. Columns are numbered as in rel.
func keyBounds(rel *Relation, preds []Scalar, ordered func(*KeyBounds) bool) (best KeyBounds, residual []Scalar) {
	score := -1
	for n := range len(rel.Indexes) + 1 {
		if n > 0 && !rel.Indexes[n-1].None() {
			continue // nothing but keys of tables is looked for by it
		}
		b, rest := orderBounds(rel, n, preds)
		s := 4 * len(b.Prefix)
		if b.Range != nil {
			s += 2
		}
		if ordered != nil && ordered(&b) {
			s++
		}
		if unique := n == 0 && rel.Primary || n > 0 && rel.Indexes[n-1].Unique; unique && len(b.Prefix) == len(rel.Order(n)) {
			s += 1000
		}
		if s > score {
			best, residual, score = b, rest, s
		}
	}
	return best, residual
}

// orderBounds turns equalities on a prefix of an order's key, and comparisons on the
// column behind it, into bounds. A predicate that stands behind one that can fail is
// left where it is.
func orderBounds(rel *Relation, order int, preds []Scalar) (b KeyBounds, residual []Scalar) {
	b.Order = order
	used := make([]bool, len(preds))
	cmps := make([]*keyCompare, len(preds))
	for i, e := range preds {
		if expr.CanError(e) {
			break
		}
		cmps[i] = asKeyCompare(e)
	}
	for _, attr := range rel.Order(order) {
		eq := -1
		for i, c := range cmps {
			if c != nil && !used[i] && c.attr == attr && c.op == fn.Eq {
				eq = i
				break
			}
		}
		if eq < 0 {
			b.Range = keyRange(attr, cmps, used)
			break
		}
		used[eq] = true
		b.Prefix = append(b.Prefix, cmps[eq].value)
	}
	for i, e := range preds {
		if !used[i] {
			residual = append(residual, e)
		}
	}
	return b, residual
}

func keyRange(attr int, cmps []*keyCompare, used []bool) *PeekRange {
	r := &PeekRange{}
	for i, c := range cmps {
		if c == nil || c.attr != attr {
			continue
		}
		low := c.op == fn.Gt || c.op == fn.Ge
		high := c.op == fn.Lt || c.op == fn.Le
		switch {
		case low && r.Low == nil:
			r.Low, r.LowOpen = c.value, c.op == fn.Gt
		case high && r.High == nil:
			r.High, r.HighOpen = c.value, c.op == fn.Lt
		default:
			continue
		}
		used[i] = true
	}
	if r.Low == nil && r.High == nil {
		return nil
	}
	return r
}

// keyCompare is a comparison of a column with a value of its type.
type keyCompare struct {
	attr  int
	op    fn.Comparison
	value Scalar
}

func asKeyCompare(e Scalar) *keyCompare {
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
	return &keyCompare{attr: int(id), op: op, value: r}
}

// ScanBounds finds what a query needs of the stored relations that it scans once,
// each below filters that bound its key: reading more than that changes nothing.
func ScanBounds(q *Query) map[uint32]KeyBounds {
	scans := map[uint32]int{}
	out := map[uint32]KeyBounds{}
	seen := map[Node]bool{}
	var visit func(n Node, preds []Scalar)
	visit = func(n Node, preds []Scalar) {
		if scan, ok := n.(*Scan); ok {
			scans[scan.Rel.ID]++
			bounds := KeyBounds{}
			if scan.Rel.StoredKey != nil {
				for i, e := range preds {
					preds[i] = whole(scan, e)
				}
				bounds, _ = keyBounds(scan.Rel, preds, nil)
			}
			out[scan.Rel.ID] = bounds
			return
		}
		if seen[n] {
			return // its scans have been counted, and bounded, the first time
		}
		seen[n] = true
		if f, ok := n.(*Filter); ok {
			visit(f.Input, slices.Concat(f.Preds, preds))
			return
		}
		for _, in := range n.Children() {
			visit(in, nil)
		}
	}
	visit(q.Root, nil)
	for id, b := range out {
		if scans[id] > 1 || b.Prefix == nil && b.Range == nil {
			delete(out, id)
		}
	}
	return out
}

// keyOrdered reports that bounds give the rows in the query's order: keys are stored ascending with NULLs last; columns held to one
// value do not count.
func (p *Peek) keyOrdered(b *KeyBounds) bool {
	rest := p.Rel.Order(b.Order)[len(b.Prefix):]
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
