package bench

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// arena is memory beside Go's heap, for the columns that are made before the
// clock starts: the collector neither walks them nor lets its heap grow by as
// much again on their account, and what they take can be told from what the
// engine takes.
type arena struct {
	free  []byte   // what is left of the last mapping
	maps  [][]byte // all of them
	bytes int64    // in use
}

const arenaChunk = 64 << 20

// take gives n zero bytes, aligned for any integer.
func (a *arena) take(n int) ([]byte, error) {
	n = (n + 7) &^ 7
	if n > len(a.free) {
		size := max(n, arenaChunk)
		size = (size + os.Getpagesize() - 1) &^ (os.Getpagesize() - 1)
		m, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			return nil, fmt.Errorf("memory for %d bytes of columns: %w", size, err)
		}
		a.maps = append(a.maps, m)
		a.free = m
	}
	out := a.free[:n:n]
	a.free = a.free[n:]
	a.bytes += int64(n)
	return out, nil
}

// keep copies a slice of integers into the arena.
func keep[T int64 | uint32 | uint64 | byte](a *arena, v []T) ([]T, error) {
	if len(v) == 0 {
		return nil, nil
	}
	b, err := a.take(len(v) * int(unsafe.Sizeof(v[0])))
	if err != nil {
		return nil, err
	}
	out := unsafe.Slice((*T)(unsafe.Pointer(&b[0])), len(v))
	copy(out, v)
	return out, nil
}

// release unmaps all; nothing that was taken may be used any more.
func (a *arena) release() {
	for _, m := range a.maps {
		_ = syscall.Munmap(m) // it was mapped by take, so that it cannot fail
	}
	*a = arena{}
}
