package ast

// Option is name = value in WITH (...) or after FORMAT and ENCODE. Name is the
// dotted key in lower case unless quoted; Value is the text of a literal or word.
type Option struct {
	Loc
	Name  string
	Value string
	// Kind is how the value was written. An option without one has ConstNull.
	Kind ConstKind
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

// Explain is EXPLAIN [ANALYZE] [VERBOSE] [(options)] statement.
type Explain struct {
	Loc
	Analyze bool
	Verbose bool
	Options []*Option // those in parentheses, all of them
	Stmt    Statement
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
