package format

import (
	"encoding/binary"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
)

// readDatetime reads a string. A number is refused: as a text form it would
// mean something (20240102 is a date), and hardly what the producer meant.
func readDatetime(d *Decoder, s *scanner, f *slot, c byte) *DecodeError {
	if c != '"' {
		return d.mismatch(s, f)
	}
	return readAny(d, s, f, c)
}

// readTimestamp reads a string, or an integer since the Unix epoch.
func readTimestamp(d *Decoder, s *scanner, f *slot, c byte) *DecodeError {
	if c != '"' {
		if c != '-' && !isDigit(c) {
			return d.mismatch(s, f)
		}
		num, _, err := s.number()
		if err != nil {
			return err
		}
		v, whole, fits := wholeNumber(num)
		if !whole {
			return syntax(f.Type, num)
		}
		micros, ok := epochMicros(v)
		if !ok || !fits {
			return &DecodeError{Code: codeDatetimeRange, Message: fmt.Sprintf("timestamp out of range: %s", shown(num))}
		}
		f.out.AppendInt(micros)
		return nil
	}
	t, err := s.str()
	if err != nil {
		return err
	}
	if ts, ok := d.days.isoTimestamp(t.raw, f.Type.Kind == row.Timestamptz); ok && f.Type.Typmod() < 0 {
		f.out.Ints = append(f.out.Ints, ts)
		return nil
	}
	if d.tmp, err = t.appendTo(d.tmp[:0]); err != nil {
		return err
	}
	return appendText(f.out, f.Type, string(d.tmp))
}

// epochMicros turns an integer since the Unix epoch, whose unit its size tells,
// into a timestamp.
func epochMicros(v int64) (int64, bool) {
	abs := v
	if abs < 0 {
		abs = -abs
	}
	switch {
	case abs < 0:
		return 0, false
	case abs < 1e11:
		v *= 1e6
	case abs < 1e14:
		v *= 1e3
	case abs >= 1e17:
		return 0, false
	}
	return v + datetime.UnixEpochMicro, true
}

// dayCache is the last date read and its midnight: events that follow each other
// are mostly of the same day.
type dayCache struct {
	text     [10]byte
	midnight int64
}

// date reads 2024-01-02.
func (d *dayCache) date(b []byte) (midnight int64, ok bool) {
	if [10]byte(b) == d.text {
		return d.midnight, true
	}
	century, year, month, day := two(b[0:]), two(b[2:]), two(b[5:]), two(b[8:])
	year += century * 100
	if b[4] != '-' || b[7] != '-' || century < 0 || year < 1 || month < 1 || month > 12 || day < 1 ||
		day > int64(datetime.MonthDays(year, int(month))) {
		return 0, false
	}
	d.text = [10]byte(b)
	d.midnight = datetime.Days(year, month, day) * datetime.Day
	return d.midnight, true
}

// isoTimestamp reads the forms that producers write, and no other:
// 2024-01-02T03:04:05[.123456][Z|+00:00|+0000|+00], with a space for the T. ok is
// false for everything else, good or bad. A zone is ignored for timestamp and
// UTC is assumed without one, as PostgreSQL does in a session in UTC.
func (d *dayCache) isoTimestamp(b []byte, zoned bool) (ts int64, ok bool) {
	if len(b) < 19 || b[10] != 'T' && b[10] != ' ' || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	ts, ok = d.date(b)
	hour, minute, second := two(b[11:]), two(b[14:]), two(b[17:])
	if !ok || uint64(hour) > 23 || uint64(minute) > 59 || uint64(second) > 59 {
		return 0, false
	}
	ts += (hour*3600 + minute*60 + second) * 1e6
	b = b[19:]
	if len(b) > 1 && b[0] == '.' {
		micros, n := fraction(b[1:])
		if n == 0 {
			return 0, false
		}
		ts += micros
		b = b[1+n:]
	}
	offset, ok := zoneOffset(b)
	if zoned {
		ts -= offset
	}
	return ts, ok
}

// fraction reads the digits after a second's point as microseconds; n is 0 where
// there are none, or more than six, which would have to be rounded.
func fraction(b []byte) (micros int64, n int) {
	if len(b) >= 8 {
		micros, n = eightDigits(binary.LittleEndian.Uint64(b))
	} else {
		for n < len(b) && isDigit(b[n]) {
			micros = micros*10 + int64(b[n]-'0')
			n++
		}
	}
	if n > 6 {
		return 0, 0
	}
	return micros * tens[6-n], n
}

// zoneOffset reads nothing, Z, or a sign and hours with or without minutes.
func zoneOffset(b []byte) (micros int64, ok bool) {
	switch {
	case len(b) == 0, len(b) == 1 && b[0]|0x20 == 'z':
		return 0, true
	case b[0] != '+' && b[0] != '-':
		return 0, false
	}
	var hours, minutes int64
	switch {
	case len(b) == 3:
		hours = two(b[1:])
	case len(b) == 5:
		hours, minutes = two(b[1:]), two(b[3:])
	case len(b) == 6 && b[3] == ':':
		hours, minutes = two(b[1:]), two(b[4:])
	default:
		return 0, false
	}
	if uint64(hours) > 14 || uint64(minutes) > 59 {
		return 0, false
	}
	micros = (hours*60 + minutes) * 60e6
	if b[0] == '-' {
		micros = -micros
	}
	return micros, true
}

// two reads two digits; negative if they are none.
func two(b []byte) int64 {
	hi, lo := b[0]-'0', b[1]-'0'
	if hi > 9 || lo > 9 {
		return -1000
	}
	return int64(hi)*10 + int64(lo)
}
