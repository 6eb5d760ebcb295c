package catalog

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Type is an enumerated type of a user's. It is immutable.
type Type struct {
	row.EnumType
	Made    uint32 // the number in whose order types were made
	Comment string `json:",omitempty"`
}

// TypeNamed finds a type by its exact schema and name, or nil.
func (c *Catalog) TypeNamed(schema, name string) *Type {
	for _, t := range c.Types {
		if t.Name == name && t.Schema == schema {
			return t
		}
	}
	return nil
}

// OrderedTypes lists the types in the order in which they were made.
func (c *Catalog) OrderedTypes() []*Type {
	return slices.SortedFunc(maps.Values(c.Types), func(a, b *Type) int { return int(a.Made) - int(b.Made) })
}

// WithType returns the catalog with a type added or replaced.
func (c *Catalog) WithType(t *Type) *Catalog {
	n := c.Clone()
	n.Types[t.OID] = t
	n.NextOID = max(n.NextOID, t.Made+1)
	for _, v := range t.Values {
		n.NextOID = max(n.NextOID, v.OID+1)
	}
	return n
}

// WithoutTypes returns the catalog without some types, which nothing may use.
func (c *Catalog) WithoutTypes(types []*Type) *Catalog {
	n := c.Clone()
	for _, t := range types {
		delete(n.Types, t.OID)
	}
	return n
}

// FreeTypeName checks that a name is neither a type's nor a relation's, each of
// which has a row type.
func (c *Catalog) FreeTypeName(schema, name string) error {
	if c.TypeNamed(schema, name) == nil && c.Lookup(schema, name) == nil {
		return nil
	}
	return pgerr.New(pgerr.DuplicateObject, "type \"%s\" already exists", name)
}

// NewType makes an enumerated type whose number is made of a random one.
func (c *Catalog) NewType(schema, name string, labels []string, random func() uint64) (*Type, error) {
	t := &Type{EnumType: row.EnumType{OID: row.EnumOID(random()), Schema: schema, Name: name}, Made: c.NextOID}
	for c.Types[t.OID] != nil {
		t.OID = row.EnumOID(random())
	}
	for _, label := range labels {
		if err := validLabel(label); err != nil {
			return nil, err
		}
		if t.Has(label) {
			return nil, pgerr.New(pgerr.UniqueViolation, "duplicate key value violates unique constraint \"pg_enum_typid_label_index\"").
				WithDetail("Key (enumtypid, enumlabel)=(%d, %s) already exists.", t.OID, label)
		}
		if err := t.insert(len(t.Values), label, c.NextOID+1+uint32(len(t.Values))); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func validLabel(label string) error {
	if len(label) <= row.MaxEnumLabel {
		return nil
	}
	return pgerr.New(pgerr.InvalidName, "invalid enum label \"%s\"", label).
		WithDetail("Labels must be %d bytes or less.", row.MaxEnumLabel)
}

// insert adds a value at a place. It must be t's maker's.
func (t *Type) insert(at int, label string, oid uint32) error {
	v, ok := t.Room(at)
	if !ok {
		return pgerr.New(pgerr.ProgramLimitExceeded, "there is no room for another value between \"%s\" and \"%s\" of enum %s",
			t.Values[at-1].Label, t.Values[at].Label, &t.EnumType)
	}
	t.Values = slices.Insert(slices.Clone(t.Values), at, row.EnumValue{Label: label, Int: v, OID: oid})
	return nil
}

// Altered is the type as ALTER TYPE leaves it. exists says that the value that it is
// to add is there already, which IF NOT EXISTS forgives.
func (t *Type) Altered(n *ast.AlterType, nextOID uint32) (out *Type, exists bool, err error) {
	next := *t
	switch n.Kind {
	case ast.RenameType:
		next.Name = n.NewName
	case ast.RenameValue:
		err = next.renameValue(n.Label, n.NewName)
	default:
		if t.Has(n.Label) && n.IfNotExists {
			return t, true, nil
		}
		err = next.addValue(n, nextOID)
	}
	return &next, false, err
}

func duplicateLabel(label string) error {
	return pgerr.New(pgerr.DuplicateObject, "enum label \"%s\" already exists", label)
}

func noLabel(label string) error {
	return pgerr.New(pgerr.InvalidParameterValue, "\"%s\" is not an existing enum label", label)
}

func (t *Type) renameValue(from, to string) error {
	if err := validLabel(to); err != nil {
		return err
	}
	at := t.At(from)
	if at < 0 {
		return noLabel(from)
	}
	if t.Has(to) {
		return duplicateLabel(to)
	}
	t.Values = slices.Clone(t.Values)
	t.Values[at].Label = to
	return nil
}

func (t *Type) addValue(n *ast.AlterType, oid uint32) error {
	if err := validLabel(n.Label); err != nil {
		return err
	}
	if t.Has(n.Label) {
		return duplicateLabel(n.Label)
	}
	at := len(t.Values)
	if n.Beside {
		if at = t.At(n.Neighbour); at < 0 {
			return noLabel(n.Neighbour)
		}
		if n.After {
			at++
		}
	}
	return t.insert(at, n.Label, oid)
}

func typeKey(oid uint32) string { return fmt.Sprintf("%s%08x", metaType, oid) }

func (c *Catalog) saveTypes(w MetaWriter, durable *Catalog) error {
	for oid, t := range c.Types {
		if durable.Types[oid] == t {
			continue
		}
		text, err := json.Marshal(t)
		if err != nil {
			return fmt.Errorf("encoding type %q: %w", t.Name, err)
		}
		w.SetMeta(typeKey(oid), text)
	}
	for oid := range durable.Types {
		if c.Types[oid] == nil {
			w.DeleteMeta(typeKey(oid))
		}
	}
	return nil
}

// loadTypes adds the types that are durable, and makes them known.
func (c *Catalog) loadTypes(r MetaReader) (*Catalog, error) {
	var bad error
	err := r.ScanMeta(metaType, func(key string, value []byte) bool {
		t := new(Type)
		if err := json.Unmarshal(value, t); err != nil {
			bad = pgerr.New(pgerr.DataCorrupted, "catalog entry %q is corrupt: %v", key, err)
			return false
		}
		row.DefineEnum(&t.EnumType)
		c = c.WithType(t)
		return true
	})
	if err == nil {
		err = bad
	}
	return c, err
}
