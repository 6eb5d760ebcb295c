package table

import (
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
	"github.com/tarndb/tarn/sql/pgerr"
)

// FromQuery sets the columns of a table that a query makes.
func FromQuery(n *ast.CreateTableAs, o *catalog.Object, columns []planner.OutCol) (err error) {
	if n.Temporary {
		return pgerr.New(pgerr.FeatureNotSupported, "temporary tables are not supported").At(n.Pos())
	}
	if len(n.Columns) > len(columns) {
		return pgerr.New(pgerr.SyntaxError, "too many column names were specified")
	}
	for i, c := range columns {
		name := c.Name
		if i < len(n.Columns) {
			name = n.Columns[i].Name
		}
		if columnNamed(o, name) >= 0 {
			return pgerr.New(pgerr.DuplicateColumn, "column %q specified more than once", name)
		}
		if c.Type.Kind == row.Record || c.Type.Kind == row.Void {
			return pgerr.New(pgerr.InvalidTableDefinition, "column %q has pseudo-type %s", name, c.Type)
		}
		o.Columns = append(o.Columns, catalog.Column{Name: name, Type: c.Type})
	}
	o.SQL, err = definition(o)
	return err
}

// Copied finds the relation that LIKE names, and the sequences of its columns.
type Copied func(l *ast.TableLike) (o *catalog.Object, sequence func(oid uint32) *catalog.Object, err error)

// addition adds to a table what no statement can say; next is the first number that
// it may use.
type addition func(o *catalog.Object, next uint32, taken Taken) error

// expandLikes is a statement with what LIKE stands for in its place; after adds the
// indexes that are no constraints, and the comments.
func expandLikes(old *ast.Relation, find Copied) (n *ast.Relation, after addition, err error) {
	var more []addition
	shift := 0
	statement := *old
	n = &statement
	n.Columns, n.Checks, n.Keys = slices.Clone(n.Columns), slices.Clone(n.Checks), slices.Clone(n.Keys)
	for _, l := range n.Likes {
		src, sequence, err := find(l)
		if err != nil {
			return nil, nil, err
		}
		defs, err := likeColumns(l, src, sequence)
		if err != nil {
			return nil, nil, err
		}
		n.Columns = slices.Insert(n.Columns, l.Before+shift, defs...)
		shift += len(defs)
		if l.Includes("constraints") {
			for _, k := range src.Checks {
				e, err := parser.ParseExpr(k.SQL)
				if err != nil {
					return nil, nil, err
				}
				n.Checks = append(n.Checks, &ast.Check{Loc: l.Loc, Name: k.Name, Expr: e, CheckText: k.SQL})
			}
		}
		if l.Includes("indexes") {
			likeKeys(n, l, src)
			more = append(more, likeIndexes(src))
		}
		if l.Includes("comments") {
			more = append(more, likeComments(src))
		}
	}
	return n, func(o *catalog.Object, next uint32, taken Taken) error {
		for _, f := range more {
			if err := f(o, next, taken); err != nil {
				return err
			}
			next += uint32(len(o.Indexes)) // at least as many as it has taken
		}
		return nil
	}, nil
}

// likeColumns are the columns of a relation as a statement defines them.
func likeColumns(l *ast.TableLike, src *catalog.Object, sequence func(oid uint32) *catalog.Object) ([]*ast.ColumnDef, error) {
	var out []*ast.ColumnDef
	for i := range src.Columns {
		c := &src.Columns[i]
		def := &ast.ColumnDef{Loc: l.Loc, Name: c.Name, NotNull: c.NotNull}
		typed, err := parser.ParseExpr("NULL::" + c.Type.String())
		if err != nil {
			return nil, err
		}
		def.Type = typed.(*ast.CastExpr).Type
		switch {
		case c.Identity != "":
			if s := sequence(c.Draws[0]); s != nil && l.Includes("identity") {
				def.Identity = &ast.Identity{Loc: l.Loc, Always: c.Identity == "a", Options: optionsOf(s.Counts)}
			}
		case c.ValueSQL != "" && (c.Generated && l.Includes("generated") || !c.Generated && l.Includes("defaults")):
			e, err := parser.ParseExpr(c.ValueSQL)
			if err != nil {
				return nil, err
			}
			if def.ValueText = c.ValueSQL; c.Generated {
				def.Generated = e
			} else {
				def.Default = e
			}
		}
		out = append(out, def)
	}
	return out, nil
}

// optionsOf are the options that make a sequence count as another does.
func optionsOf(d *catalog.Counting) ast.SequenceOptions {
	return ast.SequenceOptions{Increment: &d.Increment, Min: &d.Min, Max: &d.Max, Start: &d.Start, Cache: &d.Cache, Cycle: &d.Cycle}
}

func likeKeys(n *ast.Relation, l *ast.TableLike, src *catalog.Object) {
	names := func(columns []int) []ast.Ident {
		var out []ast.Ident
		for _, c := range columns {
			out = append(out, ast.Ident{Loc: l.Loc, Name: src.Columns[c].Name})
		}
		return out
	}
	if src.Kind == catalog.Table && len(src.Key) > 0 {
		n.Keys = append(n.Keys, &ast.KeyConstraint{Loc: l.Loc, Primary: true, Columns: names(src.Key)})
	}
	for _, x := range src.Indexes {
		if x.Constraint != 0 {
			n.Keys = append(n.Keys, &ast.KeyConstraint{Loc: l.Loc, NullsEqual: x.NullsEqual, Columns: names(x.Columns), Include: names(x.Include)})
		}
	}
}

// likeIndexes copies the indexes that are no constraints.
func likeIndexes(src *catalog.Object) addition {
	return func(o *catalog.Object, next uint32, taken Taken) error {
		at := func(columns []int) []int {
			var out []int
			for _, c := range columns {
				if c >= 0 {
					c = columnNamed(o, src.Columns[c].Name)
				}
				out = append(out, c)
			}
			return out
		}
		for _, x := range src.Indexes {
			if x.Constraint != 0 {
				continue
			}
			fresh := &catalog.IndexDef{
				OID: next, Columns: at(x.Columns), Exprs: slices.Clone(x.Exprs), Unique: x.Unique, NullsEqual: x.NullsEqual, Options: x.Options, Include: at(x.Include),
			}
			if x.Where != nil {
				where := *x.Where
				fresh.Where = &where
			}
			if err := describe(fresh, o); err != nil {
				return err
			}
			next++
			if err := addIndex(o, fresh, "idx", taken); err != nil {
				return err
			}
		}
		return nil
	}
}

func likeComments(src *catalog.Object) addition {
	return func(o *catalog.Object, _ uint32, _ Taken) error {
		for _, c := range src.Columns {
			if i := columnNamed(o, c.Name); i >= 0 && c.Comment != "" {
				o.Columns[i].Comment = c.Comment
			}
		}
		return nil
	}
}
