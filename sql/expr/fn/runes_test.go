package fn

import (
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

// TestRuneCount counts texts of all lengths, with wide characters and bytes that are none anywhere.
func TestRuneCount(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	pieces := []string{"a", "b", "c", "d", "e", "f", "ä", "€", "𝄞", "\xff", "\xe2\x82"}
	for range 20_000 {
		b := []byte{}
		ascii := r.IntN(2) == 0
		for range r.IntN(40) {
			n := len(pieces)
			if ascii {
				n = 6
			}
			b = append(b, pieces[r.IntN(n)]...)
		}
		if got, want := RuneCount(b), utf8.RuneCount(b); got != want {
			t.Fatalf("%q: %d, want %d", b, got, want)
		}
	}
}
