package engine

// Crash ends the database as a kill of its process would: nothing is committed,
// and no client hears anything but an error. A commit that is on its way to disk
// is waited for, since its writer cannot be killed alone. For tests.
func (db *Database) Crash() {
	db.sessions.cancelAll()
	db.cancel()
	db.background.Wait()
	for _, s := range db.sources {
		s.stop()
	}
	if db.committing != nil {
		<-db.commitDone
	}
	db.current.Swap(nil).release()
	// Closing makes nothing durable: it only lets go of files and the lock.
	_ = db.tableLog.Close()
	_ = db.store.Close()
}
