package tablelog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

func mustOpen(t *testing.T, fs vfs.FS) *Log {
	t.Helper()
	l, err := Open(fs, "data/log")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func payload(pos uint64) string {
	return fmt.Sprintf("record %d %s", pos, strings.Repeat("x", int(pos*37%200)))
}

func appendN(t *testing.T, l *Log, n int) {
	t.Helper()
	for range n {
		pos, wait := l.Append([]byte(payload(l.Next())))
		if err := wait(); err != nil {
			t.Fatalf("record %d: %v", pos, err)
		}
	}
}

// checkReplay checks that the log holds exactly the records from..to-1.
func checkReplay(t *testing.T, l *Log, from, to uint64) {
	t.Helper()
	next := from
	err := l.Replay(from, func(pos uint64, b []byte) error {
		if pos != next || string(b) != payload(pos) {
			return fmt.Errorf("record %d is %q, want record %d", pos, b, next)
		}
		next++
		return nil
	})
	if err != nil || next != to || l.Next() != to {
		t.Fatalf("replay from %d ends before %d (Next says %d): %v; want %d", from, next, l.Next(), err, to)
	}
}

func closeLog(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestReplayAfterReopen(t *testing.T) {
	fs := vfs.NewMem()
	l := mustOpen(t, fs)
	appendN(t, l, 10)
	l.Append([]byte(payload(11))) // durable with Close
	checkReplay(t, l, 1, 12)
	closeLog(t, l)
	if _, wait := l.Append(nil); !errors.Is(wait(), ErrClosed) {
		t.Error("a closed log takes records")
	}
	l = mustOpen(t, fs)
	checkReplay(t, l, 1, 12)
	checkReplay(t, l, 7, 12)
	appendN(t, l, 3)
	closeLog(t, l)
	l = mustOpen(t, fs)
	checkReplay(t, l, 12, 15)
	// The engine's commit may be ahead of the log.
	checkReplayFrom := uint64(20)
	if err := l.Replay(checkReplayFrom, nil); err != nil {
		t.Fatal(err)
	}
	appendN(t, l, 1)
	closeLog(t, l)
	l = mustOpen(t, fs)
	checkReplay(t, l, 20, 21)
	if err := l.Replay(12, func(uint64, []byte) error { return nil }); err == nil {
		t.Error("replay passes over the gap")
	}
	closeLog(t, l)
}

func TestTruncate(t *testing.T) {
	fs := vfs.NewMem()
	l := mustOpen(t, fs)
	l.max = 6000
	big := make([]byte, 2000)
	for range 10 {
		if _, wait := l.Append(big); wait() != nil {
			t.Fatal("append failed")
		}
	}
	if len(l.segments) != 4 {
		t.Fatalf("segments %v", l.segments)
	}
	if err := l.TruncateBefore(6); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(l.segments); got != "[4 7 10]" {
		t.Errorf("after truncating before 6: %s", got)
	}
	if err := l.Replay(3, nil); err == nil || !strings.Contains(err.Error(), "record 3 is needed") {
		t.Errorf("replay of dropped records: %v", err)
	}
	if err := l.TruncateBefore(l.Next()); err != nil {
		t.Fatal(err)
	}
	if len(l.segments) != 1 || l.segments[0] != 11 {
		t.Errorf("after truncating all: %v", l.segments)
	}
	closeLog(t, l)
	l = mustOpen(t, fs)
	if l.Next() != 11 || len(l.segments) != 1 {
		t.Errorf("after truncating all: next %d, segments %v", l.Next(), l.segments)
	}
	closeLog(t, l)
}

func segment(t *testing.T, fs vfs.FS, name string) []byte {
	t.Helper()
	b, err := readFile(fs, "data/log/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTornTailIsCutAtEveryByte(t *testing.T) {
	fs := vfs.NewMem()
	l := mustOpen(t, fs)
	appendN(t, l, 4)
	l.Append([]byte(payload(5)))
	l.Append([]byte(payload(6)))
	closeLog(t, l)
	whole := segment(t, fs, segmentName(1))
	_, four, _ := scanSegment(whole, 1, func(r record) error {
		if r.pos == 5 {
			return os.ErrClosed
		}
		return nil
	})
	five := four + recordHead + len(payload(5))
	for cut := four; cut < len(whole); cut++ {
		torn := append([]byte(nil), whole[:cut]...)
		if cut%3 == 0 {
			// The size got to disk, the data did not.
			torn = append(torn, make([]byte, 50)...)
		}
		if cut%3 == 1 && cut < five {
			// The later record got to disk, the earlier one did not.
			torn = append(append([]byte(nil), whole[:four]...), make([]byte, five-four)...)
			torn = append(torn, whole[five:]...)
		}
		if err := writeSegment(fs, "data/log", segmentName(1), torn); err != nil {
			t.Fatal(err)
		}
		l := mustOpen(t, fs)
		want := uint64(5)
		if cut >= five {
			want = 6
		}
		checkReplay(t, l, 1, want)
		appendN(t, l, 1)
		closeLog(t, l)
		l = mustOpen(t, fs)
		checkReplay(t, l, 1, want+1)
		closeLog(t, l)
	}
}

func TestDamageIsAnError(t *testing.T) {
	fs := vfs.NewMem()
	l := mustOpen(t, fs)
	appendN(t, l, 6)
	closeLog(t, l)
	whole := segment(t, fs, segmentName(1))
	// Every byte but those of the last record, whose loss no record proves.
	for i := range len(whole) - recordHead - len(payload(6)) {
		bad := append([]byte(nil), whole...)
		bad[i] ^= 0x40
		if err := writeSegment(fs, "data/log", segmentName(1), bytes.Clone(bad)); err != nil {
			t.Fatal(err)
		}
		l, err := Open(fs, "data/log")
		if err == nil {
			t.Fatalf("byte %d damaged: opened, next is %d", i, l.Next())
		}
		if !strings.Contains(err.Error(), "corrupt") && !strings.Contains(err.Error(), "version") {
			t.Fatalf("byte %d damaged: %v", i, err)
		}
		if string(segment(t, fs, segmentName(1))) != string(bad) {
			t.Fatalf("byte %d damaged: the segment was changed", i)
		}
	}
	other := append([]byte(nil), whole...)
	other[7] = 9
	binary.LittleEndian.PutUint32(other[20:], crc32.Checksum(other[:20], castagnoli))
	if err := writeSegment(fs, "data/log", segmentName(1), other); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(fs, "data/log"); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Errorf("another version: %v", err)
	}
}

// countSyncs counts, and can fail, the syncs of segments.
type countSyncs struct {
	n    atomic.Int64
	fail atomic.Bool
}

func (c *countSyncs) String() string { return "syncs" }

func (c *countSyncs) MaybeError(op errorfs.Op) error {
	if op.Kind != errorfs.OpFileSync && op.Kind != errorfs.OpFileSyncData {
		return nil
	}
	c.n.Add(1)
	if c.fail.Load() {
		return errors.New("no space left on device")
	}
	return nil
}

func TestGroupCommit(t *testing.T) {
	mem := newCrashable(t)
	syncs := &countSyncs{}
	l := mustOpen(t, errorfs.Wrap(mem, syncs))
	const clients, each = 16, 50
	// All clients append before the first waits, so that sharing is certain.
	var appended, done sync.WaitGroup
	before := syncs.n.Load()
	for range clients {
		appended.Add(1)
		done.Add(1)
		go func() {
			defer done.Done()
			for i := range each {
				_, wait := l.Append([]byte("x"))
				if i == 0 {
					appended.Done()
					appended.Wait()
				}
				if err := wait(); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	done.Wait()
	if n := syncs.n.Load() - before; n > clients*each-clients+1 {
		t.Errorf("%d records took %d syncs", clients*each, n)
	}
	l2 := mustOpen(t, mem.CrashClone(vfs.CrashCloneCfg{}))
	if got := l2.Next(); got != clients*each+1 {
		t.Errorf("after a crash the next record is %d", got)
	}
	syncs.fail.Store(true)
	if _, wait := l.Append([]byte("y")); wait() == nil {
		t.Error("a failed sync is not reported")
	}
	closeLog(t, l)
}

// faults fails the calls that change files from one of them on, for a while.
type faults struct {
	n, from, until int
}

func (f *faults) String() string { return "faults" }

func (f *faults) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() == errorfs.OpIsRead {
		return nil
	}
	if f.n++; f.n >= f.from && f.n < f.until {
		return syscall.ENOSPC
	}
	return nil
}

// TestFailuresAreSurvived lets the disk fail at every call, for one call or for
// several: what was acknowledged stays, what was refused never comes back once
// the log has gone on, and it goes on by itself.
func TestFailuresAreSurvived(t *testing.T) {
	for _, length := range []int{1, 2, 5} {
		for from, reached := 1, true; reached; from++ {
			mem := newCrashable(t)
			f := &faults{}
			l := mustOpen(t, errorfs.Wrap(mem, f))
			l.max = 300
			f.n, f.from, f.until = 0, from, from+length
			acked := failingAppends(t, l, 24)
			reached = f.n >= from
			if acked < uint64(24-2*length) {
				t.Fatalf("a fault of %d calls from call %d on: only %d of 24 records are there", length, from, acked)
			}
			l2 := mustOpen(t, mem.CrashClone(vfs.CrashCloneCfg{}))
			checkReplay(t, l2, 1, acked+1)
			appendN(t, l2, 1)
			closeLog(t, l2)
			f.until = 0
			checkReplay(t, l, 1, acked+1)
			if err := l.TruncateBefore(acked + 1); err != nil {
				t.Fatal(err)
			}
			closeLog(t, l)
		}
	}
}

// failingAppends appends records, some of which are refused, and gives the number
// of those that were not.
func failingAppends(t *testing.T, l *Log, n int) (acked uint64) {
	t.Helper()
	for range n {
		pos, wait := l.Append([]byte(payload(l.Next())))
		err := wait()
		if err != nil && !errors.Is(err, syscall.ENOSPC) {
			t.Fatal(err)
		}
		if err == nil {
			if acked++; pos != acked {
				t.Fatalf("record %d got position %d", acked, pos)
			}
		}
	}
	return acked
}

// crashes takes a copy of the file system, as a crash would leave it, before
// every call that changes it.
type crashes struct {
	mem    *vfs.MemFS
	rng    *rand.Rand
	acked  atomic.Uint64
	copies []crash
}

type crash struct {
	op    string
	acked uint64
	fs    *vfs.MemFS
}

func (c *crashes) String() string { return "crashes" }

func (c *crashes) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() == errorfs.OpIsRead {
		return nil
	}
	for _, percent := range []int{0, 50} {
		c.copies = append(c.copies, crash{fmt.Sprintf("%v %s, %d%%", op.Kind, op.Path, percent), c.acked.Load(),
			c.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: c.rng})})
	}
	return nil
}

func TestCrashAtEveryCall(t *testing.T) {
	mem := newCrashable(t)
	c := &crashes{mem: mem, rng: newRand(3)}
	fs := errorfs.Wrap(mem, c)
	var truncated uint64 = 1
	for round := range 4 {
		l, err := Open(fs, "data/log")
		if err != nil {
			t.Fatal(err)
		}
		for i := range 12 {
			pos, wait := l.Append([]byte(payload(l.Next())))
			if i%3 == 0 {
				if err := wait(); err != nil {
					t.Fatal(err)
				}
				c.acked.Store(pos)
			}
			if i == 6 && round == 2 {
				truncated = l.Next()
				l.max = l.size // as if the segment were full
				if err := l.TruncateBefore(truncated); err != nil {
					t.Fatal(err)
				}
				c.acked.Store(truncated - 1)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		c.acked.Store(l.next - 1)
	}
	for i, crash := range c.copies {
		l, err := Open(crash.fs, "data/log")
		if err != nil {
			t.Fatalf("crash %d, before %s: %v", i, crash.op, err)
		}
		if l.Next() <= crash.acked {
			t.Fatalf("crash %d, before %s: record %d was acknowledged, next is %d", i, crash.op, crash.acked, l.Next())
		}
		from := max(l.segments[0], 1)
		if from > truncated {
			t.Fatalf("crash %d, before %s: the log begins at %d", i, crash.op, from)
		}
		checkReplay(t, l, from, l.Next())
		appendN(t, l, 1)
		checkReplay(t, l, from, l.Next())
		closeLog(t, l)
	}
	t.Logf("%d crashes", len(c.copies))
}

// newCrashable returns a file system on which the data directory is synced.
func newCrashable(t *testing.T) *vfs.MemFS {
	mem := vfs.NewCrashableMem()
	if err := errors.Join(mem.MkdirAll("data", 0o755), syncDir(mem, "/")); err != nil {
		t.Fatal(err)
	}
	return mem
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, seed)) }

func BenchmarkAppend(b *testing.B) {
	l, err := Open(nil, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	record := make([]byte, 200)
	b.SetParallelism(32)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, wait := l.Append(record); wait() != nil {
				b.Error("append failed")
			}
		}
	})
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}
