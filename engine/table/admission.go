package table

import (
	"maps"
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
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
	rows   map[string]int64   // entry key -> weight, as changed by the batch
	keys   []*keyed           // those in which no two rows may agree
	counts []map[string]int64 // by key: the rows of each value of it, as changed by the batch
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
		for _, k := range t.keys {
			out = append(out, k.Rows)
		}
	}
	return out
}

// admitted is what the changes of a transaction make of a table, before it is sure
// that they are taken.
type admitted struct {
	*tableCheck
	rows   map[string]int64
	counts []map[string]int64
}

// Admit checks that every retracted row is there and that no key stands twice
// afterwards; it then counts the changes in. It changes nothing when it refuses.
func (c *Admission) Admit(deltas map[uint32]row.Delta) error {
	var changes []*admitted
	for _, oid := range slices.Sorted(maps.Keys(deltas)) {
		t, err := c.table(oid)
		if err != nil {
			return err
		}
		b := row.Consolidate(deltas[oid])
		if b == nil {
			continue
		}
		ch := &admitted{tableCheck: t, rows: map[string]int64{}, counts: make([]map[string]int64, len(t.keys))}
		for k := range ch.counts {
			ch.counts[k] = map[string]int64{}
		}
		for i := range b.Len() {
			if err := c.admitRow(ch, b, i); err != nil {
				return err
			}
		}
		if err := ch.duplicate(deltas[oid]); err != nil {
			return err
		}
		changes = append(changes, ch)
	}
	for _, ch := range changes {
		maps.Copy(ch.tableCheck.rows, ch.rows)
		for k, counts := range ch.counts {
			maps.Copy(ch.tableCheck.counts[k], counts)
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
	t := &tableCheck{obj: obj, layout: obj.Layout(), rows: map[string]int64{}}
	if t.keys, err = keysOf(obj); err != nil {
		return nil, err
	}
	for range t.keys {
		t.counts = append(t.counts, map[string]int64{})
	}
	c.tables[oid] = t
	return t, nil
}

func (c *Admission) admitRow(ch *admitted, b *row.Batch, i int) error {
	entry, _ := ch.layout.Encode(nil, nil, b, i)
	n, ok := ch.rows[string(entry)]
	if !ok {
		if n, ok = ch.tableCheck.rows[string(entry)]; !ok {
			n = c.weight(ch.tableCheck, entry)
		}
	}
	n += b.Weights[i]
	if n < 0 {
		return concurrentUpdate()
	}
	ch.rows[string(entry)] = n
	for k, by := range ch.keys {
		key, ok := by.of(b, i)
		if !ok {
			continue
		}
		have, ok := ch.counts[k][string(key)]
		if !ok {
			if have, ok = ch.tableCheck.counts[k][string(key)]; !ok {
				have = c.keyRows(by, key)
			}
		}
		ch.counts[k][string(key)] = have + b.Weights[i]
	}
	return nil
}

// duplicate is the error of a key that stands twice, nil if there is none: of the
// first of the new rows, in the order of the statement, that finds one there.
func (ch *admitted) duplicate(d row.Delta) error {
	before := make([]map[string]int64, len(ch.keys)) // of the keys that stand twice, the rows that are not new
	found := false
	for k, counts := range ch.counts {
		before[k] = map[string]int64{}
		for key, n := range counts {
			if n > 1 {
				before[k][key] = n
				found = true
			}
		}
	}
	if !found {
		return nil
	}
	visit := func(each func(b *row.Batch, i, k int, key string) error) error {
		for _, b := range d {
			for i := range b.Len() {
				for k, by := range ch.keys {
					key, ok := by.of(b, i)
					if _, twice := before[k][string(key)]; !ok || !twice || b.Weights[i] <= 0 {
						continue
					}
					if err := each(b, i, k, string(key)); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
	_ = visit(func(b *row.Batch, i, k int, key string) error {
		before[k][key] -= b.Weights[i]
		return nil
	})
	return visit(func(b *row.Batch, i, k int, key string) error {
		if before[k][key] += b.Weights[i]; before[k][key] > 1 {
			return ch.keys[k].exists(ch.obj, b, i)
		}
		return nil
	})
}

// weight is the weight of a stored row.
func (c *Admission) weight(t *tableCheck, entry []byte) int64 {
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

// keyRows counts the stored rows of a key.
func (c *Admission) keyRows(by *keyed, key []byte) int64 {
	var n int64
	for _, tree := range c.snap.Trees(by.Rows) {
		it := tree.Scan(key, PrefixEnd(key))
		for it.Next() {
			n += entryWeight(it.Value())
		}
		it.Close()
	}
	return n
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
