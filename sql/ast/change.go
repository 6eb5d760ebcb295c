package ast

// Insert is INSERT INTO. Query is nil for DEFAULT VALUES. A WITH clause before
// INSERT is in With, one inside the query in Query.With.
type Insert struct {
	Loc
	With          *With
	Table         *TableRef
	Columns       []Ident
	Parts         [][]Part // beside Columns, if any is assigned in part: empty for all of it
	Query         *Select
	DefaultValues bool
	Overriding    Overriding
	OnConflict    *OnConflict // or nil
	Returning     []*Target
}

// Overriding is what an INSERT does with values for identity columns.
type Overriding uint8

// OVERRIDING SYSTEM VALUE, OVERRIDING USER VALUE, or neither.
const (
	OverridingNothing Overriding = iota
	OverridingSystem
	OverridingUser
)

// OnConflict is ON CONFLICT [target] DO NOTHING, or DO UPDATE SET ... [WHERE ...].
// The target is Columns and Exprs, in either order, or Constraint; none of them stands
// for every key.
type OnConflict struct {
	Loc
	Target     Loc // of the parenthesis before the columns
	Columns    []Ident
	Exprs      []Expr
	Among      Expr // WHERE of the target: of a partial index; or nil
	Constraint string
	Update     bool
	Set        []*Assignment
	Where      Expr
}

// Assignment is column = value of SET.
type Assignment struct {
	Loc
	Column string
	Parts  []Part // of the column, where it is not assigned as a whole
	Value  Expr
	// Field is 1 more than the number of the column of the subquery Value that is
	// assigned: (a, b) = (SELECT ...). 0 elsewhere.
	Field int
}

// Part leads to a part of a column: a field, all fields, or a subscript.
type Part struct {
	Field string
	Star  bool // .*, which is always the last
	Subscript
}

// Update is UPDATE.
type Update struct {
	Loc
	With      *With
	Table     *TableRef
	Set       []*Assignment
	From      []TableExpr
	Where     Expr
	Returning []*Target
}

// Delete is DELETE FROM.
type Delete struct {
	Loc
	With      *With
	Table     *TableRef
	Using     []TableExpr
	Where     Expr
	Returning []*Target
}

// Truncate is TRUNCATE [TABLE] names.
type Truncate struct {
	Loc
	Tables  []*TableRef
	Restart bool // RESTART IDENTITY
}

// Copy is COPY table|query TO|FROM ....
type Copy struct {
	Loc
	Table   *TableRef // or nil
	Columns []Ident
	Query   *Select // or nil
	From    bool
	// File is the file's name; empty means STDIN or STDOUT.
	File    string
	Program bool
	Options []*Option
	Where   Expr
}
