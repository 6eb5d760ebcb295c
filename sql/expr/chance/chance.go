// Package chance is the random numbers of a session: PostgreSQL's generator, so
// that setseed() makes random() give what it gives there.
package chance

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"sync"
)

// Source is xoroshiro128** (D. Blackman, S. Vigna, 2018). The zero value seeds
// itself when it is first asked. It is safe for all goroutines.
type Source struct {
	mu   sync.Mutex
	a, b uint64
}

// Seed starts the sequence that belongs to a number from -1 to 1.
func (s *Source) Seed(v float64) {
	// The seed of 64 bits is spread over the state by splitmix64.
	seed := uint64(int64(float64(uint64(1)<<52-1) * v))
	next := func() uint64 {
		seed += 0x9e3779b97f4a7c15
		z := seed
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.a, s.b = next(), next()
}

// Float is the next number, at least 0 and less than 1.
func (s *Source) Float() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.a == 0 && s.b == 0 {
		s.a, s.b = rand.Uint64(), rand.Uint64()|1
	}
	x := s.a ^ s.b
	out := bits.RotateLeft64(s.a*5, 7) * 9
	s.a = bits.RotateLeft64(s.a, 24) ^ x ^ x<<16
	s.b = bits.RotateLeft64(x, 37)
	return math.Ldexp(float64(out>>12), -52)
}
