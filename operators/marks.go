package operators

import "github.com/tarndb/tarn/row"

// In a circuit that runs once, the rows of a side whose place in the result hangs on
// whether the other side has their key, as those of a semi, anti or outer join, wait for
// the other side. If it ends first, they pass by it. If they end first, they are a lookup,
// the other side's rows go by, and of each key is counted how many: what the counts
// say is put out when the other side has ended, too.

// awaiting is that side, a, of a join on one shard. It is the join's holder.
type awaiting struct {
	a, b    *arrangement
	of      *node // of b
	missing bool  // rows are put out whose key b has not
	// make is a batch of rows of the lookup, as they are put out.
	make    func(l *lookup, rows []int32) *row.Batch
	marked  *marked // where b's rows go by
	holding bool
}

// marked is what is known of the keys of a lookup.
type marked struct {
	table   *lookup
	counts  []int64 // by key number: the other side's rows, by weight
	shown   []bool  // by key number: its rows have been put out
	looked  bool    // at all keys, once
	touched []int32 // the keys to look at after that

	rows    []int32 // scratch: what is put out
	weights []int64
}

// awaits is the input of a join whose rows wait for the other one; -1: there is none
// such, or it cannot.
func awaits(spec Spec) int {
	switch s := spec.(type) {
	case Join:
		switch s.Kind {
		case LeftJoin:
			return 0
		case RightJoin:
			return 1
		}
	case Semi:
		if !s.NullAware {
			return 0
		}
	}
	return -1
}

// mayWait reports that nobody else settles the rows of an input that wait: who looks
// for rows whose key is missing would miss them.
func (n *node) mayWait(input int) bool {
	s, ok := n.spec.(Semi)
	return ok && !s.Anti || n.ins[input].uses == 1
}

// marks reports that the other side's rows may go by: of those that wait, nothing was
// put out.
func (n *node) marks(input int) bool {
	for shard, a := range n.ins[input].arr {
		if !a.collecting || !n.ins[1-input].arr[shard].untouched() {
			return false
		}
	}
	return true
}

func (w *awaiting) hold(on bool) { w.holding = on }

// held is nothing that would be less elsewhere.
func (w *awaiting) held() int64 { return 0 }

func (w *awaiting) pending() bool {
	if w.b.passing {
		return !w.holding && (w.marked == nil || !w.marked.looked)
	}
	return w.overlooks()
}

// overlooks reports rows that have waited for a side without any.
func (w *awaiting) overlooks() bool {
	return w.missing && w.a.collecting && len(w.a.collected) > 0 && (!w.holding || w.of.ended)
}

// takeUp has the rows that have waited pass by the other side, which has ended without
// any.
func (w *awaiting) takeUp() {
	if a := w.a; w.missing && a.collecting {
		a.arrived = append(a.collected, a.arrived...)
		a.collecting, a.collected, a.held = false, nil, 0
	}
}

// keys are those of the lookup.
func (w *awaiting) keys(x *stepCtx) (*marked, error) {
	if w.marked == nil {
		l, err := w.a.lookup(x)
		if err != nil {
			return nil, err
		}
		w.marked = &marked{table: l, counts: make([]int64, l.keys()), shown: make([]bool, l.keys())}
		w.a.held += 9 * int64(l.keys())
	}
	return w.marked, nil
}

// count counts rows that go by, by the numbers of their keys.
func (m *marked) count(numbers []int32, weights []int64) {
	for i, n := range numbers {
		if n == absent {
			continue
		}
		m.counts[n] += weights[i]
		if m.looked {
			m.touched = append(m.touched, n)
		}
	}
}

// show puts out, or takes back, the rows of the keys whose counts say so, once nothing
// is held any more.
func (w *awaiting) show(x *stepCtx) (row.Delta, error) {
	m, err := w.keys(x)
	if err != nil || w.holding {
		return nil, err
	}
	if !m.looked {
		m.looked = true
		for n := range m.counts {
			m.touched = append(m.touched, int32(n))
		}
	}
	var out row.Delta
	for _, n := range m.touched {
		is := (m.counts[n] > 0) != w.missing
		if is == m.shown[n] {
			continue
		}
		m.shown[n] = is
		m.add(n, is)
		if len(m.rows) < row.BatchRows {
			continue
		}
		out = append(out, w.take())
		if err := x.tick(row.BatchRows); err != nil {
			return nil, err
		}
	}
	m.touched = m.touched[:0]
	if len(m.rows) > 0 {
		out = append(out, w.take())
	}
	return out, nil
}

// add makes a key's rows wait to be put out, or taken back.
func (m *marked) add(number int32, is bool) {
	sign := int64(1)
	if !is {
		sign = -1
	}
	for at, end := m.table.span(number); at < end; at++ {
		r := m.table.row(at)
		m.rows, m.weights = append(m.rows, r), append(m.weights, sign*m.table.rows.Weights[r])
	}
}

// take is a batch of the rows that add has brought.
func (w *awaiting) take() *row.Batch {
	m := w.marked
	b := w.make(m.table, m.rows)
	b.Weights = append([]int64(nil), m.weights...)
	m.rows, m.weights = m.rows[:0], m.weights[:0]
	return b
}
