package table

import (
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
)

// Existing finds the rows of a table by some of its keys: those of a snapshot, with
// the changes of a transaction over them.
type Existing struct {
	snap Snapshot
	obj  *catalog.Object
	keys []*keyed
	own  []map[string]*row.Batch // by key, by its value
}

// NewExisting looks into the table of a snapshot. own are the changes over it, and
// arbiters the numbers of the keys among the table's.
func NewExisting(snap Snapshot, obj *catalog.Object, own row.Delta, arbiters []int) (*Existing, error) {
	e := &Existing{snap: snap, obj: obj}
	all, err := keysOf(obj)
	if err != nil {
		return nil, err
	}
	for _, n := range arbiters {
		by := all[n]
		rows := map[string]*row.Batch{}
		for _, b := range own {
			for i := range b.Len() {
				key, ok := by.of(b, i)
				if !ok {
					continue
				}
				if rows[string(key)] == nil {
					rows[string(key)] = row.NewBatch(obj.Types(), 1)
				}
				rows[string(key)].AppendFrom(b, i, b.Weights[i])
			}
		}
		e.keys, e.own = append(e.keys, by), append(e.own, rows)
	}
	return e, nil
}

// Read lists the arrangements that are looked into.
func (e *Existing) Read() []storage.ArrID {
	out := []storage.ArrID{e.obj.Output} // never none, which would stand for all
	for _, by := range e.keys {
		out = append(out, by.Rows)
	}
	return out
}

// find is a row that has one of the keys of a row; nil if there is none.
func (e *Existing) find(b *row.Batch, i int) (row.Row, error) {
	for k, by := range e.keys {
		key, ok := by.of(b, i)
		if !ok {
			continue
		}
		found := row.NewBatch(by.layout.Types(), 1)
		for _, tree := range e.snap.Trees(by.Rows) {
			it := tree.Scan(key, PrefixEnd(key))
			for it.Next() {
				if err := by.layout.Decode(it.Key(), it.Value(), found); err != nil {
					it.Close()
					return nil, err
				}
			}
			it.Close()
		}
		found = found.Project(span(0, len(e.obj.Columns)))
		if own := e.own[k][string(key)]; own != nil {
			found = row.Consolidate(row.Delta{found, own})
		}
		for j := 0; found != nil && j < found.Len(); j++ {
			if found.Weights[j] > 0 {
				return found.Row(j), nil
			}
		}
	}
	return nil, nil
}

// each gives the keys of a row, each told apart from equal values of the others.
func (e *Existing) each(b *row.Batch, i int, visit func(key string)) {
	for k, by := range e.keys {
		if key, ok := by.of(b, i); ok {
			visit(string(append([]byte{byte(k)}, key...)))
		}
	}
}

// upsert is an INSERT with ON CONFLICT on its way.
type upsert struct {
	w        *planner.Write
	rules    *Rules
	proposed *row.Batch
	there    []row.Row  // by row of proposed; nil: the key is new
	result   *row.Batch // of DO UPDATE's query, by row of proposed; nil: DO NOTHING
	ctx      *expr.Context
	existing *Existing

	out   *row.Batch
	taken map[string]bool // keys that the statement has added or changed
	done  []int32         // the rows that were stored
}

// Upsert turns the rows of an INSERT with ON CONFLICT into the table's change; shown
// is what RETURNING shows. run answers DO UPDATE's query.
func Upsert(w *planner.Write, b *row.Batch, existing *Existing, opts bind.Options, ctx *expr.Context, run func(*planner.Query) (*row.Batch, error)) (change *row.Batch, n int64, shown *row.Batch, err error) {
	u := &upsert{w: w, ctx: ctx, existing: existing, taken: map[string]bool{}}
	if u.rules, err = NewRules(w.Rel, opts); err != nil {
		return nil, 0, nil, err
	}
	b = single(b)
	u.proposed = b.Project(span(0, w.New))
	u.out = row.NewBatch(u.rules.types, b.Len())
	u.there = make([]row.Row, b.Len())
	for i := range u.there {
		if u.there[i], err = existing.find(u.proposed, i); err != nil {
			return nil, 0, nil, err
		}
	}
	shown = b.Project(span(w.New, len(b.Cols)))
	if w.Conflict.Query != nil {
		u.fill()
		if u.result, err = run(w.Conflict.Query); err != nil {
			return nil, 0, nil, err
		}
		shown = u.result.Project(span(1+w.New, len(u.result.Cols)))
	}
	if err := u.store(); err != nil {
		return nil, 0, nil, err
	}
	shown = shown.Gather(u.done)
	return row.Consolidate(row.Delta{u.out}), int64(len(u.done)), shown, nil
}

// single makes every row stand alone.
func single(b *row.Batch) *row.Batch {
	var sel []int32
	for i := range b.Len() {
		for range b.Weights[i] {
			sel = append(sel, int32(i))
		}
	}
	out := b.Gather(sel)
	for i := range out.Weights {
		out.Weights[i] = 1
	}
	return out
}

// fill gives DO UPDATE's query its rows.
func (u *upsert) fill() {
	in := u.w.Conflict.Rows
	in.Rows = make([][]planner.Scalar, 0, len(u.there))
	for i, old := range u.there {
		cells := make([]planner.Scalar, 0, len(in.Cols))
		for j, t := range u.rules.types {
			if old == nil {
				cells = append(cells, expr.NullConst(t))
			} else {
				cells = append(cells, &expr.Const{Datum: old[j], Typ: t, At: -1})
			}
		}
		for j, d := range u.proposed.Row(i) {
			cells = append(cells, &expr.Const{Datum: d, Typ: u.rules.types[j], At: -1})
		}
		line := &expr.Const{Datum: row.IntDatum(int64(i)), Typ: row.T(row.Int8), At: -1}
		in.Rows = append(in.Rows, append(cells, expr.BoolConst(old != nil), line))
	}
}

// store decides on each row, in order.
func (u *upsert) store() error {
	first := u.rules.judge(u.ctx, u.proposed)
	after, then := u.proposed, first
	if u.result != nil {
		after = u.result.Project(span(1, 1+u.w.New))
		then = u.rules.judge(u.ctx, after)
	}
	for i, old := range u.there {
		if err := first.row(i); err != nil {
			return err
		}
		taken := false
		u.existing.each(u.proposed, i, func(key string) { taken = taken || u.taken[key] })
		switch {
		case old == nil && !taken:
			u.out.AppendFrom(u.proposed, i, 1)
		case u.result == nil:
			continue
		case taken:
			return pgerr.New(pgerr.CardinalityViolation, "ON CONFLICT DO UPDATE command cannot affect row a second time").
				WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
		case u.result.Cols[0].IsNull(i) || u.result.Cols[0].Datum(i).I == 0:
			continue
		default:
			if err := then.row(i); err != nil {
				return err
			}
			u.out.AppendRow(old, -1)
			u.out.AppendFrom(after, i, 1)
			u.existing.each(after, i, func(key string) { u.taken[key] = true })
		}
		u.existing.each(u.proposed, i, func(key string) { u.taken[key] = true })
		u.done = append(u.done, int32(i))
	}
	return nil
}
