package nexmark

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
)

// rng is splitmix64 (Steele, Lea, Flood 2014): one word of state, so that it
// costs nothing to seed it anew for each event.
type rng uint64

func seeded(seed uint64, n int64) rng {
	r := rng(seed ^ uint64(n)*0x9e3779b97f4a7c15)
	return rng(r.next())
}

func (r *rng) next() uint64 {
	*r += 0x9e3779b97f4a7c15
	z := uint64(*r)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1: the high half of a product, which needs no division.
func (r *rng) below(n int64) int64 {
	hi, _ := bits.Mul64(r.next(), uint64(n))
	return int64(hi)
}

func (r *rng) pick(from [][]byte) []byte { return from[r.below(int64(len(from)))] }

// price spreads evenly over six orders of magnitude, from 100 cents on.
func (r *rng) price() int64 {
	x := float64(r.next()>>11) * (6 * math.Ln10 / math.Ln2 / (1 << 53))
	whole := int(x)
	rest := x - float64(whole)
	step := int(rest * powSteps)
	d := (rest - float64(step)/powSteps) * math.Ln2
	// 2^x as 2^whole * 2^step * e^d, the last by three terms of its series. The
	// conversions forbid fused operations, which would round in another way on
	// some machines.
	d = 1 + float64(d*float64(1+float64(d/2)))
	return int64(float64(float64(float64(powTable[step])*d)*float64(int64(1)<<whole))*100 + 0.5)
}

const powSteps = 1024

// powTable is 2 to the power of 0, 1/1024, 2/1024 and so on.
var powTable = func() (t [powSteps]float64) {
	for i := range t {
		t[i] = math.Exp2(float64(i) / powSteps)
	}
	return t
}()

// letters appends n letters, eight from each draw.
func (r *rng) letters(b []byte, n int) []byte {
	for ; n >= 8; n -= 8 {
		b = binary.LittleEndian.AppendUint64(b, eightLetters(r.next()))
	}
	for w := eightLetters(r.next()); n > 0; n-- {
		b = append(b, byte(w))
		w >>= 8
	}
	return b
}

// eightLetters scales each byte to one of 26 letters.
func eightLetters(w uint64) uint64 {
	const lanes = 0x00ff00ff00ff00ff
	even := (w & lanes) * 26 >> 8 & lanes
	odd := (w >> 8 & lanes) * 26 & (lanes << 8)
	return (even | odd) + 0x6161616161616161
}

// text appends 3 to most-1 letters, every 13th or so a blank; blanks at the ends
// are taken off.
func (r *rng) text(b []byte, most int64, blank byte) []byte {
	start := len(b)
	b = r.letters(b, int(3+r.below(most-3)))
	for i := start; i < len(b); i += 16 {
		// Four bits a place: one value of 16, and a quarter of another, is near 1 of 13.
		w := r.next()
		for j := i; j < min(i+16, len(b)); j++ {
			if w&15 == 0 || w&15 == 1 && w>>4&3 == 0 {
				b[j] = blank
			}
			w >>= 4
		}
	}
	for len(b) > start && b[len(b)-1] == blank {
		b = b[:len(b)-1]
	}
	lead := start
	for lead < len(b) && b[lead] == blank {
		lead++
	}
	return append(b[:start], b[lead:]...)
}

func (r *rng) words(b []byte, n int) []byte {
	for i := range n {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, r.pick(itemWords)...)
	}
	return b
}

// card appends the number of a credit card.
func (r *rng) card(b []byte) []byte {
	for i := range 4 {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, strconv.Itoa(int(10000 + r.below(10000)))[1:]...)
	}
	return b
}

// extraSeed sets the padding's numbers apart from an event's others, so that who
// wants no padding need not draw it.
const extraSeed = 0x6a09e667f3bcc909

// appendExtra appends padding of average bytes, more or less a fifth of them.
func appendExtra(b []byte, seed uint64, n int64, average int) []byte {
	if average <= 0 {
		return b
	}
	r := seeded(seed^extraSeed, n)
	delta := (average + 2) / 5
	size := average - delta
	if delta > 0 {
		size += int(r.below(int64(2 * delta)))
	}
	return r.letters(b, size)
}
