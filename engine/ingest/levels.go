package ingest

import (
	"maps"
	"math"
)

// A source's waterline is the promise that no row with an earlier event time will
// be accepted: the least of its partitions' levels, which are functions of the
// partitions' messages (see Waterline). It is a part of the recorded prefix.

// Levels are a source's levels. They belong to the epoch loop.
type Levels struct {
	Start map[int32]int64 // of partitions that joined later: where their rows begin
	Now   map[int32]int64 // at the offsets of the epoch
	Mark  int64           // the waterline, which never falls
}

// NewLevels makes the levels of a source of which nothing was read.
func NewLevels() Levels {
	return Levels{Start: map[int32]int64{}, Now: map[int32]int64{}, Mark: NoLevel}
}

// LevelOf is a partition's level in a map; a partition that has had no event time
// is not in it.
func LevelOf(m map[int32]int64, p int32) int64 {
	if v, ok := m[p]; ok {
		return v
	}
	return NoLevel
}

// Advance takes note of a chunk's level. A partition that joins begins at the
// waterline: what lies before it was promised not to come.
func (l *Levels) Advance(c *Chunk, reader *Reader) {
	if c.Joins {
		if l.Mark != NoLevel {
			l.Start[c.Partition], l.Now[c.Partition] = l.Mark, l.Mark
		}
		reader.Admit(c.Partition, l.Mark)
		return
	}
	if c.Level != NoLevel {
		l.Now[c.Partition] = c.Level
	}
}

// Settle moves the waterline to the least level of the partitions.
func (l *Levels) Settle(offsets map[int32]int64) (moved bool) {
	if len(offsets) == 0 {
		return false
	}
	least := int64(math.MaxInt64)
	for p := range offsets {
		least = min(least, LevelOf(l.Now, p))
	}
	if least <= l.Mark {
		return false
	}
	l.Mark = least
	return true
}

// Load goes on from levels that were saved; nil: from none.
func (l *Levels) Load(saved *Levels) {
	if saved == nil {
		return
	}
	maps.Copy(l.Start, saved.Start)
	maps.Copy(l.Now, saved.Now)
	l.Mark = saved.Mark
}
