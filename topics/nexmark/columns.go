package nexmark

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/topics"
)

// Fields are the columns of a kind's rows, in the order and of the types that
// the benchmark's tables have. The slice is the caller's.
func Fields(k Kind) []topics.Field {
	int8, text, ts := row.T(row.Int8), row.T(row.Text), row.T(row.Timestamp)
	return [...][]topics.Field{
		PersonKind: {{Name: "id", Type: int8}, {Name: "name", Type: text}, {Name: "email_address", Type: text},
			{Name: "credit_card", Type: text}, {Name: "city", Type: text}, {Name: "state", Type: text},
			{Name: "date_time", Type: ts}, {Name: "extra", Type: text}},
		AuctionKind: {{Name: "id", Type: int8}, {Name: "item_name", Type: text}, {Name: "description", Type: text},
			{Name: "initial_bid", Type: int8}, {Name: "reserve", Type: int8}, {Name: "date_time", Type: ts},
			{Name: "expires", Type: ts}, {Name: "seller", Type: int8}, {Name: "category", Type: int8}, {Name: "extra", Type: text}},
		BidKind: {{Name: "auction", Type: int8}, {Name: "bidder", Type: int8}, {Name: "price", Type: int8},
			{Name: "channel", Type: text}, {Name: "url", Type: text}, {Name: "date_time", Type: ts}, {Name: "extra", Type: text}},
	}[k]
}

// Columns makes rows of one kind straight into columns. It is for one goroutine.
type Columns struct {
	gen   *Generator
	kind  Kind
	cols  []int // of Fields
	width int
}

// NewColumns makes rows of the columns cols, indexes of Fields. cfg.First counts
// for nothing.
func NewColumns(cfg Config, k Kind, cols []int) *Columns {
	return &Columns{gen: New(cfg), kind: k, cols: cols, width: len(Fields(k))}
}

// widths are a little more than the bytes that texts have on average, by field.
var widths = [...][]int{
	PersonKind:  {0, 14, 20, 20, 10, 3, 0, 140},
	AuctionKind: {0, 14, 56, 0, 0, 0, 0, 0, 0, 430},
	BidKind:     {0, 0, 0, 10, 80, 0, 75},
}

// NewBatch makes a batch with room for n rows.
func (c *Columns) NewBatch(n int) *row.Batch {
	fields := Fields(c.kind)
	types := make([]row.Type, len(c.cols))
	for i, at := range c.cols {
		types[i] = fields[at].Type
	}
	b := row.NewBatch(types, n)
	for i, at := range c.cols {
		if w := widths[c.kind][at]; w > 0 {
			b.Cols[i].Data = make([]byte, 0, n*w)
		}
	}
	return b
}

// Append appends n rows of the kind to a batch that NewBatch made, those numbered
// first, first + step, first + 2*step and so on, counted from 0.
func (c *Columns) Append(b *row.Batch, first, step int64, n int) {
	out := make([]*row.Column, c.width) // by field; nil where it is not wanted
	for i, at := range c.cols {
		out[at] = &b.Cols[i]
	}
	switch c.kind {
	case PersonKind:
		c.people(out, first, step, n)
	case AuctionKind:
		c.auctions(out, first, step, n)
	default:
		c.bids(out, first, step, n)
	}
	for range n {
		b.Weights = append(b.Weights, 1)
	}
}

func putInt(c *row.Column, v int64) {
	if c != nil {
		c.Ints = append(c.Ints, v)
	}
}

func putBytes(c *row.Column, v []byte) {
	if c != nil {
		c.AppendBytes(v)
	}
}

// putTime puts a time that is in microseconds since the Unix epoch.
func putTime(c *row.Column, v int64) { putInt(c, v+datetime.UnixEpochMicro) }

func (c *Columns) people(out []*row.Column, first, step int64, n int) {
	var e Event
	p := &e.Person
	for i := range n {
		c.gen.event(numberOf(PersonKind, first+int64(i)*step), &e)
		putInt(out[0], p.ID)
		putBytes(out[1], p.Name)
		putBytes(out[2], p.EmailAddress)
		putBytes(out[3], p.CreditCard)
		putBytes(out[4], p.City)
		putBytes(out[5], p.State)
		putTime(out[6], p.DateTime)
		putBytes(out[7], p.Extra)
	}
}

func (c *Columns) auctions(out []*row.Column, first, step int64, n int) {
	var e Event
	a := &e.Auction
	for i := range n {
		c.gen.event(numberOf(AuctionKind, first+int64(i)*step), &e)
		putInt(out[0], a.ID)
		putBytes(out[1], a.ItemName)
		putBytes(out[2], a.Description)
		putInt(out[3], a.InitialBid)
		putInt(out[4], a.Reserve)
		putTime(out[5], a.DateTime)
		putTime(out[6], a.Expires)
		putInt(out[7], a.Seller)
		putInt(out[8], a.Category)
		putBytes(out[9], a.Extra)
	}
}

// bids are nearly all events, so they do not go through an Event, and texts that
// nobody wants are not made.
func (c *Columns) bids(out []*row.Column, first, step int64, n int) {
	all := allChannels()
	seed := c.gen.cfg.Seed
	for i := range n {
		at := numberOf(BidKind, first+int64(i)*step)
		auction, bidder, price, channel := drawBid(seed, at)
		putInt(out[0], auction)
		putInt(out[1], bidder)
		putInt(out[2], price)
		if out[3] != nil {
			out[3].AppendBytes(all[channel].name)
		}
		if out[4] != nil {
			out[4].AppendBytes(all[channel].url)
		}
		if out[5] != nil {
			putTime(out[5], c.gen.time(at))
		}
		if x := out[6]; x != nil {
			x.Data = appendExtra(x.Data, seed, at, bidBytes-bidFixed)
			x.EndBytes()
		}
	}
}
