package engine

import (
	"strings"
	"testing"

	"github.com/tarndb/tarn/sql/pgerr"
)

const auctionOptions = "nexmark.event.num = 10007, nexmark.seed = 3"

// TestNexmarkSource: the generated stream is the same for a query, a view made
// over it, and after restarts, whatever was committed, and in any number of
// partitions.
func TestNexmarkSource(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE SOURCE bid WITH (connector = 'nexmark', nexmark.table.type = 'Bid', " + auctionOptions + ")")
	w.exec("CREATE SOURCE bid4 (price bigint, auction bigint, date_time timestamptz, channel varchar) WITH (connector = 'nexmark', nexmark.table.type = 'bid', nexmark.split.num = 4, " +
		auctionOptions + ") FORMAT PLAIN ENCODE JSON")
	w.exec("CREATE SOURCE auction WITH (connector = 'nexmark', nexmark.table.type = 'auction', " + auctionOptions + ")")
	w.exec("CREATE SOURCE person WITH (connector = 'nexmark', nexmark.table.type = 'person', " + auctionOptions + ")")
	// 200 cycles of 50 events, and of the last one a person, three auctions and three bids.
	w.want("SELECT count(*) FROM bid", "9203")
	w.want("SELECT count(*) FROM auction", "603")
	w.want("SELECT count(*) FROM person", "201")
	for _, name := range []string{"bid", "bid4"} {
		w.exec("CREATE MATERIALIZED VIEW v_" + name + " AS SELECT auction, channel, count(*) AS n, sum(price) AS price, max(date_time::timestamptz) AS last FROM " + name + " GROUP BY auction, channel")
	}
	check := func() {
		t.Helper()
		// A transaction that begins before one of its sources has caught up is refused.
		w.want("SELECT (SELECT sum(n) FROM v_bid4), (SELECT count(*) FROM bid4)", "9203|9203")
		w.equal(w.s, "SELECT * FROM v_bid ORDER BY auction, channel", "SELECT * FROM v_bid4 ORDER BY auction, channel",
			"SELECT auction, channel, count(*) AS n, sum(price) AS price, max(date_time::timestamptz) AS last FROM bid GROUP BY auction, channel ORDER BY auction, channel")
		w.want("SELECT sum(n) FROM v_bid", "9203")
		w.want("SELECT name, state, lag FROM tarn.sources WHERE name LIKE 'bid%'", "bid|running|0", "bid4|running|0")
	}
	check()
	w.crash()
	check()
	w.commit()
	w.crash()
	w.want("SELECT sum(n) FROM v_bid", "9203")
	w.exec("DROP MATERIALIZED VIEW v_bid, v_bid4")
	w.want("SELECT count(DISTINCT a.id) > 500 FROM auction a JOIN bid b ON b.auction = a.id", "t")
}

// TestNexmarkSourceInTime: events that come with the clock begin when the source
// is made, and do not begin anew after a restart.
func TestNexmarkSourceInTime(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE SOURCE bid WITH (connector = 'nexmark', nexmark.table.type = 'bid', nexmark.event.num = 2000, nexmark.min.event.gap.in.ns = 20000)")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n, min(date_time) AS first FROM bid")
	w.until("SELECT n FROM v", "1840")
	first := strings.TrimSpace(w.exec("SELECT first FROM v"))
	w.commit()
	w.crash()
	w.want("SELECT n FROM v", "1840")
	w.exec("DROP MATERIALIZED VIEW v; CREATE MATERIALIZED VIEW v AS SELECT count(*) AS n, min(date_time) AS first FROM bid")
	w.want("SELECT n FROM v", "1840")
	w.want("SELECT first FROM v", first)
}

func TestNexmarkSourceErrors(t *testing.T) {
	w := newWorld(t)
	create := func(columns, options string) string {
		return "CREATE SOURCE s " + columns + " WITH (connector = 'nexmark'" + options + ")"
	}
	const bid = ", nexmark.table.type = 'bid', nexmark.event.num = 5"
	w.wantError(create("", ""), pgerr.InvalidParameterValue, "nexmark.table.type")
	w.wantError(create("", bid+", topic = 'x'"), pgerr.InvalidParameterValue, "unrecognized option")
	w.wantError(create("(price text)", bid), pgerr.DatatypeMismatch, "gives bigint")
	w.wantError(create("(cost bigint)", bid), pgerr.UndefinedColumn, "They are auction bigint")
	w.wantError(create("(price bigint) INCLUDE offset", bid), pgerr.FeatureNotSupported, "no messages")
	w.wantError(create("(price bigint)", bid)+" FORMAT UPSERT ENCODE JSON", pgerr.FeatureNotSupported, "no messages")
}
