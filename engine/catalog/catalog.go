// Package catalog is the names of a database: what objects there are, what each
// is made of and which arrangements it keeps, and how that is kept in the store.
// A catalog is immutable; DDL makes a new one.
package catalog

import (
	"maps"
	"slices"

	"github.com/tarndb/tarn/storage"
)

// Catalog is one state of the names. It is immutable.
type Catalog struct {
	Objects map[uint32]*Object
	names   map[[2]string]*Object
	Schemas map[string]*Schema // those that CREATE SCHEMA has made
	Types   map[uint32]*Type   // those that CREATE TYPE has made
	NextOID uint32
	NextArr storage.ArrID
}

func Empty() *Catalog {
	return &Catalog{
		Objects: map[uint32]*Object{}, names: map[[2]string]*Object{}, Schemas: map[string]*Schema{}, Types: map[uint32]*Type{},
		NextOID: FirstOID, NextArr: FirstArr,
	}
}

// PublicSchema is the schema that there always is for users' objects.
const PublicSchema = "public"

// Schema is a schema of a user's. It is immutable.
type Schema struct {
	OID     uint32
	Name    string
	Comment string `json:",omitempty"`
}

// WithSchema returns the catalog with a schema added or replaced.
func (c *Catalog) WithSchema(s *Schema) *Catalog {
	n := c.Clone()
	n.Schemas[s.Name] = s
	n.NextOID = max(n.NextOID, s.OID+1)
	return n
}

// WithoutSchemas returns the catalog without some schemas, which must be empty.
func (c *Catalog) WithoutSchemas(names ...string) *Catalog {
	n := c.Clone()
	for _, name := range names {
		delete(n.Schemas, name)
	}
	return n
}

// Holds reports a schema that users' objects may be in.
func (c *Catalog) Holds(schema string) bool {
	return schema == PublicSchema || c.Schemas[schema] != nil
}

func (c *Catalog) Lookup(schema, name string) *Object { return c.names[[2]string{schema, name}] }

func (c *Catalog) Clone() *Catalog {
	return &Catalog{
		Objects: maps.Clone(c.Objects), names: maps.Clone(c.names), Schemas: maps.Clone(c.Schemas), Types: maps.Clone(c.Types),
		NextOID: c.NextOID, NextArr: c.NextArr,
	}
}

// With returns the catalog with o added or replaced.
func (c *Catalog) With(o *Object) *Catalog {
	n := c.Clone()
	n.Objects[o.OID] = o
	n.names[[2]string{o.Schema, o.Name}] = o
	n.NextOID = max(n.NextOID, o.OID+1)
	for _, k := range o.Checks {
		n.NextOID = max(n.NextOID, k.OID+1)
	}
	for _, x := range o.Indexes {
		n.NextOID = max(n.NextOID, x.OID+1, x.Constraint+1)
		n.NextArr = max(n.NextArr, x.Rows+1)
	}
	n.NextArr = max(n.NextArr, o.Output+1)
	for _, s := range o.States {
		n.NextArr = max(n.NextArr, s.First+storage.ArrID(s.N))
	}
	return n
}

// Without returns the catalog without the objects. Numbers are not given again.
func (c *Catalog) Without(dropped []*Object) *Catalog {
	n := c.Clone()
	for _, o := range dropped {
		delete(n.Objects, o.OID)
		delete(n.names, [2]string{o.Schema, o.Name})
	}
	return n
}

// Ordered lists the objects in the order of their numbers, which is an order of
// creation: what an object reads comes before it.
func (c *Catalog) Ordered() []*Object {
	out := slices.Collect(maps.Values(c.Objects))
	slices.SortFunc(out, func(a, b *Object) int { return int(a.OID) - int(b.OID) })
	return out
}

// Dependents lists what reads any of the given objects, directly or not, in the
// order in which they may be dropped (readers first).
func (c *Catalog) Dependents(roots ...*Object) []*Object {
	hit := map[uint32]bool{}
	for _, r := range roots {
		hit[r.OID] = true
	}
	var out []*Object
	// A view that was replaced may read what is younger than itself.
	for grown := true; grown; {
		grown = false
		for _, o := range c.Ordered() {
			if hit[o.OID] || !slices.ContainsFunc(o.Deps, func(d uint32) bool { return hit[d] }) {
				continue
			}
			hit[o.OID], grown = true, true
			out = append(out, o)
		}
	}
	slices.Reverse(out)
	return out
}

// InputsOf lists the topic sources and tables that an object reads, directly or not.
func (c *Catalog) InputsOf(o *Object) []*Object {
	seen := map[uint32]bool{}
	var out []*Object
	var visit func(o *Object)
	visit = func(o *Object) {
		if o == nil || seen[o.OID] {
			return
		}
		seen[o.OID] = true
		if o.Kind == Source || o.Kind == Table {
			out = append(out, o)
		}
		for _, d := range o.Deps {
			visit(c.Objects[d])
		}
	}
	visit(o)
	return out
}

// Arrangements are those that belong to an object.
func (c *Catalog) Arrangements() map[storage.ArrID]bool {
	out := map[storage.ArrID]bool{}
	for _, o := range c.Objects {
		maps.Copy(out, o.Arrangements())
	}
	return out
}

// StoppedInput is an object that o reads and that has stopped, or nil.
func (c *Catalog) StoppedInput(o *Object) *Object {
	for _, d := range o.Deps {
		if in := c.Objects[d]; in != nil && in.Stopped != "" {
			return in
		}
	}
	return nil
}
