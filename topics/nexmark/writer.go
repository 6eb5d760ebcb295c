package nexmark

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/kafka"
)

// WriterConfig says what to write where, and how fast.
type WriterConfig struct {
	Config
	Cluster kafka.Config
	// Rate is the events to write in a second; 0 means as fast as possible.
	Rate int64
	// Limit ends the writer after so many events; 0 means never.
	Limit int64
	// Partitions of the topics that Run creates. Default 4.
	Partitions int
}

// Writer writes events to the topics person, auction and bid.
type Writer struct {
	cfg     WriterConfig
	gen     *Generator
	out     *kafka.Producer
	records [3][]kafka.Record
	arena   []byte
	ends    []int // where each record's key and value end in the arena
	kinds   []Kind

	written atomic.Int64
	rate    atomic.Int64
}

// tick is how often events that are due are written; maxTick bounds how many at once.
const (
	tick    = 10 * time.Millisecond
	maxTick = 8192
)

// NewWriter makes a writer; nothing is connected before Run. With no Base, event
// times are such that the first event happens now.
func NewWriter(cfg WriterConfig) *Writer {
	if cfg.EventsPerSecond == 0 {
		cfg.EventsPerSecond = cfg.Rate
	}
	if cfg.Partitions == 0 {
		cfg.Partitions = 4
	}
	w := &Writer{cfg: cfg}
	if cfg.Base.IsZero() {
		now := time.Now().UnixMicro()
		timing := cfg.Config.withDefaults()
		cfg.Base = time.UnixMicro(now - timing.time(0, cfg.First))
	}
	w.gen = New(cfg.Config)
	return w
}

// Written is the number of events acknowledged. Any goroutine may ask.
func (w *Writer) Written() int64 { return w.written.Load() }

// Rate is the events written in a second, over the last second or so. Any goroutine may ask.
func (w *Writer) Rate() int64 { return w.rate.Load() }

// Run creates the topics where they are missing and writes until ctx ends, and
// then returns its error, or until Limit is reached, and then returns nil.
func (w *Writer) Run(ctx context.Context) error {
	for k := PersonKind; k <= BidKind; k++ {
		if err := kafka.CreateTopic(ctx, w.cfg.Cluster, k.Topic(), w.cfg.Partitions); err != nil {
			return err
		}
	}
	w.out = kafka.NewProducer(kafka.ProducerConfig{Config: w.cfg.Cluster})
	defer w.out.Close()
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	start := time.Now()
	measured, counted := start, int64(0)
	for done := int64(0); w.cfg.Limit == 0 || done < w.cfg.Limit; {
		n := int64(maxTick)
		if w.cfg.Rate > 0 {
			n = min(n, w.cfg.Rate*int64(time.Since(start)/time.Microsecond)/1e6-done)
		}
		if w.cfg.Limit > 0 {
			n = min(n, w.cfg.Limit-done)
		}
		if n <= 0 {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-ticker.C:
			}
			continue
		}
		if err := w.write(ctx, int(n)); err != nil {
			return err
		}
		done += n
		w.written.Add(n)
		if d := time.Since(measured); d >= time.Second {
			w.rate.Store(int64(float64(done-counted) / d.Seconds()))
			measured, counted = time.Now(), done
		}
	}
	if d := time.Since(start); d < time.Second {
		w.rate.Store(int64(float64(w.Written()) / d.Seconds()))
	}
	return nil
}

// write generates n events and waits for their acknowledgement.
func (w *Writer) write(ctx context.Context, n int) error {
	var e Event
	w.arena, w.ends, w.kinds = w.arena[:0], w.ends[:0], w.kinds[:0]
	for range n {
		w.gen.Next(&e)
		w.arena = AppendKey(w.arena, &e)
		w.ends = append(w.ends, len(w.arena))
		w.arena = AppendJSON(w.arena, &e)
		w.ends = append(w.ends, len(w.arena))
		w.kinds = append(w.kinds, e.Kind)
	}
	// Only now: the arena has moved while it grew.
	for k := range w.records {
		w.records[k] = w.records[k][:0]
	}
	start := 0
	for i, k := range w.kinds {
		key, value := w.ends[2*i], w.ends[2*i+1]
		w.records[k] = append(w.records[k], kafka.Record{Key: w.arena[start:key], Value: w.arena[key:value]})
		start = value
	}
	for k := range w.records {
		if err := w.out.Produce(ctx, Kind(k).Topic(), w.records[k]); err != nil {
			return err
		}
	}
	return nil
}

// Resume finds the number of the first event that is in none of the topics and
// before none that is, for a writer that goes on where an earlier one was
// stopped. Events that the earlier one left out are not made up for: what is in
// the topics is what happened.
func Resume(ctx context.Context, cluster kafka.Config) (int64, error) {
	next := int64(0)
	for k := PersonKind; k <= BidKind; k++ {
		n, err := count(ctx, cluster, k.Topic())
		if err != nil {
			return 0, err
		}
		if n > 0 {
			next = max(next, numberOf(k, n-1)+1)
		}
	}
	return next, nil
}

func count(ctx context.Context, cluster kafka.Config, topic string) (int64, error) {
	var log topics.Log = kafka.Open(cluster, topic)
	defer log.Close()
	bounds, err := log.Bounds(ctx)
	if err != nil {
		return 0, err
	}
	n := int64(0)
	for _, r := range bounds {
		n += r.End
	}
	return n, nil
}

// numberOf is the number of the i-th event of a kind, counted from 0.
func numberOf(k Kind, i int64) int64 {
	switch k {
	case PersonKind:
		return i / persons * cycle
	case AuctionKind:
		return i/auctions*cycle + persons + i%auctions
	}
	return i/bids*cycle + persons + auctions + i%bids
}
