package engine

import (
	"context"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/record"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// tableWrite is what one transaction changes in tables, on its way into an epoch.
type tableWrite struct {
	deltas map[uint32]row.Delta // by table
	pos    uint64               // in the table log, once it is there
	done   chan error           // answered when its epoch is complete
}

// writeRequest is a transaction that waits for its turn.
type writeRequest struct {
	deltas map[uint32]row.Delta
	record []byte // for the table log
	answer chan error
}

// groupBytes bounds the records that share a sync and an epoch, past the first one.
const groupBytes = 64 << 20

// sequence is the goroutine that puts the clients' writes in order. It takes
// all that wait, checks them against the newest epoch and each other, appends
// the good ones to the table log under one sync, and hands them to one epoch.
// Only then it takes the next ones: so it always checks against all before.
func (db *Database) sequence(ctx context.Context) {
	for {
		var batch []*writeRequest
		select {
		case <-ctx.Done():
			return
		case r := <-db.requests:
			batch = append(batch, r)
		}
		size := len(batch[0].record)
		for more := true; more && len(batch) < 1024 && size < groupBytes; {
			select {
			case r := <-db.requests:
				batch = append(batch, r)
				size += len(r.record)
			default:
				more = false
			}
		}
		db.sequenceBatch(ctx, batch)
	}
}

func (db *Database) sequenceBatch(ctx context.Context, batch []*writeRequest) {
	err := db.awaitTables(ctx, batch)
	if err == nil {
		err = db.refusedNow()
	}
	var st *state
	if err == nil {
		st, err = db.acquire(ctx, written(batch))
	}
	if err != nil {
		for _, r := range batch {
			r.answer <- err
		}
		return
	}
	check := newWriteCheck(st, db.shards)
	var good []*writeRequest
	for _, r := range batch {
		if err := check.admit(r.deltas); err != nil {
			r.answer <- err
			continue
		}
		good = append(good, r)
	}
	err = st.readError(check.read()...)
	st.release()
	if err != nil {
		for _, r := range good {
			r.answer <- err
		}
		return
	}
	if len(good) == 0 {
		return
	}
	db.logAndApply(ctx, good)
}

// written lists the tables that a batch changes.
func written(batch []*writeRequest) []uint32 {
	tables := map[uint32]bool{}
	for _, r := range batch {
		for oid := range r.deltas {
			tables[oid] = true
		}
	}
	return sortedKeys(tables)
}

// awaitTables returns when the tables that are written are themselves durable: a
// row must not be acknowledged before the table that it is in.
func (db *Database) awaitTables(ctx context.Context, batch []*writeRequest) error {
	durable := db.durableCatalog.Load()
	for _, r := range batch {
		for oid := range r.deltas {
			if durable.Objects[oid] == nil {
				return db.makeDurable(ctx)
			}
		}
	}
	return nil
}

// haltedNow is the error of changes once the epochs have stopped.
func (db *Database) haltedNow() error {
	if p := db.problem.Load(); p != nil {
		return haltedError(*p)
	}
	return nil
}

// refusedNow is why no write is taken.
func (db *Database) refusedNow() error {
	if err := db.haltedNow(); err != nil {
		return err
	}
	return db.pausedNow()
}

// logAndApply makes the writes durable and then visible.
func (db *Database) logAndApply(ctx context.Context, good []*writeRequest) {
	fail := func(err error) {
		for _, r := range good {
			r.answer <- err
		}
	}
	w := &tableWrite{deltas: map[uint32]row.Delta{}, done: make(chan error, 1)}
	var wait func() error
	for _, r := range good {
		w.pos, wait = db.tableLog.Append(r.record)
		for oid, d := range r.deltas {
			w.deltas[oid] = append(w.deltas[oid], d...)
		}
	}
	if err := wait(); err != nil {
		db.tableProblem.Store(&err)
		fail(diskError(err, "could not write the table log"))
		return
	}
	db.tableProblem.Store(nil)
	select {
	case db.writes <- w:
		db.notify()
	case <-ctx.Done():
		fail(errShutdown())
		return
	}
	select {
	case err := <-w.done:
		fail(err)
	case <-db.stopped:
		fail(errShutdown())
	}
}

// write applies a transaction's changes to tables and returns when they are
// durable and every later read sees them. A conflict with a transaction that
// came between is 40001.
func (db *Database) write(ctx context.Context, deltas map[uint32]row.Delta) error {
	if err := db.refusedNow(); err != nil {
		return err
	}
	r := &writeRequest{deltas: deltas, record: record.Encode(deltas), answer: make(chan error, 1)}
	select {
	case db.requests <- r:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-db.stopped:
		return errShutdown()
	}
	// From here on the transaction may happen: a cancel must not hide that.
	select {
	case err := <-r.answer:
		return err
	case <-db.stopped:
		return errShutdown()
	}
}

// writeCheck knows what is in the tables while a batch is admitted.
type writeCheck struct {
	st     *state
	shards int
	tables map[uint32]*tableCheck
}

type tableCheck struct {
	obj    *catalog.Object
	layout *row.Layout
	rows   map[string]int64 // entry key -> weight, as changed by the batch
	keys   map[string]int64 // primary key -> rows, as changed by the batch
}

func newWriteCheck(st *state, shards int) *writeCheck {
	return &writeCheck{st: st, shards: shards, tables: map[uint32]*tableCheck{}}
}

// read lists the arrangements that were looked into.
func (c *writeCheck) read() []storage.ArrID {
	out := []storage.ArrID{errorsArr} // never none, which would stand for all
	for _, t := range c.tables {
		out = append(out, t.obj.Output)
	}
	return out
}

// admit checks that every retracted row is there and no primary key stands
// twice afterwards; it then counts the changes in. It changes nothing when it
// refuses.
func (c *writeCheck) admit(deltas map[uint32]row.Delta) error {
	type change struct {
		t    *tableCheck
		rows map[string]int64
		keys map[string]int64
	}
	var changes []change
	for _, oid := range sortedKeys(deltas) {
		obj := c.st.catalog.Objects[oid]
		if obj == nil || obj.Kind != RelTable {
			return pgerr.New(pgerr.UndefinedTable, "table with OID %d does not exist", oid)
		}
		if obj.Stopped != "" {
			return stoppedObject(obj)
		}
		t := c.tables[oid]
		if t == nil {
			t = &tableCheck{obj: obj, layout: obj.Layout(), rows: map[string]int64{}, keys: map[string]int64{}}
			c.tables[oid] = t
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

func (c *writeCheck) admitRow(t *tableCheck, b *row.Batch, i int, rows, keys map[string]int64) error {
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
func (c *writeCheck) weight(t *tableCheck, b *row.Batch, i int, entry []byte) int64 {
	for _, tree := range c.st.trees[t.obj.Output] {
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
func (c *writeCheck) keyRows(t *tableCheck, b *row.Batch, i int, key string) int64 {
	var n int64
	for _, tree := range c.st.trees[t.obj.Output] {
		it := tree.Scan([]byte(key), prefixEnd([]byte(key)))
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
	name := o.Name + "_pkey"
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

// prefixEnd is the first key after all that begin with p; nil when there is none.
func prefixEnd(p []byte) []byte {
	end := append([]byte{}, p...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}
