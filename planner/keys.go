package planner

import (
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// maxKeys bounds how many unique keys are kept of a node: a join of keyed inputs
// has the product of theirs.
const maxKeys = 8

// Keys lists sets of columns in which no two rows of n agree (NULLs alike). An
// empty set means at most one row. Sets of which another is a part are left out.
func Keys(n Node) []ColSet {
	switch n := n.(type) {
	case *Scan:
		return scanKeys(n)
	case *Values:
		if len(n.Rows) <= 1 {
			return []ColSet{{}}
		}
	case *Filter:
		return filterKeys(n)
	case *Project:
		return projectKeys(n)
	case *Join:
		return joinKeys(n)
	case *Apply:
		if n.Kind.OneSided() {
			return Keys(n.Left)
		}
		return pairKeys(Keys(n.Left), Keys(n.Right))
	case *Aggregate:
		return addKey(groupedKeys(n), ColsOf(n.Group))
	case *Distinct:
		return addKey(Keys(n.Input), ColsOf(n.Columns()))
	case *SetOp:
		return setOpKeys(n)
	case *TopK:
		keys := Keys(n.Input)
		if d, ok := constInt(n.Limit); ok && d <= 1 && !n.Ties {
			keys = addKey(keys, ColsOf(n.Partition))
		}
		if n.Rank.ID != 0 {
			keys = addKey(keys, ColsOf(n.Partition).Union(Cols(n.Rank.ID)))
		}
		return keys
	case *Over:
		return overKeys(n)
	case *MaxOne:
		return addKey(Keys(n.Input), ColsOf(n.Group))
	case *TableFunc:
		return tableFuncKeys(n)
	case *Recursive:
		if !n.All {
			return []ColSet{ColsOf(n.Cols)}
		}
	}
	return nil
}

func overKeys(o *Over) []ColSet {
	keys := Keys(o.Input)
	for _, c := range o.Calls {
		if c.numbers() {
			keys = addKey(keys, ColsOf(o.Partition).Union(Cols(c.Col.ID)))
		}
	}
	return keys
}

// HasKey reports that the columns hold a unique key of n.
func HasKey(n Node, cols ColSet) bool {
	for _, k := range Keys(n) {
		if k.Within(cols) {
			return true
		}
	}
	return false
}

func addKey(keys []ColSet, k ColSet) []ColSet {
	var out []ColSet
	for _, o := range keys {
		if o.Within(k) {
			return keys
		}
		if !k.Within(o) {
			out = append(out, o)
		}
	}
	if len(out) >= maxKeys {
		return out
	}
	return append(out, k)
}

func scanKeys(s *Scan) []ColSet {
	var out []ColSet
	for _, key := range s.Rel.Keys {
		var k ColSet
		whole := true
		for _, attr := range key {
			at := slices.Index(s.Attrs, attr)
			if at < 0 {
				whole = false
				break
			}
			k.add(s.Cols[at].ID)
		}
		if whole {
			out = addKey(out, k)
		}
	}
	return out
}

// filterKeys: a column that the filter holds to one value needs no place in a key.
func filterKeys(f *Filter) []ColSet {
	var fixed ColSet
	for _, p := range f.Preds {
		op, l, r, ok := expr.AsComparison(p)
		if !ok || op.Comparison != fn.Eq {
			continue
		}
		if id, is := AsColumn(l); is && expr.IsConst(r) {
			fixed.add(id)
		}
		if id, is := AsColumn(r); is && expr.IsConst(l) {
			fixed.add(id)
		}
	}
	var out []ColSet
	for _, k := range Keys(f.Input) {
		out = addKey(out, k.Minus(fixed))
	}
	return out
}

// projectKeys renames keys; an input column may be handed on under several names.
func projectKeys(p *Project) []ColSet {
	to := map[ColID]ColID{}
	for _, it := range p.Items {
		if id, ok := AsColumn(it.Expr); ok {
			if _, dup := to[id]; !dup || id == it.Col.ID {
				to[id] = it.Col.ID
			}
		}
	}
	return renameKeys(Keys(p.Input), to)
}

func renameKeys(keys []ColSet, to map[ColID]ColID) []ColSet {
	var out []ColSet
next:
	for _, k := range keys {
		var n ColSet
		for _, id := range k.IDs() {
			t, ok := to[id]
			if !ok {
				continue next
			}
			n.add(t)
		}
		out = addKey(out, n)
	}
	return out
}

func pairKeys(left, right []ColSet) []ColSet {
	var out []ColSet
	for _, l := range left {
		for _, r := range right {
			out = addKey(out, l.Union(r))
		}
	}
	return out
}

// joinKeys: where the join's key holds a unique key of one side, each row of the
// other side comes at most once and keeps its keys. A side that the join fills
// up with NULLs keeps them only beside the other side's columns.
func joinKeys(j *Join) []ColSet {
	left := Keys(j.Left)
	if j.Kind.OneSided() {
		return left
	}
	right := Keys(j.Right)
	out := pairKeys(left, right)
	var lk, rk ColSet
	for _, k := range j.Keys {
		lk.add(k.Left.ID)
		rk.add(k.Right.ID)
	}
	if (j.Kind == JoinInner || j.Kind == JoinLeft) && anyWithin(right, rk) {
		for _, k := range left {
			out = addKey(out, k)
		}
	}
	if (j.Kind == JoinInner || j.Kind == JoinRight) && anyWithin(left, lk) {
		for _, k := range right {
			out = addKey(out, k)
		}
	}
	// A row of NULLs on the one side and a row that is all NULL can look alike in
	// a full join only if both keys are NULL; a key of NULLs is then not unique.
	if j.Kind == JoinFull {
		return nil
	}
	return out
}

func anyWithin(keys []ColSet, of ColSet) bool {
	for _, k := range keys {
		if k.Within(of) {
			return true
		}
	}
	return false
}

// groupedKeys: a unique key of the input made of group columns stays one.
func groupedKeys(a *Aggregate) []ColSet {
	var out []ColSet
	group := ColsOf(a.Group)
	for _, k := range Keys(a.Input) {
		if k.Within(group) && len(a.Group) > 0 {
			out = addKey(out, k)
		}
	}
	return out
}

func setOpKeys(s *SetOp) []ColSet {
	var out []ColSet
	if s.Kind != Union {
		to := map[ColID]ColID{}
		for i, c := range s.LeftCols {
			to[c.ID] = s.Cols[i].ID
		}
		out = renameKeys(Keys(s.Left), to)
	}
	if !s.All {
		out = addKey(out, ColsOf(s.Cols))
	}
	return out
}

// tableFuncKeys: the rows of one input row are told apart by the ordinal.
func tableFuncKeys(t *TableFunc) []ColSet {
	if t.Ordinal.ID == 0 {
		return nil
	}
	var out []ColSet
	for _, k := range Keys(t.Input) {
		out = addKey(out, k.Union(Cols(t.Ordinal.ID)))
	}
	return out
}

func constInt(e Scalar) (int64, bool) {
	if e == nil {
		return 0, false
	}
	d, ok := AsConst(e)
	if !ok || d.Null || e.Type().Phys() != row.PhysInt {
		return 0, false
	}
	return d.I, true
}

// AppendOnly reports that n never retracts a row when its relations do not.
func AppendOnly(n Node) bool {
	switch n := n.(type) {
	case *Scan:
		return n.Rel.AppendOnly
	case *Join:
		if n.Kind != JoinInner && n.Kind != JoinSemi {
			return false
		}
	case *Aggregate:
		// Without calls it is the set of the keys. Of keys that are equal the least
		// form stands for the group, and gives way to a lesser one.
		if len(n.Aggs) > 0 || anyLossy(n.Group) {
			return false
		}
	case *Distinct:
		if anyLossy(n.Columns()) {
			return false
		}
	case *TopK, *Over, *MaxOne, *Apply, *Working:
		return false
	case *SetOp:
		if n.Kind == Except || n.Kind == Intersect && n.All || !n.All && anyLossy(n.Cols) {
			return false
		}
	}
	for _, c := range n.Children() {
		if !AppendOnly(c) {
			return false
		}
	}
	return true
}

// anyLossy reports columns in which values that are equal may print differently.
func anyLossy(cols []Col) bool {
	return slices.ContainsFunc(cols, func(c Col) bool { return row.KeyLossy(c.Type) })
}
