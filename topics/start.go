package topics

import "strconv"

// StartMode says where a source begins in a log that it has not read before.
type StartMode uint8

// The modes.
const (
	Earliest StartMode = iota // the first message kept
	Latest                    // only what arrives after the source was made
	AtOffset                  // Start.Offset, or Start.Offsets where it lists the partition
	AtTime                    // the first message at or after Start.Millis
)

var startModes = [...]string{Earliest: "earliest", Latest: "latest", AtOffset: "offset", AtTime: "timestamp"}

// String is the mode as the option scan.startup.mode spells it.
func (m StartMode) String() string { return startModes[m] }

// Start is where a source begins. The zero value is the earliest message.
type Start struct {
	Mode    StartMode
	Offset  int64           // AtOffset: for the partitions that Offsets does not list
	Offsets map[int32]int64 // AtOffset
	Millis  int64           // AtTime: since the Unix epoch
}

// Of is the offset at which a partition starts, given what the log holds and,
// for AtTime, the offset of the first message at or after the time (the range's
// End when there is none). An offset outside of the range is moved into it: a
// start is a wish about history, not a position that a commit has recorded.
func (s Start) Of(partition int32, r Range, atTime int64) int64 {
	offset := r.Start
	switch s.Mode {
	case Latest:
		offset = r.End
	case AtTime:
		offset = atTime
	case AtOffset:
		offset = s.Offset
		if o, ok := s.Offsets[partition]; ok {
			offset = o
		}
	}
	return min(max(offset, r.Start), r.End)
}

// String describes the start for people.
func (s Start) String() string {
	switch s.Mode {
	case AtTime:
		return "timestamp " + strconv.FormatInt(s.Millis, 10)
	case AtOffset:
		if len(s.Offsets) == 0 {
			return "offset " + strconv.FormatInt(s.Offset, 10)
		}
	}
	return s.Mode.String()
}
