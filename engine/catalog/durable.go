package catalog

import (
	"encoding/json"
	"fmt"

	"github.com/tarndb/tarn/sql/pgerr"
)

const (
	metaObject  = "catalog/object/" // + OID, eight hex digits
	metaSchema  = "catalog/schema/" // + OID, eight hex digits
	metaType    = "catalog/type/"   // + OID, eight hex digits
	metaNextOID = "catalog/next-oid"
	metaNextArr = "catalog/next-arrangement"
)

func MetaKey(oid uint32) string { return fmt.Sprintf("%s%08x", metaObject, oid) }

// MetaWriter is what a commit takes of the catalog.
type MetaWriter interface {
	SetMeta(key string, value []byte)
	DeleteMeta(key string)
}

// Save writes the difference from what was durable before.
func (c *Catalog) Save(w MetaWriter, durable *Catalog) error {
	for oid, o := range c.Objects {
		if durable.Objects[oid] == o {
			continue
		}
		text, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("encoding %s: %w", o.Label(), err)
		}
		w.SetMeta(MetaKey(oid), text)
	}
	for oid := range durable.Objects {
		if c.Objects[oid] == nil {
			w.DeleteMeta(MetaKey(oid))
		}
	}
	if err := c.saveSchemas(w, durable); err != nil {
		return err
	}
	if err := c.saveTypes(w, durable); err != nil {
		return err
	}
	w.SetMeta(metaNextOID, fmt.Append(nil, c.NextOID))
	w.SetMeta(metaNextArr, fmt.Append(nil, uint32(c.NextArr)))
	return nil
}

func (c *Catalog) saveSchemas(w MetaWriter, durable *Catalog) error {
	key := func(s *Schema) string { return fmt.Sprintf("%s%08x", metaSchema, s.OID) }
	kept := map[uint32]bool{}
	for name, s := range c.Schemas {
		kept[s.OID] = true
		if durable.Schemas[name] == s {
			continue
		}
		text, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("encoding schema %q: %w", name, err)
		}
		w.SetMeta(key(s), text)
	}
	for _, s := range durable.Schemas {
		if !kept[s.OID] {
			w.DeleteMeta(key(s))
		}
	}
	return nil
}

// MetaReader is what recovery needs of the store.
type MetaReader interface {
	Meta(key string) ([]byte, bool, error)
	ScanMeta(prefix string, fn func(key string, value []byte) bool) error
}

// Load reads what the last commit made durable.
func Load(r MetaReader) (*Catalog, error) {
	c := Empty()
	var bad error
	err := r.ScanMeta(metaObject, func(key string, value []byte) bool {
		o := new(Object)
		if err := json.Unmarshal(value, o); err != nil {
			bad = pgerr.New(pgerr.DataCorrupted, "catalog entry %q is corrupt: %v", key, err)
			return false
		}
		if bad = o.adopt(); bad != nil {
			return false
		}
		c = c.With(o)
		return true
	})
	if err == nil && bad == nil {
		err = r.ScanMeta(metaSchema, func(key string, value []byte) bool {
			s := new(Schema)
			if err := json.Unmarshal(value, s); err != nil {
				bad = pgerr.New(pgerr.DataCorrupted, "catalog entry %q is corrupt: %v", key, err)
				return false
			}
			c = c.WithSchema(s)
			return true
		})
	}
	if err == nil && bad == nil {
		c, err = c.loadTypes(r)
	}
	if err == nil {
		err = bad
	}
	if err != nil {
		return nil, err
	}
	if err := loadNumber(r, metaNextOID, &c.NextOID); err != nil {
		return nil, err
	}
	return c, loadNumber(r, metaNextArr, (*uint32)(&c.NextArr))
}

func loadNumber(r MetaReader, key string, into *uint32) error {
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
