package jsonpaths

import (
	"cmp"
	"encoding/binary"
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/sql/pgerr"
)

// moment is what datetime() gives: an item of no kind that JSON has. Where it leaves the
// path it becomes a string.
type moment struct {
	kind row.Kind // date, time, timetz, timestamp or timestamptz
	at   int64    // as a column of the kind has it
	east int      // of a timestamptz: the zone that it was written in, in seconds
}

// A moment lies among the items behind a byte that begins no JSON.
const momentMark = 0x01

// kindMoment is the kind of moments, behind those of jsonb.
const kindMoment = jsonb.Object + 1

func (m moment) value() value {
	v := binary.BigEndian.AppendUint64([]byte{momentMark, byte(m.kind)}, uint64(m.at))
	return binary.BigEndian.AppendUint32(v, uint32(int32(m.east)))
}

func momentOf(v value) moment {
	return moment{row.Kind(v[1]), int64(binary.BigEndian.Uint64(v[2:])), int(int32(binary.BigEndian.Uint32(v[10:])))}
}

// kindOf is the kind of an item.
func kindOf(v value) jsonb.Kind {
	if len(v) > 0 && v[0] == momentMark {
		return kindMoment
	}
	return jsonb.KindOf(v)
}

// typeName is what type() says of an item.
func typeName(v value) string {
	if kindOf(v) == kindMoment {
		return row.T(momentOf(v).kind).String()
	}
	return kindNames[jsonb.KindOf(v)]
}

// json is an item as JSON.
func json(v value) value {
	if kindOf(v) != kindMoment {
		return v
	}
	m := momentOf(v)
	var text []byte
	switch m.kind {
	case row.Timestamp, row.Timestamptz:
		days, micros := datetime.Split(m.at + int64(m.east)*datetime.Second)
		date := datetime.AppendDate(nil, days)
		const era = " BC"
		bc := len(date) > len(era) && string(date[len(date)-len(era):]) == era
		if bc {
			date = date[:len(date)-len(era)]
		}
		text = datetime.AppendTime(append(date, 'T'), micros)
		if m.kind == row.Timestamptz {
			text = appendZone(text, m.east)
		}
		if bc {
			text = append(text, era...)
		}
	case row.Timetz:
		t := datetime.TimetzOf(m.at)
		text = appendZone(datetime.AppendTime(nil, t.Micros), -t.West)
	default:
		text = row.AppendText(nil, row.T(m.kind), row.IntDatum(m.at), nil)
	}
	return jsonb.AppendQuoted(nil, text)
}

// appendZone appends an offset, with minutes in any case.
func appendZone(dst []byte, east int) []byte {
	dst = datetime.AppendOffset(dst, east)
	if east%3600 == 0 {
		dst = append(dst, ":00"...)
	}
	return dst
}

// zones is how a path may use the session's time zone: not at all where it has none.
type zones struct {
	here *time.Location
	now  int64
}

// compareMoments compares two moments; ok is false where their types have nothing in
// common. The error is that of a comparison that needs the session's zone and may not use it.
func (z zones) compareMoments(a, b moment) (c int, ok bool, err error) {
	if a.kind > b.kind {
		c, ok, err = z.compareMoments(b, a)
		return -c, ok, err
	}
	ofDay := func(k row.Kind) bool { return k == row.Time || k == row.Timetz }
	if ofDay(a.kind) != ofDay(b.kind) {
		return 0, false, nil
	}
	left := a.at
	switch {
	case a.kind == b.kind:
	case a.kind == row.Date && b.kind == row.Timestamp:
		left *= datetime.Day
	case z.here == nil:
		return 0, false, pgerr.New(pgerr.FeatureNotSupported, "cannot convert value from %s to %s without time zone usage", row.T(a.kind).Name(), row.T(b.kind).Name()).
			WithHint("Use *_tz() function for time zone support.")
	case a.kind == row.Time:
		left = datetime.TimeToday(left, z.now, z.here).Int()
	case a.kind == row.Date:
		left = datetime.FromLocal(left*datetime.Day, z.here)
	default:
		left = datetime.FromLocal(left, z.here)
	}
	return cmp.Compare(left, b.at), true, nil
}
