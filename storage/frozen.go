package storage

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// A rowWriter takes the rows of a commit: keys ascending within a store, a nil
// value for a tombstone.
type rowWriter func(key, value []byte, tomb bool) error

// frozenTable is the rows of a table that changed; they are not changed in
// place before the commit is settled, so the committer reads them in peace.
type frozenTable struct {
	owner  *Table
	refs   []uint32
	arena  arena
	size   int64
	retire []uint32 // void rows and tombstones, filled by write
}

// freeze returns what changed in generations not on disk; nil if nothing did.
func (t *Table) freeze() *frozenTable {
	if len(t.dirty) == 0 {
		return nil
	}
	f := &frozenTable{owner: t, refs: t.dirty, size: t.dirtyBytes}
	f.arena.chunks = t.arena.chunks[:len(t.arena.chunks):len(t.arena.chunks)]
	t.dirty, t.dirtyBytes, t.voidBytes = nil, 0, 0
	return f
}

// keyed is a row to be sorted: the first bytes of its key, and where it is.
type keyed struct {
	head uint64
	ref  uint32
}

func (f *frozenTable) write(w rowWriter) error {
	f.retire = nil
	rows := make([]keyed, 0, len(f.refs))
	for _, ref := range f.refs {
		b := f.arena.block(ref)
		h := rowHeader(b)
		if h.void() || h.tomb() {
			f.retire = append(f.retire, ref)
		}
		if !h.void() {
			k, v, _ := rowBounds(b)
			rows = append(rows, keyed{keyHead(b[k:v]), ref})
		}
	}
	slices.SortFunc(rows, func(a, b keyed) int {
		if c := cmp.Compare(a.head, b.head); c != 0 {
			return c
		}
		return bytes.Compare(f.key(a.ref), f.key(b.ref))
	})
	for _, r := range rows {
		b := f.arena.block(r.ref)
		k, v, end := rowBounds(b)
		if err := w(b[k:v], b[v:end], rowHeader(b).tomb()); err != nil {
			return err
		}
	}
	return nil
}

func (f *frozenTable) key(ref uint32) []byte {
	b := f.arena.block(ref)
	k, v, _ := rowBounds(b)
	return b[k:v]
}

// keyHead orders as the first eight bytes of a key do, or less finely.
func keyHead(key []byte) uint64 {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

// restore makes the rows of a failed commit count as changed again. Rows that
// were replaced meanwhile are in limbo already.
func (f *frozenTable) restore() {
	t := f.owner
	for _, ref := range f.refs {
		b := t.arena.block(ref)
		h := rowHeader(b)
		k, v, end := rowBounds(b)
		if h.void() {
			t.freeRow(ref)
			continue
		}
		if _, _, linked, _ := t.find(spread(Hash(b[k:v])), b[k:v]); linked != ref {
			continue
		}
		setRowHeader(b, makeHeader(t.cur, h&flagTomb|flagBase))
		t.noteDirty(ref, int64(end))
	}
}
