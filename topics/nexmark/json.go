package nexmark

import (
	"strconv"
	"time"
)

// AppendJSON appends an event as a flat JSON object.
func AppendJSON(dst []byte, e *Event) []byte {
	switch e.Kind {
	case PersonKind:
		p := &e.Person
		dst = strconv.AppendInt(append(dst, `{"id":`...), p.ID, 10)
		dst = str(dst, `,"name":"`, p.Name)
		dst = str(dst, `,"email_address":"`, p.EmailAddress)
		dst = str(dst, `,"credit_card":"`, p.CreditCard)
		dst = str(dst, `,"city":"`, p.City)
		dst = str(dst, `,"state":"`, p.State)
		dst = at(dst, `,"date_time":"`, p.DateTime)
		return append(str(dst, `,"extra":"`, p.Extra), '}')
	case AuctionKind:
		a := &e.Auction
		dst = strconv.AppendInt(append(dst, `{"id":`...), a.ID, 10)
		dst = str(dst, `,"item_name":"`, a.ItemName)
		dst = str(dst, `,"description":"`, a.Description)
		dst = strconv.AppendInt(append(dst, `,"initial_bid":`...), a.InitialBid, 10)
		dst = strconv.AppendInt(append(dst, `,"reserve":`...), a.Reserve, 10)
		dst = at(dst, `,"date_time":"`, a.DateTime)
		dst = at(dst, `,"expires":"`, a.Expires)
		dst = strconv.AppendInt(append(dst, `,"seller":`...), a.Seller, 10)
		dst = strconv.AppendInt(append(dst, `,"category":`...), a.Category, 10)
		return append(str(dst, `,"extra":"`, a.Extra), '}')
	}
	b := &e.Bid
	dst = strconv.AppendInt(append(dst, `{"auction":`...), b.Auction, 10)
	dst = strconv.AppendInt(append(dst, `,"bidder":`...), b.Bidder, 10)
	dst = strconv.AppendInt(append(dst, `,"price":`...), b.Price, 10)
	dst = str(dst, `,"channel":"`, b.Channel)
	dst = str(dst, `,"url":"`, b.URL)
	dst = at(dst, `,"date_time":"`, b.DateTime)
	return append(str(dst, `,"extra":"`, b.Extra), '}')
}

// AppendKey appends an event's message key: the person's or auction's id, and
// of a bid its auction's, so that the bids of an auction keep their order.
func AppendKey(dst []byte, e *Event) []byte {
	id := e.Bid.Auction
	switch e.Kind {
	case PersonKind:
		id = e.Person.ID
	case AuctionKind:
		id = e.Auction.ID
	}
	return strconv.AppendInt(dst, id, 10)
}

// str appends a field whose text needs no escapes: all texts here are letters,
// digits, blanks, and what stands in URLs.
func str(dst []byte, name string, v []byte) []byte {
	return append(append(append(dst, name...), v...), '"')
}

func at(dst []byte, name string, micros int64) []byte {
	dst = append(dst, name...)
	dst = time.UnixMicro(micros).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000000Z")
	return append(dst, '"')
}
