package nexmark

import (
	"context"
	"testing"
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/broker"
	"github.com/tarndb/tarn/topics/format"
	"github.com/tarndb/tarn/topics/kafka"
)

// bidColumns is the source that users declare over the topic bid.
var bidColumns = []format.Column{
	{Name: "auction", Type: row.T(row.Int8)},
	{Name: "bidder", Type: row.T(row.Int8)},
	{Name: "price", Type: row.T(row.Int8)},
	{Name: "channel", Type: row.T(row.Text)},
	{Name: "url", Type: row.T(row.Text)},
	{Name: "date_time", Type: row.T(row.Timestamptz)},
	{Name: "extra", Type: row.T(row.Text)},
}

// BenchmarkFetchDecode reads bids from the embedded broker into batches: the way
// of a row up to the epoch's cut, the broker's own work included.
func BenchmarkFetchDecode(b *testing.B) {
	br, err := broker.Start(broker.Config{Addr: "127.0.0.1:0", Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer br.Close()
	ctx := context.Background()
	cluster := kafka.Config{Brokers: []string{br.Addr()}, MaxWait: 10 * time.Millisecond}
	if err := NewWriter(WriterConfig{Config: Config{Seed: 1}, Cluster: cluster, Limit: 500_000}).Run(ctx); err != nil {
		b.Fatal(err)
	}
	log := kafka.Open(cluster, BidKind.Topic())
	defer log.Close()
	bounds, err := log.Bounds(ctx)
	if err != nil {
		b.Fatal(err)
	}
	d, err := format.NewDecoder(format.Spec{Columns: bidColumns})
	if err != nil {
		b.Fatal(err)
	}
	batch := d.NewBatch(row.BatchRows)
	rows := 0
	decode := func(ms []topics.Message) error {
		for i := range ms {
			if batch.Len() == row.BatchRows {
				batch.Reset()
			}
			if _, err := d.Decode(&ms[i], batch); err != nil {
				return err
			}
		}
		rows += len(ms)
		return nil
	}
	b.ResetTimer()
	for range b.N {
		for p, r := range bounds {
			for from := r.Start; from < r.End; {
				if from, err = log.Fetch(ctx, p, from, 4<<20, decode); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
