package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/pgerr"
)

// nsColumn is a column under the name by which expressions reach it.
type nsColumn struct {
	Name   string
	Col    planner.Col
	Rel    *planner.Relation // where it is taken from unchanged, or nil
	Attr   int               // from 1
	Hidden bool              // reached by name only: a system column
}

// nsItem is something in FROM that names can reach, with PostgreSQL's flags: a
// join without an alias is reached by its columns only, and the items inside
// it by qualified names only.
type nsItem struct {
	Alias  string
	Schema string // of a relation named without an alias
	Cols   []nsColumn
	Record bool // a whole-row reference is possible
	Scalar bool // which is its one column: of a function that makes no records
	entry  *rangeEntry

	relVisible, colsVisible bool
	nullable                bool // an outer join may have no row of it
	// lateralOnly items stand left of the item being bound: only LATERAL sees
	// them, and lateralOK says whether the kind of join allows it.
	lateralOnly, lateralOK bool
}

// scope is one query level: what its FROM offers, and what its expressions
// collect while they are bound.
type scope struct {
	parent *scope
	items  []*nsItem
	ctes   *cteEnv
	table  *rangeTable // of the query level

	aggs *aggCollector // nil where aggregates are not allowed
	srfs *srfCollector // likewise set-returning functions
	wins *winCollector // likewise window functions
	// clause is the construct being bound, as messages name it: "WHERE".
	clause string
	// recursive says that FROM reads the recursive query that this is a part of.
	recursive bool
}

// columnByName finds an unqualified column, at this level or further out.
func (b *binder) columnByName(s *scope, name string, pos int) (*nsColumn, *scope, error) {
	for ; s != nil; s = s.parent {
		var found *nsColumn
		for _, it := range s.items {
			if !it.colsVisible {
				continue
			}
			for i := range it.Cols {
				if it.Cols[i].Name != name {
					continue
				}
				if it.lateralOnly && !it.lateralOK {
					return nil, nil, lateralError(it, pos)
				}
				if found != nil && !(found.Hidden || it.Cols[i].Hidden) {
					return nil, nil, pgerr.New(pgerr.AmbiguousColumn, "column reference \"%s\" is ambiguous", name).At(pos)
				}
				if found == nil || found.Hidden {
					found = &it.Cols[i]
				}
			}
		}
		if found != nil {
			return found, s, nil
		}
	}
	return nil, nil, nil
}

func lateralError(it *nsItem, pos int) error {
	return pgerr.New(pgerr.InvalidColumnReference, "invalid reference to FROM-clause entry for table \"%s\"", it.Alias).
		WithDetail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.").At(pos)
}

// itemByName finds a FROM entry by its alias, or by schema and name.
func (b *binder) itemByName(s *scope, schema, name string, pos int) (*nsItem, *scope, error) {
	for ; s != nil; s = s.parent {
		var found *nsItem
		for _, it := range s.items {
			if !it.relVisible || it.Alias != name || schema != "" && it.Schema != schema {
				continue
			}
			if it.lateralOnly && !it.lateralOK {
				return nil, nil, lateralError(it, pos)
			}
			if found != nil {
				return nil, nil, pgerr.New(pgerr.AmbiguousAlias, "table reference \"%s\" is ambiguous", name).At(pos)
			}
			found = it
		}
		if found != nil {
			return found, s, nil
		}
	}
	return nil, nil, nil
}

// column finds a column by name, and how many have it.
func (it *nsItem) column(name string) (found *nsColumn, n int) {
	for i := range it.Cols {
		if it.Cols[i].Name != name {
			continue
		}
		if n++; n == 1 {
			found = &it.Cols[i]
		}
	}
	return found, n
}
