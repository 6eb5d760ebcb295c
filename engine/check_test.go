package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/ordered"
	"github.com/tarndb/tarn/storage"
)

// checkLines runs a check and gives what it reports, sorted.
func checkLines(t *testing.T, opts Options) []string {
	t.Helper()
	before := dirText(t, opts.Dir)
	var lines []string
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	err := Check(context.Background(), opts, t.TempDir(), CheckReport{
		Checked: func(o string, rows int64) { say("ok %s %d", o, rows) },
		Skipped: func(o, why string) { say("skipped %s: %s", o, why) },
		Finding: func(o, problem string) { say("damaged %s: %s", o, problem) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if after := dirText(t, opts.Dir); after != before {
		t.Errorf("the check changed the directory:\nbefore\n%s\nafter\n%s", before, after)
	}
	slices.Sort(lines)
	return lines
}

// dirText lists the files of a directory with their contents.
func dirText(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %d %x\n", path, len(text), storage.Hash(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkWorld has every kind of stored object, at a commit with more in the table
// log and in the topics behind it.
func checkWorld(t *testing.T) *world {
	w := newWorld(t)
	bids := w.topic("bid", 2)
	for i, m := range []string{`{"auction": 1, "price": 10}`, `{"auction": 2, "price": 20}`, `{"auction": 1, "price": 0}`} {
		bids.Append(int32(i%2), nil, []byte(m))
	}
	w.exec(`CREATE SOURCE bid (auction bigint, price bigint) WITH (connector = 'kafka', topic = 'bid', scan.startup.mode = 'earliest') FORMAT PLAIN ENCODE JSON`)
	w.exec(`CREATE TABLE names (id bigint PRIMARY KEY, name text)`)
	w.exec(`INSERT INTO names VALUES (1, 'one'), (2, 'two'), (3, 'three')`)
	w.exec(`CREATE TABLE items (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text UNIQUE, auction bigint)`)
	w.exec(`INSERT INTO items (code, auction) VALUES ('a', 1), ('b', 1), (NULL, 2)`)
	w.exec(`CREATE INDEX ON items (auction)`)
	w.exec(`CREATE UNIQUE INDEX items_live ON items ((lower(code) || 'x')) WHERE auction = 1`)
	w.exec(`CREATE MATERIALIZED VIEW best AS SELECT auction, max(price) AS price, count(*) AS n FROM bid GROUP BY auction`)
	w.exec(`CREATE MATERIALIZED VIEW named AS SELECT n.name, b.price FROM names n LEFT JOIN best b ON b.auction = n.id`)
	w.exec(`CREATE MATERIALIZED VIEW shares AS SELECT auction, 100 / price AS share FROM bid`)
	w.want("SELECT * FROM named", "one|10", "two|20", "three|NULL")
	w.commit()
	w.exec(`INSERT INTO names VALUES (4, 'four')`)
	bids.Append(0, nil, []byte(`{"auction": 3, "price": 30}`))
	w.db.Crash()
	w.db = nil
	return w
}

func TestCheck(t *testing.T) {
	w := checkWorld(t)
	want := []string{
		`ok materialized view "best" 2`, `ok materialized view "named" 3`, `ok materialized view "shares" 2`,
		`ok sequence "items_id_seq" 1`, `ok table "items" 3`, `ok table "names" 3`,
	}
	if got := checkLines(t, w.opts); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	w.open() // it can still be served
	w.want("SELECT * FROM named", "one|10", "two|20", "three|30", "four|NULL")
}

// change changes stored rows behind the engine's back.
func (w *world) change(fn func(store *storage.DB, cat *catalog.Catalog)) {
	w.t.Helper()
	store, err := storage.Open(storage.Options{Dir: w.opts.Dir})
	if err != nil {
		w.t.Fatal(err)
	}
	cat, err := catalog.Load(store)
	if err != nil {
		w.t.Fatal(err)
	}
	fn(store, cat)
	if err := store.Freeze().Write(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	store.Settle()
	if err := store.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// TestCheckFindsWrongRows changes a stored row behind the engine's back.
func TestCheckFindsWrongRows(t *testing.T) {
	w := checkWorld(t)
	w.change(func(store *storage.DB, cat *catalog.Catalog) {
		for name, add := range map[string]row.Row{
			"best": {row.IntDatum(1), row.IntDatum(11), row.IntDatum(2)}, "shares": {row.IntDatum(1), row.IntDatum(11)},
		} {
			o := cat.Lookup(catalog.PublicSchema, name)
			b := row.NewBatch(o.Types(), 1)
			b.AppendRow(add, 1)
			key, value := o.Layout().Encode(nil, nil, b, 0)
			if o.Sequence {
				key = ordered.AppendInt(nil, 99)
			}
			for shard := range w.opts.Shards {
				if tree := store.Tree(o.Output, shard); tree.Len() > 0 {
					tree.Set(key, value)
					break
				}
			}
		}
	})
	got := checkLines(t, w.opts)
	if len(got) != 6 || !strings.HasPrefix(got[0], `damaged materialized view "best": 1 of its rows are not what its inputs say`) ||
		!strings.Contains(got[0], "(1,11,2) is stored once, and should be 0 times") ||
		!strings.HasPrefix(got[2], `damaged materialized view "shares": 1 of its rows are not what its inputs say`) ||
		!strings.Contains(got[2], "(1,11) is stored once, and should be 0 times") {
		t.Errorf("got %q", got)
	}
}

// TestCheckFindsWrongIndexes changes what is in two indexes of a table behind the
// engine's back: one has a row more, the other one less.
func TestCheckFindsWrongIndexes(t *testing.T) {
	w := checkWorld(t)
	w.change(func(store *storage.DB, cat *catalog.Catalog) {
		o := cat.Lookup(catalog.PublicSchema, "items")
		b := row.NewBatch(o.Types(), 2)
		b.AppendRow(row.Row{row.IntDatum(7), row.StringDatum("z"), row.IntDatum(9)}, 1)
		b.AppendRow(row.Row{row.IntDatum(2), row.StringDatum("b"), row.IntDatum(1)}, 1)
		for i := range 2 {
			layout, id := o.Placed(i + 1)
			key, value := layout.Encode(nil, nil, b, i)
			if i == 0 {
				store.Tree(id, 0).Set(key, value)
				continue
			}
			for shard := range w.opts.Shards {
				store.Tree(id, shard).Delete(key)
			}
		}
	})
	want := "damaged table \"items\": 1 of the rows in index \"items_code_key\" are not those of the table\n" +
		"  (7,z,9) is stored once, and should be 0 times\n" +
		"1 of the rows in index \"items_auction_idx\" are not those of the table\n" +
		"  (2,b,1) is stored 0 times, and should be once"
	if got := checkLines(t, w.opts); len(got) != 6 || got[0] != want {
		t.Errorf("got %q", got)
	}
}

// TestCheckFindsOverwrittenRow: where a key has one entry, the row that was written
// over is missing too.
func TestCheckFindsOverwrittenRow(t *testing.T) {
	w := newWorld(t)
	bids := w.topic("bid", 1)
	for i := range 3 {
		bids.Append(0, nil, []byte(fmt.Sprintf(`{"auction": 1, "price": %d}`, 10*i)))
	}
	w.exec(`CREATE SOURCE bid (auction bigint, price bigint) WITH (connector = 'kafka', topic = 'bid', scan.startup.mode = 'earliest') FORMAT PLAIN ENCODE JSON`)
	w.exec(`CREATE MATERIALIZED VIEW top AS SELECT DISTINCT ON (auction) auction, price FROM bid ORDER BY auction, price DESC`)
	w.want("SELECT * FROM top", "1|20")
	w.commit()
	w.db.Crash()
	w.db = nil
	if got := checkLines(t, w.opts); len(got) != 1 || got[0] != `ok materialized view "top" 1` {
		t.Errorf("got %q", got)
	}
	w.change(func(store *storage.DB, cat *catalog.Catalog) {
		o := cat.Lookup(catalog.PublicSchema, "top")
		b := row.NewBatch(o.Types(), 1)
		b.AppendRow(row.Row{row.IntDatum(1), row.IntDatum(21)}, 1)
		key, value := o.Layout().Encode(nil, nil, b, 0)
		for shard := range w.opts.Shards {
			if tree := store.Tree(o.Output, shard); tree.Len() > 0 {
				tree.Set(key, value)
			}
		}
	})
	got := strings.Join(checkLines(t, w.opts), "\n")
	for _, want := range []string{"2 of its rows", "(1,21) is stored once, and should be 0 times", "(1,20) is stored 0 times, and should be once"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// TestCheckWithoutTopic: what cannot be read again is no damage.
func TestCheckWithoutTopic(t *testing.T) {
	w := checkWorld(t)
	w.mu.Lock()
	delete(w.topics, "bid")
	w.mu.Unlock()
	got := checkLines(t, w.opts)
	if len(got) != 6 || !strings.HasPrefix(got[4], `skipped materialized view "best": cannot be computed again: could not read source "bid"`) {
		t.Errorf("got %q", got)
	}
}

// TestCheckFindsFlippedBit damages the largest state file: the check names it, and
// whose rows may be in it, and what it can still compare it compares.
func TestCheckFindsFlippedBit(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE TABLE t (a bigint PRIMARY KEY, b text)")
	w.exec("INSERT INTO t SELECT g, repeat(md5(g::text), 4) FROM generate_series(1, 5000) g")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT a % 7 AS k, count(*) AS n FROM t GROUP BY a % 7")
	w.commit()
	w.db.Crash()
	w.db = nil
	files, err := filepath.Glob(filepath.Join(w.opts.Dir, "state", "*.sst"))
	if err != nil {
		t.Fatal(err)
	}
	size := func(path string) int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	largest := slices.MaxFunc(files, func(a, b string) int { return int(size(a) - size(b)) })
	text, err := os.ReadFile(largest)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/3] ^= 1
	if err := os.WriteFile(largest, text, 0o600); err != nil {
		t.Fatal(err)
	}
	got := strings.Join(checkLines(t, w.opts), "\n")
	for _, want := range []string{"damaged file " + largest, `it may have rows of table "t"`, `damaged table "t": the store cannot be read`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
