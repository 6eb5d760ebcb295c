package agg

import (
	"encoding/binary"
	"math"
	"math/big"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// The aggregates of pairs (y, x) of floats. PostgreSQL updates means and squared
// deviations with each row (the algorithm of Youngs and Cramer), and rounds each
// time; here the sums are exact, so that rows can be taken back, and only the
// result is rounded. What is NULL, NaN or an error is PostgreSQL's.

// formula is how one of them comes from the sums.
type formula struct {
	x, y    bool // NaN where an x is not finite; a y
	variedX bool // NULL where all x are equal
	variedY bool
	least   int64 // NULL with fewer pairs
	value   func(p pairs) float64
}

var regressions = map[string]formula{
	"regr_avgx":  {value: func(p pairs) float64 { return mean(p.x, p.n, p.specialX) }},
	"regr_avgy":  {value: func(p pairs) float64 { return mean(p.y, p.n, p.specialY) }},
	"regr_sxx":   {x: true, value: func(p pairs) float64 { return p.sxx().over(p.n) }},
	"regr_syy":   {y: true, value: func(p pairs) float64 { return p.syy().over(p.n) }},
	"regr_sxy":   {x: true, y: true, value: func(p pairs) float64 { return p.sxy().over(p.n) }},
	"covar_pop":  {x: true, y: true, value: func(p pairs) float64 { return p.sxy().over(p.n.times(p.n)) }},
	"covar_samp": {x: true, y: true, least: 2, value: func(p pairs) float64 { return p.sxy().over(p.n.times(p.n.minus(exactInt(1)))) }},
	"regr_slope": {x: true, y: true, variedX: true, value: func(p pairs) float64 { return p.sxy().over(p.sxx()) }},
	"regr_intercept": {x: true, y: true, variedX: true, value: func(p pairs) float64 {
		return p.y.times(p.sxx()).minus(p.x.times(p.sxy())).over(p.n.times(p.sxx()))
	}},
	"regr_r2": {variedX: true, value: determination},
	"corr":    {x: true, y: true, variedX: true, variedY: true, value: correlation},
}

func declareRegressions(r *fn.Registry) {
	r.Invertible("regr_count(float8, float8) int8", func([]row.Type) fn.Accumulator { return regressionCount{} })
	for name, f := range regressions {
		r.Invertible(name+"(float8, float8) float8", func([]row.Type) fn.Accumulator { return regression{f} })
	}
}

// regressionCount is the number of pairs of which neither is NULL.
type regressionCount struct{ count }

func (regressionCount) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	if !args[0].IsNull(i) && !args[1].IsNull(i) {
		setWord(s, 0, word(s, 0)+w)
	}
	return s, nil
}

func (regressionCount) AddRows(states []int64, stride int, group []int32, args []*row.Column, weights []int64) error {
	for i, w := range weights {
		if !args[0].IsNull(i) && !args[1].IsNull(i) {
			states[int(group[i])*stride] += w
		}
	}
	return nil
}

// regression keeps five exact sums: of y and of x as floats does, and of y*y, x*x
// and x*y as limbs; each but the last has its length before it as 2 bytes.
// Products in which one side is not finite are left out: there the result is NaN.
type regression struct{ formula }

// The parts of the state.
const (
	sumY = iota
	sumX
	sumYY
	sumXX
	sumXY
	regressionSums
)

func (regression) Type() row.Type { return row.T(row.Float8) }

func (regression) Init(dst []byte) []byte {
	var parts [regressionSums][]byte
	for k := range parts {
		parts[k] = make([]byte, 2)
		if k <= sumX {
			parts[k] = make([]byte, floatHead)
		}
	}
	return joinSums(dst, parts)
}

func joinSums(dst []byte, parts [regressionSums][]byte) []byte {
	for k, p := range parts {
		if k < regressionSums-1 {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(len(p)))
		}
		dst = append(dst, p...)
	}
	return dst
}

func splitSums(s []byte) (parts [regressionSums][]byte) {
	for k := range regressionSums - 1 {
		n := 2 + int(binary.LittleEndian.Uint16(s))
		parts[k], s = s[2:n:n], s[n:]
	}
	parts[regressionSums-1] = s
	return parts
}

func (regression) Update(s []byte, args []*row.Column, i int, w int64) ([]byte, error) {
	if args[0].IsNull(i) || args[1].IsNull(i) {
		return s, nil
	}
	parts := splitSums(append(make([]byte, 0, len(s)), s...))
	for k := range 2 {
		var err error
		if parts[k], err = (floats{}).Update(parts[k], args[k:k+1], i, w); err != nil {
			return s, err
		}
	}
	y, x := args[0].Floats[i], args[1].Floats[i]
	my, ey := split(y)
	mx, ex := split(x)
	if special(y) == 0 {
		parts[sumYY] = addExact(parts[sumYY], 0, product(my, my, w), 2*ey)
	}
	if special(x) == 0 {
		parts[sumXX] = addExact(parts[sumXX], 0, product(mx, mx, w), 2*ex)
	}
	if special(y) == 0 && special(x) == 0 {
		parts[sumXY] = addExact(parts[sumXY], 0, product(mx, my, w), ex+ey)
	}
	return joinSums(s[:0], parts), nil
}

func (a regression) Result(s []byte, out *row.Column) error {
	parts := splitSums(s)
	count := word(parts[sumY], 0)
	if count == 0 || count < a.least {
		out.AppendNull()
		return nil
	}
	p := pairs{
		n: exactInt(count), y: exactOf(parts[sumY][32:]), x: exactOf(parts[sumX][32:]),
		yy: exactOf(parts[sumYY]), xx: exactOf(parts[sumXX]), xy: exactOf(parts[sumXY]),
	}
	p.specialY, p.notY = specialSum(parts[sumY])
	p.specialX, p.notX = specialSum(parts[sumX])
	switch {
	case a.variedX && p.sameX(), a.variedY && p.sameY():
		out.AppendNull()
		return nil
	case a.x && p.notX, a.y && p.notY:
		out.AppendFloat(math.NaN())
		return nil
	}
	v := a.value(p)
	if math.IsInf(v, 0) && !p.notX && !p.notY {
		return pgerr.New(pgerr.NumericValueOutOfRange, "value out of range: overflow")
	}
	out.AppendFloat(v)
	return nil
}

// pairs are the sums over the pairs that are finite.
type pairs struct {
	n, y, x, yy, xx, xy exact
	notY, notX          bool    // one is not finite,
	specialY, specialX  float64 // and then this is their sum; or 0
}

// sameX and sameY tell that all x are equal, and all y.
func (p pairs) sameX() bool { return !p.notX && p.sxx().m.Sign() == 0 }
func (p pairs) sameY() bool { return !p.notY && p.syy().m.Sign() == 0 }

// sxx, syy and sxy are the sums of the products of deviations from the means, times n.
func (p pairs) sxx() exact { return p.n.times(p.xx).minus(p.x.times(p.x)) }
func (p pairs) syy() exact { return p.n.times(p.yy).minus(p.y.times(p.y)) }
func (p pairs) sxy() exact { return p.n.times(p.xy).minus(p.x.times(p.y)) }

// mean is the average of finite values, or the sum of others.
func mean(sum, n exact, special float64) float64 {
	if special != 0 {
		return special
	}
	return sum.over(n)
}

// determination is regr_r2, where y that are all equal are explained by anything.
func determination(p pairs) float64 {
	switch {
	case p.sameY():
		return 1
	case p.notX || p.notY:
		return math.NaN()
	}
	return p.sxy().times(p.sxy()).over(p.sxx().times(p.syy()))
}

func correlation(p pairs) float64 {
	const prec = 512
	bottom := p.sxx().times(p.syy()).float(prec)
	q := new(big.Float).SetPrec(prec).Quo(p.sxy().float(prec), bottom.Sqrt(bottom))
	return rounded(q, false)
}

// exact is m * 2^e.
type exact struct {
	m *big.Int
	e int
}

func exactOf(limbs []byte) exact {
	m, e := exactValue(limbs)
	return exact{m, e}
}

func exactInt(v int64) exact { return exact{big.NewInt(v), 0} }

func (a exact) times(b exact) exact { return exact{new(big.Int).Mul(a.m, b.m), a.e + b.e} }

func (a exact) minus(b exact) exact {
	e := min(a.e, b.e)
	x := new(big.Int).Lsh(a.m, uint(a.e-e))
	return exact{x.Sub(x, new(big.Int).Lsh(b.m, uint(b.e-e))), e}
}

// float is the value rounded to a number of bits.
func (a exact) float(prec uint) *big.Float {
	f := new(big.Float).SetPrec(prec).SetInt(a.m)
	return f.SetMantExp(f, a.e)
}

// over is the quotient, rounded once: far more bits than a float has round as the
// true one does.
func (a exact) over(b exact) float64 {
	prec := uint(max(a.m.BitLen(), b.m.BitLen(), 64) + 256)
	return rounded(new(big.Float).SetPrec(prec).Quo(a.float(prec), b.float(prec)), false)
}
