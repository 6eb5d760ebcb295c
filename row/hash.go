package row

import (
	"encoding/binary"
	"math/bits"

	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/row/numeric"
	"github.com/tarndb/tarn/row/ordered"
)

// The hash decides which shard owns a row, also on disk: it must not change.
// Multiply-and-fold mixing, after the wyhash family.
const (
	hashSeed = 0x9e3779b97f4a7c15
	hashMul  = 0xe7037ed1a0b428db
	hashMul2 = 0x8ebc6af09c88c6e3
	hashNull = 0x589965cc75374cc3
)

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

func mix(h, v uint64) uint64 { return fold(h^v^hashMul2, hashMul^bits.RotateLeft64(h, 32)) }

// finish spreads the last column's bits: the top bits choose a shard, the low
// ones a slot.
func finish(h uint64) uint64 {
	h ^= h >> 32
	h *= hashSeed
	return h ^ h>>29
}

func hashBytes(h uint64, b []byte) uint64 {
	n := uint64(len(b))
	for len(b) > 16 {
		h = fold(binary.LittleEndian.Uint64(b)^hashMul, binary.LittleEndian.Uint64(b[8:])^h)
		b = b[16:]
	}
	var lo, hi uint64
	switch {
	case len(b) >= 8:
		lo, hi = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[len(b)-8:])
	case len(b) >= 4:
		lo, hi = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[len(b)-4:]))
	case len(b) > 0:
		lo = uint64(b[0])<<16 | uint64(b[len(b)/2])<<8 | uint64(b[len(b)-1])
	}
	return fold(hashMul^n, fold(lo^hashMul, hi^h^hashSeed))
}

// HashRows hashes the given columns of every row of b, reusing out's memory. Rows
// whose columns are equal as keys (by "=", NULLs equal) have equal hashes, in any
// batch and in any process. With no columns all rows have one hash.
func HashRows(b *Batch, cols []int, out []uint64) []uint64 {
	n := b.Len()
	if cap(out) < n {
		out = make([]uint64, n)
	}
	out = out[:n]
	for i := range out {
		out[i] = hashSeed
	}
	for _, c := range cols {
		hashColumn(&b.Cols[c], out)
	}
	for i, h := range out {
		out[i] = finish(h)
	}
	return out
}

// HashDatums hashes one key as HashRows hashes a row: for finding its shard. It
// allocates nothing for values of a fixed size and for text.
func HashDatums(types []Type, key []Datum) uint64 {
	h := uint64(hashSeed)
	for i, t := range types {
		h = hashDatum(h, t, key[i])
	}
	return finish(h)
}

func hashDatum(h uint64, t Type, d Datum) uint64 {
	if d.Null {
		return mix(h, hashNull)
	}
	switch t.Phys() {
	case PhysInt:
		return mix(h, uint64(d.I))
	case PhysFloat:
		return mix(h, ordered.FloatBits(d.F))
	}
	h, _ = hashNormalized(h, t, d.B, nil)
	return h
}

func hashColumn(c *Column, out []uint64) {
	if c.HasNulls() {
		hashNullable(c, out)
		return
	}
	switch c.Type.Phys() {
	case PhysInt:
		for i, v := range c.Ints[:len(out)] {
			out[i] = mix(out[i], uint64(v))
		}
	case PhysFloat:
		for i, v := range c.Floats[:len(out)] {
			out[i] = mix(out[i], ordered.FloatBits(v))
		}
	default:
		hashBytesColumn(c, out)
	}
}

func hashBytesColumn(c *Column, out []uint64) {
	if c.Type.textKey() && c.Type.Kind != BPChar || c.Type.Kind == UUID {
		for i, h := range out {
			out[i] = hashBytes(h, c.Data[c.Offs[i]:c.Offs[i+1]])
		}
		return
	}
	var scratch []byte
	for i, h := range out {
		out[i], scratch = hashNormalized(h, c.Type, c.Data[c.Offs[i]:c.Offs[i+1]], scratch)
	}
}

func hashNullable(c *Column, out []uint64) {
	var scratch []byte
	for i, h := range out {
		switch {
		case c.IsNull(i):
			out[i] = mix(h, hashNull)
		case c.Type.Phys() == PhysInt:
			out[i] = mix(h, uint64(c.Ints[i]))
		case c.Type.Phys() == PhysFloat:
			out[i] = mix(h, ordered.FloatBits(c.Floats[i]))
		default:
			out[i], scratch = hashNormalized(h, c.Type, c.Data[c.Offs[i]:c.Offs[i+1]], scratch)
		}
	}
}

// hashNormalized hashes a bytes value by what "=" sees of it.
func hashNormalized(h uint64, t Type, b, scratch []byte) (uint64, []byte) {
	switch t.Kind {
	case Numeric:
		if v, scale, ok := numeric.DecodeSmall(b); ok {
			for scale > 0 && v%10 == 0 {
				v /= 10
				scale--
			}
			return mix(mix(h, uint64(v)), uint64(scale)), scratch
		}
		return hashBigNumeric(h, b, scratch)
	case BPChar:
		return hashBytes(h, trimBlanks(b)), scratch
	case Interval:
		hi, lo := datetime.DecodeInterval(b).Span()
		return mix(mix(h, lo), uint64(hi)), scratch
	case JSONB, Array, Int2Vector, OIDVector, Record:
		scratch = appendKeyBytes(scratch[:0], t, b)
		return hashBytes(h, scratch), scratch
	}
	return hashBytes(h, b), scratch
}

// hashBigNumeric hashes a numeric that is not in the small form; one that a
// smaller scale would bring into it must hash as if it were there.
func hashBigNumeric(h uint64, b, scratch []byte) (uint64, []byte) {
	scratch = numeric.Append(scratch[:0], numeric.Decode(b).TrimScale())
	if v, scale, ok := numeric.DecodeSmall(scratch); ok {
		if v == 0 {
			scale = 0
		}
		return mix(mix(h, uint64(v)), uint64(scale)), scratch
	}
	return hashBytes(h, scratch), scratch
}
