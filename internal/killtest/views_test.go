package killtest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tarndb/tarn/internal/killtest/child"
)

// null is NULL among a view's integers.
const null = -1 << 63

// view is a materialized view and how the model writes it down. A view of
// integers is compared as a multiset of rows, one with texts by its first
// column, which is unique.
type view struct {
	name, query string
	cols        []string // of a view of integers
	large       bool     // compared by checksums, but at the end
	ints        func(m *model, emit func(...int64))
	text        func(m *model, emit func(...string))
}

// counts are the queries that tell how much of a source is in the views. A read
// of a source's view waits after a restart until the source has caught up, so
// only with all of them the offsets may be held to what was seen before.
var counts = map[string]string{
	"bid": "SELECT bids FROM totals", "person": "SELECT people FROM crowd", "auction": "SELECT auctions FROM openings",
}

var views = []view{
	{name: "totals", query: `SELECT count(*) AS bids, sum(price) AS turnover FROM bid`, text: func(m *model, emit func(...string)) {
		turnover := text(m.turnover)
		if m.bids == 0 {
			turnover = child.Null
		}
		emit(text(m.bids), turnover)
	}},
	{name: "crowd", cols: []string{"people"}, query: `SELECT count(*) AS people FROM person`,
		ints: func(m *model, emit func(...int64)) { emit(int64(len(m.people))) }},
	{name: "openings", cols: []string{"auctions"}, query: `SELECT count(*) AS auctions FROM auction`,
		ints: func(m *model, emit func(...int64)) { emit(int64(len(m.auctions))) }},
	{name: "deals", cols: []string{"auction", "bidder", "price", "seller", "category"}, ints: deals,
		query: fmt.Sprintf(`SELECT b.auction, b.bidder, b.price, a.seller, a.category
			FROM bid b JOIN auction a ON a.id = b.auction WHERE b.price >= %d`, dealPrice)},
	{name: "sellers", large: true, cols: []string{"person", "auction", "category"}, ints: sellers,
		query: `SELECT p.id AS person, a.id AS auction, a.category FROM person p LEFT JOIN auction a ON a.seller = p.id`},
	{name: "lots", large: true, cols: []string{"id", "category", "bids", "price"}, ints: lots,
		query: `SELECT a.id, a.category, count(b.auction) AS bids, max(b.price) AS price
			FROM auction a LEFT JOIN bid b ON b.auction = a.id GROUP BY a.id, a.category`},
	{name: "channels", text: channels,
		query: fmt.Sprintf(`SELECT channel, count(*) AS bids, sum(price) AS total, avg(price) AS mean, min(price) AS low,
			max(price) AS high, count(*) FILTER (WHERE price >= %d) AS big FROM bid GROUP BY channel`, bigPrice)},
	{name: "buckets", text: bucketRows,
		query: fmt.Sprintf(`SELECT auction %% %d AS bucket, count(DISTINCT bidder) AS bidders,
			count(DISTINCT bidder) FILTER (WHERE price >= %d) AS rich, max(date_time) AS latest FROM bid GROUP BY auction %% %[1]d`, buckets, richPrice)},
	{name: "pairs", large: true, cols: []string{"seller", "category"}, ints: pairs,
		query: `SELECT DISTINCT seller, category FROM auction`},
	{name: "top", cols: []string{"auction", "bidder", "price"},
		query: fmt.Sprintf(`SELECT auction, bidder, price FROM bid ORDER BY price DESC, auction, bidder LIMIT %d`, topRows),
		ints: func(m *model, emit func(...int64)) {
			for _, b := range m.top {
				emit(b.auction, b.bidder, b.price)
			}
		}},
	{name: "hot", cols: []string{"id", "bids", "price"}, ints: hot,
		query: fmt.Sprintf(`SELECT id, bids, price FROM lots ORDER BY bids DESC, id LIMIT %d`, hotRows)},
	{name: "watched", cols: []string{"id", "version", "hits", "bids", "total"}, ints: watched,
		query: `SELECT w.id, w.version, w.hits, count(b.auction) AS bids, sum(b.price) AS total
			FROM watch w LEFT JOIN bid b ON b.auction = w.id GROUP BY w.id, w.version, w.hits`},
}

// setup declares everything. The sources name the columns that views need, and some that none does.
func setup(broker string) []string {
	with := fmt.Sprintf(`WITH (connector = 'kafka', topic = '%%s', properties.bootstrap.server = '%s') FORMAT PLAIN ENCODE JSON`, broker)
	out := []string{
		`CREATE SOURCE person (id bigint, name text, city text, state text, date_time timestamptz) ` + fmt.Sprintf(with, "person"),
		`CREATE SOURCE auction (id bigint, item_name text, initial_bid bigint, reserve bigint, date_time timestamptz,
			expires timestamptz, seller bigint, category bigint) ` + fmt.Sprintf(with, "auction"),
		`CREATE SOURCE bid (auction bigint, bidder bigint, price bigint, channel text, date_time timestamptz) ` + fmt.Sprintf(with, "bid"),
		`CREATE TABLE watch (id bigint PRIMARY KEY, version bigint NOT NULL, hits bigint)`,
	}
	for _, v := range views {
		out = append(out, fmt.Sprintf("CREATE MATERIALIZED VIEW %s AS %s", v.name, v.query))
	}
	return out
}

func text(n int64) string {
	if n == null {
		return child.Null
	}
	return strconv.FormatInt(n, 10)
}

func deals(m *model, emit func(...int64)) {
	known := m.auctionsBy(func(a auctionRow) int64 { return a.id })
	for _, b := range m.deals {
		for _, a := range known[b.auction] {
			emit(b.auction, b.bidder, b.price, a.seller, a.category)
		}
	}
}

func (m *model) auctionsBy(key func(auctionRow) int64) map[int64][]auctionRow {
	out := make(map[int64][]auctionRow, len(m.auctions))
	for _, a := range m.auctions {
		out[key(a)] = append(out[key(a)], a)
	}
	return out
}

func sellers(m *model, emit func(...int64)) {
	sold := m.auctionsBy(func(a auctionRow) int64 { return a.seller })
	for _, person := range m.people {
		for _, a := range sold[person] {
			emit(person, a.id, a.category)
		}
		if len(sold[person]) == 0 {
			emit(person, null, null)
		}
	}
}

func lots(m *model, emit func(...int64)) {
	type group struct{ id, category int64 }
	times := make(map[group]int64, len(m.auctions))
	for _, a := range m.auctions {
		times[group{a.id, a.category}]++
	}
	for g, n := range times {
		if l := m.lots[g.id]; l.bids > 0 {
			emit(g.id, g.category, n*l.bids, l.high)
		} else {
			emit(g.id, g.category, 0, null)
		}
	}
}

func hot(m *model, emit func(...int64)) {
	var rows [][3]int64
	lots(m, func(v ...int64) { rows = append(rows, [3]int64{v[0], v[2], v[3]}) })
	slices.SortFunc(rows, func(a, b [3]int64) int { return cmp.Or(cmp.Compare(b[1], a[1]), cmp.Compare(a[0], b[0])) })
	for _, r := range rows[:min(len(rows), hotRows)] {
		emit(r[0], r[1], r[2])
	}
}

func channels(m *model, emit func(...string)) {
	for name, c := range m.channels {
		emit(name, text(c.bids), text(c.sum), fraction(c.sum, c.bids), text(c.low), text(c.high), text(c.big))
	}
}

func bucketRows(m *model, emit func(...string)) {
	for i, b := range m.buckets {
		if len(b.bidders) > 0 {
			emit(text(int64(i)), text(int64(len(b.bidders))), text(int64(len(b.rich))), timestamptz(b.latest))
		}
	}
}

// timestamptz is the text of a message's time as PostgreSQL prints it in UTC.
func timestamptz(rfc3339 string) string {
	t, err := time.Parse(time.RFC3339Nano, rfc3339)
	if err != nil {
		panic(err)
	}
	return t.UTC().Format("2006-01-02 15:04:05.999999") + "+00"
}

func pairs(m *model, emit func(...int64)) {
	type pair struct{ seller, category int64 }
	seen := map[pair]bool{}
	for _, a := range m.auctions {
		if p := (pair{a.seller, a.category}); !seen[p] {
			seen[p] = true
			emit(p.seller, p.category)
		}
	}
}

func watched(m *model, emit func(...int64)) {
	for id, w := range m.watch {
		if l := m.lots[id]; l.bids > 0 {
			emit(id, w.version, w.hits, l.bids, l.sum)
		} else {
			emit(id, w.version, w.hits, 0, null)
		}
	}
}

// read is the query that a check sends for the view.
func (v *view) read(full bool) string {
	switch {
	case v.ints == nil:
		return "SELECT * FROM " + v.name
	case full || !v.large:
		return fmt.Sprintf("SELECT %s FROM %s", strings.Join(v.cols, ", "), v.name)
	}
	var sum []string
	for i, c := range v.cols {
		sum = append(sum, fmt.Sprintf("coalesce(%s, -1) * %d", c, primes[i]))
	}
	return fmt.Sprintf("SELECT coalesce(%s, -1) %% %d AS part, count(*), sum((%s) %% %d) FROM %s GROUP BY coalesce(%[1]s, -1) %% %[2]d",
		v.cols[0], parts, strings.Join(sum, " + "), modulus, v.name)
}

// A checksum is, for each of some parts of the rows, their number and the sum of
// a hash of each. It does not depend on the order of the rows.
const (
	parts   = 8
	modulus = 1_000_003
)

var primes = []int64{7919, 104729, 1299709, 611953, 15485}

func checksum(m *model, v *view, emit func(...int64)) {
	var count, sum [parts]int64
	v.ints(m, func(row ...int64) {
		h, part := int64(0), int64(0)
		for i, n := range row {
			if n == null {
				n = -1
			}
			h += n * primes[i]
			if i == 0 {
				part = n % parts
			}
		}
		count[part]++
		sum[part] += h % modulus
	})
	for i := range count {
		if count[i] > 0 {
			emit(int64(i), count[i], sum[i])
		}
	}
}
