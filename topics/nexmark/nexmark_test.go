package nexmark

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/broker"
	"github.com/tarndb/tarn/topics/kafka"
)

var base = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)

func TestGolden(t *testing.T) {
	g := New(Config{Seed: 1, Base: base, EventsPerSecond: 1000})
	var got string
	var e Event
	for n := 0; n < 6; n++ {
		g.Next(&e)
		for _, extra := range []*[]byte{&e.Person.Extra, &e.Auction.Extra, &e.Bid.Extra} {
			*extra = (*extra)[:min(4, len(*extra))]
		}
		got += fmt.Sprintf("%s %s %s\n", e.Kind.Topic(), AppendKey(nil, &e), AppendJSON(nil, &e))
	}
	if got != golden {
		t.Errorf("got\n%s", got)
	}
}

// TestSeek: an event depends on its number, not on those before it.
func TestSeek(t *testing.T) {
	all := New(Config{Seed: 7, Base: base})
	var e, f Event
	for n := int64(0); n < 500; n++ {
		all.Next(&e)
		New(Config{Seed: 7, Base: base, First: n}).Next(&f)
		if a, b := AppendJSON(nil, &e), AppendJSON(nil, &f); string(a) != string(b) || e.Number != n {
			t.Fatalf("event %d: %s and %s", n, a, b)
		}
	}
}

// TestShape: proportions, dense ids, references near what exists, valid JSON.
func TestShape(t *testing.T) {
	const events = 50_000
	g := New(Config{Seed: 3, Base: base})
	var counts [3]int64
	hot, last := map[int64]int{}, int64(0)
	extra, numbered := 0, 0
	var e Event
	for range events {
		g.Next(&e)
		var doc map[string]any
		if err := json.Unmarshal(AppendJSON(nil, &e), &doc); err != nil {
			t.Fatalf("%s: %v", AppendJSON(nil, &e), err)
		}
		switch e.Kind {
		case PersonKind:
			last = e.Person.DateTime
			if e.Person.ID != firstID+counts[PersonKind] {
				t.Fatalf("person %d after %d persons", e.Person.ID, counts[PersonKind])
			}
		case AuctionKind:
			last = e.Auction.DateTime
			if e.Auction.ID != firstID+counts[AuctionKind] || e.Auction.Expires <= e.Auction.DateTime || e.Auction.Reserve <= e.Auction.InitialBid {
				t.Fatalf("after %d auctions: %+v", counts[AuctionKind], e.Auction)
			}
			checkID(t, "seller", e.Auction.Seller, counts[PersonKind])
		case BidKind:
			if e.Bid.DateTime < last || e.Bid.Price < 100 || e.Bid.Price > 100_000_000 {
				t.Fatalf("%+v", e.Bid)
			}
			checkID(t, "auction", e.Bid.Auction, counts[AuctionKind])
			checkID(t, "bidder", e.Bid.Bidder, counts[PersonKind])
			hot[e.Bid.Auction]++
			extra += len(e.Bid.Extra)
			if bytes.Contains(e.Bid.URL, []byte("&channel_id=")) {
				numbered++
			}
		}
		counts[e.Kind]++
	}
	if counts != [3]int64{events / 50, events / 50 * 3, events / 50 * 46} {
		t.Errorf("counts %v", counts)
	}
	if mean := float64(extra) / float64(counts[BidKind]); mean < 66 || mean > 69 {
		t.Errorf("bids are padded by %.1f bytes on average", mean)
	}
	if share := float64(numbered) / float64(counts[BidKind]); share < 0.44 || share > 0.46 {
		t.Errorf("%.2f of the bids have a channel's id in their URL", share)
	}
	onHot := 0
	for id, n := range hot {
		if (id-firstID)%hotStride == 0 {
			onHot += n
		}
	}
	if share := float64(onHot) / float64(counts[BidKind]); share < 0.48 || share > 0.54 {
		t.Errorf("%.2f of the bids are on hot auctions", share)
	}
}

// TestSizes: people and auctions are padded to the benchmark's sizes.
func TestSizes(t *testing.T) {
	g := New(Config{Seed: 5, Base: base})
	var bytes, n [2]int
	var e Event
	for range 100_000 {
		switch g.Next(&e); e.Kind {
		case PersonKind:
			p := &e.Person
			bytes[0] += 8 + len(p.Name) + len(p.EmailAddress) + len(p.CreditCard) + len(p.City) + len(p.State) + len(p.Extra)
			n[0]++
		case AuctionKind:
			a := &e.Auction
			bytes[1] += 6*8 + len(a.ItemName) + len(a.Description) + len(a.Extra)
			n[1]++
		}
	}
	for i, want := range []int{personBytes, auctionBytes} {
		if mean := bytes[i] / n[i]; mean < want-want/50 || mean > want+want/50 {
			t.Errorf("events of kind %d have %d bytes on average, want %d", i, mean, want)
		}
	}
}

// TestColumns: columns hold what events hold, whichever are wanted.
func TestColumns(t *testing.T) {
	cfg := Config{Seed: 9, Base: base}
	for k := PersonKind; k <= BidKind; k++ {
		fields := Fields(k)
		var all, some []int
		for i := range fields {
			all = append(all, i)
			if i%2 == 1 {
				some = append(some, i)
			}
		}
		whole, half := NewColumns(cfg, k, all), NewColumns(cfg, k, some)
		a, b := whole.NewBatch(8), half.NewBatch(8)
		whole.Append(a, 0, 1, 301)
		half.Append(b, 1, 3, 100)
		g := New(cfg)
		var e Event
		for i := range 301 {
			g.event(numberOf(k, int64(i)), &e)
			var doc map[string]any
			dec := json.NewDecoder(bytes.NewReader(AppendJSON(nil, &e)))
			dec.UseNumber()
			if err := dec.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			for c, f := range fields {
				got := string(row.AppendText(nil, f.Type, a.Cols[c].Datum(i), nil))
				want := strings.Replace(strings.TrimSuffix(fmt.Sprint(doc[f.Name]), "000Z"), "T", " ", 1)
				if f.Type.Kind == row.Timestamp {
					got = strings.TrimSuffix(got+".000", ".000")
					want = strings.TrimRight(strings.TrimRight(want, "0"), ".")
				}
				if f.Type.Kind != row.Timestamp {
					want = fmt.Sprint(doc[f.Name])
				}
				if got != want {
					t.Fatalf("%s %d: %s is %q, want %q", k.Topic(), i, f.Name, got, want)
				}
			}
		}
		for i := range 100 {
			for c, at := range some {
				if x, y := b.Cols[c].Datum(i), a.Cols[at].Datum(1+3*i); x.I != y.I || string(x.B) != string(y.B) {
					t.Fatalf("%s %d: %s is %v alone, %v with the others", k.Topic(), i, fields[at].Name, x, y)
				}
			}
		}
	}
}

func checkID(t *testing.T, what string, id, existing int64) {
	t.Helper()
	if id < firstID || id > firstID+existing+lead {
		t.Fatalf("%s %d when %d exist", what, id, existing)
	}
}

func TestNumberOf(t *testing.T) {
	g := New(Config{})
	var counts [3]int64
	var e Event
	for n := int64(0); n < 300; n++ {
		g.Next(&e)
		if got := numberOf(e.Kind, counts[e.Kind]); got != n {
			t.Fatalf("numberOf(%d, %d) = %d, want %d", e.Kind, counts[e.Kind], got, n)
		}
		counts[e.Kind]++
	}
}

// TestWriter writes, stops, and goes on from where the topics end.
func TestWriter(t *testing.T) {
	b, err := broker.Start(broker.Config{Addr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cluster := kafka.Config{Brokers: []string{b.Addr()}, MaxWait: 10 * time.Millisecond}
	seen := map[string]bool{}
	const part = 20_025
	for round := int64(0); round < 2; round++ {
		first := int64(0)
		if round > 0 {
			if first, err = Resume(ctx, cluster); err != nil {
				t.Fatal(err)
			}
		}
		if first != round*part {
			t.Fatalf("round %d begins at %d", round, first)
		}
		w := NewWriter(WriterConfig{Config: Config{Seed: 1, Base: base, First: first}, Cluster: cluster, Limit: part})
		if err := w.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if w.Written() != part || w.Rate() <= 0 {
			t.Errorf("written %d at %d/s", w.Written(), w.Rate())
		}
	}
	for k := PersonKind; k <= BidKind; k++ {
		readAll(t, ctx, cluster, k.Topic(), seen)
	}
	g := New(Config{Seed: 1, Base: base})
	var e Event
	for range 2 * part {
		g.Next(&e)
		if want := string(AppendJSON(nil, &e)); !seen[want] {
			t.Fatalf("event %d is not in its topic: %s", e.Number, want)
		}
	}
	if len(seen) != 2*part {
		t.Errorf("%d different messages, want %d", len(seen), 2*part)
	}
}

func readAll(t *testing.T, ctx context.Context, cluster kafka.Config, topic string, seen map[string]bool) {
	t.Helper()
	log := kafka.Open(cluster, topic)
	defer log.Close()
	bounds, err := log.Bounds(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for p, r := range bounds {
		for from := r.Start; from < r.End; {
			next, err := log.Fetch(ctx, p, from, 1<<20, func(ms []topics.Message) error {
				for _, m := range ms {
					seen[string(m.Value)] = true
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			from = next
		}
	}
}

func BenchmarkGenerate(b *testing.B) {
	g := New(Config{Seed: 1, Base: base})
	var e Event
	var buf []byte
	n := 0
	for range b.N {
		g.Next(&e)
		buf = AppendJSON(buf[:0], &e)
		n += len(buf)
	}
	b.SetBytes(int64(n / b.N))
}

func BenchmarkColumns(b *testing.B) {
	for k := PersonKind; k <= BidKind; k++ {
		b.Run(k.Topic(), func(b *testing.B) {
			var all []int
			for i := range Fields(k) {
				all = append(all, i)
			}
			c := NewColumns(Config{Seed: 1, Base: base}, k, all)
			batch := c.NewBatch(row.BatchRows)
			for i := 0; i < b.N; i += row.BatchRows {
				batch.Reset()
				c.Append(batch, int64(i), 1, row.BatchRows)
			}
		})
	}
}

func BenchmarkWriter(b *testing.B) {
	br, err := broker.Start(broker.Config{Addr: "127.0.0.1:0", Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer br.Close()
	w := NewWriter(WriterConfig{Config: Config{Seed: 1}, Cluster: kafka.Config{Brokers: []string{br.Addr()}}, Limit: int64(b.N)})
	b.ResetTimer()
	if err := w.Run(context.Background()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

const golden = `person 1000 {"id":1000,"name":"Saul Noris","email_address":"ref@bq c.com","credit_card":"1769 2439 6147 9278","city":"Los Angeles","state":"WA","date_time":"2024-01-02T03:04:05.000000Z","extra":"tjgr"}
auction 1000 {"id":1000,"item_name":"kettle teak","description":"print copper lamp radio radio rug tile desk","initial_bid":6076,"reserve":7867,"date_time":"2024-01-02T03:04:05.001000Z","expires":"2024-01-02T03:04:06.841000Z","seller":1000,"category":11,"extra":"znsk"}
auction 1001 {"id":1001,"item_name":"folding print","description":"linen folding garden kettle wooden painted drawer yellow","initial_bid":990736,"reserve":990959,"date_time":"2024-01-02T03:04:05.002000Z","expires":"2024-01-02T03:04:08.035000Z","seller":1000,"category":12,"extra":"yufa"}
auction 1002 {"id":1002,"item_name":"tile tile","description":"print brass teak enamel garden folding rug silver","initial_bid":382262,"reserve":398326,"date_time":"2024-01-02T03:04:05.003000Z","expires":"2024-01-02T03:04:08.094000Z","seller":1000,"category":13,"extra":"oddy"}
bid 1006 {"auction":1006,"bidder":1001,"price":227110,"channel":"channel-9610","url":"https://www.nexmark.com/nssv/djcz/qjxr/item.htm?query=1&channel_id=1369702400","date_time":"2024-01-02T03:04:05.004000Z","extra":"yncu"}
bid 1006 {"auction":1006,"bidder":1001,"price":3227,"channel":"Apple","url":"https://www.nexmark.com/pvi/pn/eele/item.htm?query=1","date_time":"2024-01-02T03:04:05.005000Z","extra":"pwjw"}
`
