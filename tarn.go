// Package tarn embeds the database in a Go program: the same SQL, the same
// views and the same data directory as the server's, without a network.
//
//	db, err := tarn.Open(tarn.Options{Dir: "data"})
//	err = db.Exec(ctx, `CREATE TABLE t (a int); INSERT INTO t VALUES (1)`)
//	rows, err := db.Query(ctx, `SELECT a FROM t`)
package tarn

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/broker"
	"github.com/tarndb/tarn/topics/kafka"
)

// Version is the version of this build.
const Version = "0.1.0"

// Options say how a database is opened. Only Dir is needed.
type Options struct {
	Dir            string        // the data directory; made if it does not exist
	EmbeddedBroker string        // host:port of a Kafka broker to run inside; empty: none
	Shards         int           // 0: one per core
	MemoryLimit    int64         // bytes of state in memory; 0: no limit
	CommitInterval time.Duration // 0: one second
	Logger         *slog.Logger  // nil: slog.Default

	// System and SystemCall are the catalogs that clients of the wire protocol
	// read; a program that only uses this package needs none.
	System     []engine.SystemTable
	SystemCall engine.SystemCall
}

// DB is an open database. Its methods are for all goroutines.
type DB struct {
	engine *engine.Database
	broker *broker.Broker
}

// Open opens or makes a data directory.
func Open(o Options) (*DB, error) {
	if o.Dir == "" {
		return nil, fmt.Errorf("tarn: Options.Dir is empty")
	}
	db := &DB{}
	eo := engine.Options{
		Dir: o.Dir, Shards: o.Shards, MemoryLimit: o.MemoryLimit, CommitInterval: o.CommitInterval,
		Logger: o.Logger, System: o.System, SystemCall: o.SystemCall, Version: Version, OpenLog: openLog,
	}
	var err error
	if o.EmbeddedBroker != "" {
		eo.StartBroker = func() (string, error) {
			db.broker, err = broker.Start(broker.Config{Addr: o.EmbeddedBroker, Dir: filepath.Join(o.Dir, "topics"), Log: o.Logger})
			if err != nil {
				return "", err
			}
			return db.broker.Addr(), nil
		}
	}
	if db.engine, err = engine.Open(eo); err != nil {
		if db.broker != nil {
			_ = db.broker.Close()
		}
		return nil, err
	}
	return db, nil
}

func openLog(c topics.Config) (topics.Log, error) {
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

// Close makes everything durable and closes the directory.
func (db *DB) Close() error {
	err := db.engine.Close()
	if db.broker != nil {
		if e := db.broker.Close(); err == nil {
			err = e
		}
	}
	return err
}

// Exec runs the statements of a text as one implicit transaction and drops
// their rows.
func (db *DB) Exec(ctx context.Context, sql string) error {
	return db.run(ctx, sql, func([]engine.ResultColumn, *row.Batch) {})
}

// Result is the rows of a query.
type Result struct {
	Columns []engine.ResultColumn
	Rows    []row.Row // a row of weight n stands n times
}

// Query runs a text and gives the rows of its last statement.
func (db *DB) Query(ctx context.Context, sql string) (*Result, error) {
	out := &Result{}
	err := db.run(ctx, sql, func(cols []engine.ResultColumn, b *row.Batch) {
		if b == nil {
			*out = Result{Columns: cols}
			return
		}
		for i := range b.Len() {
			for range b.Weights[i] {
				out.Rows = append(out.Rows, b.Row(i))
			}
		}
	})
	return out, err
}

// run gives each statement's columns to fn, with a nil batch, and then its batches.
func (db *DB) run(ctx context.Context, sql string, fn func([]engine.ResultColumn, *row.Batch)) error {
	s, err := db.engine.NewSession(engine.StartupInfo{})
	if err != nil {
		return err
	}
	defer s.Close()
	statements, err := s.Parse(sql)
	if err != nil {
		return err
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
	fn(rows.Columns(), nil)
	for {
		b, err := rows.Next(ctx)
		if err != nil || b == nil {
			return err
		}
		fn(rows.Columns(), b)
	}
}
