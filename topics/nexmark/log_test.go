package nexmark

import (
	"context"
	"testing"
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// TestLog reads each table in pieces of several sizes: the rows are those of the
// generator, whatever the cuts and the partitions.
func TestLog(t *testing.T) {
	ctx := context.Background()
	for k := PersonKind; k <= BidKind; k++ {
		all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}[:len(Fields(k))]
		want := NewColumns(Config{Seed: 3, Base: time.UnixMilli(5000)}, k, all)
		rows := int(rowsOf(k, 1234))
		whole := want.NewBatch(rows)
		want.Append(whole, 0, 1, rows)
		for _, splits := range []int64{1, 3} {
			l := Open(topics.Nexmark{Table: k.Topic(), Events: 1234, Base: 5000, Seed: 3, Splits: int32(splits)})
			bounds, err := l.Bounds(ctx)
			if err != nil || len(bounds) != int(splits) {
				t.Fatal(bounds, err)
			}
			seen := int64(0)
			for p, r := range bounds {
				for at := r.Start; at < r.End; {
					b, err := l.FetchRows(ctx, p, at, all, 1+int(at)%7)
					if err != nil || b.Len() == 0 {
						t.Fatal(b, err)
					}
					for i := range b.Len() {
						equalRows(t, b.Row(i), whole.Row(int((at+int64(i))*splits+int64(p))))
					}
					at += int64(b.Len())
					seen += int64(b.Len())
				}
			}
			if seen != int64(rows) {
				t.Errorf("%s in %d partitions has %d rows, want %d", k.Topic(), splits, seen, rows)
			}
			l.Close()
			if _, err := l.FetchRows(ctx, 0, 0, all, 1); err != topics.ErrClosed {
				t.Errorf("a closed log gives %v", err)
			}
		}
	}
}

func equalRows(t *testing.T, a, b row.Row) {
	t.Helper()
	for i := range a {
		if a[i].I != b[i].I || string(a[i].B) != string(b[i].B) {
			t.Fatalf("column %d: %v and %v", i, a[i], b[i])
		}
	}
}

// TestPacedLog turns a clock: events come when it is their time, those before it
// are there, and a start in time finds the first that is not before it.
func TestPacedLog(t *testing.T) {
	ctx := context.Background()
	now := time.UnixMilli(1_000_000)
	l := openAt(topics.Nexmark{Table: "bid", Gap: 3 * time.Millisecond, Base: 1_000_000, Splits: 1}, func() time.Time { return now })
	defer l.Close()
	end := func() int64 {
		b, err := l.Bounds(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return b[0].End
	}
	for ms := range int64(700) {
		now = time.UnixMilli(1_000_000 + ms)
		want := int64(0) // one event after the other, by their own times
		for n := int64(0); l.cfg.time(0, n) <= ms*1000; n++ {
			if n%cycle >= persons+auctions {
				want++
			}
		}
		if got := end(); got != want {
			t.Fatalf("after %d ms there are %d bids, want %d", ms, got, want)
		}
	}
	at, err := l.Resolve(ctx, topics.Start{Mode: topics.AtTime, Millis: 1_000_100})
	if err != nil {
		t.Fatal(err)
	}
	b, err := l.FetchRows(ctx, 0, at[0]-1, []int{5}, 2)
	if err != nil {
		t.Fatal(err)
	}
	const pg2000 = 946_684_800_000_000
	if x, y := b.Cols[0].Ints[0]+pg2000, b.Cols[0].Ints[1]+pg2000; x >= 1_000_100_000 || y < 1_000_100_000 {
		t.Errorf("a start in time is between %d and %d", x, y)
	}
	if d := l.until(0, end(), now); d < shortest || d > patience {
		t.Errorf("the next row is to come in %s", d)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := l.FetchRows(canceled, 0, end(), []int{0}, 1); err != context.Canceled {
		t.Errorf("a canceled read gives %v", err)
	}
}
