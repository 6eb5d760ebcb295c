// Package expr is the typed scalar expression: the tree that the binder makes and
// the planner rewrites, PostgreSQL's rules that pick functions, operators and
// casts, and the programs of column kernels that evaluate it.
package expr

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// The words of package fn that users of expressions need.
type (
	Function   = fn.Function
	Volatility = fn.Volatility
	Context    = fn.Context
	System     = fn.System
)

// The volatilities.
const (
	Immutable = fn.Immutable
	Formed    = fn.Formed
	Stable    = fn.Stable
	Volatile  = fn.Volatile
)

// Expr is a node of a bound expression. Nodes are immutable: a rewrite makes new
// ones, and subtrees may be shared. Packages above may define nodes of their own
// (a subquery, say) as long as none is left when Compile is called.
type Expr interface {
	// Type is the type of the value; row.Unknown for a literal that nothing has typed.
	Type() row.Type
	// Pos is the byte offset in the statement's text, -1 when there is none.
	Pos() int
	// Children are the operands in the order in which they are evaluated.
	Children() []Expr
	// WithChildren is a copy with other operands, as many as Children gave.
	WithChildren(children []Expr) Expr
	// String is the canonical SQL-like text: equal texts mean equal expressions.
	String() string
}

// ColRef is a column of the input row.
type ColRef struct {
	Index int
	Typ   row.Type
	Name  string // for messages and EXPLAIN only; not part of the identity
	At    int
}

// Const is a value. A literal that nothing has typed yet has type row.Unknown
// and its text as bytes.
type Const struct {
	Datum row.Datum
	Typ   row.Type
	At    int
}

// Param is $N, N from 1. While the statement is bound its type may be unknown;
// Decl then learns the type that the context asks for.
type Param struct {
	N    int
	Typ  row.Type
	Decl *ParamTypes // nil when the type is final
	At   int
}

// ParamTypes collects the types of a statement's parameters; row.Unknown where not known yet.
type ParamTypes struct {
	Types []row.Type
}

// Call is a function or an operator applied to arguments that have the
// function's parameter types.
type Call struct {
	Func *Function
	Args []Expr
	Typ  row.Type
	At   int
}

// Logic is AND or OR over two or more operands, evaluated left to right, each
// only on the rows that are not decided yet.
type Logic struct {
	Or   bool
	Args []Expr
	At   int
}

// Not is logical negation.
type Not struct {
	Arg Expr
	At  int
}

// When is one arm of a CASE.
type When struct {
	Cond Expr // boolean
	Then Expr
}

// Case is a searched CASE; Else is nil for NULL. Arms are evaluated only on the
// rows that reach them.
type Case struct {
	Whens []When
	Else  Expr
	Typ   row.Type
	At    int
}

// Coalesce is the first operand that is not NULL.
type Coalesce struct {
	Args []Expr
	Typ  row.Type
	At   int
}

// NullIf is NULL where Eq of Left and Right is true, else Arg. Left and Right are
// of Eq's types; as in PostgreSQL the value is the left operand after that
// coercion, so Arg is Left.
type NullIf struct {
	Arg         Expr
	Left, Right Expr
	Eq          *Function
	Typ         row.Type
	At          int
}

// MinMax is GREATEST or LEAST: NULL operands are ignored.
type MinMax struct {
	Least bool
	Args  []Expr
	Typ   row.Type
	At    int
}

// IsNull is IS NULL, or IS NOT NULL.
type IsNull struct {
	Arg Expr
	Not bool
	At  int
}

// Truth is which of the boolean tests an IsTruth makes.
type Truth uint8

// The boolean tests.
const (
	IsTrue Truth = iota
	IsFalse
	IsUnknown
)

// IsTruth is IS [NOT] TRUE, FALSE or UNKNOWN.
type IsTruth struct {
	Arg  Expr
	Test Truth
	Not  bool
	At   int
}

// Distinct is IS [NOT] DISTINCT FROM. Eq is the equality of the operands' types.
type Distinct struct {
	Left, Right Expr
	Eq          *Function
	Not         bool
	At          int
}

// InList is IN over expressions of one type, or NOT IN. Eq is the "=" of Arg's
// type and the items'. A list of constants is looked up in a hash set.
type InList struct {
	Arg  Expr
	List []Expr
	Not  bool
	Eq   *Function
	At   int
}

// Cast converts by a function, or only relabels where Func is nil, and then
// applies To's modifier (length, precision) if Arg's type has not got it.
type Cast struct {
	Arg      Expr
	Func     *Function
	To       row.Type
	Explicit bool // written as a cast: string lengths truncate without an error
	At       int
}

// ArrayExpr is ARRAY[...]. With Nested the elements are arrays of type Typ too.
type ArrayExpr struct {
	Elems  []Expr
	Typ    row.Type
	Nested bool
	At     int
}

// ScalarArrayOp is Left op ANY (Right) or op ALL (Right), Right being an array.
type ScalarArrayOp struct {
	Left, Right Expr
	Op          *Function
	All         bool
	At          int
}

// Subscript is arr[i][j]..., or with Slices arr[l:u]...; a nil bound is open.
type Subscript struct {
	Arg   Expr
	Index []Expr // one a dimension; of a slice, the upper bound
	Lower []Expr // of a slice, the lower bounds; nil otherwise
	Typ   row.Type
	At    int
}
