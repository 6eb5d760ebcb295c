package history

import (
	"time"

	"github.com/tarndb/tarn/engine/cells"
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// Epoch is a row of tarn.epochs.
type Epoch struct {
	Epoch  uint64
	Clock  int64
	Rows   int
	Took   time.Duration
	Stages Stages
}

// Stages is what an epoch's time went to, and how many rows each stage had. What
// shards or readers do side by side is added up.
type Stages struct {
	Decode  time.Duration // of the readers, of the chunks that the epoch took
	Cut     time.Duration
	Work    operators.StepStats
	Publish time.Duration // errors, answers to writers, and changes for hydrations
	Stall   time.Duration // what commits kept the loop from since the epoch before
	Decoded int           // rows of sources, and messages that are none
	Written int           // rows of tables
}

// Commit is a row of tarn.commits.
type Commit struct {
	Epoch  uint64
	At     time.Time
	Took   time.Duration // from the freeze until the loop has taken note
	Freeze time.Duration // of the store, and what the loop does before it
	Stall  time.Duration // of the epochs
	Stats  storage.CommitStats
}

var (
	typeInt8  = row.T(row.Int8)
	typeTime  = row.T(row.Timestamptz)
	typeFloat = row.T(row.Float8)
)

// pgEpochMicros is 2000-01-01 in microseconds since the Unix epoch.
const pgEpochMicros = 946684800 * 1_000_000

// Column is a column of a table of figures.
type Column struct {
	Name string
	Type row.Type
}

// EpochColumns has a pair for each stage: its rows, and its time, which is added
// up over the shards or readers that work side by side.
var EpochColumns = []Column{
	{"epoch", typeInt8}, {"clock", typeTime}, {"rows", typeInt8}, {"milliseconds", typeFloat},
	{"decoded_rows", typeInt8}, {"decode_ms", typeFloat},
	{"written_rows", typeInt8}, {"cut_ms", typeFloat},
	{"linear_rows", typeInt8}, {"linear_ms", typeFloat},
	{"exchange_rows", typeInt8}, {"exchange_ms", typeFloat},
	{"state_rows", typeInt8}, {"state_ms", typeFloat},
	{"output_rows", typeInt8}, {"output_ms", typeFloat},
	{"publish_ms", typeFloat}, {"commit_stall_ms", typeFloat},
}

// EpochRows appends the rows of tarn.epochs.
func EpochRows(epochs *Ring[Epoch], out *row.Batch) {
	b := cells.Builder{Out: out}
	for _, e := range epochs.All() {
		s, w := &e.Stages, &e.Stages.Work
		b.Add(e.Epoch, e.Clock, e.Rows, milliseconds(e.Took),
			s.Decoded, milliseconds(s.Decode), s.Written, milliseconds(s.Cut),
			w.RowsIn[operators.LinearWork], nanos(w.Nanos[operators.LinearWork]),
			w.RowsIn[operators.ExchangeWork], nanos(w.Nanos[operators.ExchangeWork]),
			w.RowsIn[operators.StateWork], nanos(w.Nanos[operators.StateWork]),
			w.RowsOut[operators.OutputWork], nanos(w.Nanos[operators.OutputWork]),
			milliseconds(s.Publish), milliseconds(s.Stall))
	}
}

// CommitColumns are those of tarn.commits.
var CommitColumns = []Column{
	{"epoch", typeInt8}, {"time", typeTime}, {"milliseconds", typeFloat},
	{"freeze_ms", typeFloat}, {"write_ms", typeFloat}, {"ingest_ms", typeFloat}, {"stall_ms", typeFloat},
	{"rows", typeInt8}, {"bytes", typeInt8}, {"files", typeInt8}, {"sublevels", typeInt8}, {"compaction_debt", typeInt8},
}

// CommitRows appends the rows of tarn.commits.
func CommitRows(commits *Ring[Commit], out *row.Batch) {
	b := cells.Builder{Out: out}
	for _, c := range commits.All() {
		s := &c.Stats
		b.Add(c.Epoch, row.IntDatum(c.At.UnixMicro()-pgEpochMicros), milliseconds(c.Took),
			milliseconds(c.Freeze), milliseconds(s.Write), milliseconds(s.Ingest), milliseconds(c.Stall),
			s.Rows, s.Bytes, s.Files, s.Sublevels, s.Debt)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func nanos(n int64) float64 { return milliseconds(time.Duration(n)) }
