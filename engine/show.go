package engine

import (
	"context"
	"strings"

	"github.com/tarndb/tarn/engine/settings"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// showSetting is SHOW of a parameter.
func (s *Session) showSetting(n *ast.Show) (*Rows, error) {
	b, err := s.settings.Shown(n.Name)
	if err != nil {
		return nil, err
	}
	return oneBatch(settings.ShownColumns(n.Name), b, "SHOW"), nil
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
		s.cursors.CloseAll()
		s.names.ClosePortals()
		s.names.DropAll()
	}
	if n.What == "all" || n.What == "sequences" {
		s.drawn.Forget()
	}
	return done("DISCARD " + strings.ToUpper(n.What)), nil
}

func (s *Session) deallocate(n *ast.Deallocate) (*Rows, error) {
	if n.All {
		s.names.DropAll()
		return done("DEALLOCATE ALL"), nil
	}
	return done("DEALLOCATE"), s.names.Drop(n.Name)
}
