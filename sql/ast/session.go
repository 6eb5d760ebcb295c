package ast

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
	Name        string
	Binary      bool
	Scroll      bool
	NoScroll    bool // NO SCROLL was written
	Insensitive bool
	Asensitive  bool
	Hold        bool
	Query       *Select
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

// Listen is LISTEN, UNLISTEN (Name empty for *) and NOTIFY.
type Listen struct {
	Loc
	Verb    string // "listen", "unlisten", "notify"
	Name    string
	Payload string
}
