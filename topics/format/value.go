package format

import "github.com/tarndb/tarn/row"

// reader reads the JSON value at the scanner's position, whose first byte is c
// (white space before it is gone, null is handled), and appends it to the slot's
// column.
type reader func(d *Decoder, s *scanner, f *slot, c byte) *DecodeError

func readerOf(t row.Type) reader {
	switch t.Kind {
	case row.Bool:
		return readBool
	case row.Int2:
		return readInt[int16]
	case row.Int4:
		return readInt[int32]
	case row.Int8:
		return readInt[int64]
	case row.Float4, row.Float8:
		return readFloat
	case row.Numeric:
		return readNumeric
	case row.Text:
		return readString
	case row.Varchar, row.BPChar:
		if t.Kind == row.Varchar && t.Typmod() < 0 {
			return readString
		}
		return readAny
	case row.Timestamp, row.Timestamptz:
		return readTimestamp
	case row.Date, row.Time, row.Timetz, row.Interval:
		return readDatetime
	case row.JSON:
		return readJSON
	case row.JSONB:
		return readJSONB
	case row.Array:
		return readArray
	}
	return readAny
}

// readAny reads a string's value, or any other value's JSON text, as the type's text form.
func readAny(d *Decoder, s *scanner, f *slot, c byte) *DecodeError {
	if c != '"' {
		span, err := s.value(1)
		if err != nil {
			return err
		}
		return appendText(f.out, f.Type, string(span))
	}
	t, err := s.str()
	if err != nil {
		return err
	}
	if d.tmp, err = t.appendTo(d.tmp[:0]); err != nil {
		return err
	}
	return appendText(f.out, f.Type, string(d.tmp))
}

// appendText appends a value given in its type's text form.
func appendText(out *row.Column, t row.Type, text string) *DecodeError {
	datum, err := row.ParseText(t, text, nil)
	if err == nil && t.Typmod() >= 0 {
		datum, err = row.ApplyTypmod(t, datum, false)
	}
	if err != nil {
		return typeError(err)
	}
	out.Append(datum)
	return nil
}

func readBool(d *Decoder, s *scanner, f *slot, c byte) *DecodeError {
	switch c {
	case 't':
		if err := s.literal("true"); err != nil {
			return err
		}
		f.out.AppendInt(1)
		return nil
	case 'f':
		if err := s.literal("false"); err != nil {
			return err
		}
		f.out.AppendInt(0)
		return nil
	case '"':
		return readAny(d, s, f, c)
	}
	return d.mismatch(s, f)
}

// mismatch steps over a value that the type does not take, and says so.
func (d *Decoder) mismatch(s *scanner, f *slot) *DecodeError {
	span, err := s.value(1)
	if err != nil {
		return err
	}
	return syntax(f.Type, span)
}

func syntax(t row.Type, text []byte) *DecodeError {
	return &DecodeError{Code: codeInvalidText, Message: "invalid input syntax for type " + t.Base().String() + `: "` + shown(text) + `"`}
}

func outOfRange(t row.Type, text []byte) *DecodeError {
	return &DecodeError{Code: codeOutOfRange, Message: `value "` + shown(text) + `" is out of range for type ` + t.Base().String()}
}

// readString reads into text: a string's value, or any other value's JSON text.
func readString(d *Decoder, s *scanner, f *slot, c byte) *DecodeError {
	if c != '"' {
		span, err := s.value(1)
		if err != nil {
			return err
		}
		f.out.AppendBytes(span)
		return nil
	}
	t, err := s.str()
	if err != nil {
		return err
	}
	if !t.escaped {
		f.out.AppendBytes(t.raw)
		return nil
	}
	data, err := t.appendTo(f.out.Data)
	if err != nil {
		return err // what was written past the column's end is not part of it
	}
	f.out.Data = data
	f.out.EndBytes()
	return nil
}

// readJSON keeps a value's text as it is, as json does.
func readJSON(_ *Decoder, s *scanner, f *slot, _ byte) *DecodeError {
	span, err := s.value(1)
	if err != nil {
		return err
	}
	f.out.AppendBytes(span)
	return nil
}

func readJSONB(_ *Decoder, s *scanner, f *slot, _ byte) *DecodeError {
	span, err := s.value(1)
	if err != nil {
		return err
	}
	return appendText(f.out, f.Type, string(span))
}

// readArray reads a JSON array, or a string in the text form of arrays.
func readArray(d *Decoder, s *scanner, f *slot, c byte) *DecodeError {
	if c != '[' {
		if c == '"' {
			return readAny(d, s, f, c)
		}
		return d.mismatch(s, f)
	}
	var err *DecodeError
	if d.tmp, err = appendArray(d.tmp[:0], s, f.Type, 1); err != nil {
		return err
	}
	return appendText(f.out, f.Type, string(d.tmp))
}

// appendArray writes a JSON array in PostgreSQL's text form of arrays.
func appendArray(dst []byte, s *scanner, t row.Type, depth int) ([]byte, *DecodeError) {
	if depth > maxDepth {
		return dst, &DecodeError{Code: codeTooComplex, Message: "JSON is nested too deep"}
	}
	isJSON := t.Elem == row.JSON || t.Elem == row.JSONB
	dst = append(dst, '{')
	s.p++
	for first := true; ; first = false {
		c := s.space()
		if c == ']' && first {
			s.p++
			return append(dst, '}'), nil
		}
		if !first {
			dst = append(dst, ',')
		}
		var err *DecodeError
		switch {
		case c == '[' && !isJSON:
			dst, err = appendArray(dst, s, t, depth+1)
		case c == 'n':
			err = s.literal("null")
			dst = append(dst, "NULL"...)
		default:
			dst, err = appendElement(dst, s, c == '"' && !isJSON)
		}
		if err != nil {
			return dst, err
		}
		switch s.space() {
		case ',':
			s.p++
		case ']':
			s.p++
			return append(dst, '}'), nil
		default:
			return dst, s.expected(`"," or "]"`)
		}
	}
}

// appendElement writes one element between quotes.
func appendElement(dst []byte, s *scanner, isString bool) ([]byte, *DecodeError) {
	var value []byte
	if isString {
		t, err := s.str()
		if err != nil {
			return dst, err
		}
		if value, err = t.appendTo(nil); err != nil {
			return dst, err
		}
	} else {
		var err *DecodeError
		if value, err = s.value(1); err != nil {
			return dst, err
		}
	}
	dst = append(dst, '"')
	for _, c := range value {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"'), nil
}
