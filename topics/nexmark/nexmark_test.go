package nexmark

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/broker"
	"github.com/tarndb/tarn/topics/kafka"
)

var base = time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)

func TestGolden(t *testing.T) {
	g := New(Config{Seed: 1, Base: base, EventsPerSecond: 1000, ExtraBytes: 4})
	var got string
	var e Event
	for n := 0; n < 6; n++ {
		g.Next(&e)
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
		}
		counts[e.Kind]++
	}
	if counts != [3]int64{events / 50, events / 50 * 3, events / 50 * 46} {
		t.Errorf("counts %v", counts)
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

const golden = `person 1000 {"id":1000,"name":"Julie Smith","email_address":"opfivdh@xngzq.com","credit_card":"1737 4260 6699 4499","city":"Cheyenne","state":"CA","date_time":"2024-01-02T03:04:05.000000Z","extra":"oxdg"}
auction 1000 {"id":1000,"item_name":"yellow drawer","description":"folding yellow kettle enamel pocket linen hand linen","initial_bid":1891662,"reserve":3488984,"date_time":"2024-01-02T03:04:05.001000Z","expires":"2024-01-02T03:04:07.565740Z","seller":1000,"category":11,"extra":"dezk"}
auction 1001 {"id":1001,"item_name":"wooden vase","description":"lamp tile oak teak jewel drawer tile silver","initial_bid":29080,"reserve":52491055,"date_time":"2024-01-02T03:04:05.002000Z","expires":"2024-01-02T03:04:08.211677Z","seller":1000,"category":14,"extra":"ubzm"}
auction 1002 {"id":1002,"item_name":"oak hand","description":"enamel linen painted enamel enamel tile yellow oak","initial_bid":1400,"reserve":5536,"date_time":"2024-01-02T03:04:05.003000Z","expires":"2024-01-02T03:04:06.099995Z","seller":1002,"category":14,"extra":"adnv"}
bid 1001 {"auction":1001,"bidder":1001,"price":227110,"channel":"channel-5441","url":"https://www.nexmark.com/kxucm/imbui/item.htm?query=1&channel_id=5441","date_time":"2024-01-02T03:04:05.004000Z","extra":"cybo"}
bid 1009 {"auction":1009,"bidder":1001,"price":3227,"channel":"channel-4502","url":"https://www.nexmark.com/zeers/grdaz/item.htm?query=1&channel_id=4502","date_time":"2024-01-02T03:04:05.005000Z","extra":"jnqf"}
`
