package killtest

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/tarndb/tarn/internal/killtest/child"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/kafka"
)

// The model is the independent half of the test: it reads the topics itself, up
// to exactly the offsets that the database says its views stand at, with a JSON
// scanner of its own, and keeps just what is needed to write down every view.
// Each message is read once, so a round costs what came since the last round.

// offsets is a position in all sources: by source and partition, the offset of
// the first message that is not part of it.
type offsets map[string]map[int32]int64

func (o offsets) total() int64 {
	n := int64(0)
	for source := range o {
		n += o.of(source)
	}
	return n
}

// of is the number of messages before the position in one source: the topics
// have neither gaps nor transactions.
func (o offsets) of(source string) int64 {
	n := int64(0)
	for _, next := range o[source] {
		n += next
	}
	return n
}

// behind names a partition in which o is before floor, or "".
func (o offsets) behind(floor offsets) string {
	for source, parts := range floor {
		for p, next := range parts {
			if o[source][p] < next {
				return fmt.Sprintf("%s/%d is at %d and was at %d", source, p, o[source][p], next)
			}
		}
	}
	return ""
}

type auctionRow struct{ id, seller, category int64 }

type bidRow struct{ auction, bidder, price int64 }

// lot is what the bids on one auction amount to.
type lot struct{ bids, sum, high int64 }

type channel struct{ bids, sum, low, high, big int64 }

type bucket struct {
	bidders, rich map[int64]struct{}
	latest        string // as in the message: fixed width, so that texts compare as times do
}

// The constants that the views' queries and the model share.
const (
	dealPrice = 90_000_000
	richPrice = 10_000_000
	bigPrice  = 1_000_000
	buckets   = 16
	topRows   = 50
	hotRows   = 20
)

// model is everything that was read, as far as a view needs it.
type model struct {
	logs map[string]topics.Log
	at   offsets

	people   []int64
	auctions []auctionRow
	lots     map[int64]lot
	channels map[string]*channel
	buckets  [buckets]bucket
	deals    []bidRow // bids from dealPrice on
	top      []bidRow // the dearest, in the order of the view
	bids     int64
	turnover int64
	watch    map[int64]watchRow // the table, as its client knows it
}

func newModel(cluster kafka.Config) *model {
	m := &model{logs: map[string]topics.Log{}, at: offsets{}, lots: map[int64]lot{}, channels: map[string]*channel{}}
	for _, topic := range []string{"person", "auction", "bid"} {
		m.logs[topic] = kafka.Open(cluster, topic)
		m.at[topic] = map[int32]int64{}
	}
	for i := range m.buckets {
		m.buckets[i] = bucket{bidders: map[int64]struct{}{}, rich: map[int64]struct{}{}}
	}
	return m
}

func (m *model) close() {
	for _, l := range m.logs {
		l.Close()
	}
}

// advance reads every topic up to the position.
func (m *model) advance(ctx context.Context, to offsets) error {
	for topic, log := range m.logs {
		for p, end := range to[topic] {
			if err := m.read(ctx, log, topic, p, end); err != nil {
				return fmt.Errorf("reading topic %s, partition %d, from %d to %d: %w", topic, p, m.at[topic][p], end, err)
			}
		}
	}
	return nil
}

// read may meet a broker that was restarted: the first tries fail then.
func (m *model) read(ctx context.Context, log topics.Log, topic string, p int32, end int64) error {
	idle := 0
	for at := m.at[topic]; at[p] < end; {
		next, err := log.Fetch(ctx, p, at[p], 4<<20, func(batch []topics.Message) error {
			for i := range batch {
				if batch[i].Offset < end {
					m.add(topic, batch[i].Value)
				}
			}
			return nil
		})
		if next > at[p] {
			at[p], idle = min(next, end), 0
			continue
		}
		// The database claims to have read up to end, so it must be there.
		if idle++; idle > 20 {
			return fmt.Errorf("nothing more to read (last error: %v)", err)
		}
		if err != nil && !child.Pause(ctx, 50*time.Millisecond) {
			return ctx.Err()
		}
	}
	return nil
}

func (m *model) add(topic string, v []byte) {
	switch topic {
	case "person":
		m.people = append(m.people, number(v, "id"))
	case "auction":
		m.auctions = append(m.auctions, auctionRow{number(v, "id"), number(v, "seller"), number(v, "category")})
	case "bid":
		m.bid(bidRow{number(v, "auction"), number(v, "bidder"), number(v, "price")}, field(v, "channel"), field(v, "date_time"))
	}
}

func (m *model) bid(b bidRow, name, at []byte) {
	m.bids++
	m.turnover += b.price
	l := m.lots[b.auction]
	m.lots[b.auction] = lot{l.bids + 1, l.sum + b.price, max(l.high, b.price)}
	c := m.channels[string(name)]
	if c == nil {
		c = &channel{low: b.price, high: b.price}
		m.channels[string(name)] = c
	}
	c.bids++
	c.sum += b.price
	c.low, c.high = min(c.low, b.price), max(c.high, b.price)
	k := &m.buckets[b.auction%buckets]
	k.bidders[b.bidder] = struct{}{}
	if string(at) > k.latest {
		k.latest = string(at)
	}
	if b.price >= bigPrice {
		c.big++
	}
	if b.price >= richPrice {
		k.rich[b.bidder] = struct{}{}
	}
	if b.price >= dealPrice {
		m.deals = append(m.deals, b)
	}
	m.top = insertTop(m.top, b)
}

// insertTop keeps the topRows first of ORDER BY price DESC, auction, bidder.
func insertTop(top []bidRow, b bidRow) []bidRow {
	i := len(top)
	for i > 0 && dearer(b, top[i-1]) {
		i--
	}
	if i == topRows {
		return top
	}
	top = append(top, bidRow{})
	copy(top[i+1:], top[i:])
	top[i] = b
	return top[:min(len(top), topRows)]
}

func dearer(a, b bidRow) bool {
	switch {
	case a.price != b.price:
		return a.price > b.price
	case a.auction != b.auction:
		return a.auction < b.auction
	}
	return a.bidder < b.bidder
}

// field finds a member of a flat JSON object whose texts hold no escapes.
func field(v []byte, name string) []byte {
	i := bytes.Index(v, []byte(`"`+name+`":`))
	if i < 0 {
		return nil
	}
	v = v[i+len(name)+3:]
	if v[0] == '"' {
		v = v[1:]
		return v[:bytes.IndexByte(v, '"')]
	}
	return v[:bytes.IndexAny(v, ",}")]
}

func number(v []byte, name string) int64 {
	n, err := strconv.ParseInt(string(field(v, name)), 10, 64)
	if err != nil {
		panic(fmt.Sprintf("the generator wrote %q", v))
	}
	return n
}
