package copytext

import (
	"bytes"

	"github.com/tarndb/tarn/sql/pgerr"
)

// Field is a value as it was written.
type Field struct {
	Text   string
	Null   bool
	Quoted bool
}

// Reader cuts rows out of a stream that comes in parts.
type Reader struct {
	f     *Format
	buf   []byte
	at    int  // what is before it is taken
	line  int  // of the row that Next gave last
	crlf  bool // lines end in both
	known bool // crlf is decided
	ended bool // \. has come
	raw   []byte
}

// NewReader begins a stream.
func NewReader(f *Format) *Reader { return &Reader{f: f} }

// Add takes the next part of the stream.
func (r *Reader) Add(data []byte) {
	if r.ended {
		return
	}
	r.buf = append(r.buf[:copy(r.buf, r.buf[r.at:])], data...)
	r.at = 0
}

// Line is the number of the row that Next gave last, from 1.
func (r *Reader) Line() int { return r.line }

// Raw is that row as it came, until the next call of Next.
func (r *Reader) Raw() []byte { return r.raw }

// Next gives the fields of the next row; ok is false where it has not come whole, or
// at the end. last says that no more will come.
func (r *Reader) Next(last bool) (fields []Field, ok bool, err error) {
	if r.ended || r.at == len(r.buf) {
		return nil, false, nil
	}
	rest := r.buf[r.at:]
	end, lines, open := r.rowEnd(rest)
	if end < 0 {
		if !last {
			return nil, false, nil
		}
		end = len(rest)
		r.at = len(r.buf)
	} else {
		r.at += end + 1
	}
	if r.line++; r.known { // as PostgreSQL counts: not inside of the first row
		r.line += lines
	}
	row := rest[:end]
	if n := len(row); n > 0 && row[n-1] == '\r' && (r.crlf || !r.known) {
		row, r.crlf = row[:n-1], true
	}
	r.known = true
	r.raw = row
	if open {
		return nil, false, pgerr.New(pgerr.BadCopyFileFormat, "unterminated CSV quoted field")
	}
	if string(row) == `\.` {
		r.ended = true
		return nil, false, nil
	}
	if r.f.CSV {
		return r.csvFields(row), true, nil
	}
	return r.textFields(row), true, nil
}

// rowEnd finds the line end after a row, -1 if it has not come, and counts those
// inside it. open says that a quoted field has no end.
func (r *Reader) rowEnd(b []byte) (end, lines int, open bool) {
	if !r.f.CSV {
		for i := 0; i < len(b); i++ {
			switch b[i] {
			case '\\':
				i++ // what follows is part of the row, a line end too
			case '\n':
				return i, 0, false
			}
		}
		return -1, 0, false
	}
	quoted := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == r.f.Escape && r.f.Escape != r.f.Quote && i+1 < len(b) && (b[i+1] == r.f.Quote || b[i+1] == r.f.Escape):
			i++
		case c == r.f.Quote:
			quoted = !quoted
		case c == '\n' && quoted:
			lines++
		case c == '\n':
			return i, lines, false
		}
	}
	return -1, lines, quoted
}

func (r *Reader) textFields(row []byte) []Field {
	var out []Field
	for {
		end := 0
		for end < len(row) && row[end] != r.f.Delimiter {
			if row[end] == '\\' && end+1 < len(row) {
				end++
			}
			end++
		}
		field := row[:end]
		if string(field) == r.f.Null {
			out = append(out, Field{Null: true})
		} else {
			out = append(out, Field{Text: string(unescape(field))})
		}
		if end >= len(row) {
			return out
		}
		row = row[end+1:]
	}
}

// unescape reads the backslash sequences of the text form.
func unescape(b []byte) []byte {
	if bytes.IndexByte(b, '\\') < 0 {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		switch c := b[i]; {
		case c >= '0' && c <= '7':
			v, n := number(b[i:], 8, 3)
			out = append(out, v)
			i += n - 1
		case c == 'x' && i+1 < len(b) && digit(b[i+1]) < 16:
			v, n := number(b[i+1:], 16, 2)
			out = append(out, v)
			i += n
		default:
			if k := bytes.IndexByte([]byte("bfnrtv"), c); k >= 0 {
				c = "\b\f\n\r\t\v"[k]
			}
			out = append(out, c)
		}
	}
	return out
}

// number reads at most most digits.
func number(b []byte, base byte, most int) (v byte, n int) {
	for n < most && n < len(b) && digit(b[n]) < base {
		v = v*base + digit(b[n])
		n++
	}
	return v, n
}

func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}

func (r *Reader) csvFields(row []byte) []Field {
	var out []Field
	for i := 0; ; {
		var text []byte
		quoted, inside := false, false
	field:
		for ; i < len(row); i++ {
			c := row[i]
			switch {
			case inside && c == r.f.Escape && i+1 < len(row) && (row[i+1] == r.f.Quote || row[i+1] == r.f.Escape):
				i++
				text = append(text, row[i])
			case c == r.f.Quote:
				inside, quoted = !inside, true
			case c == r.f.Delimiter && !inside:
				break field
			default:
				text = append(text, c)
			}
		}
		out = append(out, Field{Text: string(text), Quoted: quoted, Null: !quoted && string(text) == r.f.Null})
		if i >= len(row) {
			return out
		}
		i++ // the delimiter
	}
}
