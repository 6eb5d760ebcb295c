package pgwire

import (
	"bytes"
	"encoding/binary"

	"github.com/tarndb/tarn/sql/pgerr"
)

// bindMessage is a Bind, taken apart in memory that the next one uses again; its
// bytes are the message's.
type bindMessage struct {
	portal, statement []byte
	formats           []int16  // of the parameters
	params            [][]byte // nil: NULL
	results           []int16
}

// decode takes a Bind apart; false if it is none.
func (m *bindMessage) decode(b []byte) bool {
	d := decoder{b: b}
	m.portal, m.statement = d.cstring(), d.cstring()
	m.formats = d.codes(m.formats[:0])
	clear(m.params)
	m.params = m.params[:0]
	for range d.count() {
		size := int32(d.uint32())
		if size < 0 {
			m.params = append(m.params, nil)
			continue
		}
		m.params = append(m.params, d.bytes(int(size)))
	}
	m.results = d.codes(m.results[:0])
	return !d.bad
}

// decodeExecute takes an Execute apart.
func decodeExecute(b []byte) (portal []byte, limit int64, ok bool) {
	d := decoder{b: b}
	portal = d.cstring()
	limit = int64(int32(d.uint32()))
	return portal, limit, !d.bad
}

// decoder reads the fields of a message. Once one is cut short, all are zero.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) cstring() []byte {
	n := bytes.IndexByte(d.b, 0)
	if n < 0 {
		d.b, d.bad = nil, true
		return nil
	}
	s := d.b[:n:n]
	d.b = d.b[n+1:]
	return s
}

// bytes is not nil, also where it is empty.
func (d *decoder) bytes(n int) []byte {
	if len(d.b) < n {
		d.b, d.bad = nil, true
		return []byte{}
	}
	s := d.b[:n:n]
	d.b = d.b[n:]
	return s
}

func (d *decoder) count() int {
	if len(d.b) < 2 {
		d.b, d.bad = nil, true
		return 0
	}
	n := binary.BigEndian.Uint16(d.b)
	d.b = d.b[2:]
	return int(n)
}

func (d *decoder) uint32() uint32 {
	if len(d.b) < 4 {
		d.b, d.bad = nil, true
		return 0
	}
	n := binary.BigEndian.Uint32(d.b)
	d.b = d.b[4:]
	return n
}

func (d *decoder) codes(dst []int16) []int16 {
	for range d.count() {
		dst = append(dst, int16(d.count()))
	}
	return dst
}

func errMessageFormat() error {
	return pgerr.New(pgerr.ProtocolViolation, "invalid message format")
}
