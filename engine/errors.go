package engine

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

// tarn.errors is a collection like any other: an undecodable message is a row
// of it for good; a row on which a view's expression fails is in it for as long
// as that row is in the view's input.

// pgEpochMicros is 2000-01-01 in microseconds since the Unix epoch.
const pgEpochMicros = 946684800 * 1_000_000

// errorsArr keeps tarn.errors.
const errorsArr storage.ArrID = 1

var errorColumns = []SystemColumn{
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

func errorTypes() []row.Type {
	out := make([]row.Type, len(errorColumns))
	for i, c := range errorColumns {
		out[i] = c.Type
	}
	return out
}

// errorsLayout keys the rows by object, so that dropping it drops its errors.
func errorsLayout() *row.Layout {
	return row.NewLayout(errorTypes(), []row.KeyCol{{Col: 0}, {Col: 2}, {Col: 3}}, false)
}

// errorRow is a change of tarn.errors.
type errorRow struct {
	cells  row.Row
	weight int64
}

// badMessageRow is a message that the source could not decode.
func badMessageRow(m *ingest.BadMessage, source string) errorRow {
	t := row.NullDatum
	if m.TimeMicros != topics.NoTime {
		t = row.IntDatum(m.TimeMicros - pgEpochMicros)
	}
	return errorRow{weight: 1, cells: row.Row{
		row.StringDatum(source), row.StringDatum("source"),
		row.IntDatum(int64(m.Partition)), row.IntDatum(m.Offset), t,
		bytesOrNull(m.Key), bytesOrNull(m.Value), row.NullDatum,
		row.StringDatum(m.Code), row.StringDatum(m.Cause),
	}}
}

// viewErrorRow is a row on which an expression of a view failed.
func viewErrorRow(e operators.ErrorRow) errorRow {
	pe := pgerr.From(e.Err)
	return errorRow{weight: e.Weight, cells: row.Row{
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

// applyErrors adds the changes to tarn.errors. It belongs to the loop.
func (db *Database) applyErrors(rows []errorRow) error {
	if len(rows) == 0 {
		return nil
	}
	b := row.NewBatch(errorTypes(), len(rows))
	for _, r := range rows {
		b.AppendRow(r.cells, r.weight)
	}
	net := row.Consolidate(row.Delta{b})
	if net == nil {
		return nil
	}
	if err := addToTree(db.store.Tree(errorsArr, 0), errorsLayout(), net); err != nil {
		return err
	}
	return db.readError(errorsArr)
}

// dropErrors forgets the errors of a dropped object. It belongs to the loop.
func (db *Database) dropErrors(object string) error {
	t := db.store.Tree(errorsArr, 0)
	prefix := errorsLayout().KeyPrefixDatums(nil, []row.Datum{row.StringDatum(object)})
	var keys [][]byte
	it := t.Scan(prefix, table.PrefixEnd(prefix))
	for it.Next() {
		keys = append(keys, bytes.Clone(it.Key()))
	}
	it.Close()
	for _, k := range keys {
		t.Delete(k)
	}
	return db.readError(errorsArr)
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
