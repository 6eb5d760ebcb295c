package operators

import (
	"bytes"
	"fmt"

	"github.com/tarndb/tarn/row"
)

// What a GroupBy puts out at the end of a step: of each group whose states
// changed the row that it had, made again from the states before, and the row
// that it has. They are made column by column, in batches.

// groupOut is scratch for it.
type groupOut struct {
	was, is         []int32 // groups that had a row, and that have one
	pairWas, pairIs []int32 // of groups with both: their places in was and is
	wasErr, isErr   map[int32]error
	column          row.Column
}

// finish stores what changed, and gives the delta.
func (o *groupOp) finish(x *stepCtx) (row.Delta, error) {
	var delta row.Delta
	out := &o.out
	n := o.enc.len()
	for first := 0; first < n; first += row.BatchRows {
		out.was, out.is, out.pairWas, out.pairIs = out.was[:0], out.is[:0], out.pairWas[:0], out.pairIs[:0]
		if o.lossy {
			o.isForms.Reset()
		}
		end := min(n, first+row.BatchRows)
		for g := first; g < end; g++ {
			if err := o.settle(g); err != nil {
				return nil, err
			}
		}
		var err error
		if delta, err = o.emit(x, delta, first); err != nil {
			return nil, err
		}
		if err := x.tick(end - first); err != nil {
			return nil, err
		}
	}
	return delta, nil
}

// settle stores a group's states, if they changed, and notes which of its rows
// are wanted.
func (o *groupOp) settle(g int) error {
	w := o.plan.words
	was, is := o.wasWords[g*w:(g+1)*w], o.words[g*w:(g+1)*w]
	if is[0] < 0 {
		return fmt.Errorf("a group's number of rows falls to %d", is[0])
	}
	if err := o.settleStates(g); err != nil {
		return err
	}
	had, has := was[0] > 0 || o.global && o.began, is[0] > 0 || o.global
	if o.lossy {
		if err := o.form(g, has, o.isForms); err != nil {
			return err
		}
	}
	changed := had != has || !equalWords(was[1:], is[1:]) || !o.sameBytes(g) || o.lossy && !row.EqualRow(o.wasForms, g, o.isForms, o.isForms.Len()-1)
	if !changed && was[0] == is[0] {
		return nil
	}
	hash, key := o.enc.hashes[g], o.enc.key(g)
	switch {
	case is[0] > 0:
		o.value = o.save(o.value[:0], g)
		o.table.Put(hash, key, o.value)
	case o.stored[g]:
		o.table.Delete(hash, key)
	}
	if !changed {
		return nil
	}
	out := &o.out
	if had && has {
		out.pairWas = append(out.pairWas, int32(len(out.was)))
		out.pairIs = append(out.pairIs, int32(len(out.is)))
	}
	if had {
		out.was = append(out.was, int32(g))
	}
	if has {
		out.is = append(out.is, int32(g))
	}
	return nil
}

func (o *groupOp) settleStates(g int) error {
	for _, j := range o.plan.settle {
		s := &o.states[g*o.plan.bytes+o.plan.at[j]]
		settled, err := o.aggs[j].F.(Settler).Settle(*s)
		if err != nil {
			return err
		}
		*s = settled
	}
	return nil
}

func (o *groupOp) sameBytes(g int) bool {
	for k := g * o.plan.bytes; k < (g+1)*o.plan.bytes; k++ {
		if !bytes.Equal(o.states[k], o.wasStates[k]) {
			return false
		}
	}
	return true
}

// emit makes the rows of the groups that changed; first is the first group whose
// form now is in isForms.
func (o *groupOp) emit(x *stepCtx, delta row.Delta, first int) (row.Delta, error) {
	out := &o.out
	if len(out.was) == 0 && len(out.is) == 0 {
		return delta, nil
	}
	was, err := o.rows(out.was, o.wasWords, o.wasStates, -1, &out.wasErr)
	if err != nil {
		return nil, err
	}
	is, err := o.rows(out.is, o.words, o.states, 1, &out.isErr)
	if err != nil {
		return nil, err
	}
	o.setKeys(was, out.was, o.wasForms, 0)
	o.setKeys(is, out.is, o.isForms, first)
	if err := o.reportErrors(x); err != nil {
		return nil, err
	}
	was, is = o.dropEqual(was, is)
	if was.Len() > 0 {
		delta = append(delta, was)
	}
	if is.Len() > 0 {
		delta = append(delta, is)
	}
	return delta, nil
}

// rows makes the aggregates' columns of groups. A row whose aggregates fail has
// weight zero.
func (o *groupOp) rows(groups []int32, words []int64, states [][]byte, weight int64, errs *map[int32]error) (*row.Batch, error) {
	b := row.NewBatch(o.types, 0)
	b.Weights = make([]int64, len(groups))
	for i := range b.Weights {
		b.Weights[i] = weight
	}
	clear(*errs)
	for j := range o.aggs {
		col := &b.Cols[len(o.key)+j]
		*col = row.NewColumn(col.Type, len(groups))
		for i, g := range groups {
			err := o.result(int(g), j, words, states, col)
			if err == nil {
				if col.Len() != i+1 {
					return nil, fmt.Errorf("aggregate %d appended %d values", j, col.Len()-i)
				}
				continue
			}
			if o.aggs[j].Kind != Invertible {
				return nil, err
			}
			col.AppendNull()
			b.Weights[i] = 0
			if *errs == nil {
				*errs = map[int32]error{}
			}
			if (*errs)[g] == nil {
				(*errs)[g] = err
			}
		}
	}
	return b, nil
}

// result appends an aggregate's value.
func (o *groupOp) result(g, j int, words []int64, states [][]byte, col *row.Column) error {
	at := o.plan.at[j]
	if w := o.plan.word[j]; w != nil {
		at += g * o.plan.words
		return w.WordsResult(words[at:at+w.Words()], col)
	}
	s := states[g*o.plan.bytes+at]
	if o.aggs[j].Kind == Invertible {
		return o.aggs[j].F.Result(s, col)
	}
	return decodeExactKey(s, col)
}

// setKeys fills in the key columns; forms, if the key is lossy, begin with group first.
func (o *groupOp) setKeys(b *row.Batch, groups []int32, forms *row.Batch, first int) {
	from := o.keyRows
	if o.lossy {
		from = forms
		for i := range groups {
			groups[i] -= int32(first)
		}
	}
	for c := range o.key {
		b.Cols[c] = from.Cols[c].Gather(groups)
	}
	if o.lossy {
		for i := range groups {
			groups[i] += int32(first)
		}
	}
}

// reportErrors reports the groups whose result began or ended to be an error.
func (o *groupOp) reportErrors(x *stepCtx) error {
	out := &o.out
	if len(out.wasErr) == 0 && len(out.isErr) == 0 {
		return nil
	}
	for _, g := range out.was {
		if e := out.wasErr[g]; e != nil {
			if now := out.isErr[g]; now == nil || now.Error() != e.Error() {
				if err := o.reportGroup(x, g, e, -1); err != nil {
					return err
				}
			} else {
				delete(out.isErr, g)
			}
		}
	}
	for _, g := range out.is {
		if e := out.isErr[g]; e != nil {
			if err := o.reportGroup(x, g, e, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *groupOp) reportGroup(x *stepCtx, g int32, e error, weight int64) error {
	b := row.NewBatch(o.keyTypes, 1)
	if _, err := o.canonicalKey(o.enc.key(int(g)), b.Cols); err != nil {
		return err
	}
	b.Weights = append(b.Weights, 1)
	x.report(o.n, b, 0, e, weight)
	return nil
}

// dropEqual takes out the rows of groups whose row is what it was, and those that
// failed.
func (o *groupOp) dropEqual(was, is *row.Batch) (*row.Batch, *row.Batch) {
	out := &o.out
	for p, i := range out.pairWas {
		j := out.pairIs[p]
		if was.Weights[i] != 0 && is.Weights[j] != 0 && row.EqualRow(was, int(i), is, int(j)) {
			was.Weights[i], is.Weights[j] = 0, 0
		}
	}
	return withWeight(was), withWeight(is)
}

// withWeight is b without its rows of weight zero.
func withWeight(b *row.Batch) *row.Batch {
	n := 0
	for _, w := range b.Weights {
		if w != 0 {
			n++
		}
	}
	if n == b.Len() {
		return b
	}
	sel := make([]int32, 0, n)
	for i, w := range b.Weights {
		if w != 0 {
			sel = append(sel, int32(i))
		}
	}
	return b.Gather(sel)
}
