package builtin

import (
	"math"

	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Trigonometry in degrees is exact where the answer is: sind(30) is 0.5. Each
// function is reduced to the first quadrant, and there scaled by the machine's
// value for the angle whose answer is known.

var (
	// A variable, as the products with it are to be rounded twice, wherever they stand.
	radiansPerDegree = math.Pi / 180

	sin30         = math.Sin(30 * radiansPerDegree)
	oneMinusCos60 = 1 - math.Cos(60*radiansPerDegree)
	asinHalf      = math.Asin(0.5)
	acosHalf      = math.Acos(0.5)
	atanOne       = math.Atan(1)
	tan45         = sinQuadrant(45) / cosQuadrant(45)
	cot45         = cosQuadrant(45) / sinQuadrant(45)
)

func sinTo30(x float64) float64 { return math.Sin(x*radiansPerDegree) / sin30 / 2 }

func cosTo60(x float64) float64 { return 1 - (1-math.Cos(x*radiansPerDegree))/oneMinusCos60/2 }

// sinQuadrant and cosQuadrant take 0 to 90 degrees.
func sinQuadrant(x float64) float64 {
	if x <= 30 {
		return sinTo30(x)
	}
	return cosTo60(90 - x)
}

func cosQuadrant(x float64) float64 {
	if x <= 60 {
		return cosTo60(x)
	}
	return sinTo30(90 - x)
}

// asinQuadrant and acosQuadrant take 0 to 1.
func asinQuadrant(x float64) float64 {
	if x <= 0.5 {
		return math.Asin(x) / asinHalf * 30
	}
	return 90 - math.Acos(x)/acosHalf*60
}

func acosQuadrant(x float64) float64 {
	if x <= 0.5 {
		return 90 - math.Asin(x)/asinHalf*30
	}
	return math.Acos(x) / acosHalf * 60
}

// quadrant folds an angle into 0 to 90 and says where it came from: odd that it
// was negative, lower that it lay below the axis, left that it lay left of it.
func quadrant(x float64) (angle float64, odd, lower, left bool) {
	x = math.Mod(x, 360)
	if x < 0 {
		x, odd = -x, true
	}
	if x > 180 {
		x, lower = 360-x, true
	}
	if x > 90 {
		x, left = 180-x, true
	}
	return x, odd, lower, left
}

func signed(v float64, negative bool) float64 {
	if negative {
		return -v
	}
	return v
}

func sinDegrees(x float64) float64 {
	a, odd, lower, _ := quadrant(x)
	return signed(sinQuadrant(a), odd != lower)
}

func cosDegrees(x float64) float64 {
	a, _, _, left := quadrant(x)
	return signed(cosQuadrant(a), left)
}

func tanDegrees(x float64) float64 {
	a, odd, lower, left := quadrant(x)
	v := signed(sinQuadrant(a)/cosQuadrant(a)/tan45, (odd != lower) != left)
	return v + 0 // -0 becomes 0
}

func cotDegrees(x float64) float64 {
	a, odd, lower, left := quadrant(x)
	v := signed(cosQuadrant(a)/sinQuadrant(a)/cot45, (odd != lower) != left)
	return v + 0
}

func degreeFuncs(r *fn.Registry) {
	for name, f := range map[string]func(float64) float64{"sind": sinDegrees, "cosd": cosDegrees, "tand": tanDegrees, "cotd": cotDegrees} {
		r.Func(name+"(float8) float8", fn.F1(func(_ *fn.Call, a float64) (float64, error) {
			if math.IsInf(a, 0) {
				return 0, pgerr.New(pgerr.NumericValueOutOfRange, "input is out of range")
			}
			return f(a), nil
		}))
	}
	r.Func("asind(float8) float8", within(-1, 1, func(a float64) float64 {
		return signed(asinQuadrant(math.Abs(a)), math.Signbit(a))
	}))
	r.Func("acosd(float8) float8", within(-1, 1, func(a float64) float64 {
		if a < 0 {
			return 90 + asinQuadrant(-a)
		}
		return acosQuadrant(a)
	}))
	r.Func("atand(float8) float8", float1(func(a float64) float64 { return math.Atan(a) / atanOne * 45 }), fn.NoError)
	r.Func("atan2d(float8, float8) float8", fn.F2(func(_ *fn.Call, a, b float64) (float64, error) {
		return math.Atan2(a, b) / atanOne * 45, nil
	}), fn.NoError)
}
