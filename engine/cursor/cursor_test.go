package cursor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tarndb/tarn/engine/result"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// numbers gives 1..n in batches of some rows, each row so many times.
type numbers struct {
	next, n, times int64
	whole          bool
	closed         *int
	batch          *row.Batch
}

func (s *numbers) all() *row.Batch {
	b := row.NewBatch([]row.Type{row.T(row.Int8)}, 0)
	for n := int64(1); n <= s.n; n++ {
		b.AppendRow(row.Row{row.IntDatum(n)}, s.times)
	}
	return b
}

func (s *numbers) Whole() *row.Batch {
	if !s.whole {
		return nil
	}
	return s.all()
}

func (s *numbers) Next(context.Context) (*row.Batch, error) {
	if s.batch != nil {
		s.batch.Reset() // what was given before is gone
	}
	s.batch = row.NewBatch([]row.Type{row.T(row.Int8)}, 3)
	for range 3 {
		if s.next++; s.next <= s.n {
			s.batch.AppendRow(row.Row{row.IntDatum(s.next)}, s.times)
		}
	}
	if s.batch.Len() == 0 {
		return nil, nil
	}
	return s.batch, nil
}

func (s *numbers) Close() { *s.closed++ }

// source counts what is open.
type source struct {
	opened, closed, done int
	held                 int64
}

func (s *source) cursor(n, times int64, whole, scroll bool) *Cursor {
	return &Cursor{
		Name: "c", Scroll: scroll, Columns: []result.Column{{Name: "n", Type: row.T(row.Int8)}},
		Query: Query{
			Open: func(context.Context) (Source, error) {
				s.opened++
				return &numbers{n: n, times: times, whole: whole, closed: &s.closed}, nil
			},
			Done:    func() { s.done++ },
			Hold:    func(_ context.Context, n int64) error { s.held = n; return nil },
			Release: func() { s.held = 0 },
		},
	}
}

func fetched(t *testing.T, c *Cursor, n *ast.Fetch) []int64 {
	t.Helper()
	r, err := c.Fetch(context.Background(), n)
	if err != nil {
		t.Fatal(err)
	}
	var out []int64
	for {
		b, err := r.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			return out
		}
		for i, w := range b.Weights {
			for range w {
				out = append(out, b.Cols[0].Datum(i).I)
			}
		}
	}
}

// model is a cursor over a slice, by PostgreSQL's description: at is the row that it is
// on, 0 before the first, and one more than there are behind the last.
type model struct {
	rows []int64
	at   int64
}

func (m *model) step(back bool, count int64) []int64 {
	var out []int64
	n := int64(len(m.rows))
	for ; count > 0; count-- {
		if back {
			m.at = max(m.at-1, 0)
		} else {
			m.at = min(m.at+1, n+1)
		}
		if m.at == 0 || m.at > n {
			break
		}
		out = append(out, m.rows[m.at-1])
	}
	return out
}

func (m *model) fetch(f *ast.Fetch) []int64 {
	n := int64(len(m.rows))
	count := f.Count
	if f.All {
		count = n + 2
	}
	switch f.Direction {
	case ast.FetchAbsolute:
		to := count
		if count < 0 {
			to = max(n+1+count, 0)
		}
		m.at = min(to, n+1)
		count = 0
	case ast.FetchRelative:
		m.at = min(max(m.at+count, 0), n+1)
		count = 0
	}
	if count == 0 {
		if m.at == 0 || m.at > n {
			return nil
		}
		return []int64{m.rows[m.at-1]}
	}
	back := f.Direction == ast.FetchBackward
	if count < 0 {
		back, count = !back, -count
	}
	return m.step(back, count)
}

// Whatever way its rows come, a cursor goes where a slice would.
func TestFetch(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	directions := []ast.FetchDirection{ast.FetchForward, ast.FetchForward, ast.FetchBackward, ast.FetchAbsolute, ast.FetchRelative}
	for i := range 400 {
		n, times := rnd.Int64N(12), 1+rnd.Int64N(3)
		src := &source{}
		c := src.cursor(n, times, rnd.IntN(2) == 0, true)
		c.Hold = true
		set := Set{}
		if err := set.Add(c); err != nil {
			t.Fatal(err)
		}
		m := &model{}
		for k := int64(1); k <= n; k++ {
			m.rows = append(m.rows, slices.Repeat([]int64{k}, int(times))...)
		}
		log := ""
		for range 20 {
			f := &ast.Fetch{Direction: directions[rnd.IntN(len(directions))], Count: rnd.Int64N(14) - 5}
			if f.Direction < ast.FetchAbsolute && rnd.IntN(8) == 0 {
				f.All = true
			}
			log += fmt.Sprintf(" %d:%d/%v", f.Direction, f.Count, f.All)
			if got, want := fetched(t, c, f), m.fetch(f); !slices.Equal(got, want) {
				t.Fatalf("cursor %d over %v:%s: %v, want %v", i, m.rows, log, got, want)
			}
			if rnd.IntN(20) == 0 {
				if err := set.Prepare(context.Background()); err != nil {
					t.Fatal(err)
				}
				set.End(true)
				log += " commit"
			}
		}
		set.CloseAll()
		if src.opened != src.closed || src.done != 1 || src.held != 0 {
			t.Errorf("a closed cursor: %+v", *src)
		}
	}
}

// A FETCH whose rows are not all read has moved the cursor all the same.
func TestUnreadRows(t *testing.T) {
	c := (&source{}).cursor(9, 1, false, false)
	ctx := context.Background()
	first, err := c.Fetch(ctx, &ast.Fetch{Count: 4})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := first.Next(ctx); err != nil || b.Len() != 3 {
		t.Fatal(b, err)
	}
	if got := fetched(t, c, &ast.Fetch{Count: 1}); !slices.Equal(got, []int64{5}) {
		t.Errorf("behind a FETCH of 4: %v", got)
	}
	if b, err := first.Next(ctx); err != nil || b.Len() != 1 || b.Cols[0].Datum(0).I != 4 || first.Count() != 4 {
		t.Errorf("the rest of it: %v, %v", b, err)
	}
	second, err := c.Fetch(ctx, &ast.Fetch{Count: 2})
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
	if got := fetched(t, c, &ast.Fetch{All: true}); !slices.Equal(got, []int64{8, 9}) {
		t.Errorf("behind a FETCH of 2 that nobody read: %v", got)
	}
}

// What does not fit into memory is the error of COMMIT, and nothing stays held.
func TestHoldTooMuch(t *testing.T) {
	src := &source{}
	c := src.cursor(9, 1, false, false)
	c.Hold = true
	full := pgerr.New(pgerr.OutOfMemory, "out of memory")
	c.Query.Hold = func(context.Context, int64) error { return full }
	set := Set{}
	if err := set.Add(c); err != nil {
		t.Fatal(err)
	}
	if err := set.Prepare(context.Background()); !errors.Is(err, full) {
		t.Errorf("prepared: %v", err)
	}
	set.End(false)
	if src.opened != src.closed || src.done != 1 || set.Find("c") != nil {
		t.Errorf("%+v", *src)
	}
}
