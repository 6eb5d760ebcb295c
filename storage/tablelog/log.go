package tablelog

import (
	"errors"
	"fmt"
	iofs "io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// segmentMax is the size from which the log begins a new segment.
const segmentMax = 16 << 20

// A Log is an open table log. Its methods may be called from any goroutine.
type Log struct {
	fs  vfs.FS
	dir string
	max int64 // segmentMax, but for tests

	mu       sync.Mutex
	synced   sync.Cond // a group is done
	segments []uint64  // first positions, ascending; the last one is written
	file     vfs.File
	size     int64  // of the last segment
	next     uint64 // position of the next record
	durable  uint64 // every record before it is synced
	pending  *group // records not written to the file yet; nil: none
	spare    []byte // the buffer that the last leader wrote
	leading  bool   // a goroutine is writing and syncing
	closed   bool
	// broken is why the last segment takes no more records: what a failed write or
	// sync has left behind its synced records is unknown. The next records go to a
	// new segment, which begins where the synced ones end and so hides what is
	// behind them.
	broken error
}

// group is records that share one write and one sync, and their fate.
type group struct {
	buf  []byte
	upto uint64 // the position after its last record
	done bool
	err  error
}

// ErrClosed is returned by calls on a closed log.
var ErrClosed = errors.New("the table log is closed")

// Open opens the log in a directory, which it makes if need be. A nil fs is the
// operating system's. Nobody else may have the directory open; the lock of the
// data directory sees to that.
func Open(fs vfs.FS, dir string) (*Log, error) {
	if fs == nil {
		fs = vfs.Default
	}
	l := &Log{fs: fs, dir: dir, max: segmentMax}
	l.synced.L = &l.mu
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("table log %s: %w", dir, err)
	}
	return l, nil
}

func (l *Log) open() error {
	if err := l.fs.MkdirAll(l.dir, 0o755); err != nil {
		return err
	}
	if err := syncDir(l.fs, l.fs.PathDir(l.dir)); err != nil {
		return err
	}
	names, err := l.fs.List(l.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if first, ok := parseSegmentName(name); ok {
			l.segments = append(l.segments, first)
		} else if strings.HasSuffix(name, ".tmp") {
			if err := l.fs.Remove(l.path(name)); err != nil {
				return err
			}
		}
	}
	slices.Sort(l.segments)
	if err := l.checkTail(); err != nil {
		return err
	}
	l.durable = l.next
	if len(l.segments) == 0 {
		return l.begin(1)
	}
	return l.use(l.path(segmentName(l.segments[len(l.segments)-1])))
}

// checkTail cuts a torn tail off the last segment, and finds the next position.
func (l *Log) checkTail() error {
	if len(l.segments) == 0 {
		l.next = 1
		return nil
	}
	first := l.segments[len(l.segments)-1]
	b, next, end, err := readTail(l.fs, l.dir, first)
	if err != nil {
		return err
	}
	l.next = next
	l.size = int64(end)
	if end == len(b) {
		return nil
	}
	return writeSegment(l.fs, l.dir, segmentName(first), b[:end])
}

// readTail reads the last segment: its bytes, the position after its last whole
// record, and where that record ends. Damage that is no torn tail is an error.
func readTail(fs vfs.FS, dir string, first uint64) (b []byte, next uint64, end int, err error) {
	name := segmentName(first)
	if b, err = readFile(fs, fs.PathJoin(dir, name)); err != nil {
		return nil, 0, 0, err
	}
	if err := checkHeader(b, first); err != nil {
		return nil, 0, 0, fmt.Errorf("segment %s is corrupt: %w", name, err)
	}
	next, end, _ = scanSegment(b, first, nil)
	if end < len(b) && provesLoss(b[end+1:], next) {
		return nil, 0, 0, fmt.Errorf("segment %s is corrupt: record %d at byte %d is damaged, and was not the last to be synced", name, next, end)
	}
	return b, next, end, nil
}

// Check finds damage that Open would refuse, and writes nothing: what shares the
// data directory is then left as it is. A log that does not exist is in order.
func Check(fs vfs.FS, dir string) error {
	if fs == nil {
		fs = vfs.Default
	}
	if _, err := fs.Stat(dir); errors.Is(err, iofs.ErrNotExist) {
		return nil
	}
	names, err := fs.List(dir)
	if err != nil {
		return fmt.Errorf("table log %s: %w", dir, err)
	}
	last, found := uint64(0), false
	for _, name := range names {
		if first, ok := parseSegmentName(name); ok {
			last, found = max(last, first), true
		}
	}
	if !found {
		return nil
	}
	if _, _, _, err := readTail(fs, dir, last); err != nil {
		return fmt.Errorf("table log %s: %w", dir, err)
	}
	return nil
}

func (l *Log) path(name string) string { return l.fs.PathJoin(l.dir, name) }

// begin makes a new last segment. Everything before it is synced. After an error
// it must be called again before anything is written: the new segment may be
// there or not, and hides what the old one would get.
func (l *Log) begin(first uint64) error {
	name := segmentName(first)
	header := appendHeader(nil, first)
	if err := writeSegment(l.fs, l.dir, name, header); err != nil {
		l.broken = err
		return err
	}
	if err := l.use(l.path(name)); err != nil {
		l.broken = err
		return err
	}
	l.broken = nil
	l.size = headerLen
	if n := len(l.segments); n == 0 || l.segments[n-1] != first {
		l.segments = append(l.segments, first)
	}
	return nil
}

// use makes a segment the one that is written.
func (l *Log) use(path string) error {
	f, err := l.fs.OpenReadWrite(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	if l.file != nil {
		_ = l.file.Close() // all that counts of it is synced
	}
	l.file = f
	return nil
}

// Next returns the position that the next record will have.
func (l *Log) Next() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.next
}

// Append adds a record, of which it takes a copy, and returns its position. The
// record is durable when wait has returned nil. Records become durable in the
// order of their positions; the ones that wait at the same time share one sync.
// wait may be called from any goroutine, or not at all: then the record becomes
// durable with a later one, or with Close.
//
// When wait returns an error, neither the record nor any after it is in the log,
// and their positions are given again. The log tries to go on with the next
// record. Only if the process ends before that has succeeded may a record come
// back that was refused for the failure of a sync.
func (l *Log) Append(payload []byte) (pos uint64, wait func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.closed {
		err = ErrClosed
	} else if len(payload) > MaxRecord {
		err = fmt.Errorf("table log: a record of %d bytes is too large", len(payload))
	}
	if err != nil {
		return 0, func() error { return err }
	}
	if l.pending == nil {
		l.pending = &group{buf: l.spare[:0]}
		l.spare = nil
	}
	g := l.pending
	pos = l.next
	l.next++
	g.buf, g.upto = appendRecord(g.buf, pos, l.durable, payload), l.next
	return pos, func() error { return l.wait(g) }
}

// wait returns when the fate of a group is known. Whoever finds nobody syncing
// leads: writes and syncs what is pending, for all who wait.
func (l *Log) wait(g *group) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for !g.done {
		if l.leading {
			l.synced.Wait()
			continue
		}
		_ = l.lead() // the group has the error too
	}
	return g.err
}

// lead writes and syncs what is pending, without the lock.
func (l *Log) lead() error {
	if l.broken != nil {
		if err := l.begin(l.durable); err != nil {
			return l.refuse(err)
		}
	}
	g := l.pending
	l.pending = nil
	l.leading = true
	file, at := l.file, l.size
	l.mu.Unlock()
	_, err := file.WriteAt(g.buf, at)
	if err == nil {
		err = file.SyncData()
	}
	l.mu.Lock()
	l.leading = false
	if err != nil {
		l.broken = err
		// What the failed sync has left is hidden at once, where the disk has room
		// for it: then a refused record is gone for good.
		l.next = l.durable
		_ = l.begin(l.durable)
		g.err = fmt.Errorf("table log %s: %w", l.dir, err)
		g.done, g.buf = true, nil
		return l.refuse(err)
	}
	l.size += int64(len(g.buf))
	l.durable = g.upto
	if cap(g.buf) <= 1<<20 {
		l.spare = g.buf[:0]
	}
	g.done, g.buf = true, nil
	if l.size >= l.max {
		// What is written is safe. A segment that cannot be begun now is begun
		// before the next record.
		_ = l.begin(l.durable)
	}
	l.synced.Broadcast()
	return nil
}

// refuse fails the records that are not written.
func (l *Log) refuse(err error) error {
	err = fmt.Errorf("table log %s: %w", l.dir, err)
	if g := l.pending; g != nil {
		g.err, g.done, g.buf = err, true, nil
		l.pending = nil
	}
	l.next = l.durable
	l.synced.Broadcast()
	return err
}

// flush makes everything durable; the lock is held.
func (l *Log) flush() error {
	for l.leading || l.pending != nil {
		if l.leading {
			l.synced.Wait()
		} else if err := l.lead(); err != nil {
			return err
		}
	}
	return nil
}

// Replay calls fn for the records from a position on, in order; fn must not
// keep the record. It is an error if the log no longer has the record at from.
// If the log ends before from, as it may when a commit covered records whose
// sync a crash forestalled, the next record gets position from.
func (l *Log) Replay(from uint64, fn func(pos uint64, payload []byte) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.flush(); err != nil {
		return err
	}
	if from > l.next {
		l.next, l.durable = from, from
		return l.begin(from)
	}
	if from < l.segments[0] {
		return fmt.Errorf("table log %s begins at record %d; record %d is needed", l.dir, l.segments[0], from)
	}
	for i, first := range l.segments {
		if i+1 < len(l.segments) && l.segments[i+1] <= from {
			continue
		}
		if err := l.replaySegment(i, first, from, fn); err != nil {
			return err
		}
	}
	return nil
}

func (l *Log) replaySegment(i int, first, from uint64, fn func(pos uint64, payload []byte) error) error {
	name := segmentName(first)
	b, err := readFile(l.fs, l.path(name))
	if err != nil {
		return fmt.Errorf("table log %s: %w", l.dir, err)
	}
	if err := checkHeader(b, first); err != nil {
		return fmt.Errorf("table log %s: segment %s is corrupt: %w", l.dir, name, err)
	}
	want := l.next
	if i+1 < len(l.segments) {
		want = l.segments[i+1] // what is behind that was refused
	}
	next, end, err := scanSegment(b, first, func(r record) error {
		if r.pos < from || r.pos >= want {
			return nil
		}
		return fn(r.pos, r.payload)
	})
	if err != nil {
		return err
	}
	if next >= want {
		return nil
	}
	if end != len(b) {
		return fmt.Errorf("table log %s: segment %s is corrupt: record %d at byte %d is damaged", l.dir, name, next, end)
	}
	if want > from {
		return fmt.Errorf("table log %s: segment %s is corrupt: it ends before record %d, and record %d is missing", l.dir, name, next, want-1)
	}
	return nil
}

// TruncateBefore drops the segments that hold no record from pos on.
func (l *Log) TruncateBefore(pos uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.flush(); err != nil {
		return err
	}
	if l.broken != nil || pos >= l.next && l.size > headerLen && l.size >= l.max/16 {
		if err := l.begin(l.next); err != nil {
			return err
		}
	}
	keep := 0
	for keep+1 < len(l.segments) && l.segments[keep+1] <= pos {
		if err := l.fs.Remove(l.path(segmentName(l.segments[keep]))); err != nil {
			return fmt.Errorf("table log %s: %w", l.dir, err)
		}
		keep++
	}
	if keep > 0 {
		l.segments = slices.Clone(l.segments[keep:])
		return syncDir(l.fs, l.dir)
	}
	return nil
}

// Close makes everything durable and closes the log.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	err := l.flush()
	l.closed = true
	return errors.Join(err, l.file.Close())
}
