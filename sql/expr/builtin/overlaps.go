package builtin

import (
	"github.com/tarndb/tarn/row/datetime"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// overlapFuncs declares OVERLAPS of two spans, each from a start to an end or of a
// length.
func overlapFuncs(r *fn.Registry) {
	for _, t := range []struct {
		typ string
		add func(c *fn.Call, t int64, v interval) (int64, error)
	}{
		{"timestamp", func(_ *fn.Call, t int64, v interval) (int64, error) { return addInterval(t, v) }},
		{"timestamptz", addZoned},
		{"time", func(_ *fn.Call, t int64, v interval) (int64, error) { return addTime(t, v), nil }},
		{"timetz", nil},
	} {
		for _, lengths := range [][2]bool{{false, false}, {true, false}, {false, true}, {true, true}} {
			if t.add == nil && (lengths[0] || lengths[1]) {
				continue
			}
			second := [2]string{t.typ, t.typ}
			for k, length := range lengths {
				if length {
					second[k] = "interval"
				}
			}
			stable := fn.Property(func(*fn.Function) {})
			if t.typ == "timestamptz" && (lengths[0] || lengths[1]) {
				stable = fn.IsStable
			}
			r.Func("overlaps("+t.typ+", "+second[0]+", "+t.typ+", "+second[1]+") bool", fn.Rows(func(c *fn.Call, i int) error {
				a, err := spanOf(c, i, 0, t.add)
				if err != nil {
					return err
				}
				b, err := spanOf(c, i, 2, t.add)
				if err != nil {
					return err
				}
				return overlap(c, a, b)
			}), fn.NotStrict, stable)
		}
	}
}

// span is two points in time in order; open says that one of them is NULL and
// that it lies anywhere after the other. unknown is a span of two NULLs.
type span struct {
	from, to      int64
	open, unknown bool
}

func spanOf(c *fn.Call, i, k int, add func(c *fn.Call, t int64, v interval) (int64, error)) (span, error) {
	a, b := &c.Args[k], &c.Args[k+1]
	s := span{open: a.IsNull(i) || b.IsNull(i)}
	length := b.Col.Type.Phys() != a.Col.Type.Phys()
	switch {
	case a.IsNull(i) && (b.IsNull(i) || length):
		s.unknown = true
		return s, nil
	case a.IsNull(i):
		s.from = b.Int(i)
		return s, nil
	}
	if s.from = a.Int(i); s.open {
		return s, nil
	}
	if !length {
		s.to = b.Int(i)
	} else {
		var err error
		if s.to, err = add(c, s.from, datetime.DecodeInterval(b.Bytes(i))); err != nil {
			return s, err
		}
	}
	if s.to < s.from {
		s.from, s.to = s.to, s.from
	}
	return s, nil
}

// overlap appends whether two spans have a moment in common, or fails with
// ErrNull where an end that is not known decides.
func overlap(c *fn.Call, a, b span) error {
	if a.unknown || b.unknown {
		return fn.ErrNull
	}
	if a.from > b.from {
		a, b = b, a
	}
	switch {
	case a.from == b.from:
		if a.open || b.open {
			return fn.ErrNull
		}
		c.Out.AppendInt(1)
	case a.open:
		return fn.ErrNull
	case b.from < a.to:
		c.Out.AppendInt(1)
	case b.open:
		return fn.ErrNull
	default:
		c.Out.AppendInt(0)
	}
	return nil
}
