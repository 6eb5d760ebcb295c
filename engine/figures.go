package engine

import (
	"time"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/cells"
	"github.com/tarndb/tarn/engine/failure"
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

var arrangementColumns = systemColumns([]column{
	{"arrangement", typeInt8}, {"object", typeText}, {"operator", typeText}, {"part", typeText}, {"rows", typeInt8},
	{"memory_bytes", typeInt8}, {"disk_bytes", typeInt8}, {"resident", typeBool},
	{"hot_rows", typeInt8}, {"dirty_bytes", typeInt8}, {"cold_reads", typeInt8}, {"evicted", typeInt8}, {"loaded", typeInt8},
})

// arrangementTable has a row for each arrangement, those of hydrations and of
// what was dropped and is still on disk included.
func (db *Database) arrangementTable(ctx *SystemContext, out *row.Batch) error {
	owners := map[storage.ArrID]string{failure.Arr: "tarn.errors"}
	labels := map[storage.ArrID]catalog.StateLabel{failure.Arr: {Operator: "output", Part: "rows"}}
	for _, o := range stateOf(ctx).catalog.Ordered() {
		for id := range o.Arrangements() {
			if owners[id] != "" {
				owners[id] += ", " + o.Name
				continue
			}
			owners[id], labels[id] = o.Name, o.StateLabel(id)
		}
	}
	b := cells.Builder{Out: out}
	for _, a := range db.store.Stats() {
		l := labels[a.ID]
		var hot any
		if a.HotRows >= 0 {
			hot = a.HotRows
		}
		b.Add(int64(a.ID), cells.TextOrNull(owners[a.ID]), cells.TextOrNull(l.Operator), cells.TextOrNull(l.Part), a.Rows,
			a.HotBytes, a.ColdBytes, a.Resident, hot, a.DirtyBytes, a.ColdReads, a.Evicted, a.Loaded)
	}
	return nil
}

// pgEpochMicros is 2000-01-01 in microseconds since the Unix epoch.
const pgEpochMicros = 946684800 * 1_000_000

func timestamp(t time.Time) row.Datum { return row.IntDatum(t.UnixMicro() - pgEpochMicros) }
