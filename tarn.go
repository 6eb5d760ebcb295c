// Package tarn embeds the database in a Go program: the same SQL, the same
// views and the same data directory as the server's, without a network.
//
//	db, err := tarn.Open(tarn.Options{Dir: "data"})
//	err = db.Exec(ctx, `CREATE TABLE t (a int); INSERT INTO t VALUES (1)`)
//	result, err := db.Query(ctx, `SELECT a FROM t`)
//	text, null := result.Text(0, 0)
//
// It needs no server beside it. Topics are read as the server reads them.
package tarn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/broker"
	"github.com/tarndb/tarn/topics/kafka"
	"github.com/tarndb/tarn/topics/nexmark"
)

// Version is the version of this build.
const Version = "0.1.0"

// Options say how a database is opened. Only Dir is needed.
type Options struct {
	Dir            string        // the data directory; made if it does not exist
	EmbeddedBroker string        // host:port of a Kafka broker to run inside, kept in Dir; empty: none
	Shards         int           // 0: the directory's; of a new one, one per core
	MemoryLimit    int64         // bytes for state, caches and queries; 0: no limit
	CommitInterval time.Duration // 0: one second
	Logger         *slog.Logger  // nil: slog.Default

	// OpenLog opens the topics of sources in place of Kafka's client: for logs of
	// the program's own. nil: Kafka.
	OpenLog engine.OpenLog

	// System and SystemCall are the catalogs that clients of the wire protocol
	// read; a program that only uses this package needs none.
	System     []engine.SystemTable
	SystemCall engine.SystemCall
}

// DB is an open database. Its methods are for all goroutines.
type DB struct {
	engine *engine.Database
	broker *broker.Broker
	close  func() error

	ending  context.Context // ends when Close begins
	end     context.CancelCauseFunc
	running sync.RWMutex // held for reading by each call; Close waits for it
}

func errClosed() error { return pgerr.New(pgerr.AdminShutdown, "the database is closed") }

// Open opens or makes a data directory, which is this process's alone until
// Close. A directory of another version, in use, or corrupt is refused, and
// nothing is written to it, but for the store's own bookkeeping where it is the
// table log that is corrupt.
func Open(o Options) (*DB, error) {
	if o.Dir == "" {
		return nil, fmt.Errorf("tarn: Options.Dir is empty")
	}
	db := &DB{}
	eo := o.engine(&db.broker)
	db.ending, db.end = context.WithCancelCause(context.Background())
	db.close = sync.OnceValue(db.shutDown)
	var err error
	if db.engine, err = engine.Open(eo); err != nil {
		if db.broker != nil {
			_ = db.broker.Close()
		}
		return nil, err
	}
	return db, nil
}

// engine is the engine's options; the broker that they start is put where broker points to.
func (o *Options) engine(into **broker.Broker) engine.Options {
	eo := engine.Options{
		Dir: o.Dir, Shards: o.Shards, MemoryLimit: o.MemoryLimit, CommitInterval: o.CommitInterval,
		Logger: o.Logger, System: o.System, SystemCall: o.SystemCall, Version: Version, OpenLog: o.OpenLog,
	}
	if eo.OpenLog == nil {
		eo.OpenLog = openLog
	}
	if o.EmbeddedBroker != "" {
		eo.StartBroker = func() (addr string, err error) {
			b, err := broker.Start(broker.Config{Addr: o.EmbeddedBroker, Dir: filepath.Join(o.Dir, "topics"), Log: o.Logger})
			if err != nil {
				return "", err
			}
			*into = b
			return b.Addr(), nil
		}
	}
	return eo
}

// Check examines a data directory that no process has open and changes nothing
// in it: see engine.Check. With Options.EmbeddedBroker the broker of the directory
// is started, and keeps its own books. Throw-away state goes to scratch.
func Check(ctx context.Context, o Options, scratch string, report engine.CheckReport) error {
	var b *broker.Broker
	err := engine.Check(ctx, o.engine(&b), scratch, report)
	if b != nil {
		err = errors.Join(err, b.Close())
	}
	return err
}

func openLog(c topics.Config) (topics.Log, error) {
	if c.Connector == topics.ConnectorNexmark {
		return nexmark.Open(c.Nexmark), nil
	}
	return kafka.Open(kafka.Config{Brokers: c.Brokers}, c.Topic), nil
}

// Engine is the database below, for servers.
func (db *DB) Engine() *engine.Database { return db.engine }

// BrokerAddr is where the embedded broker listens; empty without one.
func (db *DB) BrokerAddr() string {
	if db.broker == nil {
		return ""
	}
	return db.broker.Addr()
}

// Close makes everything durable, ends what still runs and closes the
// directory. What is called after it, or still waits, fails; a second Close
// gives the first one's error.
func (db *DB) Close() error { return db.close() }

func (db *DB) shutDown() error {
	db.end(errClosed())
	db.running.Lock()
	defer db.running.Unlock()
	err := db.engine.Close()
	if db.broker != nil {
		if e := db.broker.Close(); err == nil {
			err = e
		}
	}
	return err
}

// Exec runs the statements of a text as one implicit transaction, as the wire
// protocol's simple query does, and drops their rows. Errors of SQL are
// *pgerr.Error, with SQLSTATE and position.
func (db *DB) Exec(ctx context.Context, sql string) error {
	return db.run(ctx, sql, func([]engine.ResultColumn, *row.Batch) {})
}

// Result is the rows of a query. It is the caller's.
type Result struct {
	Columns []engine.ResultColumn
	Rows    []row.Row // cells have the types of Columns
}

// Text is a cell as PostgreSQL prints it; null reports SQL's NULL.
func (r *Result) Text(i, column int) (text string, null bool) {
	cell := r.Rows[i][column]
	if cell.Null {
		return "", true
	}
	return string(row.AppendText(nil, r.Columns[column].Type, cell, nil)), false
}

// Query runs a text, like Exec, and gives the rows of its last statement.
func (db *DB) Query(ctx context.Context, sql string) (*Result, error) {
	out := &Result{}
	err := db.run(ctx, sql, func(cols []engine.ResultColumn, b *row.Batch) {
		if b == nil {
			*out = Result{Columns: cols}
			return
		}
		out.add(b)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// add copies rows: a batch is only lent.
func (r *Result) add(b *row.Batch) {
	own := row.NewBatch(b.Types(), b.Len())
	for i := range b.Len() {
		own.AppendFrom(b, i, b.Weights[i])
	}
	for i := range own.Len() {
		for range own.Weights[i] {
			r.Rows = append(r.Rows, own.Row(i))
		}
	}
}

// run gives each statement's columns to fn, with a nil batch, and then its batches.
func (db *DB) run(ctx context.Context, sql string, fn func([]engine.ResultColumn, *row.Batch)) error {
	db.running.RLock()
	defer db.running.RUnlock()
	if db.ending.Err() != nil {
		return errClosed()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(db.ending, func() { cancel(context.Cause(db.ending)) })()
	s, err := db.engine.NewSession(engine.StartupInfo{})
	if err != nil {
		return err
	}
	defer s.Close()
	statements, err := s.Parse(sql)
	if err != nil {
		return err
	}
	if len(statements) == 1 {
		s.StandAlone()
	}
	for _, st := range statements {
		if err := runStatement(ctx, s, st, fn); err != nil {
			_ = s.EndImplicit(ctx, true)
			return err
		}
	}
	return s.EndImplicit(ctx, false)
}

func runStatement(ctx context.Context, s *engine.Session, st *engine.Statement, fn func([]engine.ResultColumn, *row.Batch)) error {
	p, err := s.Prepare(ctx, st, nil)
	if err != nil {
		return err
	}
	rows, err := s.Execute(ctx, p, nil)
	if err != nil {
		return err
	}
	defer rows.Close()
	if rows.CopyIn() != nil || rows.CopyOut() != nil {
		return pgerr.New(pgerr.FeatureNotSupported, "COPY needs a client of the Postgres protocol")
	}
	fn(rows.Columns(), nil)
	for {
		b, err := rows.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		fn(rows.Columns(), b)
	}
}
