package ingest

import (
	"fmt"
	"math"
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// Waterline says how late rows may be. Each partition has a level, in the order
// of its offsets the greatest event time so far less the delay; a row whose event
// time lies below the level before it is late, and goes to the bad messages. So
// what is accepted depends on the partition's messages alone, not on when
// they are read or how they are cut into epochs. A NULL is never late.
type Waterline struct {
	Column int   // the declared column of event times, of type timestamp or timestamptz
	Delay  int64 // microseconds
}

// NoLevel is the level of a partition that has had no event time.
const NoLevel = math.MinInt64

// codeLate is PostgreSQL's data_exception.
const codeLate = "22000"

// reads adds the column of event times to the wanted ones.
func (w *Waterline) reads(wanted []int) []int {
	if w == nil || slices.Contains(wanted, w.Column) {
		return wanted
	}
	out := append(slices.Clone(wanted), w.Column)
	slices.Sort(out)
	return out
}

// admit says whether a row may be accepted at a level, and gives the level after it.
func (w *Waterline) admit(level int64, times *row.Column, i int) (after int64, ok bool) {
	if times.IsNull(i) {
		return level, true
	}
	at := times.Ints[i]
	if at < level {
		return level, false
	}
	// Infinite times would end the stream: they are accepted, and say nothing.
	if at == math.MaxInt64 || at < math.MinInt64+w.Delay {
		return level, true
	}
	return max(level, at-w.Delay), true
}

// late describes a row that is too late.
func (w *Waterline) late(level int64, times *row.Column, i int) (code, cause string) {
	text := func(v int64) string { return row.TextOf(times.Type, row.IntDatum(v), nil) }
	return codeLate, fmt.Sprintf("the row is late: its event time %s is before the waterline %s", text(times.Ints[i]), text(level))
}

// sift takes the late rows out of a batch whose rows have the offsets from ... and
// on, and gives the partition's level after it.
func (w *Waterline) sift(b *row.Batch, p int32, from, level int64) (kept *row.Batch, late []BadMessage, after int64) {
	times := &b.Cols[w.Column]
	var sel []int32
	for i := range b.Len() {
		now, ok := w.admit(level, times, i)
		if !ok {
			if late == nil {
				sel = make([]int32, 0, b.Len())
				for j := range i {
					sel = append(sel, int32(j))
				}
			}
			code, cause := w.late(level, times, i)
			late = append(late, BadMessage{Partition: p, Offset: from + int64(i), TimeMicros: topics.NoTime, Code: code, Cause: cause})
		} else if late != nil {
			sel = append(sel, int32(i))
		}
		level = now
	}
	if late == nil {
		return b, nil, level
	}
	return gatherWanted(b, sel), late, level
}

// gatherWanted chooses rows of a batch whose unwanted columns are empty.
func gatherWanted(b *row.Batch, sel []int32) *row.Batch {
	out := &row.Batch{Cols: make([]row.Column, len(b.Cols))}
	for c := range b.Cols {
		if b.Cols[c].Len() < b.Len() {
			out.Cols[c] = row.Column{Type: b.Cols[c].Type}
			continue
		}
		out.Cols[c] = row.NewColumn(b.Cols[c].Type, len(sel))
		for _, i := range sel {
			out.Cols[c].AppendFrom(&b.Cols[c], int(i))
		}
	}
	for _, i := range sel {
		out.Weights = append(out.Weights, b.Weights[i])
	}
	return out
}
