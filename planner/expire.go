package planner

import (
	"fmt"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr"
)

// Which state ends. A waterline W promises of a source that no row before W is
// accepted any more. A column is an event column of a collection if every change
// of the collection after the promise has NULL in it, or at least Bound(W), where
// Bound never falls when W rises. State under keys below Bound(W) has seen its
// last change.

// Expire says that an operator's state ends.
type Expire struct {
	Rel uint32 // the source whose waterline it is
	// KeyCol is a position in the operator's key: of an OpGroupBy, an OpPeaks and an
	// OpArrange in Key, of an OpTopK or OpOver in Partition, of an OpDistinct a column.
	KeyCol int
	// Bound, over the one column 0, which is W, is where live keys begin. What
	// has a lesser key is not read again. A NULL key never ends.
	Bound expr.Expr
	Type  row.Type // of W
}

func (x *Expire) text() string {
	return expr.Format(x.Bound, func(int) string { return "W" })
}

// event is what is known of an event column.
type event struct {
	rel   *Relation
	bound Scalar // over ColRef 0
}

type events map[ColID]event

// eventsOf finds the event columns of a node.
func (l *lowerer) eventsOf(n Node) events {
	if ev, ok := l.events[n]; ok {
		return ev
	}
	ev := l.findEvents(n)
	l.events[n] = ev
	return ev
}

func (l *lowerer) findEvents(n Node) events {
	switch n := n.(type) {
	case *Scan:
		return scanEvents(n)
	case *Filter:
		return l.eventsOf(n.Input)
	case *Project:
		return projectEvents(n, l.eventsOf(n.Input))
	case *TableFunc:
		return tableFuncEvents(n, l.eventsOf(n.Input))
	case *Aggregate:
		// A group's row changes with rows of the group.
		return only(l.eventsOf(n.Input), n.Group)
	case *TopK:
		// A row may push out an older one of its partition.
		return only(l.eventsOf(n.Input), n.Partition)
	case *Over:
		// A row's values change with rows of its partition.
		return only(l.eventsOf(n.Input), n.Partition)
	case *Distinct:
		return l.eventsOf(n.Input)
	case *SetOp:
		return l.setOpEvents(n)
	case *Join:
		return l.joinEvents(n)
	}
	return nil
}

func scanEvents(s *Scan) events {
	if s.Rel.Waterline == nil || !s.Rel.AppendOnly {
		return nil
	}
	for i, a := range s.Attrs {
		if a == s.Rel.Waterline.Attr {
			w := &expr.ColRef{Typ: s.Cols[i].Type, Name: s.Rel.Name + "." + s.Rel.Columns[a].Name, At: -1}
			return events{s.Cols[i].ID: {s.Rel, w}}
		}
	}
	return nil
}

func only(in events, cols []Col) events {
	out := events{}
	for _, c := range cols {
		if e, ok := in[c.ID]; ok {
			out[c.ID] = e
		}
	}
	return out
}

func projectEvents(p *Project, in events) events {
	out := events{}
	for _, it := range p.Items {
		for _, id := range ExprCols(it.Expr).IDs() {
			if e, ok := in[id]; ok && monotone(it.Expr, id) {
				out[it.Col.ID] = event{e.rel, Substitute(it.Expr, map[ColID]Scalar{id: e.bound})}
			}
		}
	}
	return out
}

// tableFuncEvents: the windows that hold an instant begin after it less their size.
func tableFuncEvents(t *TableFunc, in events) events {
	out := events{}
	for id, e := range in {
		out[id] = e
	}
	for _, c := range t.Calls {
		w, instant, ok := AsHop(c)
		id, isCol := AsColumn(instant)
		if e, known := in[id]; ok && isCol && known {
			back := Windowing{Slide: w.Slide, Size: -w.Size, Offset: w.Offset}
			out[c.Cols[0].ID] = event{e.rel, back.Start(back.End(e.bound))}
		}
	}
	return out
}

func (l *lowerer) setOpEvents(s *SetOp) events {
	left, right, out := l.eventsOf(s.Left), l.eventsOf(s.Right), events{}
	for i, c := range s.Cols {
		a, ok1 := left[s.LeftCols[i].ID]
		b, ok2 := right[s.RightCols[i].ID]
		if ok1 && ok2 && a.same(b) {
			out[c.ID] = a
		}
	}
	return out
}

func (e event) same(o event) bool { return e.rel == o.rel && e.bound.String() == o.bound.String() }

// joinEvents: either side's change brings out rows of the other that are as old as
// may be, but for their columns that equal an event column of both.
func (l *lowerer) joinEvents(j *Join) events {
	out := events{}
	if j.Kind != JoinInner {
		return out
	}
	left, right := l.eventsOf(j.Left), l.eventsOf(j.Right)
	for _, k := range j.Keys {
		a, ok1 := left[k.Left.ID]
		b, ok2 := right[k.Right.ID]
		if ok1 && ok2 && a.same(b) {
			out[k.Left.ID], out[k.Right.ID] = a, b
		}
	}
	return out
}

// expireBy is the end of state that is kept by columns; nil if there is none.
func (l *lowerer) expireBy(ev events, key []Col) *Expire {
	for i, c := range key {
		e, ok := ev[c.ID]
		if !ok {
			continue
		}
		return &Expire{Rel: e.rel.ID, KeyCol: i, Bound: e.bound, Type: e.rel.Columns[e.rel.Waterline.Attr].Type}
	}
	return nil
}

// expireJoin is the end of what an inner join keeps of each side: it is read by
// changes of the other.
func (l *lowerer) expireJoin(j *Join) (left, right *Expire) {
	if j.Kind != JoinInner || j.NullsEqual() {
		return nil, nil
	}
	var lk, rk []Col
	for _, k := range j.Keys {
		lk, rk = append(lk, k.Left), append(rk, k.Right)
	}
	left, right = l.expireBy(l.eventsOf(j.Right), rk), l.expireBy(l.eventsOf(j.Left), lk)
	// A row that is taken back after the other side's waterline has passed it would
	// leave its negative behind, unless its own side's has passed it too.
	together := left != nil && right != nil && left.Rel == right.Rel && left.KeyCol == right.KeyCol && left.text() == right.text()
	if !together && !AppendOnly(j.Left) {
		left = nil
	}
	if !together && !AppendOnly(j.Right) {
		right = nil
	}
	return left, right
}

// eventKeyFirst orders a join's keys: what is kept of a side ends by the first.
func (l *lowerer) eventKeyFirst(j *Join) *Join {
	left, right := l.expireJoin(j)
	if left == nil {
		left = right
	}
	if left == nil || left.KeyCol == 0 {
		return j
	}
	out := *j
	out.Keys = moveToFront(j.Keys, left.KeyCol)
	return &out
}

// eventColFirst orders a group's columns as eventKeyFirst does a join's.
func (l *lowerer) eventColFirst(a *Aggregate) *Aggregate {
	x := l.expireBy(l.eventsOf(a.Input), a.Group)
	if x == nil || x.KeyCol == 0 {
		return a
	}
	return &Aggregate{Input: a.Input, Group: moveToFront(a.Group, x.KeyCol), Aggs: a.Aggs}
}

func moveToFront[T any](list []T, at int) []T {
	out := append(make([]T, 0, len(list)), list[at])
	return append(append(out, list[:at]...), list[at+1:]...)
}

// monotone reports that an expression never falls when a column rises and all its
// other columns stay, and reads no others.
func monotone(e Scalar, id ColID) bool {
	switch e := e.(type) {
	case *expr.ColRef:
		return ColID(e.Index) == id
	case *expr.Cast:
		from, to := e.Arg.Type(), e.To
		plain := func(t row.Type) bool { return t.Is(row.Timestamp) || t.Is(row.Date) }
		return plain(from) && plain(to) && to.Mod == 0 && monotone(e.Arg, id)
	case *expr.Call:
		return monotoneCall(e, id)
	}
	return false
}

func monotoneCall(e *expr.Call, id ColID) bool {
	switch {
	case isWindowBound(e.Func):
		return monotone(e.Args[0], id)
	case e.Func.Volatility != expr.Immutable || len(e.Args) != 2:
		return false
	case e.Func.Name == "date_trunc":
		return e.Typ.Is(row.Timestamp) && expr.IsConst(e.Args[0]) && monotone(e.Args[1], id)
	case e.Func.Operator && (e.Func.Name == "+" || e.Func.Name == "-"):
		d, ok := AsConst(e.Args[1])
		if !ok || d.Null || !e.Args[1].Type().Is(row.Interval) {
			return false
		}
		// Months differ in length, and so do days where clocks are moved.
		v := datetime.DecodeInterval(d.B)
		return v.Months == 0 && (v.Days == 0 || e.Typ.Is(row.Timestamp)) && monotone(e.Args[0], id)
	}
	return false
}

// Unbounded lists why the state of a plan can grow for ever: operators that keep
// something of each row, or of each key, of a source, which is endless.
func (p *IPlan) Unbounded() []string {
	endless := make([]bool, len(p.Ops))
	var out []string
	for i := range p.Ops {
		op := &p.Ops[i]
		if in, ok := op.Spec.(*OpInput); ok {
			endless[i] = in.Rel.Kind == KindSource && in.Rel.AppendOnly
		}
		for _, in := range op.Spec.Inputs() {
			endless[i] = endless[i] || endless[in]
		}
		if op.Props.Expire != nil {
			continue
		}
		if what := p.keeps(op); what != "" && endless[i] {
			out = append(out, fmt.Sprintf("%%%d keeps %s", i, what))
		}
	}
	return out
}

// keeps names what an operator keeps; empty if nothing, or a bounded number of rows.
func (p *IPlan) keeps(op *Op) string {
	switch s := op.Spec.(type) {
	case *OpGroupBy:
		if len(s.Key) > 0 {
			return "each (" + p.Ops[s.In].cols(s.Key) + ")"
		}
	case *OpArrange, *OpDistinct, *OpSetOp, *OpOver:
		return "each row"
	case *OpPeaks:
		if len(s.Key) > 0 {
			return "rows of each (" + p.Ops[s.In].cols(s.Key) + ")"
		}
	case *OpTopK:
		switch {
		case s.Limit < 0 || !p.Ops[s.In].Props.AppendOnly:
			return "each row"
		case len(s.Partition) > 0:
			return "rows of each (" + p.Ops[s.In].cols(s.Partition) + ")"
		}
	}
	return ""
}

func (p *IPlan) unboundedText() string {
	why := p.Unbounded()
	if len(why) == 0 {
		return ""
	}
	return "state: unbounded, because " + strings.Join(why, "; ") + "\n"
}
