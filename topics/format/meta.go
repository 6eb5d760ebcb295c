package format

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"unicode/utf8"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/topics"
)

// about appends a column that comes from beside the value.
func (d *Decoder) about(s *slot, m *topics.Message) *DecodeError {
	switch s.Origin {
	case Key:
		return d.wholeKey(s, m.Key)
	case Partition:
		return appendNumber(s, int64(m.Partition))
	case Offset:
		return appendNumber(s, m.Offset)
	case Timestamp:
		if m.Time == topics.NoTime {
			return s.null()
		}
		s.out.AppendInt(m.Time + datetime.UnixEpochMicro)
		return nil
	case Header:
		for i := len(m.Headers) - 1; i >= 0; i-- {
			if h := &m.Headers[i]; h.Key == s.field && h.Value != nil {
				return appendRaw(s, h.Value)
			} else if h.Key == s.field {
				break
			}
		}
		return s.null()
	}
	d.tmp = appendHeaders(d.tmp[:0], m.Headers)
	return appendText(s.out, s.Type, string(d.tmp))
}

func (s *slot) null() *DecodeError {
	if s.NotNull {
		return nullError(s.Name)
	}
	s.out.AppendNull()
	return nil
}

func appendNumber(s *slot, v int64) *DecodeError {
	if s.Type.Kind == row.Int8 || s.Type.Kind == row.Int4 && v == int64(int32(v)) {
		s.out.AppendInt(v)
		return nil
	}
	return appendText(s.out, s.Type, strconv.FormatInt(v, 10))
}

// appendRaw appends bytes as they are, to bytea or to a text type.
func appendRaw(s *slot, v []byte) *DecodeError {
	if s.Type.Kind == row.Bytea {
		s.out.AppendBytes(v)
		return nil
	}
	if err := checkText(v); err != nil {
		return err
	}
	return appendText(s.out, s.Type, string(v))
}

// checkText refuses what no text value may hold.
func checkText(v []byte) *DecodeError {
	if !utf8.Valid(v) || bytes.IndexByte(v, 0) >= 0 {
		return &DecodeError{Code: codeBadEncoding, Message: `invalid byte sequence for encoding "UTF8"`}
	}
	return nil
}

func (d *Decoder) wholeKey(s *slot, key []byte) *DecodeError {
	if key == nil {
		return s.null()
	}
	switch s.Type.Kind {
	case row.Bytea, row.Text, row.Varchar, row.BPChar:
		return appendRaw(s, key)
	}
	return d.scalarKey(s, key)
}

// scalarKey reads a key that is one JSON value, or plain text.
func (d *Decoder) scalarKey(s *slot, key []byte) *DecodeError {
	sc := scanner{b: key}
	c := sc.space()
	if k := s.Type.Kind; k == row.JSON || k == row.JSONB || c == '"' || k == row.Array && c == '[' {
		if err := s.read(d, &sc, s, c); err != nil {
			return err
		}
		if sc.space(); sc.p != len(key) {
			return sc.brokenAt(sc.p, "more follows the key")
		}
		return nil
	}
	if c == '-' || isDigit(c) {
		// A number, unless it is the begin of a date, a uuid or the like.
		if err := s.read(d, &sc, s, c); err == nil && sc.space() == 0 && sc.p == len(key) {
			return nil
		}
		s.out.Truncate(d.baseOf(s))
	}
	if err := checkText(key); err != nil {
		return err
	}
	return appendText(s.out, s.Type, string(key))
}

// keyFields appends the columns of the primary key.
func (d *Decoder) keyFields(key []byte) *DecodeError {
	sc := scanner{b: key}
	if sc.space() != '{' {
		if len(d.keys) > 1 {
			return &DecodeError{Code: codeInvalidText, Message: "the key is no JSON object, and the primary key has several columns"}
		}
		s := &d.keys[0]
		if err := d.scalarKey(s, key); err != nil {
			return err.of(s.Name)
		}
		return nil
	}
	sc.p++
	for first := true; ; first = false {
		c := sc.space()
		if c == '}' && first {
			sc.p++
			break
		}
		if c != '"' {
			return sc.expected("a field name")
		}
		name, err := sc.str()
		if err != nil {
			return err
		}
		if sc.space() != ':' {
			return sc.expected(`":"`)
		}
		sc.p++
		if err := d.keyField(&sc, name); err != nil {
			return err
		}
		if c = sc.space(); c == '}' {
			sc.p++
			break
		}
		if c != ',' {
			return sc.expected(`"," or "}"`)
		}
		sc.p++
	}
	if sc.space(); sc.p != len(key) {
		return sc.brokenAt(sc.p, "more follows the key")
	}
	for i := range d.keys {
		if s := &d.keys[i]; s.out.Len() == d.baseOf(s) {
			return nullError(s.Name)
		}
	}
	return nil
}

// keyField reads one field of a key's object. A part of a primary key is never NULL.
func (d *Decoder) keyField(sc *scanner, name text) *DecodeError {
	raw, err := name.appendTo(nil)
	if err == nil {
		for i := range d.keys {
			s := &d.keys[i]
			if s.field != string(raw) {
				continue
			}
			s.out.Truncate(d.baseOf(s))
			c := sc.space()
			if c == 'n' {
				return nullError(s.Name)
			}
			if err := s.read(d, sc, s, c); err != nil {
				return err.of(s.Name)
			}
			return nil
		}
	}
	_, err = sc.value(1)
	return err
}

// appendHeaders writes headers as a JSON array.
func appendHeaders(dst []byte, hs []topics.Header) []byte {
	dst = append(dst, '[')
	for i, h := range hs {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"key":`...)
		dst = appendJSONString(dst, []byte(h.Key))
		dst = append(dst, `,"value":`...)
		if h.Value == nil {
			dst = append(dst, "null}"...)
			continue
		}
		dst = append(appendJSONString(dst, h.Value), '}')
	}
	return append(dst, ']')
}

// appendJSONString writes text as a JSON string, and what is no text in hex.
func appendJSONString(dst, v []byte) []byte {
	if checkText(v) != nil {
		dst = append(dst, `"\\x`...)
		return append(hex.AppendEncode(dst, v), '"')
	}
	dst = append(dst, '"')
	for _, c := range v {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, `\u00`...)
			dst = hex.AppendEncode(dst, []byte{c})
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
