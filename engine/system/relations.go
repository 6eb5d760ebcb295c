package system

import (
	"hash/fnv"
	"maps"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/sequence"
	"github.com/tarndb/tarn/row"
)

// Relations are the relations that are computed when they are read. They are immutable.
type Relations struct {
	byName    map[[2]string]*Table
	byOID     map[uint32]*Table
	list      []*Table
	schemas   []SchemaInfo // those that there always are
	lastValue func(sequence uint32) (v int64, ok bool)
}

// firstOID is where the OIDs of the engine's own relations begin; those
// of pg_catalog are given by their maker, below it.
const firstOID = 13000

// New gives numbers to the tables that have none. lastValue is a sequence's; ok is
// false before the first.
func New(tables []Table, lastValue func(sequence uint32) (v int64, ok bool)) *Relations {
	r := &Relations{byName: map[[2]string]*Table{}, byOID: map[uint32]*Table{}, lastValue: lastValue}
	next := uint32(firstOID)
	for _, t := range tables {
		if t.OID == 0 {
			t.OID = next
			next++
		}
		r.byName[[2]string{t.Schema, t.Name}] = &t
		r.byOID[t.OID] = &t
		r.list = append(r.list, &t)
	}
	r.schemas = []SchemaInfo{{OID: 11, Name: "pg_catalog"}, {OID: 2200, Name: catalog.PublicSchema}}
	for _, t := range r.list {
		if !slices.ContainsFunc(r.schemas, func(x SchemaInfo) bool { return x.Name == t.Schema }) {
			r.schemas = append(r.schemas, SchemaInfo{OID: schemaOID(t.Schema), Name: t.Schema})
		}
	}
	return r
}

// Named finds a system table; nil if there is none.
func (r *Relations) Named(schema, name string) *Table { return r.byName[[2]string{schema, name}] }

// Numbered finds a system table; nil if there is none.
func (r *Relations) Numbered(oid uint32) *Table { return r.byOID[oid] }

// Schemas lists all schemas that there are under a catalog, the system's first.
func (r *Relations) Schemas(c *catalog.Catalog) []SchemaInfo {
	out := slices.Clone(r.schemas)
	for _, name := range slices.Sorted(maps.Keys(c.Schemas)) {
		out = append(out, *c.Schemas[name])
	}
	return out
}

// Read computes the table, with its hidden columns.
func (t *Table) Read(ctx *Context) (*row.Batch, error) {
	var types []row.Type
	for _, c := range slices.Concat(t.Columns, HiddenColumns) {
		types = append(types, c.Type)
	}
	b := row.NewBatch(types, 0)
	if err := t.Rows(ctx, b); err != nil {
		return nil, err
	}
	for range b.Len() {
		b.Cols[len(t.Columns)].AppendInt(int64(t.OID))
		b.Cols[len(t.Columns)+1].AppendInt(0)
	}
	return b, nil
}

// schemaOID is a number that stays the same from start to start.
func schemaOID(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return 12000 + h.Sum32()%900
}

// Epoch is what of an epoch is shown of its catalog.
type Epoch interface {
	Names() *catalog.Catalog
	// Count is how many rows a stored object has, or about so many.
	Count(o *catalog.Object) int64
}

// Reader is the catalog of an epoch as system tables read it.
type Reader struct {
	Epoch
	system *Relations
}

// Reader begins to read.
func (r *Relations) Reader(e Epoch) Reader { return Reader{e, r} }

var _ CatalogReader = Reader{}

func (r Reader) Schemas() []SchemaInfo { return r.system.Schemas(r.Names()) }

func (r Reader) Relations() []RelationInfo {
	var out []RelationInfo
	for _, t := range r.system.list {
		out = append(out, systemInfo(t))
	}
	for _, o := range r.Names().Ordered() {
		out = append(out, r.info(o))
	}
	slices.SortFunc(out, func(a, b RelationInfo) int { return int(a.OID) - int(b.OID) })
	return out
}

func (r Reader) Types() []*TypeInfo { return r.Names().OrderedTypes() }

func (r Reader) Relation(oid uint32) (RelationInfo, bool) {
	if t := r.system.byOID[oid]; t != nil {
		return systemInfo(t), true
	}
	if o := r.Names().Objects[oid]; o != nil {
		return r.info(o), true
	}
	return RelationInfo{}, false
}

// HiddenColumns are columns that every system table has beside its own and that
// * leaves out: its own number, which clients join pg_description on, and the
// transaction that made the row, by which some look for changes and which is always 0.
var HiddenColumns = []Column{{"tableoid", row.T(row.OID)}, {"xmin", row.T(row.OID)}}

func systemInfo(t *Table) RelationInfo {
	info := RelationInfo{OID: t.OID, Schema: t.Schema, Name: t.Name, Kind: catalog.Table, System: true, Rows: -1}
	if t.Schema != "pg_catalog" {
		info.Kind = catalog.View
	}
	for _, c := range t.Columns {
		info.Columns = append(info.Columns, ColumnInfo{Name: c.Name, Type: c.Type})
	}
	return info
}

// identitySequence is the sequence of an identity column; nil for another column.
func identitySequence(c *catalog.Catalog, col *catalog.Column) *catalog.Object {
	if col.Identity == "" || len(col.Draws) != 1 {
		return nil
	}
	return c.Objects[col.Draws[0]]
}

func (r Reader) info(o *catalog.Object) RelationInfo {
	info := RelationInfo{
		OID: o.OID, Schema: o.Schema, Name: o.Name, Kind: o.Kind,
		Definition: o.Query, CreateSQL: o.SQL, Comment: o.Comment, Rows: -1, DependsOn: o.Deps,
	}
	for _, c := range o.Columns {
		col := ColumnInfo{Name: c.Name, Type: c.Type, NotNull: c.NotNull, Default: sequence.ShownDefault(r.Names(), &c), Generated: c.Generated, Comment: c.Comment, Identity: c.Identity}
		if s := identitySequence(r.Names(), &c); s != nil {
			col.Counts = s.Counts
		}
		info.Columns = append(info.Columns, col)
	}
	switch o.Kind {
	case catalog.Sequence:
		info.Counts = o.Counts
		if t, i := r.Names().Owner(o.OID); t != nil {
			info.Owner, info.OwnerColumn, info.OwnerIdentity = t.OID, i+1, t.Columns[i].Identity != ""
		}
		info.LastValue = func() (int64, bool) { return r.system.lastValue(o.OID) }
	case catalog.Table:
		info.PrimaryKey, info.KeyName, info.KeyComment, info.Checks, info.Indexes = o.Key, o.KeyName, o.KeyComment, o.Checks, o.Indexes
	case catalog.MaterializedView:
		if len(o.Key) > 0 {
			info.Unique = [][]int{o.Key}
		}
	}
	if o.Stored() {
		info.Rows = r.Count(o)
	}
	return info
}
