package engine

// Crash ends the database as a kill of its process would: nothing is committed,
// and no client hears anything but an error. A commit that is on its way to disk
// is waited for, since its writer cannot be killed alone. For tests.
func (db *Database) Crash() {
	db.closing.Do(func() {
		db.gate.Close()
		db.sessions.cancelAll()
		db.cancel()
		// Closing makes nothing durable: it only lets go of files and the lock.
		_ = db.letGo()
	})
}
