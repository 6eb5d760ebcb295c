package ast

import "slices"

// Option is name = value in WITH (...) or after FORMAT and ENCODE. Name is the
// dotted key in lower case unless quoted; Value is the text of a literal or word.
type Option struct {
	Loc
	Name  string
	Value string
	// Kind is how the value was written. An option without one has ConstNull.
	Kind ConstKind
}

// ColumnDef is a column of CREATE TABLE or CREATE SOURCE.
type ColumnDef struct {
	Loc
	Name      string
	Type      *TypeName
	Collation []string
	NotNull   bool
	Null      bool             // NULL was written
	Keys      []*KeyConstraint // PRIMARY KEY and UNIQUE, of this column
	Default   Expr             // or nil
	Check     []*Check
	// Generated is the expression of AS (expr), or of GENERATED ALWAYS AS (expr)
	// STORED, or nil.
	Generated Expr
	Identity  *Identity // or nil
	// ValueText is Default or Generated exactly as written.
	ValueText string
}

// Check is a CHECK constraint.
type Check struct {
	Loc
	Name string
	Expr Expr
	// CheckText is the expression exactly as written.
	CheckText string
}

// KeyConstraint is a PRIMARY KEY or UNIQUE.
type KeyConstraint struct {
	Loc
	Name       string
	Primary    bool
	NullsEqual bool // NULLS NOT DISTINCT
	Columns    []Ident
	Include    []Ident
}

// Watermark is WATERMARK FOR column AS expr.
type Watermark struct {
	Loc
	Column string
	Expr   Expr
}

// Include is INCLUDE what [field] [AS name]: key, partition, offset, timestamp,
// headers, payload.
type Include struct {
	Loc
	What  string
	Field string // a header's name, or empty
	Alias string // or empty
}

// Format is FORMAT x [ENCODE y] [(options)], x and y in lower case.
type Format struct {
	Loc
	Format  string
	Encode  string
	Options []*Option
}

// Relation is the common body of CREATE TABLE and CREATE SOURCE. A table is fed
// by a connector if With has a `connector`.
type Relation struct {
	Name        ObjectName
	IfNotExists bool
	Columns     []*ColumnDef
	Keys        []*KeyConstraint
	Checks      []*Check
	Likes       []*TableLike
	Watermarks  []*Watermark
	Includes    []*Include
	With        []*Option
	Format      *Format // or nil
}

// CreateSource is CREATE SOURCE.
type CreateSource struct {
	Loc
	Relation
	OrReplace bool
}

// CreateTable is CREATE TABLE.
type CreateTable struct {
	Loc
	Relation
	AppendOnly bool
	Temporary  bool
}

// CreateTableAs is CREATE TABLE AS, or SELECT INTO.
type CreateTableAs struct {
	Loc
	Temporary   bool
	IfNotExists bool
	Name        ObjectName
	Columns     []Ident
	Query       *Select
	NoData      bool
}

// TableLike is LIKE in CREATE TABLE: columns of another relation, behind the first
// Before ones.
type TableLike struct {
	Loc
	Name ObjectName
	// Including is what LIKE takes along beside names, types and NOT NULL, of LikeParts
	// and in their order.
	Including []string
	Before    int
}

// LikeParts are what INCLUDING ALL is.
var LikeParts = []string{"comments", "compression", "constraints", "defaults", "generated", "identity", "indexes", "statistics", "storage"}

// Includes reports that LIKE takes something along.
func (l *TableLike) Includes(what string) bool { return slices.Contains(l.Including, what) }

// CreateView is CREATE [OR REPLACE] [MATERIALIZED] VIEW.
type CreateView struct {
	Loc
	Materialized bool
	OrReplace    bool
	IfNotExists  bool
	Name         ObjectName
	Columns      []Ident
	With         []*Option
	Query        *Select
	// QueryText is the query exactly as written, and QueryStart where it begins:
	// positions inside Query minus QueryStart point into QueryText.
	QueryText  string
	QueryStart int
	WithNoData bool
}

// CreateSchema is CREATE SCHEMA.
type CreateSchema struct {
	Loc
	Name        string
	IfNotExists bool
}

// CreateType is CREATE TYPE name AS ENUM (labels).
type CreateType struct {
	Loc
	Name   ObjectName
	Labels []string
}

// AlterTypeKind is what ALTER TYPE does.
type AlterTypeKind uint8

// The forms of ALTER TYPE.
const (
	AddValue AlterTypeKind = iota
	RenameValue
	RenameType
)

// AlterType is ALTER TYPE of an enumerated type.
type AlterType struct {
	Loc
	Name        ObjectName
	Kind        AlterTypeKind
	Label       string // the label that is added or renamed
	IfNotExists bool
	Beside      bool // BEFORE or AFTER was written; else it goes to the end
	After       bool
	Neighbour   string
	NewName     string // RENAME
}

// CreateIndex is CREATE [UNIQUE] INDEX.
type CreateIndex struct {
	Loc
	Unique      bool
	NullsEqual  bool // NULLS NOT DISTINCT
	IfNotExists bool
	Name        string // or empty
	Table       ObjectName
	Columns     []*SortBy
	Include     []Ident
}

// ObjectKind is the kind of a relation or other object, in words.
type ObjectKind string

// The kinds that DROP, COMMENT and SHOW CREATE know.
const (
	KindSource           ObjectKind = "source"
	KindTable            ObjectKind = "table"
	KindView             ObjectKind = "view"
	KindMaterializedView ObjectKind = "materialized view"
	KindSink             ObjectKind = "sink"
	KindIndex            ObjectKind = "index"
	KindSequence         ObjectKind = "sequence"
	KindSchema           ObjectKind = "schema"
	KindColumn           ObjectKind = "column"
	KindConstraint       ObjectKind = "constraint"
	KindType             ObjectKind = "type"
)

// SequenceOptions say how a sequence counts; nil: nothing was said.
type SequenceOptions struct {
	Type                              *TypeName
	Increment, Min, Max, Start, Cache *int64
	NoMin, NoMax                      bool
	Cycle                             *bool
	Restart                           bool
	RestartWith                       *int64
	OwnedBy                           []string // a column, or "none"
}

// CreateSequence is CREATE SEQUENCE.
type CreateSequence struct {
	Loc
	IfNotExists bool
	Name        ObjectName
	Options     SequenceOptions
}

// AlterSequence is ALTER SEQUENCE, but for RENAME.
type AlterSequence struct {
	Loc
	IfExists bool
	Name     ObjectName
	Options  SequenceOptions
}

// Identity is GENERATED ALWAYS or BY DEFAULT AS IDENTITY.
type Identity struct {
	Loc
	Always  bool
	Options SequenceOptions
}

// Drop is DROP kind [IF EXISTS] names [CASCADE|RESTRICT].
type Drop struct {
	Loc
	Kind     ObjectKind
	IfExists bool
	Names    []ObjectName
	Cascade  bool
}

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

// Comment is COMMENT ON kind object IS text; an empty text takes the comment away.
type Comment struct {
	Loc
	Kind   ObjectKind
	Object ObjectName
	Part   string // the column or constraint of Object
	Text   string
}

// AlterKind is what one part of ALTER TABLE does.
type AlterKind uint8

// The parts of ALTER TABLE.
const (
	AddColumn AlterKind = iota + 1
	DropColumn
	SetDefault
	DropDefault
	SetNotNull
	DropNotNull
	AddCheck
	AddKey
	AddIndex  // what CREATE INDEX does to its table
	DropIndex // what DROP INDEX does
	DropConstraint
	RenameObject
	RenameColumn
	RenameConstraint
	RenameIndex // Name is that of the statement
)

// AlterAction is one part of ALTER TABLE.
type AlterAction struct {
	Loc
	Kind        AlterKind
	Name        string // of the column or constraint
	NewName     string // RENAME
	IfExists    bool
	IfNotExists bool
	Cascade     bool
	Column      *ColumnDef // ADD COLUMN
	Check       *Check     // ADD CHECK
	Key         *KeyConstraint
	Index       *CreateIndex
	Default     Expr   // SET DEFAULT
	DefaultText string // as written
}

// Alter is ALTER TABLE, VIEW, MATERIALIZED VIEW or SOURCE.
type Alter struct {
	Loc
	Kind     ObjectKind
	IfExists bool
	Name     ObjectName
	Actions  []*AlterAction
}

// OnConflict is ON CONFLICT [target] DO NOTHING, or DO UPDATE SET ... [WHERE ...].
// The target is Columns or Constraint; neither stands for every key.
type OnConflict struct {
	Loc
	Target     Loc // of the parenthesis before the columns
	Columns    []Ident
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

// Part leads to a part of a column: a field, or a subscript.
type Part struct {
	Field string
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

// Show is SHOW in all its forms. SHOW of a parameter has What empty and Name the
// parameter, lower-cased ("transaction_isolation", "timezone", "all"). Otherwise
// What is "sources", "tables", "views", "materialized views", "sinks",
// "indexes", "schemas", "databases", "columns", "create", "jobs", and so on.
type Show struct {
	Loc
	What   string
	Name   string
	Schema string      // SHOW TABLES FROM schema
	Kind   ObjectKind  // SHOW CREATE kind
	Object *ObjectName // SHOW COLUMNS FROM object, SHOW CREATE kind object, SHOW INDEXES FROM
	Like   string      // SHOW ... LIKE 'pattern'
}

// SetScope is SESSION or LOCAL.
type SetScope uint8

// The scopes; a bare SET is for the session.
const (
	SetSession SetScope = iota
	SetLocal
)

// Set is SET name = values, SET name TO DEFAULT, RESET name and RESET ALL.
type Set struct {
	Loc
	Scope SetScope
	Name  string // lower-case, dotted; "all" for RESET ALL
	// Values are the list's items as text; empty with Default.
	Values []*Const
	// Default is SET ... TO DEFAULT or RESET.
	Default bool
	// FromReset says that the statement was RESET (its command tag differs).
	FromReset bool
}

// TransactionModes are what BEGIN and SET TRANSACTION can say; empty and nil mean
// that nothing was said.
type TransactionModes struct {
	Isolation  string // "serializable", "repeatable read", "read committed", "read uncommitted"
	ReadOnly   *bool
	Deferrable *bool
}

// SetTransaction is SET TRANSACTION modes, or with Session SET SESSION
// CHARACTERISTICS AS TRANSACTION modes.
type SetTransaction struct {
	Loc
	Session bool
	Modes   TransactionModes
}

// TransactionKind is a transaction command.
type TransactionKind uint8

// The transaction commands.
const (
	Begin TransactionKind = iota
	StartTransaction
	Commit
	Rollback
	Savepoint
	ReleaseSavepoint
	RollbackToSavepoint
)

// Transaction is BEGIN, COMMIT and their kin.
type Transaction struct {
	Loc
	Kind  TransactionKind
	Modes TransactionModes
	Name  string // savepoint
	Chain bool   // AND CHAIN
}

// Explain is EXPLAIN [ANALYZE] [VERBOSE] [(options)] statement.
type Explain struct {
	Loc
	Analyze bool
	Verbose bool
	Options []*Option // those in parentheses, all of them
	Stmt    Statement
}

// Discard is DISCARD what ("all", "plans", "sequences", "temp").
type Discard struct {
	Loc
	What string
}

// Prepare is PREPARE name [(types)] AS statement.
type Prepare struct {
	Loc
	Name  string
	Types []*TypeName
	Stmt  Statement
	// Text is the statement exactly as written, starting at TextStart.
	Text      string
	TextStart int
}

// Execute is EXECUTE name [(args)].
type Execute struct {
	Loc
	Name string
	Args []Expr
}

// Deallocate is DEALLOCATE name, or ALL with an empty name.
type Deallocate struct {
	Loc
	Name string
	All  bool
}

// DeclareCursor is DECLARE name CURSOR FOR query.
type DeclareCursor struct {
	Loc
	Name   string
	Binary bool
	Scroll bool
	Hold   bool
	Query  *Select
	// Text is the query exactly as written, starting at TextStart.
	Text      string
	TextStart int
}

// FetchDirection is the direction of FETCH and MOVE.
type FetchDirection uint8

// The directions.
const (
	FetchForward FetchDirection = iota
	FetchBackward
	FetchAbsolute
	FetchRelative
)

// Fetch is FETCH or MOVE. All means ALL; Count counts otherwise.
type Fetch struct {
	Loc
	Move      bool
	Direction FetchDirection
	Count     int64
	All       bool
	Cursor    string
}

// CloseCursor is CLOSE name or CLOSE ALL.
type CloseCursor struct {
	Loc
	Name string
	All  bool
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

// Listen is LISTEN, UNLISTEN (Name empty for *) and NOTIFY.
type Listen struct {
	Loc
	Verb    string // "listen", "unlisten", "notify"
	Name    string
	Payload string
}

// Flush is FLUSH: wait until every change made so far is visible.
type Flush struct{ Loc }

// Empty is a statement of nothing.
type Empty struct{ Loc }

func (*CreateSource) stmtNode()   {}
func (*CreateTable) stmtNode()    {}
func (*CreateTableAs) stmtNode()  {}
func (*CreateView) stmtNode()     {}
func (*CreateSchema) stmtNode()   {}
func (*CreateType) stmtNode()     {}
func (*AlterType) stmtNode()      {}
func (*CreateIndex) stmtNode()    {}
func (*CreateSequence) stmtNode() {}
func (*AlterSequence) stmtNode()  {}
func (*Drop) stmtNode()           {}
func (*Comment) stmtNode()        {}
func (*Alter) stmtNode()          {}
func (*Insert) stmtNode()         {}
func (*Update) stmtNode()         {}
func (*Delete) stmtNode()         {}
func (*Truncate) stmtNode()       {}
func (*Show) stmtNode()           {}
func (*Set) stmtNode()            {}
func (*SetTransaction) stmtNode() {}
func (*Transaction) stmtNode()    {}
func (*Explain) stmtNode()        {}
func (*Discard) stmtNode()        {}
func (*Prepare) stmtNode()        {}
func (*Execute) stmtNode()        {}
func (*Deallocate) stmtNode()     {}
func (*DeclareCursor) stmtNode()  {}
func (*Fetch) stmtNode()          {}
func (*CloseCursor) stmtNode()    {}
func (*Copy) stmtNode()           {}
func (*Listen) stmtNode()         {}
func (*Flush) stmtNode()          {}
func (*Empty) stmtNode()          {}
