package operators

import (
	"bytes"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
)

// Expiry says that an operator's state ends: an input gives a promise, such as
// that none of its rows will be older than a time, and state under keys below a
// bound is then never looked at again. The operator's stores have the key's
// column first, so that what ends is a range.
type Expiry struct {
	Input  NodeID
	KeyCol int // a position in the operator's key
	// Bound is where live keys begin, given what the input promised; not ok: all
	// are live still. It never falls.
	Bound func(promise row.Datum) (bound row.Datum, ok bool)
}

// expirer is an operator whose state can end.
type expirer interface {
	// expire forgets the state under keys below the bound, which is encoded as the
	// first column of a key.
	expire(bound []byte)
}

// Expire tells the circuit what an input promises of its rows from now on. It
// changes state alone, and no collection. It is called between two steps.
func (c *Circuit) Expire(input NodeID, promise row.Datum) error {
	for _, n := range c.order {
		if n.expiry == nil || n.expiry.Input != input || n.failed != nil {
			continue
		}
		bound, ok := n.expiry.Bound(promise)
		if !ok || bound.Null {
			continue
		}
		hi := row.AppendKeyDatum(nil, n.expiryType, bound)
		if bytes.Compare(hi, n.expired) <= 0 {
			continue
		}
		n.expired = hi
		for _, op := range n.ops {
			e, is := op.(expirer)
			if !is {
				return fmt.Errorf("operators: the state of %s does not end", n.opt.Name)
			}
			e.expire(hi)
		}
	}
	return nil
}

// expires notes a node's expiry; key are the types of the operator's key.
func (n *node) expires(e *Expiry, key []row.Type) error {
	if e == nil {
		return nil
	}
	if e.KeyCol < 0 || e.KeyCol >= len(key) {
		return fmt.Errorf("key column %d of %d", e.KeyCol, len(key))
	}
	n.expiry, n.expiryType = e, key[e.KeyCol]
	return nil
}

// first is the order in which n key columns are stored: the one that state ends
// by, then the others.
func (e *Expiry) first(n int) []int {
	out := make([]int, 0, n)
	if e != nil {
		out = append(out, e.KeyCol)
	}
	for i := range n {
		if e == nil || i != e.KeyCol {
			out = append(out, i)
		}
	}
	return out
}

// reorder is cols in an order of positions.
func reorder(cols, order []int) []int {
	out := make([]int, len(cols))
	for i, p := range order {
		out[i] = cols[p]
	}
	return out
}

// expireTree forgets the entries below a bound.
func expireTree(t *storage.Tree, hi []byte) {
	if t != nil {
		t.DeleteRange(nil, hi)
	}
}

func expireTable(t *storage.Table, hi []byte) {
	if t != nil {
		t.DeleteRange(nil, hi)
	}
}

func (o *groupOp) expire(hi []byte) {
	expireTable(o.table, hi)
	expireTree(o.forms, hi)
	expireTree(o.order, hi)
	expireTable(o.dist.table, hi)
	expireTree(o.dist.lossy.tree, hi)
}

func (o *leadersOp) expire(hi []byte) { expireTable(o.table, hi) }

func (o *peaksOp) expire(hi []byte) {
	expireTable(o.table, hi)
	o.a.expire(hi)
}

func (o *topkOp) expire(hi []byte) { expireTree(o.a.tree, hi) }

func (a *arrangement) expire(hi []byte) { expireTree(a.tree, hi) }

func (o *countedOp) expire(hi []byte) {
	expireTable(o.table, hi)
	for _, side := range o.sides {
		if side != nil {
			expireTree(side.tree, hi)
		}
	}
}
