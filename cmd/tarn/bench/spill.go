package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// spill is the query whose state is larger than the memory limit.
const spill = "spill"

// spillSQL groups by a key, whose state every event changes, and joins with a
// table of as many keys, which is probed.
const spillSQL = `CREATE MATERIALIZED VIEW spill AS
SELECT h.key, count(*) AS hits, sum(h.amount) AS amount, max(h.amount) AS most, min(o.name) AS owner
FROM hit AS h JOIN owner AS o ON o.key = h.key
GROUP BY h.key;`

// spillRatio is how many times the limit the state must be, and the least share
// of the rate in memory that is to be left.
const (
	spillRatio = 10
	spillShare = 0.3
	spillOver  = 1.15 // of the limit, that memory stays under
)

// spillFacts compare the run under the limit with the one without.
type spillFacts struct {
	Keys          string  `json:"keys"`
	Groups        int64   `json:"groups"`
	NameBytes     int     `json:"name_bytes"` // at least; 0: as many as its number needs
	Limit         int64   `json:"memory_limit_bytes"`
	StateBytes    int64   `json:"state_bytes_without_limit"`
	Times         float64 `json:"state_times_limit"`
	PerCoreMemory float64 `json:"events_per_second_per_core_without_limit"`
	Share         float64 `json:"share_of_rate_without_limit"`
	PeakOverLimit float64 `json:"peak_rss_over_limit"`
}

func (s *spillFacts) print(w io.Writer) {
	fmt.Fprintf(w, "      %s keys, %s: state %d MiB is %.1f times the limit of %d MiB; %.0f %% of the %s events/s per core without a limit (wanted: %.0f %%)\n",
		count(float64(s.Groups)), s.Keys, s.StateBytes>>20, s.Times, s.Limit>>20, 100*s.Share, count(s.PerCoreMemory), 100*spillShare)
	fmt.Fprintf(w, "      peak memory is %.2f of the limit (wanted: at most %.2f)\n", s.PeakOverLimit, spillOver)
}

// spill runs the query without a limit, and then with one: that of the flag, or a
// tenth of the state that the first run has left.
func (b *nexmarkBench) spill(ctx context.Context) (q queryResult, err error) {
	data, err := newSpill(ctx, &b.o, b.progress)
	if err != nil {
		return q, err
	}
	defer data.release()
	// The run without a limit is the second where that can be: what C's allocator keeps
	// of it would count as the other's.
	limit := b.o.Memory
	if limit > 0 {
		if q, err = b.spillRun(ctx, data, limit); err != nil {
			return q, err
		}
	}
	free, err := b.spillRun(ctx, data, 0)
	if err != nil {
		return q, err
	}
	if limit == 0 {
		limit = free.State.MemoryBytes / spillRatio
		if q, err = b.spillRun(ctx, data, limit); err != nil {
			return q, err
		}
	}
	if q.Checksum != free.Checksum {
		return q, fmt.Errorf("spill: the answer under the limit has checksum %s, without it %s", q.Checksum, free.Checksum)
	}
	q.Spill = &spillFacts{
		Keys: b.o.keys, Groups: b.o.groups, NameBytes: b.o.nameBytes, Limit: limit, StateBytes: free.State.MemoryBytes,
		Times: float64(free.State.MemoryBytes) / float64(limit), PerCoreMemory: free.PerCore, Share: q.PerCore / free.PerCore,
		PeakOverLimit: float64(q.PeakBytes) / float64(limit),
	}
	return q, nil
}

// spillRun loads all owners before the clock starts, so that what is measured is
// the work over a large state, and then lets the hits come.
func (b *nexmarkBench) spillRun(ctx context.Context, data *dataset, limit int64) (q queryResult, err error) {
	hits := &generated{feed: newFeed(data)}
	d, err := openDatabase(databaseConfig{dir: b.o.dir, shards: b.o.Shards, memory: limit, commit: b.o.commitInterval, openLog: hits.openLog})
	if err != nil {
		return q, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := hits.setup(ctx, d); err != nil {
		return q, err
	}
	hits.feed.prefill(ownerKind)
	r := b.runOf(fmt.Sprintf("spill in %d MiB", limit>>20), []string{spillSQL})
	if limit == 0 {
		r.name, r.profile = "spill without a limit", ""
	}
	m, err := measure(ctx, d, hits, r)
	if err != nil {
		return q, err
	}
	q = m.result(spill, b.o.events)
	q.Output = stored
	q.ColumnsBytes = data.bytes()
	q.PeakBytes = max(0, q.PeakBytes-q.ColumnsBytes)
	if q.State, err = d.state(ctx); err != nil {
		return q, err
	}
	b.progress.say("%s: reading the view", r.name)
	q.Rows, q.Checksum, err = d.answers(ctx, []string{spill})
	return q, errors.Join(err, d.errorsOf(ctx))
}

// The kinds of spill's dataset.
const (
	hitKind = iota
	ownerKind
)

// newSpill makes hits whose keys follow the law, and an owner for each key. The
// ranks of the law are scattered over the keys, so that hot ones are no neighbours.
func newSpill(ctx context.Context, o *NexmarkOptions, p *progress) (*dataset, error) {
	seed, groups, events := o.seed, o.groups, o.events
	int8, text := row.T(row.Int8), row.T(row.Text)
	d := &dataset{events: events, blockEvents: row.BatchRows, kinds: []kindData{
		{name: "hit", fields: []topics.Field{{Name: "key", Type: int8}, {Name: "amount", Type: int8}}},
		{name: "owner", key: "key", fields: []topics.Field{{Name: "key", Type: int8}, {Name: "name", Type: text}}},
	}}
	n := int64(d.blocks())
	defer p.end()
	law := newZipf(groups, o.skew)
	return d, d.makeBlocks(ctx, func() blockMaker {
		return func(block int64, out []*row.Batch) {
			r := rand.New(rand.NewPCG(seed, uint64(block)))
			hits, owners := out[hitKind], out[ownerKind]
			for range min(row.BatchRows, events-block*row.BatchRows) {
				hits.Cols[0].AppendInt(scatter(law.draw(r)))
				hits.Cols[1].AppendInt(r.Int64N(10_000))
				hits.Weights = append(hits.Weights, 1)
			}
			for g := groups * block / n; g < groups*(block+1)/n; g++ {
				owners.Cols[0].AppendInt(scatter(g))
				owners.Cols[1].AppendString(ownerName(g, o.nameBytes))
				owners.Weights = append(owners.Weights, 1)
			}
		}
	}, func(done, all int64) {
		p.say("making columns: %.0f %% of %s events", 100*float64(done)/float64(all), count(float64(all)))
	})
}

// ownerName is some text of at least n bytes, most of which do not compress.
func ownerName(g int64, n int) string {
	name := strconv.AppendInt([]byte("owner "), g, 10)
	for at := g; len(name) < n; {
		at = scatter(at + 1)
		name = strconv.AppendUint(append(name, ' '), uint64(at), 36)
	}
	return string(name)
}

// scatter maps numbers to numbers, each to another one, far from its neighbours'.
func scatter(n int64) int64 { return int64(uint64(n) * 0x9e3779b97f4a7c15) }
