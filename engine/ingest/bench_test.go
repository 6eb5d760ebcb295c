package ingest

import (
	"context"
	"syscall"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/broker"
	"github.com/tarndb/tarn/topics/format"
	"github.com/tarndb/tarn/topics/kafka"
	"github.com/tarndb/tarn/topics/nexmark"
)

// BenchmarkReader reads the bids of a topic from the embedded broker, JSON, into
// chunks: the way of a row up to the epoch's cut. cpu-ns/row is of the whole
// process, the broker's work included.
func BenchmarkReader(b *testing.B) {
	br, err := broker.Start(broker.Config{Addr: "127.0.0.1:0", Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer br.Close()
	cluster := kafka.Config{Brokers: []string{br.Addr()}}
	w := nexmark.NewWriter(nexmark.WriterConfig{Config: nexmark.Config{Seed: 1}, Cluster: cluster, Limit: 2_000_000})
	if err := w.Run(context.Background()); err != nil {
		b.Fatal(err)
	}
	var spec format.Spec
	for _, f := range nexmark.Fields(nexmark.BidKind) {
		spec.Columns = append(spec.Columns, format.Column{Name: f.Name, Type: f.Type})
	}
	for name, wanted := range map[string][]int{"all": {0, 1, 2, 3, 4, 5, 6}, "three": {0, 2, 5}} {
		b.Run(name, func(b *testing.B) {
			benchmarkReader(b, cluster, spec, wanted)
		})
	}
}

func benchmarkReader(b *testing.B, cluster kafka.Config, spec format.Spec, wanted []int) {
	wake := make(chan struct{}, 1)
	r, err := New(Config{
		Open: func() (topics.Log, error) { return kafka.Open(cluster, nexmark.BidKind.Topic()), nil },
		Spec: spec,
		Wake: func() {
			select {
			case wake <- struct{}{}:
			default:
			}
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	const rows = 2_000_000 / 50 * 46
	b.ReportAllocs()
	before := cpu()
	for range b.N {
		r.Start(nil, nil, false, wanted)
		for n := 0; n < rows; {
			<-wake
			for _, c := range r.Take(16 * row.BatchRows) {
				n += c.Rows()
				c.Release()
			}
		}
		r.Stop()
	}
	b.ReportMetric(float64(cpu()-before)/float64(b.N*rows), "cpu-ns/row")
}

// cpu is what the process has used, in nanoseconds.
func cpu() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
