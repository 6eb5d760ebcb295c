// Package named is what has a name in a session: prepared statements.
package named

import "github.com/tarndb/tarn/sql/pgerr"

// Statements are the prepared statements, of some kind, of a session without a protocol.
type Statements[P any] map[string]*P

// Lookup finds a statement; nil if there is none.
func (n Statements[P]) Lookup(name string) *P { return n[name] }

// Define adds one; 42P05 if the name is taken.
func (n Statements[P]) Define(name, _ string, p *P) error {
	if n[name] != nil {
		return pgerr.New(pgerr.DuplicatePreparedStatement, "prepared statement \"%s\" already exists", name)
	}
	n[name] = p
	return nil
}

// Drop forgets one; 26000 if there is none.
func (n Statements[P]) Drop(name string) error {
	if n[name] == nil {
		return Missing(name)
	}
	delete(n, name)
	return nil
}

// DropAll forgets all.
func (n Statements[P]) DropAll() { clear(n) }

// HasPortal is false: portals are of a protocol.
func (n Statements[P]) HasPortal(string) bool { return false }

// ClosePortal does nothing.
func (n Statements[P]) ClosePortal(string) {}

// ClosePortals does nothing.
func (n Statements[P]) ClosePortals() {}

// Missing is the error of a name that no statement has.
func Missing(name string) error {
	return pgerr.New(pgerr.InvalidSQLStatementName, "prepared statement \"%s\" does not exist", name)
}
