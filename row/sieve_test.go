package row

import (
	"math"
	"math/rand/v2"
	"testing"
)

// intDomains are values that lie close, far apart, and at the edges.
func intDomains(r *rand.Rand) []func() int64 {
	return []func() int64{
		func() int64 { return int64(r.IntN(100)) - 50 },
		func() int64 { return int64(r.Uint64()) },
		func() int64 { return []int64{0, 1, -1, math.MaxInt64, math.MinInt64}[r.IntN(5)] },
		func() int64 { return math.MaxInt64 - int64(r.IntN(10)) },
	}
}

func TestIntSet(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, draw := range intDomains(r) {
		for _, n := range []int{0, 1, 5, 300} {
			c := NewColumn(T(Int8), 0)
			want := map[int64]bool{}
			for range n {
				if r.IntN(5) == 0 {
					c.AppendNull()
					continue
				}
				v := draw()
				c.AppendInt(v)
				want[v] = true
			}
			s := NewIntSet(&c)
			if s.Len() != len(want) {
				t.Errorf("%d values, want %d", s.Len(), len(want))
			}
			for range 1000 {
				if v := draw(); s.Has(v) != want[v] {
					t.Errorf("%d: %t", v, s.Has(v))
				}
			}
			for v := range want {
				if !s.Has(v) {
					t.Errorf("%d is not there", v)
				}
			}
		}
	}
}

// TestSifter: what is wanted is what a decoded row says, wherever the columns lie, for
// as long as the sieves hold rows back.
func TestSifter(t *testing.T) {
	types := []Type{T(Int8), T(Text), T(Int4), T(Float8), T(Numeric), T(Date), T(Int8)}
	r := rand.New(rand.NewPCG(2, 2))
	for range 60 {
		var key []KeyCol
		for _, c := range r.Perm(len(types))[:r.IntN(4)] {
			key = append(key, KeyCol{Col: c, Order: Order{Desc: r.IntN(2) == 0, NullsFirst: r.IntN(2) == 0}})
		}
		l := NewLayout(types, key, r.IntN(2) == 0 && len(key) > 0)
		var sieves []Sieve
		for _, c := range []int{0, 2, 5, 6, 2} {
			if r.IntN(2) == 0 {
				continue
			}
			keys := NewColumn(types[c], 0)
			for range 1 + r.IntN(20) {
				keys.AppendInt(int64(r.IntN(300)) - 50)
			}
			sieves = append(sieves, Sieve{c, NewIntSet(&keys)})
		}
		s := l.Sifter(sieves)
		if (s == nil) != (len(sieves) == 0) {
			t.Fatalf("%d sieves, sifter %v", len(sieves), s)
		}
		for range 200 {
			if s == nil {
				break
			}
			b := NewBatch(types, 1)
			for c := range types {
				switch {
				case r.IntN(6) == 0:
					b.Cols[c].AppendNull()
				case types[c].Phys() == PhysInt:
					b.Cols[c].AppendInt(int64(r.IntN(300)) - 50)
				case types[c].Phys() == PhysFloat:
					b.Cols[c].AppendFloat(r.NormFloat64())
				case types[c].Kind == Numeric:
					b.Cols[c].AppendBytes([]byte{2, byte(2 * r.IntN(60))})
				default:
					b.Cols[c].AppendString("some text"[:r.IntN(10)])
				}
			}
			b.Weights = append(b.Weights, 1)
			want := true
			for _, v := range sieves {
				want = want && !b.Cols[v.Col].IsNull(0) && v.Keys.Has(b.Cols[v.Col].Ints[0])
			}
			k, v := l.Encode(nil, nil, b, 0)
			if got, err := s.Wanted(k, AppendWeight(v, 1)); err != nil || got != want {
				t.Fatalf("wanted %t, %v; want %t", got, err, want)
			}
		}
	}
}

// TestSifterGivesUp: a sieve that holds nothing back is not asked for ever; another one is.
func TestSifterGivesUp(t *testing.T) {
	types := []Type{T(Int8), T(Int8)}
	l := NewLayout(types, []KeyCol{{Col: 0}}, true)
	all, none := NewColumn(types[0], 0), NewColumn(types[1], 0)
	for i := range 10 {
		all.AppendInt(int64(i))
	}
	none.AppendInt(3)
	s := l.Sifter([]Sieve{{0, NewIntSet(&all)}, {1, NewIntSet(&none)}})
	wanted := func(x, y int64) bool {
		b := NewBatch(types, 1)
		b.AppendRow(Row{IntDatum(x), IntDatum(y)}, 1)
		k, v := l.Encode(nil, nil, b, 0)
		ok, err := s.Wanted(k, v)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	for i := range 2*triedRows + 2 {
		wanted(int64(i%10), int64(i%10))
	}
	if !wanted(100, 3) {
		t.Error("a sieve that has held nothing back is still asked")
	}
	if wanted(1, 4) {
		t.Error("a sieve that holds rows back is given up")
	}
}
