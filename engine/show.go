package engine

import (
	"context"
	"strings"

	"github.com/tarndb/tarn/engine/cells"
	"github.com/tarndb/tarn/engine/settings"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// showSetting is SHOW of a parameter.
func (s *Session) showSetting(n *ast.Show) (*Rows, error) {
	text := row.T(row.Text)
	if n.Name == "all" {
		cols := []ResultColumn{{Name: "name", Type: text}, {Name: "setting", Type: text}, {Name: "description", Type: text}}
		b := row.NewBatch([]row.Type{text, text, text}, 0)
		for _, x := range s.settings.List() {
			cells.Builder{Out: b}.Add(x.Name, x.Value, x.Description)
		}
		return oneBatch(cols, b, "SHOW"), nil
	}
	cols, err := showColumns(n)
	if err != nil {
		return nil, err
	}
	v, ok := s.settings.Show(n.Name)
	if !ok {
		return nil, settings.Unknown(n.Name)
	}
	b := row.NewBatch([]row.Type{text}, 1)
	cells.Builder{Out: b}.Add(v)
	return oneBatch(cols, b, "SHOW"), nil
}

func showColumns(n *ast.Show) ([]ResultColumn, error) {
	text := row.T(row.Text)
	if n.Name == "all" {
		return []ResultColumn{{Name: "name", Type: text}, {Name: "setting", Type: text}, {Name: "description", Type: text}}, nil
	}
	return []ResultColumn{{Name: settings.Canonical(n.Name), Type: text}}, nil
}

// oneBatch is a result that is there already.
func oneBatch(cols []ResultColumn, b *row.Batch, tag string) *Rows {
	given := false
	return &Rows{
		columns: cols,
		tag:     func() string { return tag },
		next: func(context.Context) (*row.Batch, error) {
			if given || b.Len() == 0 {
				return nil, nil
			}
			given = true
			return b, nil
		},
	}
}

// set runs SET and RESET.
func (s *Session) set(n *ast.Set) (*Rows, error) {
	tag := "SET"
	if n.FromReset {
		tag = "RESET"
	}
	tx := s.open()
	if n.Name == "all" && n.Default {
		s.settings.ResetAll()
		return done(tag), nil
	}
	key := strings.ToLower(n.Name)
	before, had := s.settings.Get(key)
	err := s.settings.Run(n)
	if err != nil {
		return nil, err
	}
	switch {
	case n.Scope == ast.SetLocal && !tx.block:
		s.notice("WARNING", pgerr.NoActiveSQLTransaction, "SET LOCAL can only be used in transaction blocks")
		s.settings.Assign(key, before)
	case n.Scope == ast.SetLocal && had:
		if tx.local == nil {
			tx.local = map[string]string{}
		}
		if _, ok := tx.local[key]; !ok {
			tx.local[key] = before
		}
	case n.Scope == ast.SetSession:
		delete(tx.local, key)
	}
	return done(tag), nil
}

// setTransaction runs SET TRANSACTION and SET SESSION CHARACTERISTICS. Every
// level is answered with one snapshot a transaction, which is more than asked for.
func (s *Session) setTransaction(n *ast.SetTransaction) (*Rows, error) {
	if n.Session {
		if n.Modes.Isolation != "" {
			s.settings.Assign("default_transaction_isolation", n.Modes.Isolation)
		}
		if n.Modes.ReadOnly != nil {
			s.settings.Assign("default_transaction_read_only", map[bool]string{true: "on", false: "off"}[*n.Modes.ReadOnly])
		}
		return done("SET"), nil
	}
	if s.tx == nil || !s.tx.block {
		s.notice("WARNING", pgerr.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks")
	}
	s.setModes(n.Modes)
	return done("SET"), nil
}

// discard runs DISCARD and DEALLOCATE.
func (s *Session) discard(n *ast.Discard) (*Rows, error) {
	if n.What == "all" {
		if s.tx != nil && s.tx.block {
			return nil, pgerr.New(pgerr.ActiveSQLTransaction, "DISCARD ALL cannot run inside a transaction block")
		}
		s.settings.ResetAll()
		s.names.ClosePortals()
		s.names.DropAll()
	}
	if n.What == "all" || n.What == "sequences" {
		s.drawn.Forget()
	}
	return done("DISCARD " + strings.ToUpper(n.What)), nil
}

// closeCursor runs CLOSE. There are no cursors of SQL, so only the protocol's
// portals can be open.
func (s *Session) closeCursor(n *ast.CloseCursor) (*Rows, error) {
	if !n.All {
		return nil, pgerr.New(pgerr.InvalidCursorName, "cursor \"%s\" does not exist", n.Name)
	}
	s.names.ClosePortals()
	return done("CLOSE CURSOR ALL"), nil
}

func (s *Session) deallocate(n *ast.Deallocate) (*Rows, error) {
	if n.All {
		s.names.DropAll()
		return done("DEALLOCATE ALL"), nil
	}
	return done("DEALLOCATE"), s.names.Drop(n.Name)
}
