// Package nexmark generates the Nexmark auction: people who open auctions, and
// bids on them, with the proportions and skews of the Nexmark benchmark
// (https://github.com/nexmark/nexmark): in every 50 events are 1 person, 3
// auctions and 46 bids; half of the bids are on a few hot auctions, three of
// four come from a few hot bidders.
//
// Event number n is a function of the seed and of n alone, so a generator can
// go on from any number. Generating is apart from encoding and from writing.
package nexmark

import (
	"math"
	"strconv"
	"time"
)

// Kind says what an event is.
type Kind uint8

// The kinds.
const (
	PersonKind Kind = iota
	AuctionKind
	BidKind
)

// Topic is the topic of the kind's events.
func (k Kind) Topic() string { return [...]string{"person", "auction", "bid"}[k] }

// Person registers.
type Person struct {
	ID                                          int64
	Name, EmailAddress, CreditCard, City, State []byte
	DateTime                                    int64 // microseconds since the Unix epoch
	Extra                                       []byte
}

// Auction opens.
type Auction struct {
	ID                    int64
	ItemName, Description []byte
	InitialBid, Reserve   int64 // cents
	DateTime, Expires     int64
	Seller, Category      int64
	Extra                 []byte
}

// Bid is an offer.
type Bid struct {
	Auction, Bidder int64
	Price           int64 // cents
	Channel, URL    []byte
	DateTime        int64
	Extra           []byte
}

// Event is one of the three. Its bytes are valid until the generator's next event.
type Event struct {
	Number  int64
	Kind    Kind
	Person  Person
	Auction Auction
	Bid     Bid
}

// The proportions, and the constants of the benchmark.
const (
	cycle         = 50
	persons       = 1
	auctions      = 3
	bids          = cycle - persons - auctions
	firstID       = 1000
	firstCategory = 10
	categories    = 5
	activePeople  = 1000
	inFlight      = 100 // auctions that bids are on
	lead          = 10  // ids ahead of what exists
	hotAuctions   = 2   // 1 of so many bids is on any auction, the others on a hot one
	hotPeople     = 4   // the same for bidders and sellers
	hotStride     = 100 // every such id is hot in its time
	channels      = 10000
)

// Config fixes what a generator makes.
type Config struct {
	Seed uint64
	// First is the number of the first event, from 0.
	First int64
	// Base is the event time of event 0.
	Base time.Time
	// EventsPerSecond spaces event times. Default 10000.
	EventsPerSecond int64
	// ExtraBytes of padding in each event. Default none.
	ExtraBytes int
}

// Generator makes events one after the other. It is for one goroutine.
type Generator struct {
	cfg  Config
	base int64
	next int64
	rng  rng
	buf  []byte
}

// New makes a generator.
func New(cfg Config) *Generator {
	if cfg.EventsPerSecond <= 0 {
		cfg.EventsPerSecond = 10000
	}
	return &Generator{cfg: cfg, base: cfg.Base.UnixMicro(), next: cfg.First}
}

// Number is the number of the event that Next makes.
func (g *Generator) Number() int64 { return g.next }

// Next makes the next event.
func (g *Generator) Next(e *Event) {
	n := g.next
	g.next++
	g.rng = seeded(g.cfg.Seed, n)
	g.buf = g.buf[:0]
	e.Number = n
	switch at := n % cycle; {
	case at < persons:
		e.Kind = PersonKind
		g.person(n, &e.Person)
	case at < persons+auctions:
		e.Kind = AuctionKind
		g.auction(n, &e.Auction)
	default:
		e.Kind = BidKind
		g.bid(n, &e.Bid)
	}
}

func (g *Generator) time(n int64) int64 {
	per := g.cfg.EventsPerSecond
	return g.base + n/per*1e6 + n%per*1e6/per
}

// lastPerson is the newest person at event n, counted from 0.
func lastPerson(n int64) int64 { return n / cycle }

// lastAuction is the newest auction at event n, counted from 0; -1 before the first.
func lastAuction(n int64) int64 {
	at := min(n%cycle-persons, auctions-1)
	return n/cycle*auctions + max(at, -1)
}

func (g *Generator) anyPerson(n int64) int64 {
	people := lastPerson(n) + 1
	active := min(people, activePeople)
	return firstID + people - active + g.rng.below(active+lead)
}

func (g *Generator) anyAuction(n int64) int64 {
	last := lastAuction(n)
	oldest := max(last-inFlight, 0)
	return firstID + oldest + g.rng.below(last-oldest+1+lead)
}

func (g *Generator) person(n int64, p *Person) {
	r := &g.rng
	first, last := r.pick(firstNames), r.pick(lastNames)
	p.ID = firstID + lastPerson(n)
	p.Name = g.text(func(b []byte) []byte { return append(append(append(b, first...), ' '), last...) })
	p.EmailAddress = g.text(func(b []byte) []byte {
		b = append(r.letters(b, 7), '@')
		return append(r.letters(b, 5), ".com"...)
	})
	p.CreditCard = g.text(func(b []byte) []byte {
		for i := 0; i < 4; i++ {
			if i > 0 {
				b = append(b, ' ')
			}
			b = strconv.AppendInt(b, 1000+r.below(9000), 10)
		}
		return b
	})
	p.City, p.State = r.pick(cities), r.pick(states)
	p.DateTime = g.time(n)
	p.Extra = g.extra()
}

func (g *Generator) auction(n int64, a *Auction) {
	r := &g.rng
	a.ID = firstID + lastAuction(n)
	a.ItemName = g.text(func(b []byte) []byte { return r.words(b, 2) })
	a.Description = g.text(func(b []byte) []byte { return r.words(b, 8) })
	a.InitialBid = r.price()
	a.Reserve = a.InitialBid + r.price()
	a.DateTime = g.time(n)
	horizon := g.time(n+inFlight*cycle/auctions) - a.DateTime
	a.Expires = a.DateTime + 1000 + r.below(max(2*horizon, 1))
	if a.Seller = firstID + lastPerson(n)/hotStride*hotStride; r.below(hotPeople) == 0 {
		a.Seller = g.anyPerson(n)
	}
	a.Category = firstCategory + r.below(categories)
	a.Extra = g.extra()
}

func (g *Generator) bid(n int64, b *Bid) {
	r := &g.rng
	if b.Auction = firstID + lastAuction(n)/hotStride*hotStride; r.below(hotAuctions) == 0 {
		b.Auction = g.anyAuction(n)
	}
	if b.Bidder = firstID + lastPerson(n)/hotStride*hotStride + 1; r.below(hotPeople) == 0 {
		b.Bidder = g.anyPerson(n)
	}
	b.Price = r.price()
	if r.below(2) == 0 {
		at := r.below(int64(len(hotChannels)))
		b.Channel, b.URL = hotChannels[at], hotURLs[at]
	} else {
		channel := r.below(channels)
		b.Channel = g.text(func(t []byte) []byte { return strconv.AppendInt(append(t, "channel-"...), channel, 10) })
		b.URL = g.text(func(t []byte) []byte {
			t = r.letters(append(t, urlPrefix...), 5)
			t = append(r.letters(append(t, '/'), 5), "/item.htm?query=1&channel_id="...)
			return strconv.AppendInt(t, channel, 10)
		})
	}
	b.DateTime = g.time(n)
	b.Extra = g.extra()
}

// text keeps a string that is built in the generator's buffer.
func (g *Generator) text(build func([]byte) []byte) []byte {
	start := len(g.buf)
	g.buf = build(g.buf)
	return g.buf[start:len(g.buf):len(g.buf)]
}

func (g *Generator) extra() []byte {
	if g.cfg.ExtraBytes == 0 {
		return nil
	}
	return g.text(func(b []byte) []byte { return g.rng.letters(b, g.cfg.ExtraBytes) })
}

// rng is splitmix64 (Steele, Lea, Flood 2014): one word of state, so that it
// costs nothing to seed it anew for each event.
type rng uint64

func seeded(seed uint64, n int64) rng {
	r := rng(seed ^ uint64(n)*0x9e3779b97f4a7c15)
	return rng(r.next())
}

func (r *rng) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func (r *rng) below(n int64) int64 { return int64(r.next() % uint64(n)) }

// price spreads evenly over six orders of magnitude, from one dollar on.
func (r *rng) price() int64 {
	return int64(math.Round(math.Pow(10, float64(r.next()>>11)/(1<<53)*6) * 100))
}

func (r *rng) pick(from [][]byte) []byte { return from[r.below(int64(len(from)))] }

func (r *rng) letters(b []byte, n int) []byte {
	for n > 0 {
		for w := r.next(); w > 26 && n > 0; n-- {
			b = append(b, 'a'+byte(w%26))
			w /= 26
		}
	}
	return b
}

func (r *rng) words(b []byte, n int) []byte {
	for i := 0; i < n; i++ {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, r.pick(itemWords)...)
	}
	return b
}
