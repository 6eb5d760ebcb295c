package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

// appended is what a stream tells of the time at which its rows came to be.
type appended interface {
	// when is the time at which row n (from 0) of a source was appended; false
	// where it is not there yet.
	when(source string, n int64) (time.Time, bool)
}

// samplesPerLook bounds what one look at the offsets adds to the figures.
const samplesPerLook = 16

// mostRate is what loads are shares of: what can be kept up. That is the rate of
// the measured run on the wall, but no more than the cores have CPU for: that clock
// stops before the last commit, and what a commit or compaction takes later, a run
// that goes on has to find the time for. Where a process beside this one writes the
// events meanwhile, it is what both keep up together.
func (b *nexmarkBench) mostRate(ctx context.Context, name string, q queryResult) (float64, error) {
	if b.o.mode == modeGenerator {
		return min(q.Wall, q.PerCore*float64(runtime.NumCPU())), nil
	}
	f, err := b.freshness(ctx, name, 1, q.Wall)
	return f.Reached, err
}

// freshness feeds a view at a rate and measures how long rows take from their
// topic to a SELECT: a client asks again and again how far each source has come
// in what it reads, and each row that is newly in it was visible no later than
// the answer. Rows of the first second, in which everything is new, do not count.
func (b *nexmarkBench) freshness(ctx context.Context, name string, load, rate float64) (f freshness, err error) {
	f = freshness{Load: load, Rate: rate}
	events := min(int64(rate*(b.o.freshnessDuration.Seconds()+1)), b.o.eventsOf(name))
	s, err := b.pacedStream(ctx, events, rate)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	d, err := b.open(ctx, s)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, d.close()) }()
	made, err := b.o.statements(ctx, d, name)
	if err != nil {
		return f, err
	}
	for _, sql := range made {
		if err := d.exec(ctx, sql); err != nil {
			return f, err
		}
	}
	if err := d.await(ctx, func() (bool, error) { return s.ready(ctx, d) }); err != nil {
		return f, err
	}
	began := time.Now()
	if err := s.open(events, rate); err != nil {
		return f, err
	}
	seen := map[string]int64{}
	var ms []float64
	for {
		b.progress.say("%s: freshness at %.0f %%, %.0f %% done", name, 100*load, 100*s.share())
		read, err := d.read(ctx)
		if err != nil {
			return f, err
		}
		now := time.Now()
		for source, n := range read {
			if now.Sub(began) > time.Second {
				ms = append(ms, sample(s, source, seen[source], n, now)...)
			}
			seen[source] = n
		}
		done, err := s.done(ctx, d)
		if err != nil {
			return f, err
		}
		if done {
			break
		}
		if now.Sub(began) > 10*b.o.freshnessDuration+time.Minute {
			return f, fmt.Errorf("%s: %.0f events/s, which is %.0f %% of the maximum, are more than it can take", name, rate, 100*load)
		}
		if err := pause(ctx, lookAgain); err != nil {
			return f, err
		}
	}
	f.MS, f.Reached = timesOf(ms), float64(events)/time.Since(began).Seconds()
	return f, nil
}

// sample gives the milliseconds that some of the rows [from, to) took until now.
func sample(s stream, source string, from, to int64, now time.Time) (ms []float64) {
	step := max(1, (to-from+samplesPerLook-1)/samplesPerLook)
	for n := from; n < to; n += step {
		if at, ok := s.when(source, n); ok {
			ms = append(ms, max(0, now.Sub(at).Seconds()*1000))
		}
	}
	return ms
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// when is the time at which the feed let a row go.
func (g *generated) when(source string, n int64) (time.Time, bool) {
	f := g.feed
	for i := range f.data.kinds {
		k := &f.data.kinds[i]
		if k.name != source || n >= k.rows() {
			continue
		}
		b := f.block(i, n)
		start := k.start(int(b))
		in := min(f.data.blockEvents, f.data.events-b*f.data.blockEvents)
		// The least number of events with which rows() passes n.
		rows := k.ends[b] - start
		event := b*f.data.blockEvents + ((n-start+1)*in+rows-1)/rows
		return f.from.Add(time.Duration(float64(event) / f.rate * float64(time.Second))), true
	}
	return time.Time{}, false
}
