package engine

import (
	"time"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// tarn.epochs and tarn.commits: what the last ones did, and what it took;
// tarn.arrangements and tarn.memory: where the state is.

var (
	typeInt8  = row.T(row.Int8)
	typeTime  = row.T(row.Timestamptz)
	typeFloat = row.T(row.Float8)
	typeText  = row.T(row.Text)
	typeBool  = row.T(row.Bool)
)

// epochColumns has a pair for each stage: its rows, and its time, which is added
// up over the shards or readers that work side by side.
var epochColumns = []SystemColumn{
	{"epoch", typeInt8}, {"clock", typeTime}, {"rows", typeInt8}, {"milliseconds", typeFloat},
	{"decoded_rows", typeInt8}, {"decode_ms", typeFloat},
	{"written_rows", typeInt8}, {"cut_ms", typeFloat},
	{"linear_rows", typeInt8}, {"linear_ms", typeFloat},
	{"exchange_rows", typeInt8}, {"exchange_ms", typeFloat},
	{"state_rows", typeInt8}, {"state_ms", typeFloat},
	{"output_rows", typeInt8}, {"output_ms", typeFloat},
	{"publish_ms", typeFloat}, {"commit_stall_ms", typeFloat},
}

func (db *Database) epochTable(_ *SystemContext, out *row.Batch) error {
	b := builder{out}
	for _, e := range db.epochs.All() {
		s, w := &e.stages, &e.stages.work
		b.add(e.epoch, e.clock, e.rows, milliseconds(e.took),
			s.decoded, milliseconds(s.decode), s.written, milliseconds(s.cut),
			w.RowsIn[operators.LinearWork], nanos(w.Nanos[operators.LinearWork]),
			w.RowsIn[operators.ExchangeWork], nanos(w.Nanos[operators.ExchangeWork]),
			w.RowsIn[operators.StateWork], nanos(w.Nanos[operators.StateWork]),
			w.RowsOut[operators.OutputWork], nanos(w.Nanos[operators.OutputWork]),
			milliseconds(s.publish), milliseconds(s.stall))
	}
	return nil
}

var commitColumns = []SystemColumn{
	{"epoch", typeInt8}, {"time", typeTime}, {"milliseconds", typeFloat},
	{"freeze_ms", typeFloat}, {"write_ms", typeFloat}, {"ingest_ms", typeFloat}, {"stall_ms", typeFloat},
	{"rows", typeInt8}, {"bytes", typeInt8}, {"files", typeInt8}, {"sublevels", typeInt8}, {"compaction_debt", typeInt8},
}

func (db *Database) commitTable(_ *SystemContext, out *row.Batch) error {
	b := builder{out}
	for _, c := range db.commits.All() {
		s := &c.stats
		b.add(c.epoch, timestamp(c.at), milliseconds(c.took),
			milliseconds(c.freeze), milliseconds(s.Write), milliseconds(s.Ingest), milliseconds(c.stall),
			s.Rows, s.Bytes, s.Files, s.Sublevels, s.Debt)
	}
	return nil
}

var arrangementColumns = []SystemColumn{
	{"arrangement", typeInt8}, {"object", typeText}, {"operator", typeText}, {"part", typeText}, {"rows", typeInt8},
	{"memory_bytes", typeInt8}, {"disk_bytes", typeInt8}, {"resident", typeBool},
	{"hot_rows", typeInt8}, {"dirty_bytes", typeInt8}, {"cold_reads", typeInt8}, {"evicted", typeInt8}, {"loaded", typeInt8},
}

// arrangementTable has a row for each arrangement, those of hydrations and of
// what was dropped and is still on disk included.
func (db *Database) arrangementTable(ctx *SystemContext, out *row.Batch) error {
	owners := map[storage.ArrID]string{errorsArr: "tarn.errors"}
	labels := map[storage.ArrID]catalog.StateLabel{errorsArr: {Operator: "output", Part: "rows"}}
	for _, o := range stateOf(ctx).catalog.Ordered() {
		for id := range o.Arrangements() {
			if owners[id] != "" {
				owners[id] += ", " + o.Name
				continue
			}
			owners[id], labels[id] = o.Name, o.StateLabel(id)
		}
	}
	b := builder{out}
	for _, a := range db.store.Stats() {
		l := labels[a.ID]
		var hot any
		if a.HotRows >= 0 {
			hot = a.HotRows
		}
		b.add(int64(a.ID), textOrNull(owners[a.ID]), textOrNull(l.Operator), textOrNull(l.Part), a.Rows,
			a.HotBytes, a.ColdBytes, a.Resident, hot, a.DirtyBytes, a.ColdReads, a.Evicted, a.Loaded)
	}
	return nil
}

func timestamp(t time.Time) row.Datum { return row.IntDatum(t.UnixMicro() - pgEpochMicros) }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func nanos(n int64) float64 { return milliseconds(time.Duration(n)) }
