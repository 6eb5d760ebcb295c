// Package nexmark generates the Nexmark auction: people who open auctions, and
// bids on them, with the proportions and distributions of the Nexmark benchmark
// (https://github.com/nexmark/nexmark, its GeneratorConfig and generators of
// people, auctions and bids): in every 50 events are 1 person, 3 auctions and
// 46 bids; half of the bids are on a hot auction, three of four come from a hot
// bidder, half through one of four hot channels; prices spread evenly over six
// orders of magnitude; and each event is padded to the benchmark's size.
//
// Event number n is a function of the seed and of n alone, so a generator can
// go on from any number. Generating is apart from encoding and from writing.
package nexmark

import "time"

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
	hotChannels   = 2   // the same for channels
	hotStride     = 100 // every such id is hot in its time
	channels      = 10000

	// What events have on average, in the benchmark's way of counting: eight bytes
	// for a number or a time, and of a bid neither channel nor URL.
	personBytes  = 200
	auctionBytes = 500
	bidBytes     = 100
	bidFixed     = 4 * 8
)

// Config fixes what a generator makes.
type Config struct {
	Seed uint64
	// First is the number of the first event, from 0.
	First int64
	// Base is the event time of event 0.
	Base time.Time
	// EventsPerSecond spaces event times, which are whole milliseconds. Default 10000.
	EventsPerSecond int64
}

func (c Config) withDefaults() Config {
	if c.EventsPerSecond <= 0 {
		c.EventsPerSecond = 10000
	}
	return c
}

// time is when event n happens, in microseconds since the Unix epoch.
func (c *Config) time(base, n int64) int64 {
	per := c.EventsPerSecond
	return base + n/per*1e6 + n%per*1000/per*1000
}

// Generator makes events one after the other. It is for one goroutine.
type Generator struct {
	cfg  Config
	base int64
	next int64
	buf  []byte
}

// New makes a generator.
func New(cfg Config) *Generator {
	return &Generator{cfg: cfg.withDefaults(), base: cfg.Base.UnixMicro(), next: cfg.First}
}

// Number is the number of the event that Next makes.
func (g *Generator) Number() int64 { return g.next }

// Next makes the next event.
func (g *Generator) Next(e *Event) {
	g.event(g.next, e)
	g.next++
}

// event makes event n.
func (g *Generator) event(n int64, e *Event) {
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

func (g *Generator) time(n int64) int64 { return g.cfg.time(g.base, n) }

// lastPerson is the newest person at event n, counted from 0.
func lastPerson(n int64) int64 { return n / cycle }

// lastAuction is the newest auction at event n, counted from 0; -1 before the first.
func lastAuction(n int64) int64 {
	at := min(n%cycle-persons, auctions-1)
	return n/cycle*auctions + max(at, -1)
}

func anyPerson(r *rng, n int64) int64 {
	people := lastPerson(n) + 1
	active := min(people, activePeople)
	return firstID + people - active + r.below(active+lead)
}

func anyAuction(r *rng, n int64) int64 {
	last := lastAuction(n)
	oldest := max(last-inFlight, 0)
	return firstID + oldest + r.below(last-oldest+1+lead)
}

func (g *Generator) person(n int64, p *Person) {
	r := seeded(g.cfg.Seed, n)
	first, last := r.pick(firstNames), r.pick(lastNames)
	p.ID = firstID + lastPerson(n)
	p.Name = g.text(append(append(append(g.buf, first...), ' '), last...))
	b := append(r.text(g.buf, 7, ' '), '@')
	p.EmailAddress = g.text(append(r.text(b, 5, ' '), ".com"...))
	p.CreditCard = g.text(r.card(g.buf))
	p.City, p.State = r.pick(cities), r.pick(states)
	p.DateTime = g.time(n)
	size := 8 + len(p.Name) + len(p.EmailAddress) + len(p.CreditCard) + len(p.City) + len(p.State)
	p.Extra = g.text(appendExtra(g.buf, g.cfg.Seed, n, personBytes-size))
}

func (g *Generator) auction(n int64, a *Auction) {
	r := seeded(g.cfg.Seed, n)
	a.ID = firstID + lastAuction(n)
	if a.Seller = firstID + lastPerson(n)/hotStride*hotStride; r.below(hotPeople) == 0 {
		a.Seller = anyPerson(&r, n)
	}
	a.Category = firstCategory + r.below(categories)
	a.InitialBid = r.price()
	a.Reserve = a.InitialBid + r.price()
	a.DateTime = g.time(n)
	horizon := (g.time(n+inFlight*cycle/auctions) - a.DateTime) / 1000
	a.Expires = a.DateTime + 1000*(1+r.below(max(2*horizon, 1)))
	// Words, and not the benchmark's letters, since people look at them; as many
	// bytes on average.
	a.ItemName = g.text(r.words(g.buf, 2))
	a.Description = g.text(r.words(g.buf, 8))
	size := 8 + len(a.ItemName) + len(a.Description) + 8 + 8 + 8 + 8 + 8
	a.Extra = g.text(appendExtra(g.buf, g.cfg.Seed, n, auctionBytes-size))
}

func (g *Generator) bid(n int64, b *Bid) {
	var channel int
	b.Auction, b.Bidder, b.Price, channel = drawBid(g.cfg.Seed, n)
	c := &allChannels()[channel]
	b.Channel, b.URL = c.name, c.url
	b.DateTime = g.time(n)
	b.Extra = g.text(appendExtra(g.buf, g.cfg.Seed, n, bidBytes-bidFixed))
}

// drawBid draws all of bid n but for its padding. channel is an index of
// allChannels.
func drawBid(seed uint64, n int64) (auction, bidder, price int64, channel int) {
	r := seeded(seed, n)
	if auction = firstID + lastAuction(n)/hotStride*hotStride; r.below(hotAuctions) == 0 {
		auction = anyAuction(&r, n)
	}
	// The second of the batch, so that hot bidders are not the hot sellers.
	if bidder = firstID + lastPerson(n)/hotStride*hotStride + 1; r.below(hotPeople) == 0 {
		bidder = anyPerson(&r, n)
	}
	price = r.price()
	if r.below(hotChannels) > 0 {
		return auction, bidder, price, int(r.below(int64(len(hotNames))))
	}
	return auction, bidder, price, len(hotNames) + int(r.below(channels))
}

// text keeps a string that was built at the end of the generator's buffer.
func (g *Generator) text(b []byte) []byte {
	start := len(g.buf)
	g.buf = b
	return b[start:len(b):len(b)]
}
