package engine

import (
	"context"
	"fmt"
	"strconv"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/settings"
	"github.com/tarndb/tarn/engine/sysfn"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// SystemCall answers a system function that the engine does not know itself,
// such as pg_get_indexdef: whoever makes the system tables knows it.
type SystemCall func(ctx *SystemContext, name string, argTypes []row.Type, args []row.Datum) (row.Datum, error)

// caller is a session as the functions see it that ask about it and its server.
type caller Session

var _ sysfn.Session = (*caller)(nil)

func (s *caller) Facts() sysfn.Facts {
	return sysfn.Facts{
		User: s.user, Database: s.database, Query: s.running, PID: s.pid,
		Version: fmt.Sprintf("PostgreSQL %s (Tarn %s)", settings.ServerVersion, s.db.opts.Version),
		Epoch:   s.db.epoch.Load(), Started: timestamp(s.db.started).I,
	}
}

func (s *caller) Settings() *settings.Settings { return s.settings }

func (s *caller) Signal(pid int32, terminate bool) bool {
	others := (*Session)(s).others()
	if terminate {
		return others.TerminateBackend(pid)
	}
	return others.CancelBackend(pid)
}

func (s *caller) Warn(message string) { (*Session)(s).notice("WARNING", pgerr.Warning, message) }

func (s *caller) SystemRelation(schema, name string) (oid uint32, ok bool) {
	if t := s.db.system.Named(schema, name); t != nil {
		return t.OID, true
	}
	return 0, false
}

func (s *caller) RelationName(c *catalog.Catalog, oid uint32) (schema, name string, ok bool) {
	if t := s.db.system.Numbered(oid); t != nil {
		return t.Schema, t.Name, true
	}
	if o := c.Objects[oid]; o != nil {
		return o.Schema, o.Name, true
	}
	return "", "", false
}

func (s *caller) Schemas(c *catalog.Catalog) []SchemaInfo { return s.db.system.Schemas(c) }

func (s *caller) Beyond(c *catalog.Catalog, name string, argTypes []row.Type, args []row.Datum) (d row.Datum, ok bool, err error) {
	call := s.db.opts.SystemCall
	if call == nil {
		return row.NullDatum, false, nil
	}
	ctx := &SystemContext{Catalog: s.db.system.Reader(&state{catalog: c}), Session: (*Session)(s).info()}
	d, err = call(ctx, name, argTypes, args)
	return d, true, err
}

var _ row.ObjectNames = (*Session)(nil)

// ObjectName implements row.ObjectNames under the catalog of the next read.
func (s *Session) ObjectName(k row.Kind, oid uint32) string {
	d, err := s.nameCall(row.T(k).Name()+"out", row.T(k), row.IntDatum(int64(oid)))
	if err != nil || d.Null {
		return strconv.FormatUint(uint64(oid), 10)
	}
	return string(d.B)
}

// ObjectOID implements row.ObjectNames under the catalog of the next read.
func (s *Session) ObjectOID(k row.Kind, name string) (uint32, error) {
	d, err := s.nameCall(row.T(k).Name()+"in", row.T(row.Text), row.StringDatum(name))
	return uint32(d.I), err
}

func (s *Session) nameCall(name string, t row.Type, arg row.Datum) (row.Datum, error) {
	c, err := s.currentCatalog(context.Background())
	if err != nil {
		return row.NullDatum, err
	}
	f := &sysfn.Functions{Session: (*caller)(s), Catalog: c}
	return f.Call(name, []row.Type{t}, []row.Datum{arg})
}
