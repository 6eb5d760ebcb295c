package warehouse

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// The tables of TPC-H (specification 3.0.1, sections 1.4 and 4.2): its keys, ranges
// and proportions. Texts are of fewer words than the specification's grammar makes, but
// hold what the queries look for as often.

const tpchSchema = `
CREATE TABLE region (r_regionkey int PRIMARY KEY, r_name char(25), r_comment varchar(152));
CREATE TABLE nation (n_nationkey int PRIMARY KEY, n_name char(25), n_regionkey int, n_comment varchar(152));
CREATE TABLE supplier (s_suppkey int PRIMARY KEY, s_name char(25), s_address varchar(40), s_nationkey int, s_phone char(15), s_acctbal numeric(15,2), s_comment varchar(101));
CREATE TABLE part (p_partkey int PRIMARY KEY, p_name varchar(55), p_mfgr char(25), p_brand char(10), p_type varchar(25), p_size int, p_container char(10), p_retailprice numeric(15,2), p_comment varchar(23));
CREATE TABLE partsupp (ps_partkey int, ps_suppkey int, ps_availqty int, ps_supplycost numeric(15,2), ps_comment varchar(199), PRIMARY KEY (ps_partkey, ps_suppkey));
CREATE TABLE customer (c_custkey int PRIMARY KEY, c_name varchar(25), c_address varchar(40), c_nationkey int, c_phone char(15), c_acctbal numeric(15,2), c_mktsegment char(10), c_comment varchar(117));
CREATE TABLE orders (o_orderkey bigint PRIMARY KEY, o_custkey int, o_orderstatus char(1), o_totalprice numeric(15,2), o_orderdate date, o_orderpriority char(15), o_clerk char(15), o_shippriority int, o_comment varchar(79));
CREATE TABLE lineitem (l_orderkey bigint, l_partkey int, l_suppkey int, l_linenumber int, l_quantity numeric(15,2), l_extendedprice numeric(15,2), l_discount numeric(15,2), l_tax numeric(15,2), l_returnflag char(1), l_linestatus char(1), l_shipdate date, l_commitdate date, l_receiptdate date, l_shipinstruct char(25), l_shipmode char(10), l_comment varchar(44), PRIMARY KEY (l_orderkey, l_linenumber));
`

var (
	regions = strings.Fields("AFRICA AMERICA ASIA EUROPE MIDDLE_EAST")
	// nations are names with the numbers of their regions.
	nations = []struct {
		name   string
		region int
	}{
		{"ALGERIA", 0}, {"ARGENTINA", 1}, {"BRAZIL", 1}, {"CANADA", 1}, {"EGYPT", 4}, {"ETHIOPIA", 0}, {"FRANCE", 3}, {"GERMANY", 3}, {"INDIA", 2},
		{"INDONESIA", 2}, {"IRAN", 4}, {"IRAQ", 4}, {"JAPAN", 2}, {"JORDAN", 4}, {"KENYA", 0}, {"MOROCCO", 0}, {"MOZAMBIQUE", 0}, {"PERU", 1},
		{"CHINA", 2}, {"ROMANIA", 3}, {"SAUDI ARABIA", 4}, {"VIETNAM", 2}, {"RUSSIA", 3}, {"UNITED KINGDOM", 3}, {"UNITED STATES", 1},
	}
	segments   = strings.Fields("AUTOMOBILE BUILDING FURNITURE MACHINERY HOUSEHOLD")
	priorities = []string{"1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"}
	instructs  = []string{"DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN"}
	shipModes  = []string{"REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB"}
	colours    = strings.Fields(`almond antique aquamarine azure beige bisque black blanched blue blush brown burlywood burnished chartreuse chiffon
		chocolate coral cornflower cornsilk cream cyan dark deep dim dodger drab firebrick floral forest frosted gainsboro ghost goldenrod green
		grey honeydew hot indian ivory khaki lace lavender lawn lemon light lime linen magenta maroon medium metallic midnight mint misty
		moccasin navajo navy olive orange orchid pale papaya peach peru pink plum powder puff purple red rose rosy royal saddle salmon sandy
		seashell sienna sky slate smoke snow spring steel tan thistle tomato turquoise violet wheat white yellow`)
	typeWords = [3][]string{
		strings.Fields("STANDARD SMALL MEDIUM LARGE ECONOMY PROMO"), strings.Fields("ANODIZED BURNISHED PLATED POLISHED BRUSHED"),
		strings.Fields("TIN NICKEL BRASS STEEL COPPER"),
	}
	containerWords = [2][]string{strings.Fields("SM LG MED JUMBO WRAP"), strings.Fields("CASE BOX BAG JAR PKG PACK CAN DRUM")}
	commentWords   = strings.Fields(`furiously special requests packages deposits accounts carefully pending quickly express ideas theodolites
		slyly final blithely ironic foxes pinto beans instructions regular unusual bold even silent platelets asymptotes sleep wake haggle nag
		among above across against along the after alongside`)
)

var (
	firstDay = time.Date(1992, 1, 1, 0, 0, 0, 0, time.UTC)
	today    = daysFrom(1995, 6, 17)
	lastDay  = daysFrom(1998, 12, 31)
)

func daysFrom(y int, m time.Month, d int) int {
	return int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(firstDay).Hours() / 24)
}

func day(n int) string { return firstDay.AddDate(0, 0, n).Format(time.DateOnly) }

// tpch makes the rows of a scale factor; 1 is 6 million line items.
type tpch struct {
	*rand.Rand
	suppliers, parts, customers, orders int
}

func newTPCH(scale float64) *tpch {
	of := func(n float64) int { return max(1, int(n*scale)) }
	return &tpch{rand.New(rand.NewPCG(1, 1)), of(10_000), of(200_000), of(150_000), of(1_500_000)}
}

// Schema is the tables.
func (g *tpch) Schema() string { return tpchSchema }

func (g *tpch) among(words []string) string { return words[g.IntN(len(words))] }

func (g *tpch) between(low, high int) int { return low + g.IntN(high-low+1) }

// cents is a number of cents as a decimal.
func cents(n int) string {
	if n < 0 {
		return "-" + cents(-n)
	}
	return fmt.Sprintf("%d.%02d", n/100, n%100)
}

// comment is words of so many bytes at most.
func (g *tpch) comment(most int) string {
	var b strings.Builder
	for {
		w := g.among(commentWords)
		if b.Len()+1+len(w) > most {
			return b.String()
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w)
	}
}

func (g *tpch) phone(nation int) string {
	return fmt.Sprintf("%d-%d-%d-%d", 10+nation, g.between(100, 999), g.between(100, 999), g.between(1000, 9999))
}

func (g *tpch) supplierOf(part, i int) int {
	s := g.suppliers
	return (part+i*(s/4+(part-1)/s))%s + 1
}

func (g *tpch) price(part int) int { return 90_000 + part/10%20_001 + 100*(part%1000) }

// Rows gives every row of every table, as the fields of a line of COPY.
func (g *tpch) Rows(emit func(table string, fields ...any)) {
	for i, r := range regions {
		emit("region", i, strings.ReplaceAll(r, "_", " "), g.comment(100))
	}
	for i, n := range nations {
		emit("nation", i, n.name, n.region, g.comment(100))
	}
	for i := 1; i <= g.suppliers; i++ {
		comment := g.comment(60)
		switch i % 2000 { // five of ten thousand each
		case 7:
			comment = "sleep Customer " + g.comment(13) + " Complaints " + comment
		case 1007:
			comment = "sleep Customer " + g.comment(13) + " Recommends " + comment
		}
		n := g.IntN(len(nations))
		emit("supplier", i, fmt.Sprintf("Supplier#%09d", i), g.comment(30), n, g.phone(n), cents(g.between(-99_999, 999_999)), comment)
	}
	for i := 1; i <= g.parts; i++ {
		g.part(i, emit)
	}
	for i := 1; i <= g.customers; i++ {
		n := g.IntN(len(nations))
		emit("customer", i, fmt.Sprintf("Customer#%09d", i), g.comment(30), n, g.phone(n), cents(g.between(-99_999, 999_999)), g.among(segments), g.comment(72))
	}
	for i := range g.orders {
		g.order(i, emit)
	}
}

func (g *tpch) part(i int, emit func(string, ...any)) {
	var name []string
	for _, w := range g.Perm(len(colours))[:5] {
		name = append(name, colours[w])
	}
	mfgr := g.between(1, 5)
	var typ []string
	for _, words := range typeWords {
		typ = append(typ, g.among(words))
	}
	emit("part", i, strings.Join(name, " "), fmt.Sprintf("Manufacturer#%d", mfgr), fmt.Sprintf("Brand#%d%d", mfgr, g.between(1, 5)),
		strings.Join(typ, " "), g.between(1, 50), g.among(containerWords[0])+" "+g.among(containerWords[1]), cents(g.price(i)), g.comment(20))
	for k := range 4 {
		emit("partsupp", i, g.supplierOf(i, k), g.between(1, 9999), cents(g.between(100, 100_000)), g.comment(120))
	}
}

// order makes an order and its lines. Of each 32 keys 8 are in use, and of each three
// customers one has no orders.
func (g *tpch) order(i int, emit func(string, ...any)) {
	key := i/8*32 + i%8 + 1
	customer := g.between(1, g.customers)
	for customer%3 == 0 && g.customers > 2 {
		customer = g.between(1, g.customers)
	}
	ordered := g.between(0, lastDay-151)
	total, open := 0.0, 0
	lines := g.between(1, 7)
	for line := 1; line <= lines; line++ {
		part := g.between(1, g.parts)
		quantity, discount, tax := g.between(1, 50), g.between(0, 10), g.between(0, 8)
		price := quantity * g.price(part)
		shipped := ordered + g.between(1, 121)
		received := shipped + g.between(1, 30)
		flag, status := "N", "F"
		if received <= today {
			flag = g.among([]string{"R", "A"})
		}
		if shipped > today {
			status = "O"
			open++
		}
		total += float64(price) * float64(100+tax) * float64(100-discount) / 10_000
		emit("lineitem", key, part, g.supplierOf(part, g.IntN(4)), line, quantity, cents(price), cents(discount), cents(tax), flag, status,
			day(shipped), day(ordered+g.between(30, 90)), day(received), g.among(instructs), g.among(shipModes), g.comment(27))
	}
	status := "P"
	switch open {
	case 0:
		status = "F"
	case lines:
		status = "O"
	}
	emit("orders", key, customer, status, cents(int(total)), day(ordered), g.among(priorities), fmt.Sprintf("Clerk#%09d", g.between(1, max(1, g.orders/1500))), 0, g.comment(60))
}
