package storage

import (
	"encoding/binary"
	"math/bits"
)

// An arena hands out blocks in a few large byte slices, the chunks, and names
// them by 32-bit references, so that the garbage collector sees the chunks and
// not the rows. Blocks never move by themselves; eviction moves what it keeps
// of a chunk and gives the whole chunk back, so memory that rows leave is of
// use to other stores too.
//
// A reference is chunk<<16 | offset/4. Reference 0 is never handed out. Blocks
// lie next to each other, each begins with a row header, and a free one says
// its size there: a chunk can be walked.
type arena struct {
	chunks  []chunk
	last    int      // the chunk being filled
	spare   []uint32 // indexes of chunks that are gone
	touched []uint32 // chunks with changed rows; may name one twice, or in vain
	serial  uint32

	free []uint32                 // heads of the lists of free blocks, by class
	have [freeClasses / 64]uint64 // which of them are not empty

	held      int64 // of chunks that are gone, but which a commit reads
	bytes     int64 // of all chunks and their marks
	freeBytes int64 // of them, in free blocks
}

type chunk struct {
	buf    []byte
	dirty  []uint64 // one bit a unit: a block with a row of this generation begins there
	fill   uint32   // bytes in blocks; the rest was never handed out
	free   uint32   // bytes in free blocks
	serial uint32   // tells the chunk from others that had its index
	large  bool     // one large block is all it holds
}

const (
	blockUnit  = 4
	chunkMax   = blockUnit << 16
	chunkFirst = 1 << 10
	chunkMeta  = 64 // bytes of a chunk's entry
	// Sizes are multiples of 4 up to smallBlock, then eight to an octave.
	smallBlock  = 1024
	freeBlock   = 12 // header, next, previous: less than that cannot be listed
	freeClasses = 384
)

// blockSize returns the size of the block that holds n bytes.
func blockSize(n int) int {
	if n <= smallBlock {
		return max(freeBlock, (n+blockUnit-1)&^(blockUnit-1))
	}
	shift := bits.Len(uint(n-1)) - 4
	return ((n-1)>>shift + 1) << shift
}

// freeClass returns the list of free blocks that one of this size is in: every
// block of a list is at least as large as the least size that maps to it, which
// is a size of blocks.
func freeClass(size int) int {
	if size <= smallBlock {
		return size / blockUnit
	}
	shift := bits.Len(uint(size)) - 4
	return smallBlock/blockUnit + 1 + (shift-7)*8 + size>>shift - 8
}

// flagFree marks a block that holds no row.
const flagFree = flagVoid

// A free block's header has flagFree, and its size in units where a row's has
// the generation.
func freeHeader(size int) header { return header(size/blockUnit)<<genShift | flagFree }

func (h header) freeSize() int { return int(h>>genShift) * blockUnit }

func (a *arena) block(ref uint32) []byte {
	return a.chunks[ref>>16].buf[int(ref&0xffff)*blockUnit:]
}

// alloc returns a block of at least n bytes; its contents are undefined.
func (a *arena) alloc(n int) (uint32, []byte) {
	size := blockSize(n)
	if size > chunkMax/4 {
		return a.allocLarge(n)
	}
	class := freeClass(size)
	if a.have[class/64]&(1<<(class%64)) != 0 {
		return a.take(class, size)
	}
	if len(a.chunks) > 0 {
		if ref, b := a.bump(size); b != nil {
			return ref, b
		}
	}
	if class = a.nextClass(class + 1); class > 0 {
		return a.take(class, size)
	}
	a.grow(size)
	return a.bump(size)
}

// bump takes the block from the part of the last chunk that was never used.
func (a *arena) bump(size int) (uint32, []byte) {
	c := &a.chunks[a.last]
	from := int(c.fill)
	if from+size > len(c.buf) {
		return 0, nil
	}
	c.fill += uint32(size)
	return uint32(a.last)<<16 | uint32(from/blockUnit), c.buf[from : from+size]
}

// nextClass returns the first list from class on that is not empty, or 0.
func (a *arena) nextClass(class int) int {
	for w := class / 64; w < len(a.have); w++ {
		m := a.have[w]
		if w == class/64 {
			m &= ^uint64(0) << (class % 64)
		}
		if m != 0 {
			return w*64 + bits.TrailingZeros64(m)
		}
	}
	return 0
}

// take splits a block of this size off the first free block of a list.
func (a *arena) take(class, size int) (uint32, []byte) {
	ref := a.free[class]
	b := a.block(ref)
	whole := rowHeader(b).freeSize()
	a.unlist(ref)
	if rest := whole - size; rest > 0 {
		a.list(ref+uint32(size/blockUnit), rest)
	}
	return ref, b[:size]
}

// list makes a free block of a size at a place.
func (a *arena) list(ref uint32, size int) {
	c := &a.chunks[ref>>16]
	b := c.buf[int(ref&0xffff)*blockUnit:]
	setRowHeader(b, freeHeader(size))
	c.free += uint32(size)
	a.freeBytes += int64(size)
	if size < freeBlock {
		return // until its neighbour to the left is freed
	}
	class := freeClass(size)
	for class >= len(a.free) {
		a.free = append(a.free, 0)
	}
	next := a.free[class]
	binary.LittleEndian.PutUint32(b[4:], next)
	binary.LittleEndian.PutUint32(b[8:], 0)
	if next != 0 {
		binary.LittleEndian.PutUint32(a.block(next)[8:], ref)
	}
	a.free[class] = ref
	a.have[class/64] |= 1 << (class % 64)
}

// unlist takes a free block off its list.
func (a *arena) unlist(ref uint32) {
	c := &a.chunks[ref>>16]
	b := c.buf[int(ref&0xffff)*blockUnit:]
	size := rowHeader(b).freeSize()
	c.free -= uint32(size)
	a.freeBytes -= int64(size)
	if size < freeBlock {
		return
	}
	next, prev := binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])
	if next != 0 {
		binary.LittleEndian.PutUint32(a.block(next)[8:], prev)
	}
	if prev != 0 {
		binary.LittleEndian.PutUint32(a.block(prev)[4:], next)
		return
	}
	class := freeClass(size)
	a.free[class] = next
	if next == 0 {
		a.have[class/64] &^= 1 << (class % 64)
	}
}

// grow adds an ordinary chunk. The first ones are small, because most
// arrangements are.
func (a *arena) grow(size int) {
	n := chunkFirst
	if len(a.chunks) > 0 {
		n = min(chunkMax, max(chunkFirst, len(a.chunks[a.last].buf)*4))
	}
	for n < size+blockUnit {
		n *= 4
	}
	a.open(min(n, chunkMax))
}

// open makes a new chunk the one to fill.
func (a *arena) open(n int) {
	if len(a.chunks) > 0 {
		c := &a.chunks[a.last]
		if rest := len(c.buf) - int(c.fill); rest > 0 {
			c.fill = uint32(len(c.buf))
			a.list(uint32(a.last)<<16|uint32((len(c.buf)-rest)/blockUnit), rest)
		}
	}
	a.last = a.addChunk(make([]byte, n))
	if a.last == 0 {
		// A block that cannot be used, so that no other has reference 0.
		a.chunks[0].fill = blockUnit
		a.list(0, blockUnit)
	}
}

func (a *arena) addChunk(b []byte) int {
	a.bytes += int64(len(b)) + chunkMeta
	a.serial++
	c := chunk{buf: b, serial: a.serial}
	if n := len(a.spare); n > 0 {
		i := a.spare[n-1]
		a.spare = a.spare[:n-1]
		a.chunks[i] = c
		return int(i)
	}
	if len(a.chunks) > 0xffff {
		panic("storage: an arena is full: one store's shard holds 16 GiB")
	}
	a.chunks = append(a.chunks, c)
	return len(a.chunks) - 1
}

// dropChunk gives a chunk back to the garbage collector.
func (a *arena) dropChunk(i uint32) {
	c := &a.chunks[i]
	a.bytes -= int64(len(c.buf)+8*len(c.dirty)) + chunkMeta
	a.freeBytes -= int64(c.free)
	*c = chunk{}
	if i > 0 { // a large block there would have reference 0
		a.spare = append(a.spare, i)
	}
}

// allocLarge gives a large block a chunk of its own.
func (a *arena) allocLarge(n int) (uint32, []byte) {
	if len(a.chunks) == 0 {
		a.grow(blockUnit)
	}
	i := a.addChunk(make([]byte, (n+blockUnit-1)&^(blockUnit-1)))
	c := &a.chunks[i]
	c.fill, c.large = uint32(len(c.buf)), true
	return uint32(i) << 16, c.buf
}

// release takes back a block that alloc gave for n bytes.
func (a *arena) release(ref uint32, n int) {
	size := blockSize(n)
	if size > chunkMax/4 {
		a.dropChunk(ref >> 16)
		return
	}
	c := &a.chunks[ref>>16]
	end := int(ref&0xffff)*blockUnit + size
	if end < int(c.fill) {
		if h := rowHeader(c.buf[end:]); h.free() {
			a.unlist(ref + uint32(size/blockUnit))
			size += h.freeSize()
		}
	}
	a.list(ref, size)
}

// mark notes that the row of a block changed in this generation, and reports
// whether that is news.
func (a *arena) mark(ref uint32) bool {
	c := &a.chunks[ref>>16]
	if c.dirty == nil {
		n := (len(c.buf)/blockUnit + 63) / 64
		if c.large {
			n = 1
		}
		c.dirty = make([]uint64, n)
		a.bytes += int64(8 * len(c.dirty))
		a.touched = append(a.touched, ref>>16)
	}
	o, bit := ref&0xffff, uint64(1)<<(ref&63)
	if c.dirty[o/64]&bit != 0 {
		return false
	}
	c.dirty[o/64] |= bit
	return true
}

// unmark is the opposite of mark.
func (a *arena) unmark(ref uint32) bool {
	c := &a.chunks[ref>>16]
	o, bit := ref&0xffff, uint64(1)<<(ref&63)
	if c.dirty == nil || c.dirty[o/64]&bit == 0 {
		return false
	}
	c.dirty[o/64] &^= bit
	return true
}
