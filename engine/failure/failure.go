// Package failure is the rows of tarn.errors: a collection like any other. An
// undecodable message is a row of it for good; a row on which a view's expression fails
// is in it for as long as that row is in the view's input.
package failure

import (
	"bytes"

	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
	"github.com/tarndb/tarn/topics"
)

// pgEpochMicros is 2000-01-01 in microseconds since the Unix epoch.
const pgEpochMicros = 946684800 * 1_000_000

// Arr keeps the rows.
const Arr storage.ArrID = 1

// Column is a column of tarn.errors.
type Column struct {
	Name string
	Type row.Type
}

// Columns are those of tarn.errors.
var Columns = []Column{
	{"object", row.T(row.Text)},
	{"kind", row.T(row.Text)},
	{"partition", row.T(row.Int4)},
	{"offset", row.T(row.Int8)},
	{"time", row.T(row.Timestamptz)},
	{"key", row.T(row.Bytea)},
	{"value", row.T(row.Bytea)},
	{"row", row.T(row.Text)},
	{"code", row.T(row.Text)},
	{"error", row.T(row.Text)},
}

func types() []row.Type {
	out := make([]row.Type, len(Columns))
	for i, c := range Columns {
		out[i] = c.Type
	}
	return out
}

// Layout keys the rows by object, so that dropping it drops its errors.
func Layout() *row.Layout {
	return row.NewLayout(types(), []row.KeyCol{{Col: 0}, {Col: 2}, {Col: 3}}, false)
}

// Change is a change of tarn.errors.
type Change struct {
	cells  row.Row
	weight int64
}

// Message is the text of the error.
func (c *Change) Message() string { return string(c.cells[len(c.cells)-1].B) }

// OfMessage is a message that the source could not decode.
func OfMessage(m *ingest.BadMessage, source string) Change {
	t := row.NullDatum
	if m.TimeMicros != topics.NoTime {
		t = row.IntDatum(m.TimeMicros - pgEpochMicros)
	}
	return Change{weight: 1, cells: row.Row{
		row.StringDatum(source), row.StringDatum("source"),
		row.IntDatum(int64(m.Partition)), row.IntDatum(m.Offset), t,
		bytesOrNull(m.Key), bytesOrNull(m.Value), row.NullDatum,
		row.StringDatum(m.Code), row.StringDatum(m.Cause),
	}}
}

// OfRow is a row on which an expression of a view failed.
func OfRow(e operators.ErrorRow) Change {
	pe := pgerr.From(e.Err)
	return Change{weight: e.Weight, cells: row.Row{
		row.StringDatum(e.Owner), row.StringDatum("materialized view"),
		row.NullDatum, row.NullDatum, row.NullDatum, row.NullDatum, row.NullDatum,
		row.BytesDatum(row.AppendRowText(nil, e.Types, e.Row, nil)),
		row.StringDatum(pe.Code), row.StringDatum(pe.Message),
	}}
}

func bytesOrNull(b []byte) row.Datum {
	if b == nil {
		return row.NullDatum
	}
	return row.BytesDatum(b)
}

// Apply adds changes to the rows.
func Apply(t *storage.Tree, changes []Change) error {
	b := row.NewBatch(types(), len(changes))
	for _, c := range changes {
		b.AppendRow(c.cells, c.weight)
	}
	net := row.Consolidate(row.Delta{b})
	if net == nil {
		return nil
	}
	return addToTree(t, Layout(), net)
}

// Drop forgets the rows of an object.
func Drop(t *storage.Tree, object string) {
	prefix := Layout().KeyPrefixDatums(nil, []row.Datum{row.StringDatum(object)})
	var keys [][]byte
	it := t.Scan(prefix, table.PrefixEnd(prefix))
	for it.Next() {
		keys = append(keys, bytes.Clone(it.Key()))
	}
	it.Close()
	for _, k := range keys {
		t.Delete(k)
	}
}

// addToTree adds a consolidated batch to a multiset arrangement.
func addToTree(t *storage.Tree, l *row.Layout, b *row.Batch) error {
	old := row.NewBatch(b.Types(), 1)
	var buf []byte
	for i := range b.Len() {
		key, _ := l.Encode(buf[:0], nil, b, i)
		buf = key
		weight := b.Weights[i]
		if value, ok := t.Get(key); ok {
			old.Reset()
			if err := l.Decode(key, value, old); err != nil {
				return err
			}
			weight += old.Weights[0]
		}
		if weight <= 0 {
			t.Delete(key)
			continue
		}
		t.Set(key, row.AppendWeight(nil, weight))
	}
	return nil
}
