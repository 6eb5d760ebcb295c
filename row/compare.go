package row

import (
	"bytes"
	"encoding/binary"
	"math"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/row/ordered"
)

// CompareValues compares two not-NULL values of columns of one type in
// PostgreSQL's order: -1, 0 or 1, and 0 exactly when "=" says so.
func CompareValues(a *Column, i int, b *Column, j int) int {
	switch a.Type.Phys() {
	case PhysInt:
		return compare(a.Ints[i], b.Ints[j])
	case PhysFloat:
		return compare(ordered.FloatBits(a.Floats[i]), ordered.FloatBits(b.Floats[j]))
	}
	return compareBytes(a.Type, a.Bytes(i), b.Bytes(j))
}

// CompareDatums compares two not-NULL values of one type as CompareValues does.
func CompareDatums(t Type, a, b Datum) int {
	switch t.Phys() {
	case PhysInt:
		return compare(a.I, b.I)
	case PhysFloat:
		return compare(ordered.FloatBits(a.F), ordered.FloatBits(b.F))
	}
	return compareBytes(t, a.B, b.B)
}

func compare[T int64 | uint64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func compareBytes(t Type, a, b []byte) int {
	switch t.Kind {
	case Numeric:
		if v, s, ok := numeric.DecodeSmall(a); ok {
			if w, r, ok := numeric.DecodeSmall(b); ok && s == r {
				return compare(v, w)
			}
		}
		return numeric.Decode(a).Cmp(numeric.Decode(b))
	case BPChar:
		return bytes.Compare(trimBlanks(a), trimBlanks(b))
	case Interval:
		return datetime.DecodeInterval(a).Cmp(datetime.DecodeInterval(b))
	case JSONB, Array, Int2Vector, OIDVector, Record:
		if bytes.Equal(a, b) {
			return 0
		}
		return bytes.Compare(appendKeyBytes(nil, t, a), appendKeyBytes(nil, t, b))
	}
	return bytes.Compare(a, b)
}

// compareFaithful orders two slots of columns of one type: NULLs last, then
// PostgreSQL's order, then among equals that print differently by their bytes.
func compareFaithful(a *Column, i int, b *Column, j int) int {
	if n, m := a.IsNull(i), b.IsNull(j); n || m {
		switch {
		case n && m:
			return 0
		case n:
			return 1
		}
		return -1
	}
	if c := CompareValues(a, i, b, j); c != 0 || !KeyLossy(a.Type) {
		return c
	}
	if a.Type.Phys() == PhysFloat {
		return compare(faithfulBits(a.Floats[i]), faithfulBits(b.Floats[j]))
	}
	return bytes.Compare(a.Bytes(i), b.Bytes(j))
}

func faithfulBits(v float64) uint64 { return math.Float64bits(canonicalFloat(v)) }

// CompareRows is the total order of rows of the same types, weights aside: by the
// columns from the first on, each ascending in PostgreSQL's order with NULLs
// last, and among values that are equal but print differently (KeyLossy) by their
// physical bytes. It is 0 exactly for rows that are EqualRow.
func CompareRows(a *Batch, i int, b *Batch, j int) int {
	for c := range a.Cols {
		if r := compareFaithful(&a.Cols[c], i, &b.Cols[c], j); r != 0 {
			return r
		}
	}
	return 0
}

// EqualRow reports that two rows of the same types are the same row: equal in
// every column down to what it prints. It is the identity that consolidation uses.
func EqualRow(a *Batch, i int, b *Batch, j int) bool {
	for c := range a.Cols {
		if !equalSlot(&a.Cols[c], i, &b.Cols[c], j) {
			return false
		}
	}
	return true
}

func equalSlot(a *Column, i int, b *Column, j int) bool {
	if n := a.IsNull(i); n || b.IsNull(j) {
		return n && b.IsNull(j)
	}
	switch a.Type.Phys() {
	case PhysInt:
		return a.Ints[i] == b.Ints[j]
	case PhysFloat:
		return faithfulBits(a.Floats[i]) == faithfulBits(b.Floats[j])
	}
	return bytes.Equal(a.Data[a.Offs[i]:a.Offs[i+1]], b.Data[b.Offs[j]:b.Offs[j+1]])
}

// sortPrefixes makes for each row of a column an integer that sorts as
// compareFaithful does, except that equal integers say nothing; exact reports
// that equal integers mean equal values.
func sortPrefixes(c *Column, out []sortItem) (exact bool) {
	exact = !c.HasNulls()
	switch {
	case c.Type.Phys() == PhysInt:
		for i := range out {
			out[i].prefix = uint64(c.Ints[out[i].row]) ^ 1<<63
		}
	case c.Type.Phys() == PhysFloat:
		exact = false
		for i := range out {
			out[i].prefix = ordered.FloatBits(c.Floats[out[i].row])
		}
	case c.Type.textKey() && c.Type.Kind != BPChar || c.Type.Kind == UUID:
		exact = false
		for i := range out {
			r := out[i].row
			out[i].prefix = bytesPrefix(c.Data[c.Offs[r]:c.Offs[r+1]])
		}
	default:
		exact = false
		var key []byte
		for i := range out {
			r := out[i].row
			if c.IsNull(int(r)) {
				continue
			}
			key = appendKeyBytes(key[:0], c.Type, c.Data[c.Offs[r]:c.Offs[r+1]])
			out[i].prefix = bytesPrefix(key)
		}
	}
	if c.HasNulls() {
		for i := range out {
			if c.IsNull(int(out[i].row)) {
				out[i].prefix = math.MaxUint64
			}
		}
	}
	return exact
}

func bytesPrefix(b []byte) uint64 {
	if len(b) >= 8 {
		return binary.BigEndian.Uint64(b)
	}
	var u uint64
	for i, c := range b {
		u |= uint64(c) << (56 - 8*i)
	}
	return u
}
