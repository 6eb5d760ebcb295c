package table

import (
	"maps"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// Snapshot is the tables as of one epoch.
type Snapshot interface {
	// Table is the table of that number; an error if it is gone or takes no rows.
	Table(oid uint32) (*catalog.Object, error)
	Trees(id storage.ArrID) []*storage.TreeSnapshot
}

// Admission knows what is in the tables while changes are admitted, one after the
// other. It is used by one goroutine at a time.
type Admission struct {
	snap   Snapshot
	tables map[uint32]*tableCheck
}

type tableCheck struct {
	obj    *catalog.Object
	layout *row.Layout
	rows   map[string]int64 // entry key -> weight, as changed by the batch
	keys   map[string]int64 // primary key -> rows, as changed by the batch
}

// NewAdmission begins an admission over an epoch.
func NewAdmission(snap Snapshot) *Admission {
	return &Admission{snap: snap, tables: map[uint32]*tableCheck{}}
}

// Over reports that the admission began over that epoch.
func (c *Admission) Over(snap Snapshot) bool { return c != nil && c.snap == snap }

// Read lists the arrangements that were looked into.
func (c *Admission) Read() []storage.ArrID {
	var out []storage.ArrID
	for _, t := range c.tables {
		out = append(out, t.obj.Output)
	}
	return out
}

// Admit checks that every retracted row is there and no primary key stands
// twice afterwards; it then counts the changes in. It changes nothing when it
// refuses.
func (c *Admission) Admit(deltas map[uint32]row.Delta) error {
	type change struct {
		t    *tableCheck
		rows map[string]int64
		keys map[string]int64
	}
	var changes []change
	for _, oid := range slices.Sorted(maps.Keys(deltas)) {
		t, err := c.table(oid)
		if err != nil {
			return err
		}
		ch := change{t: t, rows: map[string]int64{}, keys: map[string]int64{}}
		b := row.Consolidate(deltas[oid])
		if b == nil {
			continue
		}
		for i := range b.Len() {
			if err := c.admitRow(t, b, i, ch.rows, ch.keys); err != nil {
				return err
			}
		}
		for key, n := range ch.keys {
			if n > 1 {
				return duplicateKey(t.obj, key, b)
			}
		}
		changes = append(changes, ch)
	}
	for _, ch := range changes {
		for k, n := range ch.rows {
			ch.t.rows[k] = n
		}
		for k, n := range ch.keys {
			ch.t.keys[k] = n
		}
	}
	return nil
}

func (c *Admission) table(oid uint32) (*tableCheck, error) {
	if t := c.tables[oid]; t != nil {
		return t, nil
	}
	obj, err := c.snap.Table(oid)
	if err != nil {
		return nil, err
	}
	t := &tableCheck{obj: obj, layout: obj.Layout(), rows: map[string]int64{}, keys: map[string]int64{}}
	c.tables[oid] = t
	return t, nil
}

func (c *Admission) admitRow(t *tableCheck, b *row.Batch, i int, rows, keys map[string]int64) error {
	entry, _ := t.layout.Encode(nil, nil, b, i)
	n, ok := rows[string(entry)]
	if !ok {
		if n, ok = t.rows[string(entry)]; !ok {
			n = c.weight(t, b, i, entry)
		}
	}
	n += b.Weights[i]
	if n < 0 {
		return pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent update")
	}
	rows[string(entry)] = n
	if t.obj.Key == nil {
		return nil
	}
	key := string(t.layout.EncodeKey(nil, b, i))
	have, ok := keys[key]
	if !ok {
		if have, ok = t.keys[key]; !ok {
			have = c.keyRows(t, b, i, key)
		}
	}
	keys[key] = have + b.Weights[i]
	return nil
}

// weight is the weight of a stored row.
func (c *Admission) weight(t *tableCheck, b *row.Batch, i int, entry []byte) int64 {
	for _, tree := range c.snap.Trees(t.obj.Output) {
		if value, ok := tree.Get(entry); ok {
			return entryWeight(value)
		}
	}
	return 0
}

// entryWeight is the weight of a multiset's entry. One that cannot be read counts
// as absent: the circuit, which reads it too, stops on it.
func entryWeight(value []byte) int64 {
	w, err := row.EntryWeight(value)
	if err != nil {
		return 0
	}
	return w
}

// keyRows counts the stored rows of a primary key.
func (c *Admission) keyRows(t *tableCheck, b *row.Batch, i int, key string) int64 {
	var n int64
	for _, tree := range c.snap.Trees(t.obj.Output) {
		it := tree.Scan([]byte(key), PrefixEnd([]byte(key)))
		for it.Next() {
			n += entryWeight(it.Value())
		}
		it.Close()
	}
	return n
}

// duplicateKey is PostgreSQL's error, naming one of the keys that stand twice.
func duplicateKey(o *catalog.Object, key string, b *row.Batch) error {
	l := o.Layout()
	name := o.PrimaryKeyName()
	for i := range b.Len() {
		if string(l.EncodeKey(nil, b, i)) != key {
			continue
		}
		var names, values []byte
		for j, c := range o.Key {
			if j > 0 {
				names, values = append(names, ", "...), append(values, ", "...)
			}
			names = append(names, o.Columns[c].Name...)
			values = row.AppendText(values, o.Columns[c].Type, b.Cols[c].Datum(i), nil)
		}
		e := pgerr.New(pgerr.UniqueViolation, "duplicate key value violates unique constraint %q", name).
			WithDetail("Key (%s)=(%s) already exists.", names, values)
		e.Schema, e.Table, e.Constraint = o.Schema, o.Name, name
		return e
	}
	return pgerr.New(pgerr.UniqueViolation, "duplicate key value violates unique constraint %q", name)
}

// PrefixEnd is the first key after all that begin with p; nil when there is none.
func PrefixEnd(p []byte) []byte {
	end := append([]byte{}, p...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}
