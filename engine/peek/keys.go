package peek

import (
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
)

// Keys is a range of keys from lo up to, not including, hi; nil is unbounded. Its
// memory serves one read after the other.
type Keys struct {
	order  int // of the relation's rows; see planner.KeyBounds
	lo, hi []byte
	empty  bool // no key at all
	whole  bool // the key is given whole, so that it has one shard
	buf    [2][]byte
	datums []row.Datum // the values of the prefix
}

// Bind turns the bounds of a relation's key into keys.
func (k *Keys) Bind(l *row.Layout, b *planner.KeyBounds, ctx *expr.Context) (err error) {
	k.lo, k.hi, k.empty, k.whole = nil, nil, false, false
	k.order = b.Order
	if len(b.Prefix) == 0 && b.Range == nil {
		return nil
	}
	prefix := k.buf[0][:0]
	k.datums = k.datums[:0]
	for i, e := range b.Prefix {
		d, err := planner.Value(e, ctx)
		if err != nil || d.Null { // NULL equals nothing
			k.empty = true
			return err
		}
		c := l.Key()[i]
		prefix = row.AppendKeyDatumOrder(prefix, l.Types()[c.Col], d, c.Order)
		k.datums = append(k.datums, d)
	}
	k.buf[0] = prefix
	k.whole = len(b.Prefix) == len(l.Key())
	if b.Range != nil {
		return k.bindRange(l, b, ctx)
	}
	k.buf[1] = append(k.buf[1][:0], prefix...)
	k.lo, k.hi = prefix, endOf(k.buf[1])
	return nil
}

// shard is the place among a number of shards of the rows of a key that is given
// whole: they are partitioned by the hash of the key, in the order of its columns.
func (k *Keys) shard(types []row.Type, shards int) int {
	return operators.ShardOf(row.HashDatums(types, k.datums), shards)
}

// bindRange bounds the key column behind the prefix, which is in buf.
func (k *Keys) bindRange(l *row.Layout, b *planner.KeyBounds, ctx *expr.Context) error {
	prefix, t := k.buf[0], l.Types()[l.Key()[len(b.Prefix)].Col]
	bound := func(e planner.Scalar, behind bool) ([]byte, error) {
		d, err := planner.Value(e, ctx)
		k.empty = k.empty || err != nil || d.Null
		key := row.AppendKeyDatum(append([]byte{}, prefix...), t, d)
		if behind {
			key = endOf(key)
		}
		return key, err
	}
	var err error
	k.lo, k.hi = prefix, row.AppendKeyDatum(append([]byte{}, prefix...), t, row.NullDatum) // NULLs sort last and are outside
	if b.Range.Low != nil {
		if k.lo, err = bound(b.Range.Low, b.Range.LowOpen); err != nil {
			return err
		}
	}
	if b.Range.High != nil {
		k.hi, err = bound(b.Range.High, !b.Range.HighOpen)
	}
	return err
}

// endOf is prefixEnd in the memory of the prefix.
func endOf(p []byte) []byte {
	for i := len(p) - 1; i >= 0; i-- {
		if p[i] < 0xff {
			p[i]++
			return p[:i+1]
		}
	}
	return nil
}

// Order is the order of the relation's rows that the keys are of.
func (k *Keys) Order() int { return k.order }

// Range is the bounds, nil for unbounded; ok is false if there is no key at all.
func (k *Keys) Range() (lo, hi []byte, ok bool) { return k.lo, k.hi, !k.empty }
