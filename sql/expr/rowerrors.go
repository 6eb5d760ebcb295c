package expr

import (
	"github.com/tarndb/tarn/sql/expr/fn"
)

// RowErrors are the rows of a batch for which an evaluation failed, each with the
// error that PostgreSQL would have met first.
type RowErrors struct {
	rows   []int32
	errs   []error
	failed []uint64
}

// Len is the number of rows that failed.
func (e *RowErrors) Len() int { return len(e.rows) }

// Has reports that row i failed.
func (e *RowErrors) Has(i int) bool {
	w := i >> 6
	return w < len(e.failed) && e.failed[w]&(1<<(uint(i)&63)) != 0
}

// Each visits the failed rows in the order in which they failed.
func (e *RowErrors) Each(visit func(i int, err error)) {
	for k, i := range e.rows {
		visit(int(i), e.errs[k])
	}
}

// First is the error of the first row that failed, nil if none did.
func (e *RowErrors) First() error {
	if len(e.errs) == 0 {
		return nil
	}
	return e.errs[0]
}

func (e *RowErrors) add(i int, err error) {
	if e.Has(i) {
		return
	}
	w := i >> 6
	for len(e.failed) <= w {
		e.failed = append(e.failed, 0)
	}
	e.failed[w] |= 1 << (uint(i) & 63)
	e.rows = append(e.rows, int32(i))
	e.errs = append(e.errs, fn.Visible(err))
}
