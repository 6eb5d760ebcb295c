package format

import (
	"fmt"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// Decoder appends messages to batches as rows. It is for one goroutine.
//
// How JSON values become values of a column: null and a field that is missing
// are NULL. Numbers become integers and numerics exactly, or it is an error
// (1.0 and 1e3 are integers, 1.5 is none); floats are rounded to the nearest.
// Strings are read as the type's text form. A text column takes any other value
// as its JSON text; json and jsonb take every value. An array becomes an array.
// Integers become timestamps by their size: seconds below 1e11, milliseconds
// below 1e14, microseconds below 1e17 since 1970-01-01 00:00:00 UTC. Where a
// field occurs twice, the last one counts. Field names are matched with case.
type Decoder struct {
	format Format
	types  []row.Type
	fields []slot // Origin Field, in declared order: the order to be expected in messages
	keys   []slot // Origin KeyField
	rest   []slot // all other origins
	byName map[string]int

	bound   *row.Column  // first column of the batch that the slots' outs point into
	scratch []row.Column // where unwanted columns go
	base    int          // rows of the batch before this message
	dirty   bool         // scratch is not empty
	shape   shape
	marks   []mark // of the values of this message, for learning its shape
	turn    uint64 // number of this message, to tell which fields it has had
	tmp     []byte
	days    dayCache
	json    scanner // kept here because readers are called through pointers, and it would escape
}

// slot is a column, and where its values go.
type slot struct {
	Column
	field string // name of the field or header
	after string // the field's name as it follows another where there is no white space: ,"name":
	read  reader
	want  int // column of the batch, or -1
	drop  int // else, column of scratch
	out   *row.Column
	seen  uint64 // the turn in which the field was last met
}

// NewDecoder compiles a spec. Errors are *topics.OptionError.
func NewDecoder(spec Spec) (*Decoder, error) {
	d := &Decoder{format: spec.Format, byName: map[string]int{}}
	want, err := d.wanted(spec)
	if err != nil {
		return nil, err
	}
	for i, c := range spec.Columns {
		s := slot{Column: c, field: c.Field, want: want[i]}
		if s.field == "" {
			s.field = c.Name
		}
		if s.want < 0 {
			s.drop = len(d.scratch)
			d.scratch = append(d.scratch, row.NewColumn(c.Type, 1))
		}
		if err := s.check(); err != nil {
			return nil, err
		}
		s.read = readerOf(c.Type)
		if !strings.ContainsAny(s.field, "\"\\") {
			s.after = `,"` + s.field + `":`
		}
		switch c.Origin {
		case Field:
			if _, twice := d.byName[s.field]; twice {
				return nil, &topics.OptionError{Code: codeInvalidTableDef, Message: fmt.Sprintf("field %q is read by two columns", s.field)}
			}
			d.byName[s.field] = len(d.fields)
			d.fields = append(d.fields, s)
		case KeyField:
			d.keys = append(d.keys, s)
		default:
			d.rest = append(d.rest, s)
		}
	}
	if spec.Format == Upsert && !d.hasKey() {
		return nil, &topics.OptionError{Code: codeInvalidTableDef, Message: "FORMAT UPSERT needs a primary key",
			Hint: "Declare PRIMARY KEY (column), where the column is in the messages' key."}
	}
	return d, nil
}

// wanted maps every declared column to its place in the batch, or -1.
func (d *Decoder) wanted(spec Spec) ([]int, error) {
	want := make([]int, len(spec.Columns))
	list := spec.Wanted
	if list == nil {
		for i := range want {
			want[i] = i
			d.types = append(d.types, spec.Columns[i].Type)
		}
		return want, nil
	}
	for i := range want {
		want[i] = -1
	}
	for at, i := range list {
		if i < 0 || i >= len(want) || want[i] >= 0 {
			return nil, fmt.Errorf("format: wanted columns %v of %d", list, len(want))
		}
		want[i] = at
		d.types = append(d.types, spec.Columns[i].Type)
	}
	return want, nil
}

func (d *Decoder) hasKey() bool {
	for i := range d.rest {
		if d.rest[i].Origin == Key {
			return true
		}
	}
	return len(d.keys) > 0
}

// check refuses types that a part of a message cannot have.
func (s *slot) check() error {
	k := s.Type.Kind
	ok := k != row.Unknown && k != row.Record && k != row.Void
	switch s.Origin {
	case Partition:
		ok = k.IsInteger() || k == row.Text || k == row.Varchar
	case Offset:
		ok = k == row.Int8 || k == row.Numeric || k == row.Text || k == row.Varchar
	case Timestamp:
		ok = k == row.Timestamptz || k == row.Timestamp
	case Headers:
		ok = k == row.JSONB || k == row.JSON || k == row.Text
	case Header:
		ok = k == row.Bytea || k == row.Text || k == row.Varchar
	}
	if ok {
		return nil
	}
	names := [...]string{Field: "a field", Key: "the key", KeyField: "the key", Partition: "the partition",
		Offset: "the offset", Timestamp: "the timestamp", Headers: "the headers", Header: "a header"}
	return &topics.OptionError{Code: codeInvalidTableDef, Option: s.Name,
		Message: fmt.Sprintf("column %q cannot be of type %s: it is %s of messages", s.Name, s.Type.Name(), names[s.Origin])}
}

// NewBatch makes a batch for the decoder with room for n rows.
func (d *Decoder) NewBatch(n int) *row.Batch { return row.NewBatch(d.types, n) }

// bind points the slots at the columns of a batch.
func (d *Decoder) bind(into *row.Batch) {
	if len(into.Cols) > 0 {
		d.bound = &into.Cols[0]
	}
	for _, list := range [][]slot{d.fields, d.keys, d.rest} {
		for i := range list {
			if s := &list[i]; s.want >= 0 {
				s.out = &into.Cols[s.want]
			} else {
				s.out = &d.scratch[s.drop]
			}
		}
	}
}

// Decode appends a message to a batch of the decoder's types as one row, with
// its weight. On an error, a *DecodeError, the batch is as it was. Nothing of
// the message is kept.
func (d *Decoder) Decode(m *topics.Message, into *row.Batch) (Op, error) {
	if len(into.Cols) > 0 && d.bound != &into.Cols[0] || d.turn == 0 {
		d.bind(into)
	}
	d.turn++
	d.base = into.Len()
	if d.dirty {
		for i := range d.scratch {
			d.scratch[i].Reset()
		}
		d.dirty = false
	}
	op, err := d.message(m)
	if err != nil {
		for i := range into.Cols {
			into.Cols[i].Truncate(d.base)
		}
		return op, err
	}
	weight := int64(1)
	if op == Delete {
		weight = -1
	}
	into.Weights = append(into.Weights, weight)
	return op, nil
}

func (d *Decoder) message(m *topics.Message) (Op, *DecodeError) {
	op := Insert
	if d.format == Upsert {
		if op = Put; m.Value == nil {
			op = Delete
		}
		if m.Key == nil {
			return op, &DecodeError{Code: codeNullNotAllowed, Message: "the message has no key"}
		}
	}
	d.dirty = len(d.scratch) > 0 && len(d.keys)+len(d.rest) > 0
	if len(d.keys) > 0 {
		if err := d.keyFields(m.Key); err != nil {
			return op, err
		}
	}
	for i := range d.rest {
		if err := d.about(&d.rest[i], m); err != nil {
			return op, err.of(d.rest[i].Name)
		}
	}
	switch {
	case op == Delete:
		d.dirty = len(d.scratch) > 0
		for i := range d.fields {
			d.fields[i].out.AppendNull()
		}
		return op, nil
	case len(d.fields) == 0:
		return op, nil
	case m.Value == nil:
		return op, &DecodeError{Code: codeNullNotAllowed, Message: "the message has no value"}
	}
	return op, d.object(m.Value)
}

// baseOf is the length of a slot's column before this message.
func (d *Decoder) baseOf(s *slot) int {
	if s.want >= 0 {
		return d.base
	}
	return 0
}

// object decodes a value's fields.
func (d *Decoder) object(value []byte) *DecodeError {
	if len(d.shape.parts) > 0 {
		if d.shaped(value) {
			return nil
		}
		for i := range d.fields {
			f := &d.fields[i]
			f.out.Truncate(d.baseOf(f))
		}
	}
	d.dirty = len(d.scratch) > 0
	if err := d.anyObject(value); err != nil {
		return err
	}
	if d.shape.wait--; d.shape.wait < 0 {
		d.learn(value)
	}
	return nil
}

// anyObject decodes a value's fields, in whatever order and however they are written.
func (d *Decoder) anyObject(value []byte) *DecodeError {
	d.marks = d.marks[:0]
	d.json = scanner{b: value}
	s := &d.json
	if s.space() != '{' {
		return s.expected("an object")
	}
	s.p++
	found, next := 0, 0
	c := s.space()
	for first := true; c != '}'; first = false {
		i, err := d.fieldName(s, c, first, next)
		if err != nil {
			return err
		}
		s.space()
		m := mark{begin: 0, value: s.p, slot: i}
		if n := len(d.marks); n > 0 {
			m.begin = d.marks[n-1].end
		}
		if i < 0 {
			if _, err := s.value(1); err != nil {
				return err
			}
		} else {
			f := &d.fields[i]
			if f.seen == d.turn {
				f.out.Truncate(d.baseOf(f))
			} else {
				f.seen = d.turn
				found++
			}
			next = i + 1
			if err := d.fieldValue(s, f); err != nil {
				return err
			}
		}
		m.end = s.p
		d.marks = append(d.marks, m)
		c = s.space()
	}
	s.p++
	if s.space(); s.p != len(value) {
		return s.brokenAt(s.p, "more follows the object")
	}
	return d.absent(found)
}

// absent gives the fields that the object lacks a NULL.
func (d *Decoder) absent(found int) *DecodeError {
	if found == len(d.fields) {
		return nil
	}
	for i := range d.fields {
		f := &d.fields[i]
		if f.seen == d.turn {
			continue
		}
		if f.NotNull {
			return nullError(f.Name)
		}
		f.out.AppendNull()
	}
	return nil
}

// fieldName reads a comma unless the field is the first, a field's name and a
// colon, and finds the field's slot, -1 for none. Producers write fields in a
// fixed order, so the one after the last is tried first.
func (d *Decoder) fieldName(s *scanner, c byte, first bool, next int) (int, *DecodeError) {
	likely := ""
	if next < len(d.fields) {
		likely = d.fields[next].after
	}
	if !first {
		if c != ',' {
			return 0, s.expected(`"," or "}"`)
		}
		if likely != "" && s.skip(likely) {
			return next, nil
		}
		s.p++
		c = s.space()
	}
	if likely != "" && s.skip(likely[1:]) {
		return next, nil
	}
	if c != '"' {
		return 0, s.expected("a field name")
	}
	name, err := s.str()
	if err != nil {
		return 0, err
	}
	if s.space() != ':' {
		return 0, s.expected(`":"`)
	}
	s.p++
	raw := name.raw
	if name.escaped {
		// A name with an impossible code point is no column's name.
		if d.tmp, err = name.appendTo(d.tmp[:0]); err != nil {
			return -1, nil
		}
		raw = d.tmp
	}
	if i, ok := d.byName[string(raw)]; ok {
		return i, nil
	}
	return -1, nil
}

// fieldValue appends the value that follows to the slot's column.
func (d *Decoder) fieldValue(s *scanner, f *slot) *DecodeError {
	c := s.space()
	if c == 'n' {
		if err := s.literal("null"); err != nil {
			return err
		}
		if f.NotNull {
			return nullError(f.Name)
		}
		f.out.AppendNull()
		return nil
	}
	if err := f.read(d, s, f, c); err != nil {
		return err.of(f.Name)
	}
	return nil
}
