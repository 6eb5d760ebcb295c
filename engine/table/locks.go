package table

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Locks are rows that a transaction relies on, by table: the entries of FOR UPDATE and
// its kin. Nobody waits for them; when the transaction commits what it has written they
// must be as they were.
type Locks map[uint32]map[string]struct{}

// Add locks rows of a table that an epoch has; those that the transaction itself has
// written are not among them. bytes is what the new ones take.
func (l Locks) Add(snap Snapshot, oid uint32, b *row.Batch) (bytes int64, err error) {
	c := NewAdmission(snap)
	t, err := c.table(oid)
	if err != nil {
		return 0, err
	}
	if l[oid] == nil {
		l[oid] = map[string]struct{}{}
	}
	for i := range b.Len() {
		entry, _ := t.layout.Encode(nil, nil, b, i)
		if _, ok := l[oid][string(entry)]; ok || c.weight(t, entry) <= 0 {
			continue
		}
		l[oid][string(entry)] = struct{}{}
		bytes += int64(len(entry))
	}
	return bytes, nil
}

// Unchanged checks that locked rows are there: 40001 if one is not.
func (c *Admission) Unchanged(locks Locks) error {
	for oid, rows := range locks {
		t, err := c.table(oid)
		if err != nil {
			return err
		}
		for entry := range rows {
			n, ok := t.rows[entry]
			if !ok {
				n = c.weight(t, []byte(entry))
			}
			if n <= 0 {
				return concurrentUpdate()
			}
		}
	}
	return nil
}

func concurrentUpdate() error {
	return pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent update")
}
