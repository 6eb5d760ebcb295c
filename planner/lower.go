package planner

import (
	"fmt"
	"hash/fnv"
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
)

// LowerOptions say what an incremental plan is for.
type LowerOptions struct {
	// AdHoc plans run once over a snapshot: stable functions (now(), catalog
	// functions) have one value in it, and hidden sort columns are kept.
	AdHoc bool
	// Context folds LIMIT and VALUES; nil is UTC and no system.
	Context *expr.Context
}

// Incremental lowers a decorrelated query to operators. Constructs that cannot be
// kept up under changes are errors with SQLSTATE 0A000 that name them.
func Incremental(q *Query, opts LowerOptions) (*IPlan, error) {
	if opts.Context == nil {
		opts.Context = &expr.Context{}
	}
	l := newLowerer(q, opts)
	root := q.ResultNode()
	visible := len(root.Columns())
	if opts.AdHoc {
		root = l.withHiddenColumns(root)
	}
	if !opts.AdHoc {
		if len(q.Locks)+len(q.Locking) > 0 {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "a materialized view cannot lock rows")
		}
		if err := checkMaintainable(root); err != nil {
			return nil, err
		}
	}
	out := l.node(root)
	if l.err != nil {
		return nil, l.err
	}
	out = l.project(out, root.Columns(), nil)
	if l.err != nil {
		return nil, l.err
	}
	l.p.Output, l.p.Columns, l.p.Visible = out.op, root.Columns(), visible
	l.p.Locks = l.q.lockedRows(root.Columns())
	l.outputKey(root)
	l.p.sweep()
	return l.p, nil
}

// withHiddenColumns is the result with the columns that only its order and its locks need.
func (l *lowerer) withHiddenColumns(root Node) Node {
	items := passAll(root.Columns())
	if p, ok := root.(*Project); ok && root != l.q.Root {
		items = append([]Item(nil), p.Items...)
	}
	have := ColsOf(root.Columns())
	for _, o := range l.q.OrderBy {
		if !have.Has(o.Col.ID) {
			items = append(items, Pass(o.Col))
			have.add(o.Col.ID)
		}
	}
	for _, c := range l.q.Root.Columns() {
		if l.q.locked().Has(c.ID) && !have.Has(c.ID) {
			items = append(items, Pass(c))
			have.add(c.ID)
		}
	}
	return NewProject(l.q.Root, items)
}

func (l *lowerer) outputKey(root Node) {
	p := l.p
	at := map[ColID]int{}
	for i, c := range root.Columns() {
		at[c.ID] = i
	}
	for _, o := range l.q.OrderBy {
		if i, ok := at[o.Col.ID]; ok {
			p.OrderBy = append(p.OrderBy, PosSort{Col: i, Desc: o.Desc, NullsFirst: o.NullsFirst})
		}
	}
	best := -1
	keys := p.Ops[p.Output].Props.Keys
	for i, k := range keys {
		if len(k) > 0 && (best < 0 || len(k) < len(keys[best])) {
			best = i
		}
	}
	if best >= 0 {
		p.Key, p.KeyUnique = keys[best], true
		p.Single = p.single(p.Output, p.Key)
		return
	}
	p.KeyUnique = len(keys) > 0
	for _, o := range p.OrderBy {
		if !slices.Contains(p.Key, o.Col) {
			p.Key = append(p.Key, o.Col)
		}
	}
	for i := range root.Columns() {
		if !slices.Contains(p.Key, i) {
			p.Key = append(p.Key, i)
		}
	}
	p.Sequence = !p.KeyUnique && len(p.OrderBy) == 0 && p.Ops[p.Output].Props.AppendOnly
}

// checkMaintainable refuses what has no value that changes of the inputs alone
// could keep.
func checkMaintainable(root Node) error {
	var err error
	Walk(root, func(n Node) bool {
		if t, ok := n.(*TableFunc); ok {
			for _, c := range t.Calls {
				if c.Func.Volatility != expr.Immutable && err == nil {
					err = notMaintained(c.Func.Name, -1)
				}
			}
		}
		if _, ok := n.(*Recursive); ok && err == nil {
			err = pgerr.New(pgerr.FeatureNotSupported, "WITH RECURSIVE in a materialized view is not supported yet")
		}
		if s, ok := n.(*Scan); ok && s.Rel.Kind == KindSystem && err == nil {
			err = pgerr.New(pgerr.FeatureNotSupported, "system relation \"%s\" cannot be used in a materialized view", s.Rel.Name)
		}
		if s, ok := n.(*Scan); ok && s.Rel.Kind == KindSequence && err == nil {
			err = pgerr.New(pgerr.FeatureNotSupported, "sequence \"%s\" cannot be used in a materialized view", s.Rel.Name)
		}
		for _, e := range n.Exprs() {
			expr.Walk(e, func(x Scalar) bool {
				if p, ok := x.(*expr.Param); ok && err == nil {
					err = pgerr.New(pgerr.UndefinedParameter, "there is no parameter $%d", p.N).At(p.At)
				}
				if c, ok := x.(*expr.Cast); ok && c.Func != nil && (c.Func.System || c.Func.Clock) && err == nil {
					err = notMaintained(c.To.Name(), c.At)
				}
				c, ok := x.(*expr.Call)
				if ok && err == nil && (c.Func.Volatility == expr.Volatile || c.Func.System || c.Func.Clock) {
					err = notMaintained(c.Func.Name, c.At)
				}
				return err == nil
			})
		}
		return err == nil
	})
	return err
}

func notMaintained(name string, pos int) error {
	return pgerr.New(pgerr.FeatureNotSupported, "function %s cannot be used in a materialized view", name).
		WithDetail("Its value changes without any change of the rows that it is computed from.").At(pos)
}

// lowerer makes the operators of one plan. Equal operators are made once.
type lowerer struct {
	q      *Query
	opts   LowerOptions
	p      *IPlan
	byText map[string]OpID
	done   map[Node]stream
	events map[Node]events
	err    error
}

func newLowerer(q *Query, opts LowerOptions) *lowerer {
	return &lowerer{q: q, opts: opts, p: &IPlan{}, byText: map[string]OpID{}, done: map[Node]stream{}, events: map[Node]events{}}
}

// stream is a lowered node: an operator whose columns are those of the node, in
// some order, and perhaps more.
type stream struct {
	op   OpID
	cols []Col
}

func (s stream) at(id ColID) int {
	for i, c := range s.cols {
		if c.ID == id {
			return i
		}
	}
	return -1
}

func (l *lowerer) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

// positions finds columns in a stream.
func (l *lowerer) positions(s stream, cols []Col) []int {
	out := make([]int, len(cols))
	for i, c := range cols {
		if out[i] = s.at(c.ID); out[i] < 0 {
			l.fail(fmt.Errorf("planner: column %s is missing in [%s]", c, colList(s.cols)))
			out[i] = 0
		}
	}
	return out
}

// emit adds an operator, or finds the one that does the same.
func (l *lowerer) emit(spec OpSpec, cols []Col, props Props, part Part) stream {
	if l.err != nil {
		return stream{cols: cols}
	}
	op := Op{Spec: spec, Props: props, Part: part}
	for _, c := range cols {
		op.Types = append(op.Types, c.Type)
		op.Names = append(op.Names, c.Name)
	}
	op.Fingerprint = l.fingerprint(spec, op.Types)
	if id, ok := l.byText[op.Fingerprint]; ok {
		return stream{op: id, cols: cols}
	}
	op.ID = OpID(len(l.p.Ops))
	l.p.Ops = append(l.p.Ops, op)
	l.byText[op.Fingerprint] = op.ID
	return stream{op: op.ID, cols: cols}
}

// fingerprint hashes the operator's identity, names aside, with its inputs' own.
func (l *lowerer) fingerprint(spec OpSpec, types []row.Type) string {
	h := fnv.New128a()
	fmt.Fprintf(h, "%s", spec.identity())
	for _, t := range types {
		fmt.Fprintf(h, "|%d.%d.%d", t.Kind, t.Elem, t.Mod)
		if t.User != 0 {
			fmt.Fprintf(h, ".%d", t.User)
		}
	}
	h.Write([]byte(l.surroundings(spec)))
	for _, in := range spec.Inputs() {
		h.Write([]byte("<" + l.p.Ops[in].Fingerprint))
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// node lowers a tree; a subtree that stands in it twice is lowered once.
func (l *lowerer) node(n Node) stream {
	if l.err != nil {
		return stream{cols: n.Columns()}
	}
	if s, ok := l.done[n]; ok {
		return s
	}
	s := l.lower(n)
	l.done[n] = s
	return s
}

func (l *lowerer) lower(n Node) stream {
	switch n := n.(type) {
	case *Scan:
		return l.scan(n)
	case *Values:
		return l.values(n)
	case *Filter:
		in := l.node(n.Input)
		return l.step(in, &StepFilter{Preds: l.exprs(n.Preds, in)}, in.cols, l.propsOf(n, in.cols), l.part(in))
	case *Project:
		return l.projectNode(n)
	case *Join:
		return l.join(n)
	case *Aggregate:
		return l.aggregate(n)
	case *Distinct:
		in := l.project(l.node(n.Input), n.Columns(), nil)
		in = l.exchange(in, allPositions(len(in.cols)))
		props := l.propsOf(n, in.cols)
		props.Expire = l.expireBy(l.eventsOf(n.Input), in.cols)
		return l.emit(&OpDistinct{In: in.op}, in.cols, props, l.part(in))
	case *SetOp:
		return l.setOp(n)
	case *TopK:
		return l.topK(n)
	case *Over:
		return l.over(n)
	case *MaxOne:
		return l.maxOne(n)
	case *TableFunc:
		return l.tableFunc(n)
	case *Recursive:
		return l.recursive(n)
	case *Working:
		return l.emit(&OpWorking{ID: n.ID, Name: n.Name}, n.Cols, Props{}, Part{})
	}
	l.fail(pgerr.New(pgerr.InternalError, "no operator for %s", n.Describe()))
	return stream{cols: n.Columns()}
}

func allPositions(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func (l *lowerer) part(s stream) Part {
	if l.err != nil {
		return Part{}
	}
	return l.p.Ops[s.op].Part
}

// propsOf turns what is known of a node into positions.
func (l *lowerer) propsOf(n Node, cols []Col) Props {
	at := map[ColID]int{}
	for i, c := range cols {
		if _, dup := at[c.ID]; !dup {
			at[c.ID] = i
		}
	}
	p := Props{AppendOnly: AppendOnly(n)}
next:
	for _, k := range Keys(n) {
		var key []int
		for _, id := range k.IDs() {
			i, ok := at[id]
			if !ok {
				continue next
			}
			key = append(key, i)
		}
		p.Keys = append(p.Keys, sorted(key))
	}
	return p
}

// rowProps is what is known of a stream's rows, whatever its operator keeps.
func (l *lowerer) rowProps(s stream) Props {
	p := l.p.Ops[s.op].Props
	p.Expire = nil
	return p
}

// rename follows columns to new places; keys that lose one are dropped.
func (p Props) rename(to map[int]int) Props {
	out := Props{AppendOnly: p.AppendOnly}
	for _, k := range p.Keys {
		if key, ok := renamePositions(k, to); ok {
			out.Keys = append(out.Keys, sorted(key))
		}
	}
	return out
}

func (p Part) rename(to map[int]int) Part {
	if p.Kind != PartHash {
		return p
	}
	if key, ok := renamePositions(p.Key, to); ok {
		return Part{Kind: PartHash, Key: key}
	}
	return Part{}
}

func (l *lowerer) scan(n *Scan) stream {
	return l.emit(&OpInput{Rel: n.Rel, Attrs: n.Attrs}, n.Cols, l.propsOf(n, n.Cols), Part{})
}

// values evaluates the rows; what cannot be known yet is computed above one row.
func (l *lowerer) values(n *Values) stream {
	spec := &OpValues{Types: typesOf(n.Cols)}
	for _, cells := range n.Rows {
		r := make(row.Row, len(cells))
		for i, e := range cells {
			d, ok := AsConst(e)
			if !ok {
				return l.valuesByRow(n)
			}
			r[i] = d
		}
		spec.Rows = append(spec.Rows, r)
	}
	return l.emit(spec, n.Cols, l.propsOf(n, n.Cols), Part{Kind: PartGathered})
}

// valuesByRow evaluates each row of expressions over the unit, so that what fails
// or depends on the clock does so when the plan runs.
func (l *lowerer) valuesByRow(n *Values) stream {
	unit := l.emit(&OpValues{Rows: []row.Row{{}}}, nil, Props{Keys: [][]int{{}}}, Part{Kind: PartGathered})
	var in []OpID
	for _, cells := range n.Rows {
		step := &StepProject{Exprs: l.exprs(cells, unit)}
		for _, c := range n.Cols {
			step.Names = append(step.Names, c.Name)
		}
		in = append(in, l.step(unit, step, n.Cols, l.propsOf(n, n.Cols), Part{Kind: PartGathered}).op)
	}
	if len(in) == 1 {
		return stream{op: in[0], cols: n.Cols}
	}
	return l.emit(&OpUnion{In: in}, n.Cols, l.propsOf(n, n.Cols), Part{Kind: PartGathered})
}

func (l *lowerer) tableFunc(n *TableFunc) stream {
	in := l.node(n.Input)
	s := &StepUnnest{Ordinality: n.Ordinal.ID != 0}
	for _, c := range n.Calls {
		s.Calls = append(s.Calls, UnnestCall{Func: c.Func, Args: l.exprs(c.Args, in), Types: typesOf(c.Cols)})
	}
	cols := append(append([]Col(nil), in.cols...), n.Made()...)
	for _, c := range n.Made() {
		s.Names = append(s.Names, c.Name)
	}
	return l.step(in, s, cols, l.propsOf(n, cols), l.part(in))
}

// constLimit evaluates LIMIT or OFFSET, which read no columns.
func (l *lowerer) constLimit(e Scalar, clause string, none int64) int64 {
	if e == nil {
		return none
	}
	d, err := expr.EvalConst(e, l.opts.Context)
	if err != nil {
		l.fail(err)
		return none
	}
	if d.Null {
		return none
	}
	if d.I < 0 {
		code := pgerr.InvalidRowCountInLimit
		if clause == "OFFSET" {
			code = pgerr.InvalidRowCountInOffset
		}
		l.fail(pgerr.New(code, "%s must not be negative", clause))
	}
	return d.I
}
