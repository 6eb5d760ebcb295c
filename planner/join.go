package planner

import "strings"

// JoinKind says which rows a join keeps.
type JoinKind uint8

// The kinds of join. Semi keeps the left rows that have a match, Anti those that
// have none. NullAnti is NOT IN: a left row is kept when its key differs from
// every right key for certain, that is when the right side is empty, or when
// neither its own key nor any right key is NULL and none is equal.
const (
	JoinInner JoinKind = iota
	JoinLeft
	JoinRight
	JoinFull
	JoinSemi
	JoinAnti
	JoinNullAnti
)

var joinKindNames = [...]string{"inner", "left", "right", "full", "semi", "anti", "null-aware anti"}

func (k JoinKind) String() string { return joinKindNames[k] }

// OneSided reports the kinds whose output is the left columns only.
func (k JoinKind) OneSided() bool { return k >= JoinSemi }

// Join pairs the rows of two inputs for which all keys are equal and every
// residual predicate is true. Without keys and residual every pair matches.
// A NullAnti join has exactly one key, whose NULLs matter, and no residual.
type Join struct {
	Kind        JoinKind
	Left, Right Node
	Keys        []JoinKey
	On          []Scalar // the residual: over the columns of both sides
}

// JoinKey is an equality between a column of the left and one of the right,
// both of one type.
type JoinKey struct {
	Left, Right Col
	NullsEqual  bool // IS NOT DISTINCT FROM
}

// NullsEqual reports whether all keys treat NULLs as equal. Rules keep the keys
// of one join alike, since an operator has one flag for all of them.
func (j *Join) NullsEqual() bool { return len(j.Keys) > 0 && j.Keys[0].NullsEqual }

// Columns lists the output columns: left, then right unless the join is one-sided.
func (j *Join) Columns() []Col {
	if j.Kind.OneSided() {
		return j.Left.Columns()
	}
	return append(append([]Col(nil), j.Left.Columns()...), j.Right.Columns()...)
}

// Children lists left and right.
func (j *Join) Children() []Node { return []Node{j.Left, j.Right} }

// WithChildren replaces left and right.
func (j *Join) WithChildren(c ...Node) Node {
	return &Join{Kind: j.Kind, Left: c[0], Right: c[1], Keys: j.Keys, On: j.On}
}

// Exprs lists the residual.
func (j *Join) Exprs() []Scalar { return j.On }

// WithExprs replaces the residual.
func (j *Join) WithExprs(e []Scalar) Node {
	return &Join{Kind: j.Kind, Left: j.Left, Right: j.Right, Keys: j.Keys, On: e}
}

func (j *Join) keyCols() []ColID {
	var out []ColID
	for _, k := range j.Keys {
		out = append(out, k.Left.ID, k.Right.ID)
	}
	return out
}

// Describe is the EXPLAIN line.
func (j *Join) Describe() string {
	if j.Kind == JoinInner && len(j.Keys) == 0 && len(j.On) == 0 {
		return "Join cross"
	}
	parts := []string{"Join " + j.Kind.String()}
	if len(j.Keys) > 0 {
		keys := make([]string, len(j.Keys))
		for i, k := range j.Keys {
			op := " = "
			if k.NullsEqual {
				op = " is not distinct from "
			}
			keys[i] = k.Left.String() + op + k.Right.String()
		}
		parts = append(parts, "on "+strings.Join(keys, " and "))
	}
	if len(j.On) > 0 {
		parts = append(parts, "where "+conjunctText(j.On, j.Left, j.Right))
	}
	return strings.Join(parts, " ")
}
