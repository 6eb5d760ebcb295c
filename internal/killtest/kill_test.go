// Package killtest runs the real server under load, kills it at random moments,
// and holds every view after each restart to an independent recomputation from
// the topics: nothing lost, nothing twice, and no read ever goes back.
package killtest

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/tarndb/tarn/internal/killtest/child"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/broker"
	"github.com/tarndb/tarn/topics/kafka"
	"github.com/tarndb/tarn/topics/nexmark"
)

const roundsVariable = "TARN_KILL_ROUNDS"

// TestKill kills in TARN_KILL_ROUNDS rounds while TARN_KILL_RATE events (default
// 50000) are written in a second. TARN_KILL_MEMORY, in MiB, is the server's memory
// limit while the broker is apart; the first kill waits until the state has ten
// times that. TARN_KILL_SEED (default 1) makes the moments.
func TestKill(t *testing.T) {
	rounds := child.Setting(t, roundsVariable, 0)
	if rounds == 0 {
		t.Skip(roundsVariable + " is not set: run make test-kill")
	}
	rate, seed := child.Setting(t, "TARN_KILL_RATE", 50_000), uint64(child.Setting(t, "TARN_KILL_SEED", 1))
	bin := child.Build(t)
	embedded := max(1, rounds/5)
	ctx, cancel := context.WithTimeout(context.Background(), 90*time.Minute)
	defer cancel()
	memory := child.Setting(t, "TARN_KILL_MEMORY", 0)
	t.Run("broker apart", func(t *testing.T) { killServer(t, ctx, bin, rounds-embedded, rate, memory, seed) })
	t.Run("broker inside", func(t *testing.T) { killBoth(t, ctx, bin, embedded, rate/10, seed) })
}

// killServer: the broker and the producer live in this process and go on while
// the server is down.
func killServer(t *testing.T, ctx context.Context, bin string, rounds, rate, memory int, seed uint64) {
	b, err := broker.Start(broker.Config{Addr: "127.0.0.1:0", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	data := t.TempDir()
	flags := []string{"--data", data}
	if memory > 0 {
		flags = append(flags, "--memory-limit", strconv.Itoa(memory)+"MiB")
	}
	h := newHarness(t, ctx, bin, b.Addr(), seed, flags...)
	h.start()
	h.declare(b.Addr())
	rest := h.goOn()
	defer rest()
	read := func() int64 { return h.floor.get().at.total() }
	first := int64(0)
	if memory > 0 {
		first = h.grow(10*int64(memory)<<20, startFeeder(ctx, b.Addr(), growRate, seed, 0, read))
	}
	w := startFeeder(ctx, b.Addr(), rate, seed, first, read)
	defer w.stop()
	h.kills(rounds, func(int) string { return w.String() })
	if err := w.stop(); !finished(err) {
		t.Errorf("the writer: %v", err)
	}
	if memory > 0 {
		h.checkSpilled(int64(memory) << 20)
	}
	h.drain()
	rest()
	t.Logf("broker apart: %s; %v; data directory %d MB", h.summary(rounds), w, diskMB(t, data))
}

// killBoth: the broker is inside of the server and dies with it. What it has
// acknowledged must be there afterwards; the producer goes on from there.
func killBoth(t *testing.T, ctx context.Context, bin string, rounds, rate int, seed uint64) {
	data, addr := t.TempDir(), child.FreeAddr(t)
	h := newHarness(t, ctx, bin, addr, seed+1, "--data", data, "--embedded-broker", addr)
	var w *writer
	var acked int64
	h.afterStart = func() {
		first := int64(0)
		if acked > 0 {
			if total := ends(t, ctx, addr); total < acked {
				t.Errorf("the broker acknowledged %d events and has %d", acked, total)
			}
			var err error
			if first, err = nexmark.Resume(ctx, clusterOf(addr)); err != nil {
				t.Fatal(err)
			}
		}
		w = startWriter(ctx, addr, rate, seed, first)
	}
	// The server must die while the producer is at work.
	h.start()
	h.declare(addr)
	rest := h.goOn()
	defer rest()
	h.beforeKill = func() { acked += w.Written() }
	lives := h.afterStart
	h.afterStart = func() {
		w.stop()
		lives()
	}
	h.kills(rounds, func(int) string { return fmt.Sprintf("%d events acknowledged", acked+w.Written()) })
	if err := w.stop(); !finished(err) {
		t.Errorf("the writer: %v", err)
	}
	h.afterStart = func() {}
	h.drain()
	rest()
	t.Logf("broker inside: %s", h.summary(rounds))
}

// ends is how many messages the topics hold.
func ends(t *testing.T, ctx context.Context, addr string) int64 {
	t.Helper()
	total := int64(0)
	for k := nexmark.PersonKind; k <= nexmark.BidKind; k++ {
		var log topics.Log = kafka.Open(clusterOf(addr), k.Topic())
		bounds, err := log.Bounds(ctx)
		log.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range bounds {
			total += r.End
		}
	}
	return total
}

// State must have grown to what the test is for this soon, from events at this
// rate, which is more than a server keeps up with.
const (
	growsIn  = 30 * time.Minute
	growRate = 200_000
)

// grow lets w work until the state has so many bytes on disk, and gives the number
// of its events.
func (h *harness) grow(bytes int64, w *feeder) int64 {
	h.t.Helper()
	defer w.stop()
	c := child.Connect(h.t, h.ctx, h.server.URL)
	defer c.Close()
	began := time.Now()
	for told := began; ; {
		state := h.stateBytes(c)
		if state >= bytes || time.Since(told) > 10*time.Second {
			told = time.Now()
			now, _ := h.server.RSS()
			h.t.Logf("after %3.0f s: state of %d MiB, memory %d MiB, %v", time.Since(began).Seconds(), state>>20, now>>20, w)
		}
		switch {
		case state >= bytes:
			if err := w.stop(); !finished(err) {
				h.t.Fatalf("the writer: %v", err)
			}
			return h.caughtUp(c)
		case time.Since(began) > growsIn:
			h.t.Fatalf("the state has %d MiB after %v, must have %d; %s", state>>20, growsIn, bytes>>20, h.server.Report())
		case !child.Pause(h.ctx, 10*retryPause):
			h.t.Fatal("out of time")
		}
	}
}

func (h *harness) stateBytes(c *child.Client) int64 {
	h.t.Helper()
	state, err := number1(h.ctx, c, "SELECT coalesce(sum(disk_bytes), 0)::bigint FROM tarn.arrangements")
	if err != nil {
		h.t.Fatal(err)
	}
	return state
}

// checkSpilled holds the server to its memory limit, and the run to a state ten
// times as large: else it did not test what it is for.
func (h *harness) checkSpilled(limit int64) {
	h.t.Helper()
	c := child.Connect(h.t, h.ctx, h.server.URL)
	defer c.Close()
	state := h.stateBytes(c)
	_, peak := h.server.RSS()
	peak = max(peak, h.peak)
	h.t.Logf("state of %d MiB under a limit of %d MiB; resident memory at most %d MiB", state>>20, limit>>20, peak>>20)
	if state < 10*limit {
		h.t.Errorf("the state has %d MiB, less than ten times the limit", state>>20)
	}
	if peak > limit+limit*15/100 {
		h.t.Errorf("resident memory reached %d MiB under a limit of %d MiB", peak>>20, limit>>20)
	}
}

func diskMB(t *testing.T, dir string) int64 {
	t.Helper()
	total := int64(0)
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return total >> 20
}
