package pgwire

import (
	"context"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
)

// ForDatabase serves a database: it fits the engine's sessions to the protocol's
// interfaces.
func ForDatabase(db *engine.Database) Backend { return database{db} }

type database struct{ db *engine.Database }

func (d database) NewSession(_ context.Context, info StartupInfo) (Session, error) {
	var names engine.StatementNames
	if info.Names != nil {
		names = statementNames{info.Names}
	}
	s, err := d.db.NewSession(engine.StartupInfo{
		User: info.User, Database: info.Database, Params: info.Params,
		RemoteAddr: info.RemoteAddr, PID: info.PID, Names: names, Server: info.Server,
	})
	if err != nil {
		return nil, err
	}
	return session{s}, nil
}

type session struct{ *engine.Session }

var (
	_ Session     = session{}
	_ Revalidator = session{}
	_ QuickReader = session{}
	_ Rester      = session{}

	_ CursorSession = session{}
	_ Fetching      = (*engine.Prepared)(nil)

	_ row.ObjectNames = session{}
)

func (s session) Parse(_ context.Context, sql string) ([]Statement, error) {
	parsed, err := s.Session.Parse(sql)
	if err != nil {
		return nil, err
	}
	out := make([]Statement, len(parsed))
	for i, st := range parsed {
		out[i] = st
	}
	return out, nil
}

func (s session) Prepare(ctx context.Context, st Statement, paramTypes []row.Type) (Prepared, error) {
	p, err := s.Session.Prepare(ctx, st.(*engine.Statement), paramTypes)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (s session) Execute(ctx context.Context, p Prepared, params []row.Datum) (Rows, error) {
	rows, err := s.Session.Execute(ctx, p.(*engine.Prepared), params)
	if err != nil {
		return nil, err
	}
	return rows, nil
}

func (s session) Revalidate(ctx context.Context, p Prepared) (Prepared, error) {
	now, err := s.Session.Revalidate(ctx, p.(*engine.Prepared))
	if err != nil {
		return nil, err
	}
	return now, nil
}

// Quick implements QuickReader.
func (s session) Quick(p Prepared, params []row.Datum, alone bool) (*row.Batch, bool, error) {
	return s.Session.Quick(p.(*engine.Prepared), params, alone)
}

// Current implements QuickReader.
func (s session) Current(p Prepared) bool { return s.Session.Current(p.(*engine.Prepared)) }

// FromCursor implements CursorSession.
func (s session) FromCursor(name string, limit int64) (Prepared, bool) {
	p := s.Session.FromCursor(name, limit)
	return p, p != nil
}

// statementNames are a connection's statements as the engine knows them.
type statementNames struct{ StatementNames }

func (n statementNames) Lookup(name string) *engine.Prepared {
	p, ok := n.StatementNames.Lookup(name)
	if !ok {
		return nil
	}
	return p.(*engine.Prepared)
}

func (n statementNames) Define(name, sql string, p *engine.Prepared) error {
	return n.StatementNames.Define(name, sql, p)
}

func (s session) ParameterStatus() map[string]string {
	out := map[string]string{}
	for _, p := range s.Parameters() {
		out[p.Name] = p.Value
	}
	return out
}

func (s session) ChangedParameters() []Parameter {
	changed := s.Session.ChangedParameters()
	if len(changed) == 0 {
		return nil
	}
	out := make([]Parameter, len(changed))
	for i, p := range changed {
		out[i] = Parameter(p)
	}
	return out
}
