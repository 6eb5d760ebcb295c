package storage

import (
	"encoding/binary"
	"math/bits"
)

// An arena hands out blocks in a few large byte slices and names them by 32-bit
// references, so that the garbage collector sees the slices and not the rows.
// Blocks never move; freed blocks are handed out again by size class.
//
// A reference is chunk<<16 | offset/8. Reference 0 is never handed out.
type arena struct {
	chunks [][]byte
	fill   int      // bytes used of the last ordinary chunk
	last   int      // index of the last ordinary chunk
	free   []uint32 // heads of the lists of free blocks, by class
	spare  []uint32 // indexes of chunks that held one large block
	bytes  int64
}

const (
	blockUnit  = 8
	chunkMax   = blockUnit << 16
	chunkFirst = 1 << 10
	// Classes are multiples of 8 up to smallBlock, then eight to an octave.
	smallBlock = 1024
)

// blockClass returns the class of a block of n bytes and the size of the
// blocks of that class.
func blockClass(n int) (class, size int) {
	if n <= smallBlock {
		c := (n + blockUnit - 1) / blockUnit
		return c, c * blockUnit
	}
	shift := bits.Len(uint(n-1)) - 4
	mant := (n - 1) >> shift // 8..15
	return smallBlock/blockUnit + 1 + (shift-7)*8 + mant - 8, (mant + 1) << shift
}

func (a *arena) block(ref uint32) []byte {
	return a.chunks[ref>>16][int(ref&0xffff)*blockUnit:]
}

// alloc returns a block of at least n bytes; its contents are undefined.
func (a *arena) alloc(n int) (uint32, []byte) {
	class, size := blockClass(n)
	if size > chunkMax/4 {
		return a.allocLarge(n)
	}
	if class < len(a.free) && a.free[class] != 0 {
		ref := a.free[class]
		b := a.block(ref)
		a.free[class] = binary.LittleEndian.Uint32(b[4:])
		return ref, b[:size]
	}
	if len(a.chunks) == 0 || a.fill+size > len(a.chunks[a.last]) {
		a.grow(size)
	}
	ref := uint32(a.last)<<16 | uint32(a.fill/blockUnit)
	b := a.chunks[a.last][a.fill : a.fill+size]
	a.fill += size
	return ref, b
}

// grow adds an ordinary chunk. The first ones are small, because most
// arrangements are.
func (a *arena) grow(size int) {
	n := chunkFirst
	if len(a.chunks) > 0 {
		n = min(chunkMax, max(chunkFirst, len(a.chunks[a.last])*4))
	}
	for n < size+blockUnit {
		n *= 4
	}
	a.fill = 0
	if len(a.chunks) == 0 {
		a.fill = blockUnit // so that no block has reference 0
	}
	a.last = a.addChunk(make([]byte, min(n, chunkMax)))
}

func (a *arena) addChunk(c []byte) int {
	a.bytes += int64(len(c))
	if n := len(a.spare); n > 0 {
		i := a.spare[n-1]
		a.spare = a.spare[:n-1]
		a.chunks[i] = c
		return int(i)
	}
	if len(a.chunks) > 0xffff {
		panic("storage: an arena is full: one store's shard holds 32 GiB")
	}
	a.chunks = append(a.chunks, c)
	return len(a.chunks) - 1
}

// allocLarge gives a large block a chunk of its own, which goes back to the
// garbage collector when it is freed.
func (a *arena) allocLarge(n int) (uint32, []byte) {
	if len(a.chunks) == 0 {
		a.grow(blockUnit)
	}
	i := a.addChunk(make([]byte, n))
	return uint32(i) << 16, a.chunks[i]
}

// release takes back a block that alloc gave for n bytes.
func (a *arena) release(ref uint32, n int) {
	class, size := blockClass(n)
	if size > chunkMax/4 {
		i := ref >> 16
		a.bytes -= int64(len(a.chunks[i]))
		a.chunks[i] = nil
		a.spare = append(a.spare, i)
		return
	}
	for class >= len(a.free) {
		a.free = append(a.free, 0)
	}
	b := a.block(ref)
	setRowHeader(b, 0)
	binary.LittleEndian.PutUint32(b[4:], a.free[class])
	a.free[class] = ref
}
