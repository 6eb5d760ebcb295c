package datetime

import "github.com/tarndb/tarn/row/fault"

// decodeFull reads a text that must have a date.
func decodeFull(s string, clock Clock) (*decoder, error) {
	fields, err := split(s)
	if err != nil {
		return nil, err
	}
	d := &decoder{clock: clock}
	if err := d.decode(fields, false); err != nil {
		return nil, err
	}
	if d.seen&hasDate != hasDate {
		return nil, errFormat
	}
	return d, nil
}

// ParseDate reads a date as a day number.
func ParseDate(s string, clock Clock) (int64, error) {
	d, err := decodeFull(s, clock)
	if err != nil {
		return 0, parseError(err, "date", s)
	}
	switch d.special {
	case specialEpoch:
		return unixEpochDays, nil
	case specialEarly:
		return DateNegInf, nil
	case specialLate:
		return DatePosInf, nil
	}
	days := Days(d.year, int64(d.month), int64(d.day))
	if days < DateMin || days >= DateEnd {
		return 0, fault.New(fault.DatetimeOverflow, "date out of range: \"%s\"", s)
	}
	return days, nil
}

// ParseTimestamp reads a timestamp without time zone; a zone in the text is ignored.
func ParseTimestamp(s string, clock Clock) (int64, error) {
	d, err := decodeFull(s, clock)
	if err != nil {
		return 0, parseError(err, "timestamp", s)
	}
	ts, ok := d.local()
	if !ok {
		return 0, fault.New(fault.DatetimeOverflow, "timestamp out of range: \"%s\"", s)
	}
	return ts, nil
}

// ParseTimestamptz reads a timestamp with time zone; without a zone in the text the clock's holds.
func ParseTimestamptz(s string, clock Clock) (int64, error) {
	d, err := decodeFull(s, clock)
	if err != nil {
		return 0, parseError(err, "timestamp with time zone", s)
	}
	ts, ok := d.local()
	if ok && d.special == 0 {
		switch {
		case d.seen&hasZone == 0:
			ts = FromLocal(ts, clock.zone())
		case d.zone != nil:
			ts = FromLocal(ts, d.zone)
		default:
			ts -= int64(d.offset) * Second
		}
		ok = ts >= TimestampMin && ts < TimestampEnd
	}
	if !ok {
		return 0, fault.New(fault.DatetimeOverflow, "timestamp out of range: \"%s\"", s)
	}
	return ts, nil
}

// local is the date and time as if in UTC; ok is false outside the range of timestamps.
func (d *decoder) local() (ts int64, ok bool) {
	switch d.special {
	case specialEpoch:
		return UnixEpochMicro, true
	case specialEarly:
		return TimestampNegInf, true
	case specialLate:
		return TimestampPosInf, true
	}
	days := Days(d.year, int64(d.month), int64(d.day))
	if days < DateMin-1 || days > TimestampEnd/Day {
		return 0, false
	}
	ts = days*Day + d.micros
	return ts, ts >= TimestampMin && ts < TimestampEnd
}

// ParseTime reads a time of day; a date in the text matters only to a zone, which is
// checked and then ignored.
func ParseTime(s string, clock Clock) (int64, error) {
	d, err := decodeTime(s, clock)
	if err == nil {
		if err = d.zoneKnown(); err == nil {
			return d.micros, nil
		}
	}
	return 0, parseError(err, "time", s)
}

// decodeTime reads a text that must have a time of day.
func decodeTime(s string, clock Clock) (*decoder, error) {
	fields, err := split(s)
	if err != nil {
		return nil, err
	}
	d := &decoder{clock: clock}
	if err := d.decode(fields, true); err != nil {
		return nil, err
	}
	if d.seen&hasTime == 0 || d.special != 0 {
		return nil, errFormat
	}
	return d, nil
}

// zoneKnown is an error for a time in a zone whose offset depends on a date that is
// not there.
func (d *decoder) zoneKnown() error {
	if d.zone == nil || d.seen&hasDate == hasDate {
		return nil
	}
	if _, ok := fixedZone(d.zone); !ok {
		return errFormat
	}
	return nil
}
