package operators

// slab hands out small byte slices of one step. A slice that outgrows its place
// is copied elsewhere by append; its neighbours never notice.
type slab struct {
	chunk []byte
	next  int   // bytes of the last chunk
	bytes int64 // handed out
}

// A step of few rows needs little, and clearing a chunk takes longer than its rows.
const (
	firstSlabBytes = 1 << 10
	slabBytes      = 1 << 16
)

func (s *slab) reset() { *s = slab{} }

func (s *slab) grow(fill func(dst []byte) []byte) []byte {
	if cap(s.chunk)-len(s.chunk) < 64 {
		s.next = min(max(4*s.next, firstSlabBytes), slabBytes)
		s.chunk = make([]byte, 0, s.next)
	}
	at := len(s.chunk)
	room := s.chunk[at:at:cap(s.chunk)]
	got := fill(room)
	s.bytes += int64(len(got))
	if cap(got) == cap(room) {
		s.chunk = s.chunk[:at+len(got)]
	}
	return got[:len(got):len(got)]
}
