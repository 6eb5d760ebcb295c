// Package soak runs the real server for a long time under a steady load with
// joins, aggregates, deletes, and views that come and go, and holds what must
// not grow to a line: memory, goroutines, level 0 of the store, freshness.
package soak

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/tarndb/tarn/internal/killtest/child"
	"github.com/tarndb/tarn/topics/broker"
	"github.com/tarndb/tarn/topics/kafka"
)

const minutesVariable = "TARN_SOAK_MINUTES"

// Of the rate that the machine keeps up with, which the soak measures first, this
// share is what it then runs at.
const loadPercent = 70

// preloadTime is what writing the first state may take.
const preloadTime = 40 * time.Minute

// retention is what the broker keeps of each partition: much more than the server
// is ever behind, and little beside the disk.
const retention = 256 << 20

// TestSoak runs for TARN_SOAK_MINUTES with TARN_SOAK_MEMORY MiB as the server's
// memory limit (default 256), writing samples.csv and summary.txt to TARN_SOAK_OUT.
// What the server keeps up with is less once state is many times the limit. So
// events are first written as fast as the server takes them until state is
// TARN_SOAK_PRELOAD times the limit (default 4); then that rate is
// measured, and at the end once more. TARN_SOAK_RATE gives the events a second of
// the run instead.
func TestSoak(t *testing.T) {
	minutes := child.Setting(t, minutesVariable, 0)
	if minutes == 0 {
		t.Skip(minutesVariable + " is not set: run make soak")
	}
	limit := child.Setting(t, "TARN_SOAK_MEMORY", 256)
	out := os.Getenv("TARN_SOAK_OUT")
	if out == "" {
		out = t.TempDir()
	}
	preload := child.Setting(t, "TARN_SOAK_PRELOAD", 4)
	length := time.Duration(minutes) * time.Minute
	ctx, cancel := context.WithTimeout(context.Background(), length+preloadTime+20*time.Minute)
	defer cancel()
	b, err := broker.Start(broker.Config{Addr: "127.0.0.1:0", Dir: t.TempDir(), RetentionBytes: retention})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	probes := child.FreeAddr(t)
	s := child.Start(t, child.Build(t), "--data", filepath.Join(t.TempDir(), "data"), "--memory-limit", strconv.Itoa(limit)+"MiB", "--pprof", probes)
	w := &world{t: t, server: s, cluster: kafka.Config{Brokers: []string{b.Addr()}, ClientID: "soak"}, pprof: probes, limit: int64(limit) << 20}
	w.declare(ctx)
	text := w.preload(ctx, int64(preload)*w.limit)
	rate := child.Setting(t, "TARN_SOAK_RATE", 0)
	if rate == 0 {
		atFirst := w.mostRate(ctx)
		rate = atFirst * loadPercent / 100
		text += fmt.Sprintf("with that state the server keeps up with %d events/s; the soak writes %d, %d %% of them\n", atFirst, rate, loadPercent)
	}
	t.Log(text)
	samples := w.run(ctx, rate, length)
	if err := writeCSV(filepath.Join(out, "samples.csv"), samples); err != nil {
		t.Fatal(err)
	}
	text += w.judge(samples)
	most := w.mostRate(ctx)
	text += fmt.Sprintf("with the state of the end it keeps up with %d events/s: the load was %d %% of that\n", most, 100*rate/most)
	t.Log(text)
	if err := os.WriteFile(filepath.Join(out, "summary.txt"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	w.checkTotals(ctx)
	s.Stop(t)
}
