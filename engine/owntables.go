package engine

import (
	"fmt"
	"slices"

	"github.com/tarndb/tarn/engine/cells"
	"github.com/tarndb/tarn/engine/failure"
	"github.com/tarndb/tarn/engine/history"
	"github.com/tarndb/tarn/engine/system"
	"github.com/tarndb/tarn/row"
)

// The schema tarn: whatever the engine knows about itself.

const ownSchema = "tarn"

// systemTables are those that the options give, and the schema tarn's.
func (db *Database) systemTables() *system.Relations {
	return system.New(slices.Concat(db.opts.System, db.ownTables()), db.lastValue)
}

func (db *Database) ownTables() []SystemTable {
	text, int8, int4, ts := row.T(row.Text), row.T(row.Int8), row.T(row.Int4), row.T(row.Timestamptz)
	boolean := row.T(row.Bool)
	return []SystemTable{
		{Schema: ownSchema, Name: "errors", Columns: systemColumns(failure.Columns), Rows: db.errorTable},
		{Schema: ownSchema, Name: "sources", Rows: db.sourceTable, Columns: systemColumns([]column{
			{"name", text}, {"topic", text}, {"format", text}, {"state", text}, {"problem", text},
			{"partitions", int4}, {"messages", int8}, {"bad_messages", int8}, {"lag", int8}, {"waterline", ts},
		})},
		{Schema: ownSchema, Name: "offsets", Rows: offsetTable, Columns: systemColumns([]column{
			{"source", text}, {"partition", int4}, {"offset", int8},
		})},
		{Schema: ownSchema, Name: "views", Rows: viewTable, Columns: systemColumns([]column{
			{"name", text}, {"state", text}, {"problem", text}, {"rows", int8}, {"definition", text},
		})},
		{Schema: ownSchema, Name: "relations", Rows: relationTable, Columns: systemColumns([]column{
			{"schema", text}, {"name", text}, {"kind", text}, {"definition", text},
		})},
		{Schema: ownSchema, Name: "columns", Rows: columnTable, Columns: systemColumns([]column{
			{"schema", text}, {"relation", text}, {"name", text}, {"type", text}, {"nullable", boolean}, {"position", int4},
		})},
		{Schema: ownSchema, Name: "status", Rows: db.statusTable, Columns: systemColumns([]column{
			{"epoch", int8}, {"clock", ts}, {"committed_epoch", int8}, {"shards", int4}, {"problem", text}, {"commit_problem", text},
		})},
		{Schema: ownSchema, Name: "epochs", Rows: db.epochTable, Columns: systemColumns(history.EpochColumns)},
		{Schema: ownSchema, Name: "commits", Rows: db.commitTable, Columns: systemColumns(history.CommitColumns)},
		{Schema: ownSchema, Name: "arrangements", Rows: db.arrangementTable, Columns: arrangementColumns},
		{Schema: ownSchema, Name: "memory", Rows: db.memoryTable, Columns: memoryColumns},
		{Schema: ownSchema, Name: "jobs", Rows: db.jobTable, Columns: systemColumns([]column{
			{"id", int4}, {"statement", text}, {"object", text}, {"phase", text}, {"rows", int8}, {"total", int8}, {"started", ts},
		})},
		{Schema: ownSchema, Name: "sessions", Rows: db.sessionTable, Columns: systemColumns([]column{
			{"pid", int4}, {"user", text}, {"application", text}, {"client", text}, {"state", text}, {"query", text}, {"since", ts},
		})},
	}
}

// column is a SystemColumn as this package writes it.
type column struct {
	Name string
	Type row.Type
}

func systemColumns[C ~struct {
	Name string
	Type row.Type
}](columns []C) []SystemColumn {
	var out []SystemColumn
	for _, c := range columns {
		out = append(out, SystemColumn(c))
	}
	return out
}

func (db *Database) epochTable(_ *SystemContext, out *row.Batch) error {
	history.EpochRows(&db.epochs, out)
	return nil
}

func (db *Database) commitTable(_ *SystemContext, out *row.Batch) error {
	history.CommitRows(&db.commits, out)
	return nil
}

// applyErrors adds the changes to tarn.errors. It belongs to the loop.
func (db *Database) applyErrors(changes []failure.Change) error {
	if len(changes) == 0 {
		return nil
	}
	if err := failure.Apply(db.store.Tree(failure.Arr, 0), changes); err != nil {
		return err
	}
	return db.readError(failure.Arr)
}

// dropErrors forgets the errors of a dropped object. It belongs to the loop.
func (db *Database) dropErrors(object string) error {
	failure.Drop(db.store.Tree(failure.Arr, 0), object)
	return db.readError(failure.Arr)
}

func (db *Database) errorTable(ctx *SystemContext, out *row.Batch) error {
	l := failure.Layout()
	for _, t := range stateOf(ctx).trees[failure.Arr] {
		it := t.Scan(nil, nil)
		for it.Next() {
			if err := l.Decode(it.Key(), it.Value(), out); err != nil {
				it.Close()
				return err
			}
		}
		it.Close()
	}
	return stateOf(ctx).readError(failure.Arr)
}

func (db *Database) sourceTable(ctx *SystemContext, out *row.Batch) error {
	b := cells.Builder{Out: out}
	st := stateOf(ctx)
	for _, o := range st.catalog.Ordered() {
		s := st.sources[o.OID]
		if s == nil {
			continue
		}
		word, problem := s.reader.State()
		if p := db.commitProblem.Load(); p != nil && (word == "running" || word == "catching up") {
			word, problem = "paused", fmt.Sprintf("paused: %v", *p)
		}
		b.Add(o.Name, s.topic, o.Format, word, cells.TextOrNull(problem), len(st.offsets[o.OID]),
			s.messages.Load(), s.bad.Load(), s.reader.Lag(st.offsets[o.OID]), st.waterline(o.OID))
	}
	return nil
}

func offsetTable(ctx *SystemContext, out *row.Batch) error {
	b := cells.Builder{Out: out}
	st := stateOf(ctx)
	for _, o := range st.catalog.Ordered() {
		offsets := st.offsets[o.OID]
		for _, p := range sortedKeys(offsets) {
			b.Add(o.Name, p, offsets[p])
		}
	}
	return nil
}

func viewTable(ctx *SystemContext, out *row.Batch) error {
	b := cells.Builder{Out: out}
	st := stateOf(ctx)
	for _, o := range st.catalog.Ordered() {
		if o.Kind != RelMatView {
			continue
		}
		word, problem := "running", any(nil)
		if o.Stopped != "" {
			word, problem = "stopped", o.Stopped
		}
		b.Add(o.Name, word, problem, st.Count(o), o.Query)
	}
	return nil
}

func relationTable(ctx *SystemContext, out *row.Batch) error {
	b := cells.Builder{Out: out}
	for _, o := range stateOf(ctx).catalog.Ordered() {
		b.Add(o.Schema, o.Name, o.Kind.Noun(), o.SQL)
	}
	return nil
}

func columnTable(ctx *SystemContext, out *row.Batch) error {
	b := cells.Builder{Out: out}
	for _, r := range ctx.Catalog.Relations() {
		for i, c := range r.Columns {
			b.Add(r.Schema, r.Name, c.Name, c.Type.String(), !c.NotNull, i+1)
		}
	}
	return nil
}

func (db *Database) statusTable(ctx *SystemContext, out *row.Batch) error {
	st := stateOf(ctx)
	var problem, commit any
	if p := db.problem.Load(); p != nil {
		problem = (*p).Error()
	} else if p := db.tableProblem.Load(); p != nil {
		problem = fmt.Sprintf("tables cannot be written: %v", *p)
	}
	if p := db.commitProblem.Load(); p != nil {
		commit = (*p).Error()
		if problem == nil {
			problem = fmt.Sprintf("paused: %v", *p)
		}
	}
	cells.Builder{Out: out}.Add(st.epoch, st.clock, db.committed.Load(), db.shards, problem, commit)
	return nil
}

func (db *Database) jobTable(_ *SystemContext, out *row.Batch) error {
	b := cells.Builder{Out: out}
	for _, j := range db.jobs.All() {
		phase, rows, total := j.Read()
		var t any
		if total > 0 {
			t = total
		}
		b.Add(j.ID, j.Kind, j.Object, phase, rows, t, timestamp(j.Began))
	}
	return nil
}

func (db *Database) sessionTable(_ *SystemContext, out *row.Batch) error {
	b := cells.Builder{Out: out}
	for _, s := range db.sessions.list() {
		s.mu.Lock()
		word, since := "idle", s.began
		if s.cancel != nil {
			word = "active"
		}
		if !s.since.IsZero() {
			since = s.since
		}
		b.Add(s.pid, s.user, s.shownApplication(), cells.TextOrNull(s.addr), word, cells.TextOrNull(s.running), timestamp(since))
		s.mu.Unlock()
	}
	return nil
}

// stateOf is the epoch that a system table is read at.
func stateOf(ctx *SystemContext) *state { return ctx.Catalog.(system.Reader).Epoch.(*state) }
