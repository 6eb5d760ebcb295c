package ast

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

// AlterSequence is ALTER SEQUENCE, but for RENAME.
type AlterSequence struct {
	Loc
	IfExists bool
	Name     ObjectName
	Options  SequenceOptions
}

// Drop is DROP kind [IF EXISTS] names [CASCADE|RESTRICT].
type Drop struct {
	Loc
	Kind     ObjectKind
	IfExists bool
	Names    []ObjectName
	Cascade  bool
}

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
	RetypeColumn
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
	Type        *TypeName
	Using       Expr // of a column's new type, or nil
}

// Alter is ALTER TABLE, VIEW, MATERIALIZED VIEW or SOURCE.
type Alter struct {
	Loc
	Kind     ObjectKind
	IfExists bool
	Name     ObjectName
	Actions  []*AlterAction
}
