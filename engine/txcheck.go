package engine

import (
	"context"

	"github.com/tarndb/tarn/row"
)

// A transaction block's writes wait for COMMIT, but a key that stands twice is
// the fault of the statement that brings it, as in PostgreSQL: each statement's
// changes are admitted over the epoch that the block reads and the block's
// earlier writes. COMMIT checks once more, against what others have done since.

// admitInBlock checks the changes of one statement of a block.
func (s *Session) admitInBlock(ctx context.Context, deltas map[uint32]row.Delta) error {
	st, err := s.snapshot(ctx)
	if err != nil {
		return err
	}
	if !st.whole {
		return s.db.haltedNow()
	}
	tx := s.tx
	if tx.check == nil || tx.check.st != st {
		check := newWriteCheck(st, s.db.shards)
		if err := check.admit(tx.writes); err != nil {
			return err
		}
		tx.check = check
	}
	return tx.check.admit(deltas)
}
