package engine

import "github.com/tarndb/tarn/row"

// deltaBytes is about the memory that a delta's rows occupy.
func deltaBytes(d row.Delta) int64 {
	n := int64(0)
	for _, b := range d {
		n += b.Bytes()
	}
	return n
}

// deltaRows counts the rows of some relations' changes.
func deltaRows(m map[uint32]row.Delta) int {
	n := 0
	for _, d := range m {
		n += d.Rows()
	}
	return n
}
