package numeric

import "math/big"

// Round rounds half away from zero to a scale, which becomes the display scale;
// a negative scale rounds before the point and shows none after it.
func (d Decimal) Round(scale int) Decimal { return d.rescale(scale, true) }

// Trunc is Round towards zero.
func (d Decimal) Trunc(scale int) Decimal { return d.rescale(scale, false) }

func (d Decimal) rescale(scale int, half bool) Decimal {
	if d.form != finite || int(d.scale) == scale {
		return d
	}
	scale = min(scale, MaxScale)
	if scale > int(d.scale) {
		if c, ok := d.smallAt(int32(scale)); ok {
			return Decimal{small: c, scale: int32(scale)}
		}
		return FromBig(d.scaledUp(scale), scale)
	}
	drop := int(d.scale) - scale
	if drop > d.digits() {
		return Decimal{scale: int32(max(scale, 0))}
	}
	var out Decimal
	if d.big == nil && drop < len(smallPow10) {
		out = Decimal{small: divSmall(d.small, smallPow10[drop], half)}
	} else {
		out = FromBig(divBig(d.Coefficient(), pow10(drop), half), 0)
	}
	if scale >= 0 {
		out.scale = int32(scale)
		return out
	}
	return FromBig(new(big.Int).Mul(out.Coefficient(), pow10(-scale)), 0)
}

// divSmall divides, rounding half away from zero or truncating.
func divSmall(a, b int64, half bool) int64 {
	q, r := a/b, abs64(a%b)
	if half && r >= uint64(b)-r {
		if a < 0 {
			return q - 1
		}
		return q + 1
	}
	return q
}

// divBig is divSmall for big integers; b is positive.
func divBig(a, b *big.Int, half bool) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if half && r.Lsh(r, 1).CmpAbs(b) >= 0 {
		q.Add(q, big.NewInt(int64(a.Sign())))
	}
	return q
}

// Ceil is the least integer that is not less than d.
func (d Decimal) Ceil() Decimal { return d.toInteger(1) }

// Floor is the greatest integer that is not greater than d.
func (d Decimal) Floor() Decimal { return d.toInteger(-1) }

func (d Decimal) toInteger(direction int) Decimal {
	t := d.Trunc(0)
	if d.form != finite || d.Sign() != direction || t.Cmp(d) == 0 {
		return t
	}
	s, _ := t.Add(FromInt64(int64(direction)))
	return s
}

// MinScale is the least scale that shows the value exactly.
func (d Decimal) MinScale() int { return int(d.TrimScale().scale) }

// TrimScale drops trailing zeros after the point.
func (d Decimal) TrimScale() Decimal {
	if d.form != finite || d.scale == 0 {
		return d
	}
	if d.big == nil {
		for d.scale > 0 && d.small%10 == 0 {
			d.small /= 10
			d.scale--
		}
		return d
	}
	c, r := new(big.Int).Set(d.big), new(big.Int)
	q := new(big.Int)
	scale := d.scale
	for scale > 0 {
		q.QuoRem(c, bigTen, r)
		if r.Sign() != 0 {
			break
		}
		c, q = q, c
		scale--
	}
	return FromBig(c, int(scale))
}
