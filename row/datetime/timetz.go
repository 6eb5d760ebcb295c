package datetime

import (
	"time"

	"github.com/tarndb/tarn/row/fault"
)

// Timetz is a time of day in a zone that is so many seconds west of UTC.
//
// As a number it is the time in UTC, in microseconds that may be below zero or past a day's
// end, and behind it, in 17 bits, the zone: numbers are in PostgreSQL's order, by the moment and then by the zone from the east.
type Timetz struct {
	Micros int64
	West   int
}

const (
	zoneBits  = 17
	zoneShift = 1 << (zoneBits - 1)
	zoneLimit = 16 * 3600 // zones are less far away from UTC
)

// The numbers that stand for a time are from the beginning of the day in the east
// to its end in the west.
var (
	TimetzMin = Timetz{Micros: 0, West: 1 - zoneLimit}.Int()
	TimetzMax = Timetz{Micros: Day, West: zoneLimit - 1}.Int()
)

// Int is the number that stands for the time.
func (t Timetz) Int() int64 {
	return (t.Micros+int64(t.West)*Second)<<zoneBits | int64(t.West+zoneShift)
}

// TimetzOf is the time that a number stands for.
func TimetzOf(v int64) Timetz {
	west := int(v&(1<<zoneBits-1)) - zoneShift
	return Timetz{Micros: v>>zoneBits - int64(west)*Second, West: west}
}

// Valid reports a time of the day in a zone that there may be.
func (t Timetz) Valid() bool {
	return t.Micros >= 0 && t.Micros <= Day && t.West > -zoneLimit && t.West < zoneLimit
}

// Check is the error of a time that is not valid.
func (t Timetz) Check() error {
	switch {
	case t.Micros < 0 || t.Micros > Day:
		return fault.New(fault.DatetimeOverflow, "time out of range")
	case !t.Valid():
		return fault.New(fault.InvalidZoneOffset, "time zone displacement out of range")
	}
	return nil
}

// In is the same moment of a day in another zone.
func (t Timetz) In(west int) Timetz {
	return Timetz{Micros: floorMod(t.Micros+int64(t.West-west)*Second, Day), West: west}
}

// Append appends the text form.
func (t Timetz) Append(dst []byte) []byte { return AppendOffset(AppendTime(dst, t.Micros), -t.West) }

// LocalTimetz is the time of day that it is at an instant in a zone.
func LocalTimetz(ts int64, zone *time.Location) Timetz {
	offset := Offset(ts, zone)
	_, micros := Split(ts + int64(offset)*Second)
	return Timetz{Micros: micros, West: -offset}
}

// TimeToday is a time of day in a zone, on the day that it is there at the instant now.
func TimeToday(micros, now int64, zone *time.Location) Timetz {
	days, _ := Split(now + int64(Offset(now, zone))*Second)
	local := days*Day + micros
	return Timetz{Micros: micros, West: int((FromLocal(local, zone) - local) / Second)}
}

// ParseTimetz reads a time of day in a zone: the clock's if the text has none, as it is
// on the text's date or, without one, today.
func ParseTimetz(s string, clock Clock) (Timetz, error) {
	d, err := decodeTime(s, clock)
	if err == nil {
		var t Timetz
		if t, err = d.timetz(); err == nil {
			return t, nil
		}
	}
	return Timetz{}, parseError(err, "time with time zone", s)
}

func (d *decoder) timetz() (Timetz, error) {
	if err := d.zoneKnown(); err != nil {
		return Timetz{}, err
	}
	zone := d.zone
	if zone == nil {
		if d.seen&hasZone != 0 {
			return Timetz{Micros: d.micros, West: -d.offset}, nil
		}
		zone = d.clock.zone()
	}
	switch {
	case d.seen&hasDate == hasDate:
		local := Days(d.year, int64(d.month), int64(d.day))*Day + d.micros
		return Timetz{Micros: d.micros, West: int((FromLocal(local, zone) - local) / Second)}, nil
	case d.seen&hasDate != 0:
		return Timetz{}, errFormat
	}
	if d.clock.Now != nil {
		return TimeToday(d.micros, *d.clock.Now, zone), nil
	}
	if west, ok := fixedZone(zone); ok {
		return Timetz{Micros: d.micros, West: west}, nil
	}
	return Timetz{}, ErrVolatile
}

// fixedZone is the offset of a zone that never had another, as far as the years tell
// for which the time zone database has more than a rule.
func fixedZone(zone *time.Location) (west int, ok bool) {
	if zone == time.UTC {
		return 0, true
	}
	first := Offset(Days(1850, 1, 1)*Day, zone)
	for month := int64(0); month < 12*200; month++ {
		if Offset(Days(1850, 1+month, 1)*Day, zone) != first {
			return 0, false
		}
	}
	return -first, true
}
