// Package bind finds the meaning of a syntax tree: every name is looked up in the
// catalog, every expression gets its type, and the result is the planner's
// algebra, in which a subquery inside an expression is an Apply. Errors are
// *pgerr.Error with PostgreSQL's code, wording and position.
//
//	Query   a SELECT -> planner.Query
//	Write   an INSERT, UPDATE or DELETE -> planner.Write, a query for the change
//	Scalar  an expression by itself; Default, Check, Generated: those of a table
//	Type    the name of a type
//
// One binder serves one statement and is used by one goroutine. It rewrites
// nothing for speed: that is planner.Optimize.
package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Options are what binding knows besides the syntax tree.
type Options struct {
	Catalog    planner.Catalog
	Database   string   // the current database; a name may be qualified with it
	SearchPath []string // pg_catalog is searched first unless it is listed
	// Context reads literals: the zone, the clock (for 'now') and the catalog's
	// names (for regclass). nil is UTC and no system.
	Context *expr.Context
	// ParamTypes declares $1, $2, ...; row.Unknown leaves a type to its use.
	ParamTypes []row.Type
	// MayChange says that whoever runs the query runs the data changes of its WITH clause.
	MayChange bool
}

// maxViewDepth bounds views over views: deeper ones are a cycle or a mistake.
const maxViewDepth = 64

// binder binds one statement.
type binder struct {
	opts   Options
	typing expr.Typing
	params *expr.ParamTypes
	q      *planner.Query
	// names are the qualified names of columns, for messages.
	names map[planner.ColID]string
	// origin says which scan makes a column: for keys that imply other columns.
	origin     map[planner.ColID]*planner.Scan
	path       []string // the search path in force: a view's own while it is expanded
	depth      int      // of views
	subqueries int      // how many there were: their identity
	// records are the fields of columns that are records, typed those of NULLs that
	// were cast to a row type.
	records map[planner.ColID][]field
	typed   map[planner.Scalar][]field
	// top is the query whose rows are the statement's; locking, the queries inside it
	// that lock rows.
	top     *ast.Select
	with    *ast.With // the statement's own, which may change data
	locking []lockingQuery
	changes []*writeBinder // of the WITH clause
	future  []string       // WITH queries that come later than what is being bound
}

// bound is a bound query before it is shown or put into another.
type bound struct {
	node  planner.Node
	cols  []nsColumn
	order []planner.Sort
	arms  [][]nsColumn // of a set operation: the columns of each query in it
}

func newBinder(opts Options) *binder {
	ctx := opts.Context
	if ctx == nil {
		ctx = &expr.Context{}
	}
	return &binder{
		opts:    opts,
		typing:  expr.Typing{Ctx: ctx},
		params:  &expr.ParamTypes{Types: append([]row.Type(nil), opts.ParamTypes...)},
		q:       &planner.Query{},
		names:   map[planner.ColID]string{},
		origin:  map[planner.ColID]*planner.Scan{},
		records: map[planner.ColID][]field{},
		typed:   map[planner.Scalar][]field{},
		path:    opts.SearchPath,
	}
}

// Query finds the meaning of a query. Errors are *pgerr.Error with PostgreSQL's
// code, wording and position.
func Query(sel *ast.Select, opts Options) (*planner.Query, error) {
	b := newBinder(opts)
	b.top, b.with = sel, sel.With
	out, err := b.query(sel, nil, nil, true)
	if err != nil {
		return nil, err
	}
	return b.finish(out)
}

func (b *binder) finish(out *bound) (*planner.Query, error) {
	q := b.shown(out)
	q.Params = b.params.Types
	for i, t := range q.Params {
		if t.Kind == row.Unknown {
			return nil, pgerr.New(pgerr.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
		}
	}
	for _, c := range b.changes {
		c.takeParams(q.Params)
		if err := c.b.bindInner(); err != nil {
			return nil, err
		}
	}
	return q, b.bindInner()
}

// shown gives the query its result.
func (b *binder) shown(out *bound) *planner.Query {
	q := b.q
	q.Root, q.OrderBy = out.node, out.order
	q.Columns = make([]planner.OutCol, len(out.cols))
	for i, c := range out.cols {
		q.Columns[i] = planner.OutCol{ID: c.Col.ID, Name: c.Name, Type: c.Col.Type, Rel: c.Rel, Attr: c.Attr}
	}
	return q
}

// known gives a literal or parameter that nothing has typed the type text.
func (b *binder) known(e planner.Scalar) (planner.Scalar, error) {
	if e.Type().Kind != row.Unknown {
		return e, nil
	}
	return b.typing.Coerce(e, row.T(row.Text), expr.Implicit)
}

func (b *binder) newCol(name, qualified string, t row.Type) planner.Col {
	c := b.q.NewCol(name, t)
	b.names[c.ID] = qualified
	return c
}

func unsupported(pos int, what string) *pgerr.Error {
	return pgerr.New(pgerr.FeatureNotSupported, "%s is not supported yet", what).At(pos)
}

// relation finds a relation as PostgreSQL does: pg_catalog is searched first
// unless the path lists it.
func (b *binder) relation(schema, name string) (*planner.Relation, error) {
	if schema != "" {
		return b.opts.Catalog.Relation(schema, name)
	}
	path := b.path
	listed := false
	for _, s := range path {
		listed = listed || s == "pg_catalog"
	}
	if !listed {
		path = append([]string{"pg_catalog"}, path...)
	}
	for _, s := range path {
		rel, err := b.opts.Catalog.Relation(s, name)
		if rel != nil || err != nil {
			return rel, err
		}
	}
	return nil, nil
}

// knownSchema refuses a schema that is not there.
func (b *binder) knownSchema(schema string, pos int) error {
	if c, ok := b.opts.Catalog.(planner.Schemas); ok && schema != "" && !c.HasSchema(schema) {
		return pgerr.New(pgerr.InvalidSchemaName, "schema %q does not exist", schema).At(pos)
	}
	return nil
}

// catalogName refuses names in other databases.
func (b *binder) catalogName(catalog, schema, name string, pos int) error {
	if catalog == "" || catalog == b.opts.Database {
		return nil
	}
	return pgerr.New(pgerr.FeatureNotSupported, "cross-database references are not implemented: \"%s.%s.%s\"", catalog, schema, name).At(pos)
}
