package bench

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// parseKeys reads --keys: the exponent of Zipf's law, 0 where all keys are alike.
func parseKeys(text string) (skew float64, err error) {
	if text == "uniform" {
		return 0, nil
	}
	s, ok := strings.CutPrefix(text, "zipf:")
	if ok {
		skew, err = strconv.ParseFloat(s, 64)
	}
	if !ok || err != nil || !(skew > 0 && skew < 10) {
		return 0, fmt.Errorf("--keys: %q is neither uniform nor zipf:S with S over 0 and under 10", text)
	}
	return skew, nil
}

// zipf draws numbers from 0 to n-1, number k with a probability in proportion to
// (k+1)^-skew, by rejection-inversion (W. Hörmann, G. Derflinger, "Rejection-
// inversion to generate variates from monotone discrete distributions", 1996).
// Unlike math/rand's it takes an exponent of 1.
type zipf struct {
	n, skew           float64
	low, high, accept float64
}

func newZipf(n int64, skew float64) *zipf {
	z := &zipf{n: float64(n), skew: skew}
	z.low = z.integral(1.5) - 1
	z.high = z.integral(z.n + 0.5)
	z.accept = 2 - z.inverse(z.integral(2.5)-math.Pow(2, -skew))
	return z
}

// integral is that of x^-skew from 1 to x.
func (z *zipf) integral(x float64) float64 {
	if z.skew == 1 {
		return math.Log(x)
	}
	return (math.Pow(x, 1-z.skew) - 1) / (1 - z.skew)
}

func (z *zipf) inverse(y float64) float64 {
	if z.skew == 1 {
		return math.Exp(y)
	}
	return math.Pow(1+y*(1-z.skew), 1/(1-z.skew))
}

func (z *zipf) draw(r *rand.Rand) int64 {
	if z.skew == 0 {
		return r.Int64N(int64(z.n))
	}
	for {
		y := z.high + r.Float64()*(z.low-z.high)
		x := z.inverse(y)
		k := min(max(math.Round(x), 1), z.n)
		if k-x <= z.accept || y >= z.integral(k+0.5)-math.Pow(k, -z.skew) {
			return int64(k) - 1
		}
	}
}
