package planner

import (
	"strings"

	"github.com/tarndb/tarn/sql/expr"
)

// Scalar is a typed scalar expression. In the algebra an expr.Column's Index is
// a ColID; Positional turns it into a position among a node's columns.
type Scalar = expr.Expr

// Node is one operation of the relational algebra over bags of rows. Nodes are
// immutable and may be shared: rewriting makes new ones.
//
// The expressions of a node may read the columns of its inputs and, below an
// Apply's right side, the columns of that Apply's left side (or of one further
// out). What a node reads and its inputs do not make is called outer.
type Node interface {
	// Columns lists the output columns, in order. The caller must not change it.
	Columns() []Col
	Children() []Node
	// WithChildren is the node over other inputs, as many as Children gives,
	// which make at least the columns that the node reads.
	WithChildren(children ...Node) Node
	// Exprs lists the scalar expressions, in a fixed order; WithExprs is the
	// node with others in their places. nil if there are none.
	Exprs() []Scalar
	WithExprs(exprs []Scalar) Node
	// Describe is the node's line in EXPLAIN, without its inputs.
	Describe() string
}

// Walk visits a tree, parents first; it does not go below a node for which fn
// returns false.
func Walk(n Node, fn func(Node) bool) {
	if !fn(n) {
		return
	}
	for _, c := range n.Children() {
		Walk(c, fn)
	}
}

// Rewrite rebuilds a tree from its leaves up: fn is given each node over its
// rewritten inputs and returns what takes its place.
func Rewrite(n Node, fn func(Node) Node) Node {
	return fn(RewriteChildren(n, func(c Node) Node { return Rewrite(c, fn) }))
}

// RewriteChildren replaces the inputs of one node; it returns n itself when
// nothing changed.
func RewriteChildren(n Node, fn func(Node) Node) Node {
	children := n.Children()
	changed := false
	out := make([]Node, len(children))
	for i, c := range children {
		out[i] = fn(c)
		changed = changed || out[i] != c
	}
	if !changed {
		return n
	}
	return n.WithChildren(out...)
}

// RewriteExprs replaces each scalar expression of a tree by what fn makes of it. The
// nodes in which nothing changed are kept.
func RewriteExprs(n Node, fn func(Scalar) Scalar) Node {
	return Rewrite(n, func(n Node) Node {
		old := n.Exprs()
		changed := false
		out := make([]Scalar, len(old))
		for i, e := range old {
			out[i] = fn(e)
			changed = changed || out[i] != e
		}
		if !changed {
			return n
		}
		return n.WithExprs(out)
	})
}

// OuterCols is the set of columns that a tree reads and does not make: empty
// for a tree that can be run by itself.
func OuterCols(n Node) ColSet { return outerSets{}.of(n) }

// outerSets keeps the answers of OuterCols by node: a subtree that has several
// readers is asked about once.
type outerSets map[Node]ColSet

func (sets outerSets) of(n Node) ColSet {
	if s, ok := sets[n]; ok {
		return s
	}
	var outer, made ColSet
	children := n.Children()
	for _, c := range children {
		made = made.Union(ColsOf(c.Columns()))
	}
	for i, c := range children {
		o := sets.of(c)
		if _, ok := n.(*Apply); ok && i == 1 {
			o = o.Minus(ColsOf(children[0].Columns()))
		}
		outer = outer.Union(o)
	}
	outer = outer.Union(Reads(n).Minus(made))
	sets[n] = outer
	return outer
}

// Reads is the set of columns that the node itself reads, in expressions, keys
// and orders, without what its inputs read.
func Reads(n Node) ColSet {
	var s ColSet
	for _, e := range n.Exprs() {
		s = s.Union(ExprCols(e))
	}
	if k, ok := n.(interface{ keyCols() []ColID }); ok {
		s = s.Union(Cols(k.keyCols()...))
	}
	return s
}

// Text is the canonical text of a tree: one line a node, inputs indented below.
func Text(n Node) string {
	var b strings.Builder
	writeNode(&b, n, 0)
	return b.String()
}

func writeNode(b *strings.Builder, n Node, depth int) {
	b.WriteString(strings.Repeat("  ", depth))
	b.WriteString(n.Describe())
	b.WriteByte('\n')
	for _, c := range n.Children() {
		writeNode(b, c, depth+1)
	}
}

// leaf and oneInput save the nodes without inputs or expressions the methods
// that say so.
type leaf struct{}

func (leaf) Children() []Node { return nil }

type noExprs struct{}

func (noExprs) Exprs() []Scalar { return nil }
