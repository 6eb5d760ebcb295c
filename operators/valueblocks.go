package operators

import (
	"encoding/binary"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// Of append-only input, sets of single integers are kept in blocks: one entry
// holds the values of a group that lie near each other, which are few bytes each
// there and need no row of their own, neither in memory nor in a commit. Values
// that come in time order, such as ids, fill one block after the other.
//
// An entry: group key, set, level, the number of the block -> the values in it. The
// block of a value is what is left of it after blockShifts[level] bits are taken
// off; NULL is in a block of its own. Its values are in order, each the bits taken
// off in two bytes, then, if the set has more than one filter, a bit for each
// filter under which the value was seen; all little-endian. A block that would have
// more than maxBlock values is split into those of the next level, and is empty
// from then on. So a change writes some hundred bytes at most, however large the
// set.

// blockShifts are how many bits of a value its block does not have, by level.
var blockShifts = [...]uint{16, 12, 8}

// maxBlock is how many values a block has, but for the last level's.
const maxBlock = 256

// valueBlocks is scratch for the blocks of one step.
type valueBlocks struct {
	keys    keySet     // of (group, block)
	numbers *row.Batch // by entry at hand: its block's number
	entries []int32    // whose blocks are looked for
	below   []int32    // those whose blocks are on the next level
	part    []int32
	hashes  []uint64
	blocks  []int32 // by entry at hand: which of keys
	fresh   []int32
	starts  []int32 // by key: its entries' beginning in order
	order   []int32
	masks   []uint64 // by entry of the set: the bits to set
	list    []byte
	key     []byte
}

func newValueBlocks() *valueBlocks {
	types := []row.Type{row.T(row.Int8)}
	return &valueBlocks{keys: newKeySet(types, []int{0}), numbers: row.NewBatch(types, 0)}
}

// blockWidth is the bytes of a value in a block.
func (s *setState) blockWidth() int {
	if len(s.filters) == 1 {
		return 2
	}
	return 2 + (len(s.filters)+7)/8
}

// markBlocks sets the bits of a step's entries, and notes which values come.
func (v *valueSets) markBlocks(s *setState, o *groupOp) error {
	b, n := v.blocks, len(s.filters)
	b.entries, b.masks = b.entries[:0], grown(b.masks, s.keys.len())
	for e := range s.keys.len() {
		mask := uint64(0)
		for f, d := range s.deltas[e*n : (e+1)*n] {
			if d < 0 {
				return errTakenBack
			}
			if d > 0 {
				mask |= 1 << f
			}
		}
		if b.masks[e] = mask; mask != 0 {
			b.entries = append(b.entries, int32(e))
		}
	}
	for level := 0; len(b.entries) > 0; level++ {
		if level == len(blockShifts) {
			return fmt.Errorf("a stored block of the last level is empty")
		}
		if err := v.markLevel(s, o, level); err != nil {
			return err
		}
		b.entries, b.below = b.below, b.entries[:0]
	}
	return nil
}

// markLevel changes the blocks of one level.
func (v *valueSets) markLevel(s *setState, o *groupOp, level int) error {
	b := v.blocks
	b.number(s, blockShifts[level])
	v.enc.reset()
	for _, i := range b.fresh {
		group := o.enc.key(int(b.part[i]))
		v.enc.add(func(dst []byte) []byte {
			dst = append(append(dst, group...), s.id, byte(level))
			return row.AppendKey(dst, &b.numbers.Cols[0], int(i))
		})
	}
	v.enc.find(v.table, 0)
	for k := range b.keys.len() {
		entries := b.order[b.starts[k]:b.starts[k+1]]
		stored := v.enc.values[k]
		if stored != nil && len(stored) == 0 {
			b.below = append(b.below, entries...)
			continue
		}
		if len(stored)%s.blockWidth() != 0 {
			return fmt.Errorf("a stored block of values is corrupt: %x", stored)
		}
		b.list = append(b.list[:0], stored...)
		if !b.add(s, entries, blockShifts[level]) {
			continue
		}
		hash, key := v.enc.hashes[k], v.enc.key(k)
		if len(b.list) <= maxBlock*s.blockWidth() || level+1 == len(blockShifts) {
			v.table.Put(hash, key, b.list)
			continue
		}
		v.table.Put(hash, key, nil)
		i := b.fresh[k]
		v.split(s, o.enc.key(int(b.part[i])), level, b.numbers.Cols[0].Ints[i], b.list)
	}
	return nil
}

// number finds the different blocks of the entries at hand, and puts the entries
// in their order.
func (b *valueBlocks) number(s *setState, shift uint) {
	values := s.cols[0]
	col := &b.numbers.Cols[0]
	b.numbers.Reset()
	b.part = b.part[:0]
	for _, e := range b.entries {
		if values.IsNull(int(e)) {
			col.AppendNull()
		} else {
			col.AppendInt(values.Ints[e] >> shift)
		}
		b.numbers.Weights = append(b.numbers.Weights, 1)
		b.part = append(b.part, s.group[e])
	}
	b.hashes = row.HashRows(b.numbers, b.keys.cols, b.hashes)
	for i, g := range b.part {
		b.hashes[i] = withGroup(b.hashes[i], g)
	}
	b.keys.reset()
	b.blocks = grown(b.blocks, len(b.entries))
	b.fresh = b.keys.number(b.numbers, nil, b.hashes, b.part, b.blocks, b.fresh[:0])
	b.starts = grown(b.starts, b.keys.len()+1)
	clear(b.starts)
	for _, k := range b.blocks {
		b.starts[k]++
	}
	at := int32(0)
	for k, n := range b.starts {
		at += n
		b.starts[k] = at
	}
	b.order = grown(b.order, len(b.entries))
	for i := len(b.entries) - 1; i >= 0; i-- {
		k := b.blocks[i]
		b.starts[k]--
		b.order[b.starts[k]] = b.entries[i]
	}
}

// add sets the bits of entries in the block that list is. It reports whether any
// was not set.
func (b *valueBlocks) add(s *setState, entries []int32, shift uint) bool {
	width, keys, changed := s.blockWidth(), s.keys.len(), false
	for _, e := range entries {
		low := uint16(0)
		if !s.cols[0].IsNull(int(e)) {
			low = uint16(s.cols[0].Ints[e] & (1<<shift - 1))
		}
		at, found := findValue(b.list, width, low)
		was := uint64(0)
		if found {
			was = readMask(b.list[at : at+width])
		}
		is := was | b.masks[e]
		if is == was {
			continue
		}
		changed = true
		if !found {
			b.list = append(b.list, make([]byte, width)...)
			copy(b.list[at+width:], b.list[at:])
		}
		putValue(b.list[at:at+width], low, is)
		for f := range s.filters {
			s.signs[f*keys+int(e)] = int64((is &^ was) >> f & 1)
		}
	}
	return changed
}

// split writes the blocks of the next level that a block's values are in. It
// changes list.
func (v *valueSets) split(s *setState, group []byte, level int, block int64, list []byte) {
	b, width, shift := v.blocks, s.blockWidth(), blockShifts[level+1]
	lowAt := func(at int) uint16 { return binary.LittleEndian.Uint16(list[at:]) }
	for at := 0; at < len(list); {
		from, part := at, lowAt(at)>>shift
		for ; at < len(list) && lowAt(at)>>shift == part; at += width {
			binary.LittleEndian.PutUint16(list[at:], lowAt(at)&(1<<shift-1))
		}
		child, number := list[from:at], block<<(blockShifts[level]-shift)|int64(part)
		b.key = append(append(b.key[:0], group...), s.id, byte(level+1))
		b.key = row.AppendKeyDatum(b.key, b.numbers.Cols[0].Type, row.IntDatum(number))
		if len(child) <= maxBlock*width || level+2 == len(blockShifts) {
			v.table.Put(storage.Hash(b.key), b.key, child)
			continue
		}
		v.table.Put(storage.Hash(b.key), b.key, nil)
		v.split(s, group, level+1, number, child)
	}
}

// findValue is where in a block a value is, or would be.
func findValue(list []byte, width int, low uint16) (at int, found bool) {
	lo, hi := 0, len(list)/width
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		switch have := binary.LittleEndian.Uint16(list[mid*width:]); {
		case have == low:
			return mid * width, true
		case have < low:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo * width, false
}

// readMask is the bits of a value in a block; without any, the first.
func readMask(value []byte) uint64 {
	if len(value) == 2 {
		return 1
	}
	mask := uint64(0)
	for i, c := range value[2:] {
		mask |= uint64(c) << (8 * i)
	}
	return mask
}

func putValue(value []byte, low uint16, mask uint64) {
	binary.LittleEndian.PutUint16(value, low)
	for i := range value[2:] {
		value[2+i] = byte(mask >> (8 * i))
	}
}
