package ast

import "slices"

// SetOp is how a Select combines its two arms.
type SetOp uint8

// The set operations; NoSetOp marks a plain SELECT or VALUES.
const (
	NoSetOp SetOp = iota
	Union
	Intersect
	Except
)

// Select is a query: a plain SELECT, a VALUES list (Values is set and the clauses
// from Targets to Windows are empty) or a set operation (Op, Left, Right are set
// and those clauses are empty). With, OrderBy, Limit, Offset and Locking belong to
// all three. TABLE t comes as SELECT * FROM t.
type Select struct {
	Loc
	With       *With // or nil
	Distinct   bool
	DistinctOn []Expr // set only with Distinct
	Targets    []*Target
	From       []TableExpr
	Where      Expr
	GroupBy    []Expr
	// GroupDistinct is GROUP BY DISTINCT.
	GroupDistinct bool
	Having        Expr
	Windows       []*WindowDef

	Values [][]Expr

	Op          SetOp
	All         bool
	Left, Right *Select

	OrderBy []*SortBy
	Limit   Expr // nil if none; a null constant for LIMIT ALL
	Offset  Expr
	// WithTies is FETCH FIRST n ROWS WITH TIES.
	WithTies bool
	Locking  []*Locking
	// EmitOnWindowClose is EMIT ON WINDOW CLOSE at the end of a streaming query.
	EmitOnWindowClose bool
}

// Target is an item of a select list or RETURNING.
type Target struct {
	Loc
	Alias string // as written, or empty
	// Name is the output column's name: the alias, or PostgreSQL's choice. For a
	// star it is empty; for a scalar subquery over a star the binder knows better.
	Name string
	Expr Expr
}

// With is a WITH clause.
type With struct {
	Loc
	Recursive bool
	CTEs      []*CTE
}

// Materialize is a CTE's MATERIALIZED hint.
type Materialize uint8

// The hints.
const (
	MaterializeDefault Materialize = iota
	MaterializeAlways
	MaterializeNever
)

// CTE is one named query of a WITH clause.
type CTE struct {
	Loc
	Name         string
	Columns      []string
	Materialized Materialize
	Query        *Select
	Change       Statement // INSERT, UPDATE or DELETE; Query is nil then
}

// Changes reports a query with a data change in its WITH clause.
func (s *Select) Changes() bool {
	return s.With != nil && slices.ContainsFunc(s.With.CTEs, func(c *CTE) bool { return c.Change != nil })
}

// Alias is [AS] name [(columns)].
type Alias struct {
	Name    string
	Columns []string
}

// TableRef is a relation named in FROM, or the target of a data change.
type TableRef struct {
	Loc
	Catalog string
	Schema  string
	Name    string
	Only    bool
	Alias   *Alias // or nil
	// AsOf is the time of FOR SYSTEM_TIME AS OF, or nil.
	AsOf Expr
}

// JoinKind is the kind of a join.
type JoinKind uint8

// The joins. A comma in FROM is not a join: it separates items of Select.From.
const (
	InnerJoin JoinKind = iota
	LeftJoin
	RightJoin
	FullJoin
	CrossJoin
)

// JoinExpr is a join with at most one of Natural, Using and On (none for CROSS).
type JoinExpr struct {
	Loc
	Kind        JoinKind
	AsOf        bool // ASOF JOIN
	Natural     bool
	Left, Right TableExpr
	Using       []string
	UsingAlias  string
	On          Expr
	// Alias is that of a parenthesised join, which hides the names inside.
	Alias *Alias
}

// SubqueryRef is a derived table.
type SubqueryRef struct {
	Loc
	Lateral bool
	Query   *Select
	Alias   *Alias // or nil
}

// ColumnDefItem is a column of a function's column definition list.
type ColumnDefItem struct {
	Name string
	Type *TypeName
}

// FuncItem is one function of a FuncRef.
type FuncItem struct {
	Func    Expr // a *FuncCall, or what special syntax turned into
	Columns []ColumnDefItem
}

// FuncRef is a function in FROM; more than one function only with ROWS FROM.
type FuncRef struct {
	Loc
	Lateral    bool
	Ordinality bool
	RowsFrom   bool
	Funcs      []FuncItem
	Alias      *Alias // or nil
}

// SortDir is ASC, DESC or neither; UsingOp names the operator of USING.
type SortDir uint8

// The directions.
const (
	SortDefault SortDir = iota
	SortAsc
	SortDesc
	SortUsing
)

// NullsOrder is NULLS FIRST, NULLS LAST or neither (then: last when ascending,
// first when descending).
type NullsOrder uint8

// The placements of NULL.
const (
	NullsDefault NullsOrder = iota
	NullsFirst
	NullsLast
)

// SortBy is an item of ORDER BY.
type SortBy struct {
	Loc
	Expr    Expr
	Dir     SortDir
	Nulls   NullsOrder
	UsingOp string
}

// FrameMode is the unit of a window frame.
type FrameMode uint8

// The units.
const (
	FrameRange FrameMode = iota
	FrameRows
	FrameGroups
)

// BoundKind is the kind of a frame's end.
type BoundKind uint8

// The bounds.
const (
	UnboundedPreceding BoundKind = iota
	OffsetPreceding
	CurrentRow
	OffsetFollowing
	UnboundedFollowing
)

// FrameBound is one end of a frame; Offset is set for the Offset kinds.
type FrameBound struct {
	Kind   BoundKind
	Offset Expr
}

// FrameExclusion is the EXCLUDE clause.
type FrameExclusion uint8

// The exclusions.
const (
	ExcludeNothing FrameExclusion = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

// Frame is a window frame as written; End is CurrentRow when only one was.
type Frame struct {
	Mode       FrameMode
	Start, End FrameBound
	Exclude    FrameExclusion
}

// WindowDef is a window specification, in OVER or in WINDOW. OVER w has only
// Name; WINDOW w AS (...) and OVER (w ...) have Name and RefName respectively.
type WindowDef struct {
	Loc
	Name        string
	RefName     string
	PartitionBy []Expr
	OrderBy     []*SortBy
	Frame       *Frame // or nil
}

// Locking is FOR UPDATE and its kin.
type Locking struct {
	Loc
	Strength string // "update", "no key update", "share", "key share"
	Wait     string // "", "nowait", "skip locked"
	Tables   []Ident
}

func (*TableRef) tableNode()    {}
func (*JoinExpr) tableNode()    {}
func (*SubqueryRef) tableNode() {}
func (*FuncRef) tableNode()     {}

func (*Select) stmtNode() {}
