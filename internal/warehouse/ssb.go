package warehouse

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// The tables of the Star Schema Benchmark (P. O'Neil, E. O'Neil, X. Chen, revision 3):
// TPC-H's orders and lines in one table, and dimensions with hierarchies.

const ssbSchema = `
CREATE TABLE date (d_datekey int PRIMARY KEY, d_date text, d_dayofweek text, d_month text, d_year int, d_yearmonthnum int, d_yearmonth text, d_daynuminweek int, d_daynuminmonth int, d_daynuminyear int, d_monthnuminyear int, d_weeknuminyear int, d_sellingseason text);
CREATE TABLE customer (c_custkey int PRIMARY KEY, c_name text, c_address text, c_city text, c_nation text, c_region text, c_phone text, c_mktsegment text);
CREATE TABLE supplier (s_suppkey int PRIMARY KEY, s_name text, s_address text, s_city text, s_nation text, s_region text, s_phone text);
CREATE TABLE part (p_partkey int PRIMARY KEY, p_name text, p_mfgr text, p_category text, p_brand1 text, p_color text, p_type text, p_size int, p_container text);
CREATE TABLE lineorder (lo_orderkey int, lo_linenumber int, lo_custkey int, lo_partkey int, lo_suppkey int, lo_orderdate int, lo_orderpriority text, lo_shippriority text, lo_quantity int, lo_extendedprice int, lo_ordtotalprice int, lo_discount int, lo_revenue int, lo_supplycost int, lo_tax int, lo_commitdate int, lo_shipmode text, PRIMARY KEY (lo_orderkey, lo_linenumber));
`

// ssb makes the rows of a scale factor; 1 is 6 million lines.
type ssb struct {
	*tpch
}

func newSSB(scale float64) *ssb {
	of := func(n float64) int { return max(1, int(n*scale)) }
	return &ssb{&tpch{rand.New(rand.NewPCG(2, 2)), of(2_000), of(200_000), of(30_000), of(1_500_000)}}
}

// Schema is the tables.
func (g *ssb) Schema() string { return ssbSchema }

// place is a city with its nation and region. A city is the nation's first nine
// characters and a digit.
func (g *ssb) place() (city, nation, region string) {
	n := nations[g.IntN(len(nations))]
	return fmt.Sprintf("%-9.9s%d", n.name, g.IntN(10)), n.name, strings.ReplaceAll(regions[n.region], "_", " ")
}

// dateKey is a day as yyyymmdd.
func dateKey(n int) int {
	d := firstDay.AddDate(0, 0, n)
	return d.Year()*10_000 + int(d.Month())*100 + d.Day()
}

// Rows gives every row of every table, as the fields of a line of COPY.
func (g *ssb) Rows(emit func(table string, fields ...any)) {
	for n := range lastDay + 1 {
		d := firstDay.AddDate(0, 0, n)
		season := []string{"Winter", "Spring", "Summer", "Fall"}[int(d.Month())%12/3]
		emit("date", dateKey(n), d.Format("January 2, 2006"), d.Weekday(), d.Month(), d.Year(), d.Year()*100+int(d.Month()), d.Format("Jan2006"),
			int(d.Weekday())+1, d.Day(), d.YearDay(), int(d.Month()), (d.YearDay()-1)/7+1, season)
	}
	for i := 1; i <= g.customers; i++ {
		city, nation, region := g.place()
		emit("customer", i, fmt.Sprintf("Customer#%09d", i), g.comment(20), city, nation, region, g.phone(1), g.among(segments))
	}
	for i := 1; i <= g.suppliers; i++ {
		city, nation, region := g.place()
		emit("supplier", i, fmt.Sprintf("Supplier#%09d", i), g.comment(20), city, nation, region, g.phone(1))
	}
	for i := 1; i <= g.parts; i++ {
		mfgr := fmt.Sprintf("MFGR#%d", g.between(1, 5))
		category := mfgr + fmt.Sprint(g.between(1, 5))
		emit("part", i, g.among(colours)+" "+g.among(colours), mfgr, category, category+fmt.Sprint(g.between(1, 40)), g.among(colours),
			g.among(typeWords[0])+" "+g.among(typeWords[1])+" "+g.among(typeWords[2]), g.between(1, 50), g.among(containerWords[0])+" "+g.among(containerWords[1]))
	}
	for i := range g.orders {
		g.order(i, emit)
	}
}

func (g *ssb) order(i int, emit func(string, ...any)) {
	customer, ordered, priority := g.between(1, g.customers), g.between(0, lastDay-151), g.among(priorities)
	var lines [][]any
	total := 0
	count := g.between(1, 7)
	for line := 1; line <= count; line++ {
		part, quantity, discount, tax := g.between(1, g.parts), g.between(1, 50), g.between(0, 10), g.between(0, 8)
		price := quantity * g.price(part)
		total += price * (100 - discount) / 100 * (100 + tax) / 100
		lines = append(lines, []any{
			i + 1, line, customer, part, g.between(1, g.suppliers), dateKey(ordered), priority, "0", quantity, price, 0, discount,
			price * (100 - discount) / 100, 6 * g.price(part) / 10, tax, dateKey(ordered + g.between(30, 90)), g.among(shipModes),
		})
	}
	for _, fields := range lines {
		fields[10] = total
		emit("lineorder", fields...)
	}
}
