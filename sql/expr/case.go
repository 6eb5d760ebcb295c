package expr

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// caseNode evaluates the arms of a CASE. A condition sees only the rows that no
// arm before it has taken, and a value only the rows of its arm; those that cannot
// fail and cost little are computed for all rows, which nobody can tell, and whose
// subexpressions are then shared with the other arms'.
type caseNode struct {
	conds, thens       []node // a value for each condition, then the ELSE
	safeCond, safeThen []bool
	typ                row.Type
}

func newCase(e *Case, kids []node) node {
	n := &caseNode{typ: e.Typ}
	// What the first condition computes, which is for all rows, costs the others nothing.
	done := map[string]bool{}
	Walk(e.Whens[0].Cond, func(x Expr) bool {
		if len(x.Children()) > 0 {
			done[repeatKey(x)] = true
		}
		return len(done) < maxShared
	})
	for i, w := range e.Whens {
		n.conds, n.safeCond = append(n.conds, kids[2*i]), append(n.safeCond, harmlessBeside(w.Cond, done))
		n.thens, n.safeThen = append(n.thens, kids[2*i+1]), append(n.safeThen, harmless(w.Then))
	}
	if e.Else != nil {
		n.thens, n.safeThen = append(n.thens, kids[len(kids)-1]), append(n.safeThen, harmless(e.Else))
	}
	return n
}

func (n *caseNode) eval(f *frame) fn.Arg {
	arms, counts := n.choose(f)
	values := make([]armValue, len(n.thens))
	for k := range n.thens {
		switch _, constant := n.thens[k].(*constant); {
		case counts[k] == 0:
		case constant, counts[k] == f.n, n.safeThen[k]:
			values[k].arg = n.thens[k].eval(f)
		default:
			values[k].dense = true
			values[k].arg = n.thens[k].eval(f.sub(rowsOf(arms, int32(k), counts[k])))
		}
	}
	out := row.NewColumn(n.typ, f.n)
	switch n.typ.Phys() {
	case row.PhysBytes:
		assembleBytes(&out, arms, values)
	default:
		for i, k := range arms {
			if k < 0 {
				out.AppendNull()
				continue
			}
			v := &values[k]
			out.AppendFrom(v.arg.Col, v.at(i))
		}
	}
	return fn.Arg{Col: &out}
}

// armValue is the value of an arm: of all rows, or, dense, of those of the arm.
type armValue struct {
	arg   fn.Arg
	dense bool
	next  int
}

// at is where the value of row i is; rows are asked for in order.
func (v *armValue) at(i int) int {
	if !v.dense {
		return v.arg.At(i)
	}
	v.next++
	return v.arg.At(v.next - 1)
}

func assembleBytes(out *row.Column, arms []int32, values []armValue) {
	data, offs := out.Data, out.Offs
	for i, k := range arms {
		if k < 0 {
			out.SetNull(i)
		} else {
			v := &values[k]
			c, at := v.arg.Col, v.at(i)
			if c.IsNull(at) {
				out.SetNull(i)
			}
			data = append(data, c.Data[c.Offs[at]:c.Offs[at+1]]...)
		}
		offs = append(offs, uint32(len(data)))
	}
	out.Data, out.Offs = data, offs
}

// choose finds each row's arm, -1 for none and for rows that failed, and how many
// rows each arm has.
func (n *caseNode) choose(f *frame) (arms []int32, counts []int) {
	arms, counts = make([]int32, f.n), make([]int, len(n.thens))
	for i := range arms {
		arms[i] = -1
	}
	left := f.n
	for k, cond := range n.conds {
		if left == 0 {
			return arms, counts
		}
		if n.safeCond[k] || left == f.n {
			v := cond.eval(f)
			for i, arm := range arms {
				if j := v.At(i); arm < 0 && v.Col.Ints[j] != 0 && !v.Col.IsNull(j) && !f.failed(i) {
					arms[i] = int32(k)
					counts[k]++
				}
			}
		} else {
			open := f.open(arms, left)
			v := cond.eval(f.sub(open))
			for j, i := range open {
				if at := v.At(j); v.Col.Ints[at] != 0 && !v.Col.IsNull(at) && !f.failed(int(i)) {
					arms[i] = int32(k)
					counts[k]++
				}
			}
		}
		left -= counts[k]
	}
	if els := len(n.conds); els < len(n.thens) {
		for _, i := range f.open(arms, left) {
			arms[i] = int32(els)
			counts[els]++
		}
	}
	return arms, counts
}

// open lists the rows without an arm that did not fail.
func (f *frame) open(arms []int32, left int) []int32 {
	out := make([]int32, 0, left)
	for i, arm := range arms {
		if arm < 0 && !f.failed(i) {
			out = append(out, int32(i))
		}
	}
	return out
}

func rowsOf(arms []int32, k int32, count int) []int32 {
	out := make([]int32, 0, count)
	for i, arm := range arms {
		if arm == k {
			out = append(out, int32(i))
		}
	}
	return out
}

// selected lists the rows for which a condition is true, without those that failed.
func selected(f *frame, cond fn.Arg) []int32 {
	out := make([]int32, 0, f.n)
	if !cond.Const && !cond.Col.HasNulls() && f.m.errs.Len() == 0 {
		for i, v := range cond.Col.Ints[:f.n] {
			if v != 0 {
				out = append(out, int32(i))
			}
		}
		return out
	}
	for i := range f.n {
		if j := cond.At(i); cond.Col.Ints[j] != 0 && !cond.Col.IsNull(j) && !f.failed(i) {
			out = append(out, int32(i))
		}
	}
	return out
}
