package planner

// WorkID names the working table of a recursive query within one Query.
type WorkID int

// Recursive is a WITH RECURSIVE query: the rows of Base, and those that Step makes,
// turn by turn, of the rows that the turn before it brought, until a turn brings
// none. Without All a row that was there before is not brought again. Column i of
// the output comes from BaseCols[i] or StepCols[i], all three of one type.
//
// Inside Step a Working of the same ID stands for the rows of the turn before.
type Recursive struct {
	noExprs
	ID                 WorkID
	Name               string // for people
	All                bool
	Base, Step         Node
	BaseCols, StepCols []Col
	Cols               []Col
}

// Working reads the rows that the last turn of the Recursive around it has brought:
// its columns, by position.
type Working struct {
	leaf
	noExprs
	ID   WorkID
	Name string
	Cols []Col
}

// NewWork gives a recursive query its number.
func (q *Query) NewWork() WorkID {
	q.works++
	return q.works
}

// Columns lists the output columns.
func (r *Recursive) Columns() []Col { return r.Cols }

// Children lists the non-recursive and the recursive term.
func (r *Recursive) Children() []Node { return []Node{r.Base, r.Step} }

// WithChildren replaces the terms.
func (r *Recursive) WithChildren(c ...Node) Node {
	out := *r
	out.Base, out.Step = c[0], c[1]
	return &out
}

// WithExprs is the node itself.
func (r *Recursive) WithExprs([]Scalar) Node { return r }

func (r *Recursive) keyCols() []ColID {
	var out []ColID
	for i := range r.Cols {
		out = append(out, r.BaseCols[i].ID, r.StepCols[i].ID)
	}
	return out
}

// Describe is the EXPLAIN line.
func (r *Recursive) Describe() string {
	s := "Recursive " + r.Name
	if r.All {
		s += " all"
	}
	return s + " [" + colList(r.Cols) + "]"
}

// Columns lists the output columns.
func (w *Working) Columns() []Col { return w.Cols }

// WithChildren is the node itself.
func (w *Working) WithChildren(...Node) Node { return w }

// WithExprs is the node itself.
func (w *Working) WithExprs([]Scalar) Node { return w }

// Describe is the EXPLAIN line.
func (w *Working) Describe() string { return "Working " + w.Name + " [" + colList(w.Cols) + "]" }

// pushRecursive: a recursive query under bindings is one whose rows begin with
// their binding, and so is its working table.
func (p *pusher) pushRecursive(r *Recursive) (Node, []Col) {
	base, bcols := p.push(r.Base)
	if p.works == nil {
		p.works = map[WorkID]WorkID{}
	}
	out := *r
	out.ID = p.d.q.NewWork()
	p.works[r.ID] = out.ID
	step, scols := p.push(r.Step)
	delete(p.works, r.ID)
	cols := p.fresh(bcols)
	out.Base, out.Step = base, step
	out.BaseCols = append(bcols[:len(bcols):len(bcols)], r.BaseCols...)
	out.StepCols = append(scols[:len(scols):len(scols)], r.StepCols...)
	out.Cols = append(cols[:len(cols):len(cols)], r.Cols...)
	return &out, cols
}

func (p *pusher) pushWorking(w *Working) (Node, []Col) {
	cols := p.fresh(p.outer)
	return &Working{ID: p.works[w.ID], Name: w.Name, Cols: append(cols[:len(cols):len(cols)], w.Cols...)}, cols
}

// readsWork reports a working table whose rows begin with their binding.
func (p *pusher) readsWork(n Node) bool {
	found := false
	if len(p.works) > 0 {
		Walk(n, func(n Node) bool {
			if w, ok := n.(*Working); ok {
				_, pushed := p.works[w.ID]
				found = found || pushed
			}
			return !found
		})
	}
	return found
}
