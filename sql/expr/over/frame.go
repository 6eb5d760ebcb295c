package over

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// Mode is what a frame counts in.
type Mode uint8

// The modes.
const (
	Range  Mode = iota // distances in the order's column
	Rows               // rows
	Groups             // groups of peers
)

// BoundKind is the kind of a frame's end.
type BoundKind uint8

// The bounds, from the first to the last.
const (
	UnboundedPreceding BoundKind = iota
	Preceding
	CurrentRow
	Following
	UnboundedFollowing
)

// Exclusion is what a frame leaves out.
type Exclusion uint8

// The exclusions.
const (
	ExcludeNothing Exclusion = iota
	ExcludeCurrentRow
	ExcludeGroup
	ExcludeTies
)

// Bound is an end of a frame.
type Bound struct {
	Kind   BoundKind
	Offset expr.Expr // of Preceding and Following
}

// Frame is the rows of a partition that a call sees from one of them.
type Frame struct {
	Mode       Mode
	Start, End Bound
	Exclude    Exclusion
}

// Default is the frame of a window that names none: up to the last peer.
var Default = Frame{Mode: Range, Start: Bound{Kind: UnboundedPreceding}, End: Bound{Kind: CurrentRow}}

var modeText = [...]string{"range", "rows", "groups"}

var boundText = [...]string{"unbounded preceding", " preceding", "current row", " following", "unbounded following"}

var exclusionText = [...]string{"", " exclude current row", " exclude group", " exclude ties"}

// Text is the frame as SQL has it; offset prints the offsets. The default is empty.
func (f Frame) Text(offset func(expr.Expr) string) string {
	if f.Mode == Range && f.Start.Kind == UnboundedPreceding && f.End.Kind == CurrentRow && f.Exclude == ExcludeNothing {
		return ""
	}
	bound := func(b Bound) string {
		s := boundText[b.Kind]
		if b.Offset != nil {
			s = offset(b.Offset) + s
		}
		return s
	}
	return modeText[f.Mode] + " between " + bound(f.Start) + " and " + bound(f.End) + exclusionText[f.Exclude]
}

// Offsets lists the offsets that are there.
func (f Frame) Offsets() []expr.Expr {
	var out []expr.Expr
	for _, b := range []Bound{f.Start, f.End} {
		if b.Offset != nil {
			out = append(out, b.Offset)
		}
	}
	return out
}

// WithOffsets replaces the offsets.
func (f Frame) WithOffsets(e []expr.Expr) Frame {
	for _, b := range []*Bound{&f.Start, &f.End} {
		if b.Offset != nil {
			b.Offset, e = e[0], e[1:]
		}
	}
	return f
}

// window is the frame of each row: the rows from head and before tail, without what
// is excluded. head and tail never fall from one row to the next.
type window struct {
	part       *partition
	head, tail []int32
	exclude    Exclusion
}

// span is the rows from from and before to.
type span struct{ from, to int }

// spans lists the rows of row i's frame, in order: at most three spans, none empty.
func (w *window) spans(i int, into []span) []span {
	into = into[:0]
	head, tail := int(w.head[i]), int(w.tail[i])
	add := func(from, to int) {
		if from, to = max(from, head), min(to, tail); from < to {
			into = append(into, span{from, to})
		}
	}
	first, last := w.part.peers(i)
	switch w.exclude {
	case ExcludeCurrentRow:
		add(head, i)
		add(i+1, tail)
	case ExcludeGroup:
		add(head, first)
		add(last, tail)
	case ExcludeTies:
		add(head, first)
		add(i, i+1)
		add(last, tail)
	default:
		add(head, tail)
	}
	return into
}

// same reports that row i sees the rows that the row before it sees.
func (w *window) same(i int) bool {
	return i > 0 && w.exclude == ExcludeNothing && w.head[i] == w.head[i-1] && w.tail[i] == w.tail[i-1]
}

// edges finds the frames of a partition's rows.
type edges struct{ start, end edge }

// edge is one end of a frame.
type edge struct {
	kind   BoundKind
	offset int64     // in rows or groups
	reach  *distance // in RANGE
}

func newEdges(f Frame, types []row.Type, order []row.KeyCol) (*edges, error) {
	e := &edges{start: edge{kind: f.Start.Kind}, end: edge{kind: f.End.Kind}}
	for _, end := range []struct {
		of   Bound
		into *edge
		less bool
	}{{f.Start, &e.start, false}, {f.End, &e.end, true}} {
		if end.of.Offset == nil {
			continue
		}
		d, err := expr.EvalConst(end.of.Offset, &expr.Context{})
		if err != nil {
			return nil, err
		}
		if f.Mode != Range {
			end.into.offset = d.I
			continue
		}
		k := order[0]
		if end.into.reach, err = newDistance(types[k.Col], k, end.of, d, end.less); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// find gives the frame of each row.
func (e *edges) find(p *partition, f Frame, fail failFunc) window {
	w := window{part: p, head: make([]int32, p.n), tail: make([]int32, p.n), exclude: f.Exclude}
	e.start.find(&w, f.Mode, w.head, 0, fail)
	e.end.find(&w, f.Mode, w.tail, 1, fail)
	return w
}

// find gives for each row where its frame begins, or behind which row it ends: then
// behind is 1.
func (e *edge) find(w *window, mode Mode, into []int32, behind int, fail failFunc) {
	p := w.part
	if e.reach != nil {
		e.reach.find(w, into, fail)
		return
	}
	for i := range p.n {
		at := i + behind // in rows
		switch {
		case e.kind == UnboundedPreceding:
			at = 0
		case e.kind == UnboundedFollowing:
			at = p.n
		case mode == Rows:
			at = e.move(at, p.n)
		case mode == Groups && e.kind != CurrentRow:
			at = int(p.starts[e.move(int(p.group[i])+behind, len(p.starts)-1)])
		default:
			at = int(p.starts[int(p.group[i])+behind])
		}
		into[i] = int32(at)
	}
}

// move goes back or forth by the offset, and not beyond 0 or end.
func (e *edge) move(at, end int) int {
	switch e.kind {
	case Preceding:
		return int(max(int64(at)-e.offset, 0))
	case Following:
		if e.offset > int64(end-at) {
			return end
		}
		return at + int(e.offset)
	}
	return at
}
