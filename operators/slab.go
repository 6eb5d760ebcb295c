package operators

// slab hands out small byte slices of one step. A slice that outgrows its place
// is copied elsewhere by append; its neighbours never notice.
type slab struct{ chunk []byte }

const slabBytes = 1 << 16

func (s *slab) reset() { s.chunk = nil }

func (s *slab) grow(fill func(dst []byte) []byte) []byte {
	if cap(s.chunk)-len(s.chunk) < 64 {
		s.chunk = make([]byte, 0, slabBytes)
	}
	at := len(s.chunk)
	room := s.chunk[at:at:cap(s.chunk)]
	got := fill(room)
	if cap(got) == cap(room) {
		s.chunk = s.chunk[:at+len(got)]
	}
	return got[:len(got):len(got)]
}
