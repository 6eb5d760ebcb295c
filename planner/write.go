package planner

// WriteKind is the kind of a data change.
type WriteKind uint8

// The data changes.
const (
	WriteInsert WriteKind = iota
	WriteUpdate
	WriteDelete
)

// Write is a bound INSERT, UPDATE or DELETE: the change of a table, computed by a
// query. Each row of the query is the row to retract (Old columns: none for an
// insert), then the row to add (New columns: none for a delete), both in the
// order of Rel.Columns and of their types, then what RETURNING shows.
// Constraints (NOT NULL, keys) are the engine's to check.
type Write struct {
	Kind      WriteKind
	Rel       *Relation
	Query     *Query
	Old, New  int      // how many of Query.Columns
	Returning []OutCol // the columns behind them; nil without RETURNING
}
