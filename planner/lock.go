package planner

// Lock is a table of which a query locks rows. Cols are columns of the query's Root
// with all of Rel's columns, in their order.
type Lock struct {
	Rel   *Relation
	Words string // FOR UPDATE, ...
	Cols  []ColID
}

// LockedRows says where the rows of a locked table are among those of a plan: all of
// Rel's columns, in their order.
type LockedRows struct {
	Rel *Relation
	At  []int
}

// locked are the columns that tell which rows are locked.
func (q *Query) locked() ColSet {
	var s ColSet
	for _, l := range q.Locks {
		for _, c := range l.Cols {
			s.add(c)
		}
	}
	return s
}

func (q *Query) lockedRows(cols []Col) []LockedRows {
	var out []LockedRows
	at := map[ColID]int{}
	for i, c := range cols {
		at[c.ID] = i
	}
	for _, l := range q.Locks {
		r := LockedRows{Rel: l.Rel}
		for _, c := range l.Cols {
			r.At = append(r.At, at[c])
		}
		out = append(out, r)
	}
	return out
}
