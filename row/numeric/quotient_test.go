package numeric

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// TestQuotientSmall divides what machine words can as big integers do.
func TestQuotientSmall(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	edges := []int64{0, 1, -1, 2, -2, 3, 999, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1, math.MinInt64 + 1}
	draw := func() int64 {
		if r.IntN(4) == 0 {
			return edges[r.IntN(len(edges))]
		}
		return int64(r.Uint64()) >> r.IntN(64)
	}
	fits := 0
	for range 200_000 {
		a, b, m, half := draw(), smallPow10[r.IntN(len(smallPow10))], draw(), r.IntN(2) == 0
		if m == 0 {
			continue
		}
		got, ok := quotientSmall(a, b, m, half)
		if !ok {
			continue
		}
		fits++
		n, by := new(big.Int).Mul(big.NewInt(a), big.NewInt(b)), big.NewInt(m)
		if m < 0 {
			n.Neg(n)
			by.Neg(by)
		}
		if want := divBig(n, by, half); want.Cmp(big.NewInt(got)) != 0 {
			t.Fatalf("%d * %d / %d, half %v: %d, want %s", a, b, m, half, got, want)
		}
	}
	if fits < 50_000 {
		t.Errorf("only %d fit", fits)
	}
}

// BenchmarkDiv is an average of prices: the sum of many over how many there were.
func BenchmarkDiv(b *testing.B) {
	sum, n := FromInt64(4_567_890_123), FromInt64(3217)
	for b.Loop() {
		if _, err := sum.Div(n); err != nil {
			b.Fatal(err)
		}
	}
}
