package engine

import (
	"hash/fnv"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/sequence"
	"github.com/tarndb/tarn/row"
)

// systemTables are the relations that are computed when they are read.
type systemTables struct {
	byName  map[[2]string]*SystemTable
	byOID   map[uint32]*SystemTable
	list    []*SystemTable
	schemas []SchemaInfo // those that there always are
	db      *Database
}

// firstSystemOID is where the OIDs of the engine's own relations begin; those
// of pg_catalog are given by their maker, below it.
const firstSystemOID = 13000

func newSystemTables(db *Database, given []SystemTable) *systemTables {
	s := &systemTables{db: db, byName: map[[2]string]*SystemTable{}, byOID: map[uint32]*SystemTable{}}
	next := uint32(firstSystemOID)
	for _, t := range append(slices.Clone(given), db.ownTables()...) {
		if t.OID == 0 {
			t.OID = next
			next++
		}
		s.byName[[2]string{t.Schema, t.Name}] = &t
		s.byOID[t.OID] = &t
		s.list = append(s.list, &t)
	}
	s.schemas = []SchemaInfo{{OID: 11, Name: "pg_catalog"}, {OID: 2200, Name: catalog.PublicSchema}}
	for _, t := range s.list {
		if !slices.ContainsFunc(s.schemas, func(x SchemaInfo) bool { return x.Name == t.Schema }) {
			s.schemas = append(s.schemas, SchemaInfo{OID: schemaOID(t.Schema), Name: t.Schema})
		}
	}
	return s
}

// schemaOID is a number that stays the same from start to start.
func schemaOID(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return 12000 + h.Sum32()%900
}

// catalogReader is a catalog as system tables read it.
type catalogReader struct {
	st     *state
	system *systemTables
}

func (r catalogReader) Schemas() []SchemaInfo { return r.system.db.schemas(r.st.catalog) }

func (r catalogReader) Relations() []RelationInfo {
	var out []RelationInfo
	for _, t := range r.system.list {
		out = append(out, systemInfo(t))
	}
	for _, o := range r.st.catalog.Ordered() {
		out = append(out, r.info(o))
	}
	slices.SortFunc(out, func(a, b RelationInfo) int { return int(a.OID) - int(b.OID) })
	return out
}

func (r catalogReader) Types() []*TypeInfo { return r.st.catalog.OrderedTypes() }

func (r catalogReader) Relation(oid uint32) (RelationInfo, bool) {
	if t := r.system.byOID[oid]; t != nil {
		return systemInfo(t), true
	}
	if o := r.st.catalog.Objects[oid]; o != nil {
		return r.info(o), true
	}
	return RelationInfo{}, false
}

// hiddenColumns are columns that every system table has beside its own and that
// * leaves out: its own number, which clients join pg_description on, and the
// transaction that made the row, by which some look for changes and which is always 0.
var hiddenColumns = []SystemColumn{{"tableoid", row.T(row.OID)}, {"xmin", row.T(row.OID)}}

func systemInfo(t *SystemTable) RelationInfo {
	info := RelationInfo{OID: t.OID, Schema: t.Schema, Name: t.Name, Kind: RelTable, System: true, Rows: -1}
	if t.Schema != "pg_catalog" {
		info.Kind = RelView
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

func (r catalogReader) info(o *catalog.Object) RelationInfo {
	info := RelationInfo{
		OID: o.OID, Schema: o.Schema, Name: o.Name, Kind: o.Kind,
		Definition: o.Query, CreateSQL: o.SQL, Comment: o.Comment, Rows: -1, DependsOn: o.Deps,
	}
	for _, c := range o.Columns {
		col := ColumnInfo{Name: c.Name, Type: c.Type, NotNull: c.NotNull, Default: sequence.ShownDefault(r.st.catalog, &c), Generated: c.Generated, Comment: c.Comment, Identity: c.Identity}
		if s := identitySequence(r.st.catalog, &c); s != nil {
			col.Counts = s.Counts
		}
		info.Columns = append(info.Columns, col)
	}
	switch o.Kind {
	case RelSequence:
		info.Counts = o.Counts
		if t, i := r.st.catalog.Owner(o.OID); t != nil {
			info.Owner, info.OwnerColumn, info.OwnerIdentity = t.OID, i+1, t.Columns[i].Identity != ""
		}
		info.LastValue = func() (int64, bool) { return r.system.db.lastValue(o.OID) }
	case RelTable:
		info.PrimaryKey, info.KeyName, info.KeyComment, info.Checks, info.Indexes = o.Key, o.KeyName, o.KeyComment, o.Checks, o.Indexes
	case RelMatView:
		if len(o.Key) > 0 {
			info.Unique = [][]int{o.Key}
		}
	}
	if o.Stored() {
		info.Rows = 0
		for _, t := range r.st.trees[o.Output] {
			info.Rows += int64(t.Len())
		}
	}
	return info
}
