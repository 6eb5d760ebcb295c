package ast

// ColumnRef is a column as written: 1 to n names, or a star form. `*` has Star
// and no names, `t.*` has Star and the names before it.
type ColumnRef struct {
	Loc
	Names []string
	Star  bool
}

// ParamRef is $n.
type ParamRef struct {
	Loc
	Number int
}

// ConstKind tells which field of a Const counts.
type ConstKind uint8

// The kinds of literal.
const (
	ConstNull    ConstKind = iota
	ConstBool              // Bool
	ConstInt               // Int; PostgreSQL types it int4 if it fits, else int8
	ConstNumeric           // Text, exactly as written (sign folded in)
	ConstString            // Text, decoded; of unknown type
	ConstBit               // Text: b or x, then the digits
)

// Const is a literal. A minus sign directly before a number is part of it.
type Const struct {
	Loc
	Kind ConstKind
	Int  int64
	Bool bool
	Text string
}

// OpExpr is an operator that is looked up by name: Left is nil for a prefix
// operator. `!=` is spelled `<>`.
type OpExpr struct {
	Loc
	Schema string // from OPERATOR(schema.op), or empty
	Op     string
	Left   Expr
	Right  Expr
}

// BoolOp is AND, OR or NOT.
type BoolOp uint8

// The boolean connectives.
const (
	And BoolOp = iota
	Or
	Not
)

// BoolExpr is AND or OR of two or more, flattened from the left as gram.y does,
// or NOT of one.
type BoolExpr struct {
	Loc
	Op   BoolOp
	Args []Expr
}

// NullTest is IS [NOT] NULL, ISNULL, NOTNULL.
type NullTest struct {
	Loc
	Arg Expr
	Not bool
}

// Truth is what BooleanTest tests for.
type Truth uint8

// The three truth values.
const (
	True Truth = iota
	False
	Unknown
)

// BooleanTest is IS [NOT] TRUE, FALSE, UNKNOWN.
type BooleanTest struct {
	Loc
	Arg   Expr
	Value Truth
	Not   bool
}

// DistinctExpr is Left IS [NOT] DISTINCT FROM Right.
type DistinctExpr struct {
	Loc
	Left, Right Expr
	Not         bool
}

// BetweenExpr is Arg [NOT] BETWEEN [SYMMETRIC] Low AND High.
type BetweenExpr struct {
	Loc
	Arg, Low, High Expr
	Not            bool
	Symmetric      bool
}

// InExpr is Arg [NOT] IN (list or subquery); exactly one of List and Query is set.
type InExpr struct {
	Loc
	Arg   Expr
	List  []Expr
	Query *Select
	Not   bool
}

// LikeKind is the family of a pattern match.
type LikeKind uint8

// The pattern matches.
const (
	Like LikeKind = iota
	ILike
	Similar
)

// LikeExpr is Arg [NOT] LIKE|ILIKE|SIMILAR TO Pattern [ESCAPE Escape]. PostgreSQL
// rewrites ESCAPE to a call of like_escape or similar_to_escape on the pattern;
// that is left to the binder.
type LikeExpr struct {
	Loc
	Kind    LikeKind
	Arg     Expr
	Pattern Expr
	Escape  Expr // or nil
	Not     bool
}

// AnyAllExpr is Left op ANY|ALL (array or subquery); exactly one of Array and
// Query is set. LIKE and ILIKE come as ~~ and ~~*, negated with a leading !.
type AnyAllExpr struct {
	Loc
	Schema string
	Op     string
	All    bool
	Left   Expr
	Array  Expr
	Query  *Select
}

// SubqueryKind is the use of a subquery in an expression.
type SubqueryKind uint8

// The uses.
const (
	ScalarSubquery SubqueryKind = iota
	ExistsSubquery
	ArraySubquery
)

// SubqueryExpr is (SELECT ...), EXISTS (SELECT ...) or ARRAY(SELECT ...).
type SubqueryExpr struct {
	Loc
	Kind  SubqueryKind
	Query *Select
}

// ArrayExpr is ARRAY[...]; nested brackets are nested ArrayExprs.
type ArrayExpr struct {
	Loc
	Elems []Expr
}

// RowExpr is ROW(...) or, with Explicit false, (a, b, ...).
type RowExpr struct {
	Loc
	Elems    []Expr
	Explicit bool
}

// Subscript is [Index], or with Slice [Low:Index], where either may be nil.
type Subscript struct {
	Slice bool
	Low   Expr
	Index Expr
}

// SubscriptExpr is Arg followed by all its adjacent subscripts.
type SubscriptExpr struct {
	Loc
	Arg        Expr
	Subscripts []Subscript
}

// FieldExpr is (Arg).Name, or (Arg).* with Star.
type FieldExpr struct {
	Loc
	Arg  Expr
	Name string
	Star bool
}

// When is one arm of a CASE.
type When struct {
	Loc
	Cond, Result Expr
}

// CaseExpr is CASE [Arg] WHEN ... [ELSE Else] END.
type CaseExpr struct {
	Loc
	Arg   Expr // or nil
	Whens []When
	Else  Expr // or nil
}

// CastExpr is CAST, :: or a typed literal (which PostgreSQL treats the same).
type CastExpr struct {
	Loc
	Arg  Expr
	Type *TypeName
}

// CollateExpr is Arg COLLATE name.
type CollateExpr struct {
	Loc
	Arg   Expr
	Names []string
}

// FuncCall is a call of a named function, aggregate or window function. Special
// syntax (EXTRACT, TRIM, AT TIME ZONE, ...) comes as the pg_catalog function that
// PostgreSQL's grammar makes of it, arguments in that function's order.
type FuncCall struct {
	Loc
	Names    []string
	Args     []Expr // may hold *NamedArg
	Star     bool   // count(*)
	Distinct bool
	Variadic bool // the last argument is marked VARIADIC
	OrderBy  []*SortBy
	// WithinGroup says that OrderBy came from WITHIN GROUP.
	WithinGroup bool
	Filter      Expr       // or nil
	Over        *WindowDef // or nil
}

// NamedArg is name => Arg.
type NamedArg struct {
	Loc
	Name string
	Arg  Expr
}

// CoalesceExpr is COALESCE(...).
type CoalesceExpr struct {
	Loc
	Args []Expr
}

// MinMaxExpr is GREATEST(...) or LEAST(...).
type MinMaxExpr struct {
	Loc
	Greatest bool
	Args     []Expr
}

// NullIfExpr is NULLIF(Left, Right).
type NullIfExpr struct {
	Loc
	Left, Right Expr
}

// GroupingExpr is GROUPING(...).
type GroupingExpr struct {
	Loc
	Args []Expr
}

// SQLValue is a parameterless function with its own keyword, in lower case:
// current_date, current_time, current_timestamp, localtime, localtimestamp,
// current_user, current_role, user, session_user, current_catalog, current_schema.
type SQLValue struct {
	Loc
	Name      string
	Precision int // -1 when none was written
}

// DefaultExpr is DEFAULT in VALUES or SET.
type DefaultExpr struct{ Loc }

// GroupingKind is the kind of a GroupingSet.
type GroupingKind uint8

// The grouping constructs.
const (
	EmptySet GroupingKind = iota
	Rollup
	Cube
	GroupingSets
)

// GroupingSet stands only in GROUP BY (and nested in GROUPING SETS).
type GroupingSet struct {
	Loc
	Kind  GroupingKind
	Items []Expr
}

func (*ColumnRef) exprNode()     {}
func (*ParamRef) exprNode()      {}
func (*Const) exprNode()         {}
func (*OpExpr) exprNode()        {}
func (*BoolExpr) exprNode()      {}
func (*NullTest) exprNode()      {}
func (*BooleanTest) exprNode()   {}
func (*DistinctExpr) exprNode()  {}
func (*BetweenExpr) exprNode()   {}
func (*InExpr) exprNode()        {}
func (*LikeExpr) exprNode()      {}
func (*AnyAllExpr) exprNode()    {}
func (*SubqueryExpr) exprNode()  {}
func (*ArrayExpr) exprNode()     {}
func (*RowExpr) exprNode()       {}
func (*SubscriptExpr) exprNode() {}
func (*FieldExpr) exprNode()     {}
func (*CaseExpr) exprNode()      {}
func (*CastExpr) exprNode()      {}
func (*CollateExpr) exprNode()   {}
func (*FuncCall) exprNode()      {}
func (*NamedArg) exprNode()      {}
func (*CoalesceExpr) exprNode()  {}
func (*MinMaxExpr) exprNode()    {}
func (*NullIfExpr) exprNode()    {}
func (*GroupingExpr) exprNode()  {}
func (*SQLValue) exprNode()      {}
func (*DefaultExpr) exprNode()   {}
func (*GroupingSet) exprNode()   {}
