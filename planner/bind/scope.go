package bind

import (
	"strings"

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

func (it *nsItem) column(name string) *nsColumn {
	for i := range it.Cols {
		if it.Cols[i].Name == name {
			return &it.Cols[i]
		}
	}
	return nil
}

// missingTable is the error for a qualifier that names nothing in sight, with
// PostgreSQL's hint when the table is there under another name or out of reach.
func (b *binder) missingTable(s *scope, name string, pos int) error {
	for at := s; at != nil; at = at.parent {
		for _, it := range at.items {
			if it.Schema == "" && it.Alias == name && !it.relVisible {
				return pgerr.New(pgerr.UndefinedTable, "invalid reference to FROM-clause entry for table \"%s\"", name).
					WithHint("There is an entry for table \"%s\", but it cannot be referenced from this part of the query.", name).At(pos)
			}
		}
	}
	if alias := b.hiddenBy[name]; alias != "" {
		return pgerr.New(pgerr.UndefinedTable, "invalid reference to FROM-clause entry for table \"%s\"", name).
			WithHint("Perhaps you meant to reference the table alias \"%s\".", alias).At(pos)
	}
	return pgerr.New(pgerr.UndefinedTable, "missing FROM-clause entry for table \"%s\"", name).At(pos)
}

// missingColumn is the error for a column that nothing in sight has; the hint
// names the closest ones.
func (b *binder) missingColumn(s *scope, qualifier, name string, pos int) error {
	shown := "\"" + name + "\""
	if qualifier != "" {
		shown = qualifier + "." + name
	}
	err := pgerr.New(pgerr.UndefinedColumn, "column %s does not exist", shown).At(pos)
	best, at := 0, ""
	for sc := s; sc != nil; sc = sc.parent {
		for _, it := range sc.items {
			if !it.colsVisible && !it.relVisible || qualifier != "" && it.Alias != qualifier {
				continue
			}
			for _, c := range it.Cols {
				d := editDistance(name, c.Name)
				if limit := max(len(name), len(c.Name)) / 2; c.Hidden || d > limit || at != "" && d >= best {
					continue
				}
				best, at = d, it.Alias+"."+c.Name
			}
		}
	}
	if at != "" {
		return err.WithHint("Perhaps you meant to reference the column \"%s\".", strings.TrimPrefix(at, "."))
	}
	return err
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
