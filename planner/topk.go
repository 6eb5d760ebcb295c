package planner

import "strings"

// TopK keeps, of each partition, Limit rows after the first Offset in the given
// order; ties are broken by the rows themselves, so that the answer is a
// function of the input. Limit and Offset read no columns; nil means no limit,
// and no offset. A NULL limit is no limit, as in PostgreSQL. With a Rank it is
// row_number(): one more column, the row's number in its partition from 1, where
// equal rows have different numbers.
type TopK struct {
	Input         Node
	Partition     []Col
	Order         []Sort
	Limit, Offset Scalar
	Ties          bool // further rows that Order leaves equal to the last one come too
	Rank          Col  // its ID is 0 when absent
}

// Sort is a column to order by.
type Sort struct {
	Col        Col
	Desc       bool
	NullsFirst bool
}

// Columns lists the input's columns, then the rank.
func (t *TopK) Columns() []Col {
	in := t.Input.Columns()
	if t.Rank.ID == 0 {
		return in
	}
	return append(in[:len(in):len(in)], t.Rank)
}

// Children lists the input.
func (t *TopK) Children() []Node { return []Node{t.Input} }

// WithChildren replaces the input.
func (t *TopK) WithChildren(c ...Node) Node {
	out := *t
	out.Input = c[0]
	return &out
}

// Exprs lists the limit and the offset, those that are there.
func (t *TopK) Exprs() []Scalar {
	var out []Scalar
	if t.Limit != nil {
		out = append(out, t.Limit)
	}
	if t.Offset != nil {
		out = append(out, t.Offset)
	}
	return out
}

// WithExprs replaces them.
func (t *TopK) WithExprs(e []Scalar) Node {
	out := *t
	if t.Limit != nil {
		out.Limit, e = e[0], e[1:]
	}
	if t.Offset != nil {
		out.Offset = e[0]
	}
	return &out
}

func (t *TopK) keyCols() []ColID {
	var out []ColID
	for _, c := range t.Partition {
		out = append(out, c.ID)
	}
	for _, o := range t.Order {
		out = append(out, o.Col.ID)
	}
	return out
}

// Describe is the EXPLAIN line.
func (t *TopK) Describe() string {
	s := "TopK"
	if t.Rank.ID != 0 {
		s += " " + t.Rank.String() + " := row_number()"
	}
	if len(t.Partition) > 0 {
		s += " by " + colList(t.Partition)
	}
	if len(t.Order) > 0 {
		s += " order by " + sortList(t.Order)
	}
	if t.Limit != nil {
		s += " limit " + scalarText(t.Limit)
	}
	if t.Ties {
		s += " with ties"
	}
	if t.Offset != nil {
		s += " offset " + scalarText(t.Offset)
	}
	return s
}

func sortList(order []Sort) string {
	parts := make([]string, len(order))
	for i, o := range order {
		parts[i] = o.Col.String() + orderSuffix(o.Desc, o.NullsFirst)
	}
	return strings.Join(parts, ", ")
}

// orderSuffix prints what differs from PostgreSQL's default.
func orderSuffix(desc, nullsFirst bool) string {
	s := ""
	if desc {
		s = " desc"
	}
	switch {
	case nullsFirst && !desc:
		s += " nulls first"
	case !nullsFirst && desc:
		s += " nulls last"
	}
	return s
}
