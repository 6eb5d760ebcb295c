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
// Constraints (NOT NULL, checks, keys) are the engine's to check.
type Write struct {
	Kind      WriteKind
	Rel       *Relation
	Query     *Query
	Old, New  int      // how many of Query.Columns
	Returning []OutCol // the columns behind them; nil without RETURNING
	Conflict  *Conflict
}

// Shown is what RETURNING shows of the rows that are stored or gone; nil without it.
func (w *Write) Shown() []OutCol {
	if w.Conflict != nil && w.Conflict.Query != nil {
		return w.Conflict.Returning
	}
	return w.Returning
}

// Conflict is ON CONFLICT: what becomes of a row to add whose key is there
// already. DO NOTHING, for which Query is nil, leaves it out.
//
// Query is DO UPDATE. It reads Rows, which whoever runs it fills: the row that is
// there (NULLs where none is), the row to add, whether one is there, and a number
// that the result is ordered by. A row of its result says whether the row that is
// there is to be changed, then what is to be stored, then what RETURNING shows.
type Conflict struct {
	Arbiters  []int // the numbers among Relation.Uniques of the keys that it is about
	Rows      *Values
	Query     *Query
	Returning []OutCol
}

// Change is a data change in WITH. Rel is the relation by which queries read what its
// RETURNING gives, which whoever runs the change knows; without RETURNING it has no
// columns.
type Change struct {
	Write *Write
	Rel   *Relation
}

// firstChange is where the numbers of the relations of changes begin, above all OIDs.
const firstChange = 0xffff0000

// NewChange adds a data change to a query, and makes its relation.
func (q *Query) NewChange(name string, w *Write) *Change {
	c := &Change{Write: w, Rel: &Relation{ID: firstChange + uint32(len(q.Changes)), Name: name, Kind: KindChange}}
	for _, col := range w.Shown() {
		c.Rel.Columns = append(c.Rel.Columns, RelColumn{Name: col.Name, Type: col.Type})
	}
	q.Changes = append(q.Changes, c)
	return c
}
