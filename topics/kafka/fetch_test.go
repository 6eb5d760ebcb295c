package kafka

import "testing"

// TestBuffersShrink: a reader that was behind, and has caught up, does not keep the
// buffers of the large answers that it had then; one that is behind keeps them.
func TestBuffersShrink(t *testing.T) {
	const large = 1 << 20
	r := &reader{}
	answer := func(n int) {
		if cap(r.buf) < n {
			r.buf = make([]byte, n)
		}
		r.buf = r.buf[:n]
		r.trim()
	}
	for i := range 10 * smallAnswers {
		answer(large)
		for range i % smallAnswers {
			answer(100)
		}
		if cap(r.buf) < large {
			t.Fatal("a reader that is behind gave its buffer back")
		}
	}
	for range smallAnswers {
		answer(100)
	}
	if cap(r.buf) > leastBuffer {
		t.Errorf("after %d small answers the buffer has %d bytes", smallAnswers, cap(r.buf))
	}
}
