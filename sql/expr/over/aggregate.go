package over

import (
	"bytes"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// aggregates compute an aggregate over each row's frame, by how it is kept.
var aggregates = map[fn.AggKind]func(p *partition, c *computer, out *row.Column, fail failFunc){
	fn.Invertible: accumulate, fn.Min: extremes, fn.Max: extremes, fn.Ordered: sequence,
}

// passes tells the rows that the call's filter lets count.
func (p *partition) passes(c *computer) func(i int) bool {
	if c.call.Filter < 0 {
		return func(int) bool { return true }
	}
	f := &p.rows.Cols[c.call.Filter]
	return func(i int) bool { return !f.IsNull(i) && f.Ints[i] != 0 }
}

// argTypes are the types that an aggregate is made for.
func argTypes(c *computer) []row.Type {
	out := make([]row.Type, len(c.call.Args))
	for i, a := range c.call.Args {
		out[i] = a.Type
	}
	return out
}

// sliding is the state of an invertible aggregate over the rows of a frame that moves
// on: rows that it leaves are taken back, exactly, so that each row costs one update
// when it comes and one when it goes.
type sliding struct {
	part       *partition
	acc        fn.Accumulator
	args       []*row.Column
	passes     func(i int) bool
	state      []byte
	head, tail int // the rows in it

	broken  map[int]error // rows in it that could not be added
	because error         // why one of them could not
}

// add adds the rows from from and before to, or takes them back.
func (s *sliding) add(from, to int, weight int64) {
	if from >= to || !s.part.worked(to-from) {
		return
	}
	for i := from; i < to; i++ {
		if !s.passes(i) {
			continue
		}
		if weight < 0 && s.broken[i] != nil {
			delete(s.broken, i)
			continue
		}
		next, err := s.acc.Update(s.state, s.args, i, weight)
		if err == nil {
			s.state = next
			continue
		}
		if s.broken == nil {
			s.broken = map[int]error{}
		}
		s.broken[i], s.because = err, err
	}
}

// move makes the state that of other rows. Both ends only move on.
func (s *sliding) move(head, tail int) {
	if head >= s.tail {
		s.state, s.head, s.tail = s.acc.Init(s.state[:0]), head, head
		clear(s.broken)
	}
	s.add(s.head, head, -1)
	s.add(s.tail, tail, 1)
	s.head, s.tail = head, max(s.tail, tail)
}

// accumulate is an aggregate whose rows can be taken back.
func accumulate(p *partition, c *computer, out *row.Column, fail failFunc) {
	s := &sliding{part: p, acc: c.call.Agg.New(argTypes(c)), args: p.args(c.call.Args), passes: p.passes(c)}
	s.state = s.acc.Init(nil)
	w := &p.window
	p.perFrame(out, fail, func(i int) error {
		head, tail := int(w.head[i]), int(w.tail[i])
		s.move(head, max(head, tail))
		p.without(i, s, -1)
		defer p.without(i, s, 1)
		return s.result(out)
	})
}

// perFrame appends a value for each row; rows that see the same rows have the same.
func (p *partition) perFrame(out *row.Column, fail failFunc, value func(i int) error) {
	var err error
	for i := range p.n {
		if p.stop != nil {
			return
		}
		same := p.window.same(i)
		if !same {
			err = value(i)
		}
		switch {
		case err != nil:
			fail(i, err)
			out.AppendNull()
		case same:
			out.AppendFrom(out, i-1)
		}
	}
}

func (s *sliding) result(out *row.Column) error {
	if len(s.broken) > 0 {
		return s.because
	}
	return s.acc.Result(s.state, out)
}

// without takes the excluded rows of row i's frame out of the state, or puts them back.
func (p *partition) without(i int, s *sliding, weight int64) {
	first, last := p.peers(i)
	drop := func(from, to int) { s.add(max(from, s.head), min(to, s.tail), weight) }
	switch p.window.exclude {
	case ExcludeCurrentRow:
		drop(i, i+1)
	case ExcludeGroup:
		drop(first, last)
	case ExcludeTies:
		drop(first, i)
		drop(i+1, last)
	}
}

// extremes is min or max, of values that are equal but print differently the least
// form or the greatest, as over groups. Rows that can no longer be the answer for any
// row to come are forgotten: what is left is in order, the answer first. Where rows
// are excluded each frame is read anew.
func extremes(p *partition, c *computer, out *row.Column, _ failFunc) {
	arg, passes := p.arg(c.call.Args[0]), p.passes(c)
	keys := newKeys(arg)
	beyond := func(a, b int) bool {
		cmp := bytes.Compare(keys.of(a), keys.of(b))
		return c.call.Agg.Kind == fn.Min && cmp < 0 || c.call.Agg.Kind == fn.Max && cmp > 0
	}
	counts := func(i int) bool { return !arg.IsNull(i) && passes(i) }
	w := &p.window
	var best []int
	var spans []span
	read := 0
	for i := range p.n {
		head, tail := int(w.head[i]), int(w.tail[i])
		if w.exclude != ExcludeNothing {
			best, spans = best[:0], w.spans(i, spans)
			for _, s := range spans {
				if !p.worked(s.to - s.from) {
					return
				}
				for r := s.from; r < s.to; r++ {
					if counts(r) && (len(best) == 0 || beyond(r, best[0])) {
						best = append(best[:0], r)
					}
				}
			}
		} else {
			for read = max(read, head); read < tail; read++ {
				if !counts(read) {
					continue
				}
				for len(best) > 0 && !beyond(best[len(best)-1], read) {
					best = best[:len(best)-1]
				}
				best = append(best, read)
			}
			for len(best) > 0 && best[0] < head {
				best = best[1:]
			}
		}
		if len(best) == 0 {
			out.AppendNull()
		} else {
			out.AppendFrom(arg, best[0])
		}
	}
}

// keys are a column's values as bytes that sort as they do, equal values by their forms.
type keys struct {
	data []byte
	ends []int
}

func newKeys(c *row.Column) *keys {
	k := &keys{}
	lossy := row.KeyLossy(c.Type)
	for i := range c.Len() {
		k.data = row.AppendKey(k.data, c, i)
		if lossy {
			k.data = row.AppendValue(k.data, c, i)
		}
		k.ends = append(k.ends, len(k.data))
	}
	return k
}

func (k *keys) of(i int) []byte {
	from := 0
	if i > 0 {
		from = k.ends[i-1]
	}
	return k.data[from:k.ends[i]]
}

// sequence is an aggregate of its rows in the window's order. Each value is made anew,
// which takes no longer than to write it.
func sequence(p *partition, c *computer, out *row.Column, fail failFunc) {
	seq, args, passes := c.call.Agg.NewSequence(argTypes(c), p.ctx), p.args(c.call.Args), p.passes(c)
	w := &p.window
	var spans []span
	var rows []int32
	p.perFrame(out, fail, func(i int) error {
		rows, spans = rows[:0], w.spans(i, spans)
		for _, s := range spans {
			for r := s.from; r < s.to; r++ {
				if passes(r) {
					rows = append(rows, int32(r))
				}
			}
		}
		p.worked(len(rows))
		return seq.Result(args, rows, out)
	})
}
