package pgwire

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/engine/settings"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// fakeBackend makes sessions that understand a small language: each statement is
// a verb and words, statements are separated by semicolons.
type fakeBackend struct {
	mu       sync.Mutex
	changed  sync.Cond
	sessions map[int32]*fakeSession
	blocked  map[int32]bool   // inside a blocking statement
	ended    map[int32]string // how the last blocking statement ended
	closed   map[int32]bool
	altered  bool // "alter" has changed the shape of "shape"
}

func newFakeBackend() *fakeBackend {
	b := &fakeBackend{sessions: map[int32]*fakeSession{}, blocked: map[int32]bool{}, ended: map[int32]string{}, closed: map[int32]bool{}}
	b.changed.L = &b.mu
	return b
}

func (b *fakeBackend) update(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
	b.changed.Broadcast()
}

// await waits until a condition holds.
func (b *fakeBackend) await(holds func() bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for !holds() {
		b.changed.Wait()
	}
}

func (b *fakeBackend) NewSession(_ context.Context, info StartupInfo) (Session, error) {
	if info.User == "nobody" {
		return nil, pgerr.New(pgerr.InvalidCatalogName, "database \"%s\" does not exist", info.Database)
	}
	s := &fakeSession{backend: b, info: info, tx: 'I', cancel: make(chan struct{}, 1), params: map[string]string{
		"TimeZone": "UTC", "session_authorization": info.User, "client_encoding": "UTF8", "extra": "x",
	}}
	if zone := info.Params["timezone"]; zone != "" {
		s.params["TimeZone"] = zone
	}
	b.update(func() { b.sessions[info.PID] = s })
	return s, nil
}

type fakeSession struct {
	backend    *fakeBackend
	info       StartupInfo
	tx         byte
	implicit   bool
	commitFail bool
	params     map[string]string
	changes    []Parameter
	notices    []engine.Notice
	cancel     chan struct{}
	log        []string // ends of implicit transactions
}

type fakeStatement struct {
	verb   string
	words  []string
	offset int // in the text
}

func (s *fakeSession) Parse(_ context.Context, sql string) ([]Statement, error) {
	var out []Statement
	offset := 0
	for part := range strings.SplitSeq(sql, ";") {
		trimmed := strings.TrimLeft(part, " ")
		words := strings.Fields(part)
		if len(words) > 0 {
			if words[0] == "syntax" {
				return nil, pgerr.New(pgerr.SyntaxError, "syntax error at or near \"syntax\"").At(offset + len(part) - len(trimmed))
			}
			out = append(out, &fakeStatement{words[0], words[1:], offset + len(part) - len(trimmed)})
		}
		offset += len(part) + 1
	}
	return out, nil
}

type fakePrepared struct {
	st     *fakeStatement
	params []row.Type
	cols   []engine.ResultColumn
}

func (p *fakePrepared) ParamTypes() []row.Type         { return p.params }
func (p *fakePrepared) Columns() []engine.ResultColumn { return p.cols }

func (s *fakeSession) Prepare(_ context.Context, st Statement, types []row.Type) (Prepared, error) {
	f := st.(*fakeStatement)
	p := &fakePrepared{st: f}
	if s.tx == 'E' && f.verb != "rollback" && f.verb != "commit" {
		return nil, pgerr.New(pgerr.InFailedSQLTransaction, "current transaction is aborted, commands ignored until end of transaction block")
	}
	col := func(name string, k row.Kind) {
		p.cols = append(p.cols, engine.ResultColumn{Name: name, Type: row.T(k)})
	}
	switch f.verb {
	case "rows", "block", "stream", "slow":
		col("n", row.Int4)
	case "dup", "unknown":
		col("x", row.Unknown)
	case "when":
		col("t", row.Timestamptz)
	case "none":
		p.cols = []engine.ResultColumn{}
	case "wide":
		col("data", row.Text)
	case "shape":
		col("before", row.Int4)
		s.backend.update(func() {
			if s.backend.altered {
				p.cols[0].Name = "after"
			}
		})
	case "echo":
		for i := range f.words {
			t := row.T(row.Text)
			for _, k := range row.Kinds() {
				for _, candidate := range []row.Type{row.T(k), row.ArrayOf(k)} {
					if candidate.Name() == f.words[i] {
						t = candidate
					}
				}
			}
			if i < len(types) && types[i].Kind != row.Unknown {
				t = types[i]
			}
			p.params = append(p.params, t)
			col("p"+strconv.Itoa(i+1), t.Kind)
			p.cols[i].Type = t
		}
	case "bad":
		return nil, pgerr.New(pgerr.UndefinedColumn, "column \"bad\" does not exist").At(f.offset).WithHint("Perhaps good.")
	}
	return p, nil
}

// Revalidate prepares "shape" anew once it was altered.
func (s *fakeSession) Revalidate(ctx context.Context, p Prepared) (Prepared, error) {
	if f := p.(*fakePrepared); f.st.verb == "shape" {
		return s.Prepare(ctx, f.st, nil)
	}
	return p, nil
}

func (s *fakeSession) Execute(_ context.Context, prepared Prepared, params []row.Datum) (Rows, error) {
	p := prepared.(*fakePrepared)
	select {
	case <-s.cancel: // it was for an earlier statement
	default:
	}
	s.implicit = s.implicit || s.tx == 'I'
	r := &fakeRows{session: s, prepared: p, params: params, tag: strings.ToUpper(p.st.verb)}
	switch words := p.st.words; p.st.verb {
	case "rows", "wide":
		r.left, _ = strconv.Atoi(words[0])
		r.tag = "SELECT " + words[0]
	case "dup":
		r.left, r.tag = 1, "SELECT 2"
	case "echo", "unknown", "when", "shape":
		r.left, r.tag = 1, "SELECT 1"
	case "none":
		r.tag = "SELECT 0"
	case "insert":
		r.tag = "INSERT 0 1"
	case "begin":
		s.tx, s.implicit = 'T', false
	case "commit", "rollback":
		s.tx = 'I'
	case "commitfail":
		s.commitFail = true
	case "fail":
		e := pgerr.New(words[0], "%s", strings.Join(words[1:], " "))
		e.Schema, e.Table, e.Constraint, e.Detail = "public", "t", "t_pkey", "Some detail."
		return nil, e
	case "foreign":
		return nil, fmt.Errorf("disk on fire")
	case "zero":
		return nil, pgerr.New(pgerr.InvalidParameterValue, "a\x00b")
	case "panic":
		panic("as asked")
	case "set":
		s.params[words[0]] = words[1]
		s.changes = append(s.changes, Parameter{words[0], words[1]})
		r.tag = "SET"
	case "notice":
		s.notices = append(s.notices, engine.Notice{Severity: "NOTICE", Code: pgerr.SuccessfulCompletion, Message: strings.Join(words, " ")})
	case "alter":
		s.backend.update(func() { s.backend.altered = true })
	case "deallocate":
		if words[0] == "all" {
			s.info.Names.DropAll()
		} else if err := s.info.Names.Drop(words[0]); err != nil {
			return nil, err
		}
	case "kill":
		pid, _ := strconv.Atoi(words[0])
		s.info.Server.TerminateBackend(int32(pid))
	case "log":
		r.tag = strings.Join(s.log, " ")
	}
	return r, nil
}

func (s *fakeSession) EndImplicit(_ context.Context, failed bool) error {
	if failed {
		s.log = append(s.log, "failed")
		if s.implicit = false; s.tx == 'T' {
			s.tx = 'E'
		}
		return nil
	}
	if s.implicit {
		s.log = append(s.log, "committed")
	}
	s.implicit = false
	if s.commitFail {
		s.commitFail = false
		return pgerr.New(pgerr.SerializationFailure, "could not serialize access due to concurrent update")
	}
	return nil
}

func (s *fakeSession) Cancel() {
	select {
	case s.cancel <- struct{}{}:
	default:
	}
}

func (s *fakeSession) Close() { s.backend.update(func() { s.backend.closed[s.info.PID] = true }) }

func (s *fakeSession) TxStatus() byte                     { return s.tx }
func (s *fakeSession) ParameterStatus() map[string]string { return maps.Clone(s.params) }

func (s *fakeSession) Style() *row.Style {
	zone, _ := settings.Zone(s.params["TimeZone"])
	return &row.Style{Zone: zone}
}

func (s *fakeSession) ChangedParameters() []Parameter {
	out := s.changes
	s.changes = nil
	return out
}

func (s *fakeSession) Notices() []engine.Notice {
	out := s.notices
	s.notices = nil
	return out
}

type fakeRows struct {
	session  *fakeSession
	prepared *fakePrepared
	params   []row.Datum
	left     int
	sent     int
	tag      string
}

// Next gives batches of two rows, so that limits fall inside and between batches.
func (r *fakeRows) Next(ctx context.Context) (*row.Batch, error) {
	verb := r.prepared.st.verb
	if verb == "block" || verb == "stream" && r.sent > 0 {
		return nil, r.session.block(ctx)
	}
	var types []row.Type
	for _, c := range r.prepared.cols {
		types = append(types, c.Type)
	}
	b := row.NewBatch(types, 2)
	if verb == "stream" {
		b.AppendRow(row.Row{row.IntDatum(1)}, 1)
		r.sent = 1
		return b, nil
	}
	if r.left == 0 {
		return nil, nil
	}
	for range min(2, r.left) {
		r.left--
		r.sent++
		weight := int64(1)
		var values row.Row
		switch verb {
		case "rows", "shape":
			values = row.Row{row.IntDatum(int64(r.sent))}
		case "dup":
			values, weight = row.Row{row.StringDatum("twice")}, 2
		case "unknown":
			values = row.Row{row.StringDatum("a literal")}
		case "when":
			values = row.Row{row.IntDatum(0)}
		case "wide":
			values = row.Row{row.StringDatum(strings.Repeat("w", 10_000))}
		case "echo":
			values = r.params
		}
		b.AppendRow(values, weight)
	}
	return b, nil
}

func (s *fakeSession) block(ctx context.Context) error {
	b := s.backend
	b.update(func() { b.blocked[s.info.PID] = true })
	select {
	case <-s.cancel:
	case <-ctx.Done():
	}
	how := "cancelled"
	if ctx.Err() != nil { // whoever ends a context cancels too, afterwards
		how = "abandoned"
	}
	b.update(func() { b.blocked[s.info.PID] = false; b.ended[s.info.PID] = how })
	return pgerr.New(pgerr.QueryCanceled, "canceling statement due to user request")
}

func (r *fakeRows) Streaming() bool { return r.prepared.st.verb == "stream" }
func (r *fakeRows) Tag() string     { return r.tag }
func (r *fakeRows) Close()          {}

var (
	_ Session       = (*fakeSession)(nil)
	_ Revalidator   = (*fakeSession)(nil)
	_ StreamingRows = (*fakeRows)(nil)
)
