package bind

import (
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// rangeEntry is what FROM lists, in sight or not: what messages know of a name that
// cannot be used.
type rangeEntry struct {
	alias string
	// schema and name say which relation it is, env which WITH query.
	schema, name string
	env          *cteEnv
	join         bool
	query        *ast.Select // of a subquery
	cols         []string
}

// rangeTable are the entries of one query level so far. PostgreSQL looks through all
// of them, and those of the levels around, for what a wrong name may have meant.
type rangeTable struct {
	parent  *rangeTable
	entries []*rangeEntry
}

// level makes the scope of a query level.
func level(outer *scope, ctes *cteEnv) *scope {
	s := &scope{parent: outer, ctes: ctes, table: &rangeTable{}}
	if outer != nil {
		s.table.parent = outer.table
	}
	return s
}

// enter lists an item that names may reach.
func (s *scope) enter(it *nsItem, e rangeEntry) {
	e.alias = it.Alias
	for _, c := range it.Cols {
		if !c.Hidden {
			e.cols = append(e.cols, c.Name)
		}
	}
	it.entry = &e
	s.table.entries = append(s.table.entries, &e)
}

// relationEntry is the entry of a relation.
func relationEntry(rel *planner.Relation) rangeEntry {
	return rangeEntry{schema: rel.Schema, name: rel.Name}
}

// missingTable is the error for a qualifier that names nothing in sight, with
// PostgreSQL's hint when the table is there under another name or out of reach.
func (b *binder) missingTable(s *scope, schema, name string, pos int) error {
	found := b.entryNamed(s, schema, name)
	if found == nil {
		return pgerr.New(pgerr.UndefinedTable, "missing FROM-clause entry for table \"%s\"", name).At(pos)
	}
	err := pgerr.New(pgerr.UndefinedTable, "invalid reference to FROM-clause entry for table \"%s\"", name)
	if found.alias != name {
		it, _, lookup := b.itemByName(s, "", found.alias, pos)
		if lookup != nil {
			return lookup
		}
		if it != nil && it.entry == found {
			return err.WithHint("Perhaps you meant to reference the table alias \"%s\".", found.alias).At(pos)
		}
	}
	return err.WithHint("There is an entry for table \"%s\", but it cannot be referenced from this part of the query.", found.alias).At(pos)
}

// entryNamed finds the first entry that is the relation or WITH query of a name, or
// has it for an alias.
func (b *binder) entryNamed(s *scope, schema, name string) *rangeEntry {
	var env *cteEnv
	var rel *planner.Relation
	if schema == "" {
		env = s.ctes.find(name)
	}
	if env == nil {
		rel, _ = b.relation(schema, name)
	}
	for t := s.table; t != nil; t = t.parent {
		for _, e := range t.entries {
			switch {
			case rel != nil && e.name == rel.Name && e.schema == rel.Schema, env != nil && e.env == env, e.alias == name:
				return e
			}
		}
	}
	return nil
}

// missingColumn is the error for a column that nothing in sight has; the hint
// names the closest ones, or the table that has it out of reach.
func (b *binder) missingColumn(s *scope, qualifier, name string, pos int) error {
	shown := "\"" + name + "\""
	if qualifier != "" {
		shown = qualifier + "." + name
	}
	err := pgerr.New(pgerr.UndefinedColumn, "column %s does not exist", shown).At(pos)
	c := closest{distance: maxDistance + 1}
	for t := s.table; t != nil; t = t.parent {
		for _, e := range t.entries {
			if e.join {
				continue
			}
			if c.look(e, qualifier, name) {
				return err.WithHint("There is a column named \"%s\" in table \"%s\", but it cannot be referenced from this part of the query.", name, e.alias)
			}
		}
	}
	if len(c.found) == 0 {
		return err
	}
	return err.WithHint("Perhaps you meant to reference the column %s.", strings.Join(c.found, " or the column "))
}

// maxDistance is how far a name may be from what was meant.
const maxDistance = 3

// closest are the columns whose names are closest to one that is not there: none where
// more than two are equally close.
type closest struct {
	distance int
	found    []string
}

// look compares with the columns of an entry. It tells whether the entry has the
// column by that very name, under the qualifier that was given.
func (c *closest) look(e *rangeEntry, qualifier, name string) bool {
	penalty := 0
	if qualifier != "" {
		penalty = min(editDistance(qualifier, e.alias), maxDistance+1)
	}
	exact := false
	for _, col := range e.cols {
		exact = exact || col == name
		if penalty > c.distance {
			continue
		}
		d := editDistance(col, name)
		if d > len(name)/2 {
			continue
		}
		d += penalty
		switch shown := "\"" + e.alias + "." + col + "\""; {
		case d < c.distance:
			c.distance, c.found = d, []string{shown}
		case d > c.distance || d > maxDistance:
		case len(c.found) == 2:
			c.distance, c.found = d-1, nil
		default:
			c.found = append(c.found, shown)
		}
	}
	return exact && penalty == 0
}

// editDistance is Levenshtein's.
func editDistance(a, b string) int {
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range len(a) {
		cur := make([]int, len(b)+1)
		cur[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			cur[j+1] = min(prev[j]+cost, prev[j+1]+1, cur[j]+1)
		}
		prev = cur
	}
	return prev[len(b)]
}
