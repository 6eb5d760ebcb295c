package engine

import (
	"context"
	"errors"
	"time"
)

// closePatience is how long Close waits for statements to notice that they are
// cancelled, and for the last commit.
const closePatience = 10 * time.Second

// Close stops the epochs after a last commit and closes the directory. Sessions
// that still run end with 57P01; their snapshots are gone.
func (db *Database) Close() error {
	db.closing.Do(func() {
		db.gate.Close()
		db.sessions.cancelAll()
		ctx, cancel := context.WithTimeout(context.Background(), closePatience)
		defer cancel()
		select {
		case <-db.gate.Empty():
		case <-ctx.Done():
		}
		db.counters.Settle(ctx)
		err := db.makeDurable(ctx)
		db.cancel()
		db.closeErr = errors.Join(err, db.letGo())
	})
	return db.closeErr
}

// enter begins something that Close waits for; db.gate.Leave ends it.
func (db *Database) enter() error {
	if !db.gate.Enter() {
		return errShutdown()
	}
	return nil
}

// letGo gives everything back once the loop was told to end and no statement
// can begin.
func (db *Database) letGo() error {
	db.background.Wait()
	<-db.gate.Empty()
	for _, s := range db.sources {
		s.reader.Stop()
	}
	if db.committing != nil {
		<-db.commitDone
	}
	db.states.releaseAll()
	return errors.Join(db.tableLog.Close(), db.store.Close())
}
