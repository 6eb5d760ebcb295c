package storage

// queue is a first-in first-out list of references.
type queue struct {
	refs []uint32
	head int
}

func (q *queue) push(ref uint32) { q.refs = append(q.refs, ref) }

func (q *queue) empty() bool { return q.head == len(q.refs) }

func (q *queue) front() uint32 { return q.refs[q.head] }

func (q *queue) pop() uint32 {
	ref := q.refs[q.head]
	q.head++
	if q.head == len(q.refs) {
		q.refs, q.head = nil, 0
	} else if q.head >= 1024 && q.head*2 >= len(q.refs) {
		q.refs = append(q.refs[:0], q.refs[q.head:]...)
		q.head = 0
	}
	return ref
}
