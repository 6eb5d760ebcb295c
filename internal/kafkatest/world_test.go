package kafkatest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tarndb/tarn/internal/killtest/child"
)

// world produces to the topics and knows what every view must show of it.
type world struct {
	t   *testing.T
	rng *rand.Rand
	c   *client

	partitions int // of orders
	orders     map[int64]account
	customers  map[int64]string
	payments   []string // rows of the view paid
	bad        int      // messages that are no rows
	next       int64
}

// account is what the orders of a customer amount to, in cents.
type account struct{ orders, total, largest int64 }

const people = 40

// declare are the statements that make sources and views.
func declare(addr string) []string {
	with := func(topic string) string {
		return fmt.Sprintf("WITH (connector = 'kafka', topic = '%s', properties.bootstrap.server = '%s', scan.startup.mode = 'earliest')", topic, addr)
	}
	return []string{
		`CREATE SOURCE orders (id bigint, customer bigint, amount numeric) ` + with("orders") + ` FORMAT PLAIN ENCODE JSON`,
		`CREATE SOURCE customers (id bigint PRIMARY KEY, name text) INCLUDE key AS id ` + with("customers") + ` FORMAT UPSERT ENCODE JSON`,
		`CREATE SOURCE payments (id bigint, amount bigint) INCLUDE key AS k INCLUDE partition AS part INCLUDE offset AS off
			INCLUDE timestamp AS at INCLUDE header 'origin' AS origin ` + with("payments") + ` FORMAT PLAIN ENCODE JSON`,
		`CREATE MATERIALIZED VIEW order_totals AS
			SELECT customer, count(*) AS orders, sum(amount) AS total, max(amount) AS largest FROM orders GROUP BY customer`,
		`CREATE MATERIALIZED VIEW customer_orders AS
			SELECT c.id, c.name, count(o.id) AS orders, sum(o.amount) AS total
			FROM customers c LEFT JOIN orders o ON o.customer = c.id GROUP BY c.id, c.name`,
		`CREATE MATERIALIZED VIEW paid AS
			SELECT id, amount, k, part, origin, at > '2020-01-01' AS recent, off >= 0 AS placed FROM payments`,
	}
}

// queries give the views' rows, in any order.
var queries = map[string]string{
	"order_totals":    "SELECT * FROM order_totals",
	"customer_orders": "SELECT * FROM customer_orders",
	"paid":            "SELECT * FROM paid",
	"customers":       "SELECT id, name FROM customers",
	"tarn.errors":     "SELECT object, count(*) FROM tarn.errors GROUP BY object",
}

// expected is what the queries must give.
func (w *world) expected() map[string][]string {
	out := map[string][]string{"paid": slices.Clone(w.payments)}
	for id, a := range w.orders {
		out["order_totals"] = append(out["order_totals"], line(id, a.orders, cents(a.total), cents(a.largest)))
	}
	for id, name := range w.customers {
		total := child.Null
		if w.orders[id].orders > 0 {
			total = cents(w.orders[id].total)
		}
		out["customer_orders"] = append(out["customer_orders"], line(id, name, w.orders[id].orders, total))
		out["customers"] = append(out["customers"], line(id, name))
	}
	if w.bad > 0 {
		out["tarn.errors"] = []string{line("orders", w.bad)}
	}
	for name := range out {
		slices.Sort(out[name])
	}
	return out
}

func line(cells ...any) string { return strings.TrimSuffix(fmt.Sprintln(cells...), "\n") }

func cents(n int64) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

// differs describes the first view that is not as expected, or gives "".
func (w *world) differs(c *child.Client) (string, error) {
	want := w.expected()
	for name, sql := range queries {
		rows, err := c.Query(w.t.Context(), sql)
		if err != nil {
			return "", err
		}
		got := []string{}
		for _, r := range rows {
			got = append(got, strings.Join(r, " "))
		}
		slices.Sort(got)
		if slices.Equal(got, want[name]) {
			continue
		}
		for i := 0; ; i++ {
			g, x := "nothing", "nothing"
			if i < len(got) {
				g = got[i]
			}
			if i < len(want[name]) {
				x = want[name][i]
			}
			if g != x {
				return fmt.Sprintf("%s has %d rows, must have %d; it has %s where it must have %s", name, len(got), len(want[name]), g, x), nil
			}
		}
	}
	return "", nil
}

// produce writes to all topics: orders with a codec, customers that come, change
// and go, and payments in transactions of which every third is aborted.
func (w *world) produce(codec string, orders int) {
	w.t.Helper()
	w.c.do("producer", codec)
	for range orders {
		w.order("-")
	}
	for range people / 2 {
		w.customer()
	}
	w.c.do("flush")
	w.c.do("transactional", codec)
	for round := range 6 {
		w.transaction(round%3 != 1)
	}
}

// order sends one order to a partition; "-" leaves it to the client.
func (w *world) order(partition string) {
	w.next++
	customer, amount := w.rng.Int64N(people), w.rng.Int64N(100_000)
	key := strconv.FormatInt(customer, 10)
	if w.rng.IntN(4) == 0 {
		key = `\N`
	}
	w.c.later("send", "orders", partition, key, fmt.Sprintf(`{"id":%d,"customer":%d,"amount":%s}`, w.next, customer, cents(amount)))
	a := w.orders[customer]
	w.orders[customer] = account{a.orders + 1, a.total + amount, max(a.largest, amount)}
}

// garbage sends a message that is no order.
func (w *world) garbage() {
	w.c.later("send", "orders", "-", "x", `{"id":"many"}`)
	w.bad++
}

func (w *world) customer() {
	id := w.rng.Int64N(people)
	if w.rng.IntN(3) == 0 {
		w.c.later("send", "customers", "-", strconv.FormatInt(id, 10), `\N`)
		delete(w.customers, id)
		return
	}
	w.next++
	name := fmt.Sprintf("name-%d", w.next)
	w.c.later("send", "customers", "-", strconv.FormatInt(id, 10), fmt.Sprintf(`{"name":%q}`, name))
	w.customers[id] = name
}

func (w *world) transaction(commit bool) {
	w.c.do("begin")
	for range 10 {
		w.next++
		partition, amount := w.rng.IntN(4), w.rng.Int64N(1000)
		origin := fmt.Sprintf("shop-%d", w.rng.IntN(9))
		w.c.later("send", "payments", strconv.Itoa(partition), strconv.FormatInt(w.next, 10), fmt.Sprintf(`{"id":%d,"amount":%d}`, w.next, amount), "origin", origin)
		if commit {
			w.payments = append(w.payments, line(w.next, amount, fmt.Sprintf(`\x%x`, strconv.FormatInt(w.next, 10)), partition, fmt.Sprintf(`\x%x`, origin), "t", "t"))
		}
	}
	w.c.do(map[bool]string{true: "commit", false: "abort"}[commit])
}
