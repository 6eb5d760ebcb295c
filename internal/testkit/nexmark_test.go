package testkit

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tarndb/tarn/topics/nexmark"
)

// TestNexmark makes a view of each query of the benchmark, over tables whose rows
// come, change and go, and over topics, in every configuration. The answers are
// the oracle's.
func TestNexmark(t *testing.T) {
	dir := t.TempDir()
	for name, script := range map[string]string{"tables": nexmarkTables(t), "topics": nexmarkTopics(t)} {
		path := filepath.Join(dir, name+".slt")
		if err := os.WriteFile(path, []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, cfg := range Configs() {
			if cfg.Crash && name == "topics" {
				continue // an epoch for each event, and a start of all the views after each
			}
			t.Run(cfg.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				if err := Run(context.Background(), path, t.TempDir(), cfg); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}

// nexmarkViews are the statements of the benchmark's queries.
func nexmarkViews(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.FromSlash("../../cmd/tarn/bench/queries/q*.sql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no queries: %v", err)
	}
	var b strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		statement(&b, "%s", strings.ReplaceAll(string(text), "\n\n", "\n"))
	}
	return b.String()
}

func statement(b *strings.Builder, format string, args ...any) {
	fmt.Fprintf(b, "statement ok\n"+strings.TrimSpace(format)+"\n\n", args...)
}

var nexmarkColumns = map[nexmark.Kind]string{
	nexmark.PersonKind:  "id bigint, name text, email_address text, credit_card text, city text, state text, date_time timestamp, extra text",
	nexmark.AuctionKind: "id bigint, item_name text, description text, initial_bid bigint, reserve bigint, date_time timestamp, expires timestamp, seller bigint, category bigint, extra text",
	nexmark.BidKind:     "auction bigint, bidder bigint, price bigint, channel text, url text, date_time timestamp, extra text",
}

const sideInput = "CREATE TABLE side_input (key bigint, value text)"

// nexmarkTables has values so few that rows meet, and takes some of them back.
func nexmarkTables(t *testing.T) string {
	var b strings.Builder
	for k, cols := range nexmarkColumns {
		statement(&b, "CREATE TABLE %s (%s)", k.Topic(), cols)
	}
	statement(&b, sideInput)
	b.WriteString(nexmarkViews(t))
	statement(&b, "INSERT INTO side_input VALUES (1, 'one'), (2, 'two'), (2, 'second'), (3, NULL)")
	rnd := rand.New(rand.NewPCG(7, 22))
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	at := func() string { return fmt.Sprintf("'2024-01-01 %02d:00:%02d'", 7*rnd.IntN(3), rnd.IntN(25)) }
	for range 3 {
		statement(&b, "INSERT INTO person VALUES (%d, '%s', 'e', 'c', 'Bend', '%s', %s, '')", 1+rnd.IntN(3), pick("Ann", "Bob"), pick("OR", "ID", "CA", "WA"), at())
		statement(&b, "INSERT INTO auction VALUES (%d, 'item', 'text', 1, 2, %s, '2024-01-01 20:00:00', %d, %d, 'x')", 1+rnd.IntN(4), at(), 1+rnd.IntN(3), 10+rnd.IntN(2))
		var rows []string
		for range 6 {
			rows = append(rows, fmt.Sprintf("(%d, %d, %d, '%s', '%s', %s, '%s')", 1+rnd.IntN(4)*41, rnd.IntN(3), []int{9999, 20000, 1200000, 3000000}[rnd.IntN(4)],
				pick("Google", "apple", "channel-1", "BAIDU"), pick("https://a.b/x/y/z.htm?q=1&channel_id=77", "https://a.b/x", "channel_id=&z", "https://a.b/channel_id=5"), at(), pick("abc", "ccc", "")))
		}
		statement(&b, "INSERT INTO bid VALUES %s", strings.Join(rows, ", "))
		statement(&b, "DELETE FROM bid WHERE price = 20000 AND date_time < %s", at())
		statement(&b, "UPDATE bid SET price = price + 1, auction = 2 WHERE bidder = 1 AND auction = 1")
	}
	statement(&b, "DELETE FROM auction WHERE id = 2")
	statement(&b, "DELETE FROM side_input WHERE value = 'second'")
	return b.String()
}

// nexmarkTopics has the generator's events, but for three of four bids, in topics,
// which nothing takes back.
func nexmarkTopics(t *testing.T) string {
	var b strings.Builder
	for k, cols := range nexmarkColumns {
		fmt.Fprintf(&b, "topic %s 1\n\n", k.Topic())
		statement(&b, "CREATE SOURCE %s (%s) WITH (connector = 'kafka', topic = '%[1]s', properties.bootstrap.server = 'mem:9092') FORMAT PLAIN ENCODE JSON", k.Topic(), cols)
	}
	statement(&b, sideInput)
	b.WriteString(nexmarkViews(t))
	statement(&b, "INSERT INTO side_input SELECT n, 'v' || n FROM generate_series(1000, 1010) AS n")
	g := nexmark.New(nexmark.Config{Seed: 5, Base: time.Date(2024, 1, 1, 5, 59, 50, 0, time.UTC), EventsPerSecond: 10})
	for range 4 {
		messages := map[nexmark.Kind][]string{}
		for range 50 {
			var e nexmark.Event
			if g.Next(&e); e.Kind == nexmark.BidKind && e.Number%4 != 0 {
				continue
			}
			messages[e.Kind] = append(messages[e.Kind], string(nexmark.AppendJSON(nil, &e)))
		}
		for k := range nexmarkColumns {
			fmt.Fprintf(&b, "append %s 0\n%s\n\n", k.Topic(), strings.Join(messages[k], "\n"))
		}
		b.WriteString("await\n\n")
	}
	return b.String()
}
