package operators

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// Unique join. Meaning: the inner equi-join of two collections of which rows only
// come, where no two rows of one side, the unique one, have the same key.
// Delta rule: a row of the unique side meets the rows that wait for its key; a
// row of the other side meets the row of its key, or waits for it. A row that
// has met its match is settled: no other match can come, so it is forgotten.
// State: of the unique side, by key, the columns that the output needs; of rows
// that the join's condition on the unique side keeps out, the key alone, so that
// what would wait for them is forgotten too; the rows that wait, by key.
// Cost: a probe for each different key of the step. Pathology: rows whose match
// never comes wait for ever.
//
// That the key is unique may be the user's promise. A row that breaks it is
// reported as an error and counts nowhere.

func (s UniqueJoin) build(c *Circuit, n *node) error {
	u, o := n.ins[0].types, n.ins[1].types
	for _, err := range []error{
		checkCols(s.UniqueKey, u), checkCols(s.OtherKey, o), sameTypes(pick(u, s.UniqueKey), pick(o, s.OtherKey)),
	} {
		if err != nil {
			return err
		}
	}
	if s.Pass >= len(u) || s.Pass >= 0 && u[s.Pass].Kind != row.Bool {
		return fmt.Errorf("column %d is no condition", s.Pass)
	}
	for _, out := range s.Out {
		side := u
		if out.Other {
			side = o
		}
		if err := checkCols([]int{out.Col}, side); err != nil {
			return err
		}
		n.types = append(n.types, side[out.Col])
	}
	types := n.types
	if s.Residual != nil {
		n.types = s.Residual.Types()
	}
	for shard := range c.shards {
		j := &uniqueJoin{
			n: n, spec: s, types: types, errDup: s.Duplicate,
			table: c.stores.Table(s.State, shard), waiting: c.stores.Tree(s.State+1, shard),
			rows: ascending(o, s.OtherKey), keys: newKeySet(o, s.OtherKey),
		}
		if j.errDup == nil {
			j.errDup = errors.New("a key that is promised to be unique came twice")
		}
		j.chooseColumns(u, o)
		j.wait = layoutEncoder(j.rows, len(s.OtherKey))
		n.ops = append(n.ops, j)
	}
	return nil
}

type uniqueJoin struct {
	n      *node
	spec   UniqueJoin
	types  []row.Type // of the output before the residual
	errDup error

	table   *storage.Table
	waiting *storage.Tree
	rows    *row.Layout // of the rows that wait
	wait    encodeFunc

	// Of the unique side the table holds the columns need; matches has those.
	need     []int
	matchOf  []int // by output column: its column in matches; -1: the other side's
	otherOf  []int // by output column: its column of the other side; -1: of matches
	matches  *row.Batch
	match    []int32 // by key number: its row in matches, or one of the below
	keys     keySet  // of the step's other rows
	enc      keyList
	hashes   []uint64
	numbers  []int32
	fresh    []int32
	sel      []int32
	from     []int32
	buf, val []byte
	unique   *row.Batch // scratch: one row of matches' columns
	woken    *row.Batch // scratch: one row that waited
	arrived  changes
	dropped  keyList
	hi       []byte
	it       storage.Iter
}

// What a key's number may stand for instead of a row.
const (
	absent  = -1 // its row has not come
	settled = -2 // its row has come and is kept out, or the key is NULL
)

// chooseColumns divides the output's columns. A key column of the unique side is
// read from the other side, where it is the same.
func (j *uniqueJoin) chooseColumns(u, o []row.Type) {
	var types []row.Type
	for _, out := range j.spec.Out {
		if !out.Other {
			for k, c := range j.spec.UniqueKey {
				if c == out.Col && !row.KeyLossy(u[c]) && !row.KeyLossy(o[j.spec.OtherKey[k]]) {
					out = UniqueOut{Col: j.spec.OtherKey[k], Other: true}
					break
				}
			}
		}
		if out.Other {
			j.otherOf, j.matchOf = append(j.otherOf, out.Col), append(j.matchOf, -1)
			continue
		}
		j.otherOf, j.matchOf = append(j.otherOf, -1), append(j.matchOf, len(j.need))
		j.need = append(j.need, out.Col)
		types = append(types, u[out.Col])
	}
	j.matches, j.unique = row.NewBatch(types, 0), row.NewBatch(types, 1)
	j.woken = row.NewBatch(o, 1)
}

func (j *uniqueJoin) step(x *stepCtx, in []row.Delta) (row.Delta, error) {
	j.keys.reset()
	j.enc.reset()
	j.matches.Reset()
	j.match = j.match[:0]
	var out row.Delta
	if in[0].Rows() > 0 {
		woken, err := j.arrive(x, in[0])
		if err != nil {
			return nil, err
		}
		out = woken
	}
	for _, b := range in[1] {
		if b.Len() == 0 {
			continue
		}
		pairs, err := j.probe(b)
		if err != nil {
			return nil, err
		}
		if pairs != nil {
			out = append(out, pairs)
		}
		if err := x.tick(b.Len()); err != nil {
			return nil, err
		}
	}
	if err := j.arrived.apply(j.waiting); err != nil {
		return nil, err
	}
	if j.spec.Residual != nil {
		return applyTransform(x, j.n, j.spec.Residual, out)
	}
	return out, nil
}

// arrive takes in rows of the unique side, and pairs them with what waited.
func (j *uniqueJoin) arrive(x *stepCtx, in row.Delta) (row.Delta, error) {
	any := !j.waiting.Empty()
	out := batches{}
	for _, b := range in {
		for i, w := range b.Weights {
			if w == 0 || anyNull(b, j.spec.UniqueKey, i) {
				continue
			}
			if w < 0 {
				return nil, errTakenBack
			}
			passes := j.spec.Pass < 0 || !b.Cols[j.spec.Pass].IsNull(i) && b.Cols[j.spec.Pass].Ints[i] != 0
			fresh := j.keep(b, i, passes)
			if !fresh || w > 1 {
				x.report(j.n, b, i, j.errDup, w)
			}
			if !fresh || !any {
				continue
			}
			if err := j.wake(b, i, passes, &out); err != nil {
				return nil, err
			}
		}
		if err := x.tick(b.Len()); err != nil {
			return nil, err
		}
	}
	return out.delta, nil
}

var errTakenBack = errors.New("a row was taken back from a collection that is append-only")

func anyNull(b *row.Batch, cols []int, i int) bool {
	for _, c := range cols {
		if b.Cols[c].IsNull(i) {
			return true
		}
	}
	return false
}

// The table's values: a byte that says whether the row passes, then its columns.
const (
	rowOut = 0
	rowIn  = 1
)

// keep stores a row of the unique side, unless its key is there already. The key
// is left in buf.
func (j *uniqueJoin) keep(b *row.Batch, i int, passes bool) bool {
	j.buf = j.buf[:0]
	for _, c := range j.spec.UniqueKey {
		j.buf = row.AppendKey(j.buf, &b.Cols[c], i)
	}
	j.val = append(j.val[:0], rowOut)
	if passes {
		j.val[0] = rowIn
		for _, c := range j.need {
			j.val = row.AppendValue(j.val, &b.Cols[c], i)
		}
	}
	fresh := true
	j.table.Update(storage.Hash(j.buf), j.buf, func(old []byte, found bool) ([]byte, bool) {
		if found {
			fresh = false
			return old, true
		}
		return j.val, true
	})
	return fresh
}

// wake pairs a row that has just come with the rows that wait for its key, which
// is in buf, and forgets those.
func (j *uniqueJoin) wake(b *row.Batch, i int, passes bool, out *batches) error {
	j.hi = prefixEnd(j.hi, j.buf)
	j.dropped.reset()
	it := &j.it
	j.waiting.Seek(it, j.buf, j.hi)
	defer it.Close()
	for it.Next() {
		w, err := readWeight(it.Value())
		if err != nil {
			return err
		}
		j.dropped.add(func(dst []byte) []byte { return append(dst, it.Key()...) })
		if !passes {
			continue
		}
		j.woken.Reset()
		if err := decodeEntry(j.rows, it.Key(), w, j.woken); err != nil {
			return err
		}
		to := out.room(j.types)
		for c := range to.Cols {
			if m := j.matchOf[c]; m >= 0 {
				to.Cols[c].AppendFrom(&b.Cols[j.need[m]], i)
			} else {
				to.Cols[c].AppendFrom(&j.woken.Cols[j.otherOf[c]], 0)
			}
		}
		to.Weights = append(to.Weights, w)
	}
	for k := range j.dropped.len() {
		j.waiting.Delete(j.dropped.key(k))
	}
	return nil
}

// probe pairs a batch of the other side with the rows that are there, and lets
// the rest wait.
func (j *uniqueJoin) probe(b *row.Batch) (*row.Batch, error) {
	j.hashes = row.HashRows(b, j.spec.OtherKey, j.hashes)
	j.numbers = grown(j.numbers, b.Len())
	j.fresh = j.keys.number(b, nil, j.hashes, nil, j.numbers, j.fresh[:0])
	if err := j.find(b); err != nil {
		return nil, err
	}
	j.sel, j.from = j.sel[:0], j.from[:0]
	for i, k := range j.numbers {
		switch m := j.match[k]; {
		case m >= 0:
			j.sel, j.from = append(j.sel, int32(i)), append(j.from, m)
		case m == absent && b.Weights[i] != 0:
			if b.Weights[i] < 0 {
				return nil, errTakenBack
			}
			j.buf, _ = j.wait(j.buf[:0], b, i)
			j.arrived.add(j.buf, b.Weights[i])
		}
	}
	if len(j.sel) == 0 {
		return nil, nil
	}
	out := &row.Batch{Cols: make([]row.Column, len(j.types)), Weights: b.Weights}
	all := len(j.sel) == b.Len()
	if !all {
		out.Weights = make([]int64, len(j.sel))
		for k, i := range j.sel {
			out.Weights[k] = b.Weights[i]
		}
	}
	for c := range out.Cols {
		switch {
		case j.matchOf[c] >= 0:
			out.Cols[c] = j.matches.Cols[j.matchOf[c]].Gather(j.from)
		case all:
			out.Cols[c] = b.Cols[j.otherOf[c]]
		default:
			out.Cols[c] = b.Cols[j.otherOf[c]].Gather(j.sel)
		}
	}
	return out, nil
}

// find looks up the keys that are new in the step.
func (j *uniqueJoin) find(b *row.Batch) error {
	first := j.enc.len()
	for _, i := range j.fresh {
		j.enc.addRow(b, j.spec.OtherKey, int(i))
	}
	j.enc.find(j.table, first)
	for k, i := range j.fresh {
		m := int32(settled)
		if !anyNull(b, j.spec.OtherKey, int(i)) {
			value := j.enc.values[first+k]
			switch {
			case value == nil:
				m = absent
			case len(value) > 0 && value[0] == rowIn:
				m = int32(j.matches.Len())
				if err := j.decode(value[1:]); err != nil {
					return err
				}
			}
		}
		j.match = append(j.match, m)
	}
	return nil
}

// decode appends a stored row to matches.
func (j *uniqueJoin) decode(value []byte) error {
	var err error
	for c := range j.matches.Cols {
		if value, err = row.DecodeValue(value, &j.matches.Cols[c]); err != nil {
			return err
		}
	}
	j.matches.Weights = append(j.matches.Weights, 1)
	if len(value) > 0 {
		return fmt.Errorf("a stored row has %d bytes too many: %x", len(value), bytes.Clone(value))
	}
	return nil
}
