package pgwire

import (
	"slices"
	"strings"

	"github.com/tarndb/tarn/sql/pgerr"
)

// statement is an entry of the connection's prepared statements.
type statement struct {
	sql      string
	prepared Prepared // nil for an empty query
}

// Lookup implements StatementNames.
func (c *conn) Lookup(name string) (Prepared, bool) {
	s := c.statements[name]
	if s == nil || s.prepared == nil {
		return nil, false
	}
	return s.prepared, true
}

// Define implements StatementNames.
func (c *conn) Define(name, sql string, p Prepared) error {
	if name != "" && c.statements[name] != nil {
		return pgerr.New(pgerr.DuplicatePreparedStatement, "prepared statement \"%s\" already exists", name)
	}
	if len(c.statements) >= c.opts.MaxStatements {
		return pgerr.New(pgerr.ConfigurationLimitExceeded, "too many prepared statements: the limit is %d", c.opts.MaxStatements)
	}
	c.statements[name] = &statement{sql, p}
	return nil
}

// Drop implements StatementNames.
func (c *conn) Drop(name string) error {
	if c.statements[name] == nil {
		return errNoStatement(name)
	}
	delete(c.statements, name)
	return nil
}

// DropAll implements StatementNames.
func (c *conn) DropAll() { clear(c.statements) }

// HasPortal implements StatementNames.
func (c *conn) HasPortal(name string) bool { return name != "" && c.portals[name] != nil }

// ClosePortal implements StatementNames.
func (c *conn) ClosePortal(name string) {
	if c.HasPortal(name) {
		c.dropPortal(name)
	}
}

// ClosePortals implements StatementNames.
func (c *conn) ClosePortals() { c.dropPortals(c.running) }

// List implements StatementNames.
func (c *conn) List() []NamedStatement {
	var out []NamedStatement
	for name, s := range c.statements {
		if name != "" && s.prepared != nil {
			out = append(out, NamedStatement{name, s.sql, s.prepared})
		}
	}
	slices.SortFunc(out, func(a, b NamedStatement) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func errNoStatement(name string) error {
	if name == "" {
		return pgerr.New(pgerr.InvalidSQLStatementName, "unnamed prepared statement does not exist")
	}
	return pgerr.New(pgerr.InvalidSQLStatementName, "prepared statement \"%s\" does not exist", name)
}

var _ StatementNames = (*conn)(nil)
