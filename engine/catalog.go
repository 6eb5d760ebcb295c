package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// firstOID is where the numbers of user objects begin, as in PostgreSQL.
const firstOID = 16384

// firstArr is the first arrangement number given to views and tables; those
// below are the engine's own.
const firstArr storage.ArrID = 16

// errorsArr keeps tarn.errors.
const errorsArr storage.ArrID = 1

// object is a source, table, view or materialized view. It is immutable: DDL
// makes a new catalog that shares the objects that did not change.
type object struct {
	OID     uint32
	Schema  string
	Name    string
	Kind    RelKind
	SQL     string // the statement that made it, as written
	Query   string `json:",omitempty"` // views: the query, as written
	Columns []column
	Key     []int    `json:",omitempty"` // tables: the primary key; materialized views: the known unique key
	Deps    []uint32 `json:",omitempty"` // what it reads
	Zone    string   `json:",omitempty"` // views: the session's time zone when it was made
	Path    []string `json:",omitempty"` // views: the search path when it was made

	Options []option `json:",omitempty"` // sources: WITH (...), in order
	Format  string   `json:",omitempty"` // sources: PLAIN, UPSERT

	Waterline *waterline `json:",omitempty"` // sources: how late rows may be; nil: no row is late

	Output storage.ArrID // the arrangement of its rows; 0 when it has none
	States []opState     `json:",omitempty"` // materialized views: the arrangements of its operators
	Plan   string        `json:",omitempty"` // materialized views: the fingerprint of the incremental plan that States belongs to

	Stopped string `json:",omitempty"` // why it takes no more changes; its arrangements must not be read

	rel    atomic.Pointer[planner.Relation] // made when first asked for
	labels atomic.Pointer[stateLabels]      // made when it joins the circuit; nil before, and once it has stopped
	read   atomic.Int64                     // about when readers last asked for its rows, by Database.since
}

// opState is the arrangements of one operator of a view's incremental plan.
type opState struct {
	Op     planner.OpID
	First  storage.ArrID
	N      int
	Shared string `json:",omitempty"` // the fingerprint under which other views may use it
}

// stateLabels names the arrangements of a view's operators.
type stateLabels map[storage.ArrID]stateLabel

type stateLabel struct{ operator, part string }

// nameStates makes the labels of a view's arrangements.
func (o *object) nameStates(p *planner.IPlan) {
	out := stateLabels{}
	for _, s := range o.States {
		for i := range s.N {
			var l stateLabel
			l.operator, l.part = build.StateName(p, s.Op, i)
			out[s.First+storage.ArrID(i)] = l
		}
	}
	o.labels.Store(&out)
}

// stateLabel is what an arrangement of the object holds.
func (o *object) stateLabel(id storage.ArrID) stateLabel {
	if o.Output == id {
		return stateLabel{"output", "rows"}
	}
	if m := o.labels.Load(); m != nil {
		return (*m)[id]
	}
	for _, s := range o.States {
		if id >= s.First && id < s.First+storage.ArrID(s.N) {
			return stateLabel{fmt.Sprintf("%%%d", s.Op), fmt.Sprintf("part %d", id-s.First+1)}
		}
	}
	return stateLabel{}
}

// shares reports that the view's arrangement of that fingerprint is for others too.
func (o *object) shares(fingerprint string) bool {
	return slices.ContainsFunc(o.States, func(s opState) bool { return s.Shared == fingerprint })
}

// column is a column of an object. Types are kept as three small numbers, which
// the row package promises to keep.
type column struct {
	Name    string
	Type    row.Type
	NotNull bool   `json:",omitempty"`
	Default string `json:",omitempty"`
	Include string `json:",omitempty"` // sources: key, partition, offset, timestamp, headers; empty for a field of the value
}

type option struct{ Name, Value string }

// stored reports whether the object's rows are kept in an arrangement.
func (o *object) stored() bool { return o.Output != 0 }

// label names the object for messages: table "t".
func (o *object) label() string { return fmt.Sprintf("%s %q", o.Kind.noun(), o.Name) }

func (k RelKind) noun() string {
	switch k {
	case RelTable:
		return "table"
	case RelView:
		return "view"
	case RelMatView:
		return "materialized view"
	case RelSource:
		return "source"
	}
	return "relation"
}

// catalog is one state of the names. It is immutable.
type catalog struct {
	objects map[uint32]*object
	names   map[[2]string]*object
	nextOID uint32
	nextArr storage.ArrID
}

func emptyCatalog() *catalog {
	return &catalog{objects: map[uint32]*object{}, names: map[[2]string]*object{}, nextOID: firstOID, nextArr: firstArr}
}

// schemas that users may create objects in; further ones come with CREATE SCHEMA.
const publicSchema = "public"

func (c *catalog) lookup(schema, name string) *object { return c.names[[2]string{schema, name}] }

func (c *catalog) clone() *catalog {
	return &catalog{objects: maps.Clone(c.objects), names: maps.Clone(c.names), nextOID: c.nextOID, nextArr: c.nextArr}
}

// with returns the catalog with o added or replaced.
func (c *catalog) with(o *object) *catalog {
	n := c.clone()
	n.objects[o.OID] = o
	n.names[[2]string{o.Schema, o.Name}] = o
	n.nextOID = max(n.nextOID, o.OID+1)
	n.nextArr = max(n.nextArr, o.Output+1)
	for _, s := range o.States {
		n.nextArr = max(n.nextArr, s.First+storage.ArrID(s.N))
	}
	return n
}

// without returns the catalog without the objects. Numbers are not given again.
func (c *catalog) without(dropped []*object) *catalog {
	n := c.clone()
	for _, o := range dropped {
		delete(n.objects, o.OID)
		delete(n.names, [2]string{o.Schema, o.Name})
	}
	return n
}

// ordered lists the objects in the order of their numbers, which is an order of
// creation: what an object reads comes before it.
func (c *catalog) ordered() []*object {
	out := slices.Collect(maps.Values(c.objects))
	slices.SortFunc(out, func(a, b *object) int { return int(a.OID) - int(b.OID) })
	return out
}

// dependents lists what reads any of the given objects, directly or not, in the
// order in which they may be dropped (readers first).
func (c *catalog) dependents(roots ...*object) []*object {
	hit := map[uint32]bool{}
	for _, r := range roots {
		hit[r.OID] = true
	}
	var out []*object
	for _, o := range c.ordered() {
		if hit[o.OID] || !slices.ContainsFunc(o.Deps, func(d uint32) bool { return hit[d] }) {
			continue
		}
		hit[o.OID] = true
		out = append(out, o)
	}
	slices.Reverse(out)
	return out
}

// sourcesOf lists the topic sources and tables that an object reads, directly or not.
func (c *catalog) inputsOf(o *object) []*object {
	seen := map[uint32]bool{}
	var out []*object
	var visit func(o *object)
	visit = func(o *object) {
		if o == nil || seen[o.OID] {
			return
		}
		seen[o.OID] = true
		if o.Kind == RelSource || o.Kind == RelTable {
			out = append(out, o)
		}
		for _, d := range o.Deps {
			visit(c.objects[d])
		}
	}
	visit(o)
	return out
}

// keeps reports that an arrangement is the object's, alone or with others.
func (o *object) keeps(id storage.ArrID) bool {
	if o.stored() && o.Output == id {
		return true
	}
	return slices.ContainsFunc(o.States, func(s opState) bool { return id >= s.First && id < s.First+storage.ArrID(s.N) })
}

// arrangements are those that the object keeps, alone or with others.
func (o *object) arrangements() map[storage.ArrID]bool {
	out := map[storage.ArrID]bool{}
	if o.stored() {
		out[o.Output] = true
	}
	for _, s := range o.States {
		for i := range s.N {
			out[s.First+storage.ArrID(i)] = true
		}
	}
	return out
}

// arrangements are those that belong to an object.
func (c *catalog) arrangements() map[storage.ArrID]bool {
	out := map[storage.ArrID]bool{}
	for _, o := range c.objects {
		maps.Copy(out, o.arrangements())
	}
	return out
}

const (
	metaObject  = "catalog/object/" // + OID, eight hex digits
	metaNextOID = "catalog/next-oid"
	metaNextArr = "catalog/next-arrangement"
)

func metaObjectKey(oid uint32) string { return fmt.Sprintf("%s%08x", metaObject, oid) }

// metaWriter is what a commit takes of the catalog.
type metaWriter interface {
	SetMeta(key string, value []byte)
	DeleteMeta(key string)
}

// save writes the difference from what was durable before.
func (c *catalog) save(w metaWriter, durable *catalog) error {
	for oid, o := range c.objects {
		if durable.objects[oid] == o {
			continue
		}
		text, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("encoding %s: %w", o.label(), err)
		}
		w.SetMeta(metaObjectKey(oid), text)
	}
	for oid := range durable.objects {
		if c.objects[oid] == nil {
			w.DeleteMeta(metaObjectKey(oid))
		}
	}
	w.SetMeta(metaNextOID, fmt.Append(nil, c.nextOID))
	w.SetMeta(metaNextArr, fmt.Append(nil, uint32(c.nextArr)))
	return nil
}

// metaReader is what recovery needs of the store.
type metaReader interface {
	Meta(key string) ([]byte, bool, error)
	ScanMeta(prefix string, fn func(key string, value []byte) bool) error
}

// loadCatalog reads what the last commit made durable.
func loadCatalog(r metaReader) (*catalog, error) {
	c := emptyCatalog()
	var bad error
	err := r.ScanMeta(metaObject, func(key string, value []byte) bool {
		o := new(object)
		if err := json.Unmarshal(value, o); err != nil {
			bad = pgerr.New(pgerr.DataCorrupted, "catalog entry %q is corrupt: %v", key, err)
			return false
		}
		c = c.with(o)
		return true
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return nil, err
	}
	if err := loadNumber(r, metaNextOID, &c.nextOID); err != nil {
		return nil, err
	}
	return c, loadNumber(r, metaNextArr, (*uint32)(&c.nextArr))
}

func loadNumber(r metaReader, key string, into *uint32) error {
	text, ok, err := r.Meta(key)
	if err != nil || !ok {
		return err
	}
	var n uint32
	if _, err := fmt.Sscan(string(text), &n); err != nil {
		return pgerr.New(pgerr.DataCorrupted, "catalog entry %q is corrupt: %v", key, err)
	}
	*into = max(*into, n)
	return nil
}
