package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/engine/sourcedef"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
	"github.com/tarndb/tarn/topics"
)

func (s *Session) createSource(ctx context.Context, st *Statement, n *ast.CreateSource) (*Rows, error) {
	if n.OrReplace {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "CREATE OR REPLACE SOURCE is not supported").At(n.Pos())
	}
	return s.createSourceBody(ctx, st, &n.Relation, false, "CREATE SOURCE")
}

// createSourceBody makes a source. stored is CREATE TABLE with a connector: its
// rows are kept. So are those of FORMAT UPSERT, since the old row of a key must
// be known to be replaced.
func (s *Session) createSourceBody(ctx context.Context, st *Statement, n *ast.Relation, stored bool, tag string) (*Rows, error) {
	return s.create(ctx, st, n.Name, RelSource, n.IfNotExists, tag, func(c *catalog.Catalog, o *catalog.Object) error {
		for _, opt := range n.With {
			o.Options = append(o.Options, catalog.Option{Name: opt.Name, Value: opt.Value})
		}
		fields, err := s.db.ownFields(o)
		if err != nil {
			return sourcedef.OptionPosition(err, n.With)
		}
		if err := sourcedef.Define(n, o, fields, s.bindOptions(c, nil)); err != nil {
			return err
		}
		if stored && o.Format == sourcedef.Plain {
			return pgerr.New(pgerr.FeatureNotSupported, "CREATE TABLE with a connector needs FORMAT UPSERT").At(n.Name.Pos()).
				WithHint("Use CREATE SOURCE, and a materialized view to keep its rows.")
		}
		if o.Format == sourcedef.Upsert {
			o.Output = c.NextArr
		}
		src, err := s.db.newSource(o)
		if err != nil {
			return sourcedef.OptionPosition(err, n.With)
		}
		if err := s.beginLatest(ctx, src); err != nil {
			return err
		}
		return s.db.changeCatalog(ctx, func(c *catalog.Catalog) (*catalog.Catalog, error) { return s.db.addSource(c, o, src) })
	})
}

// beginLatest fixes where a source begins that is to read only what arrives after
// it was made. Other starts mean the same whenever they are asked for.
func (s *Session) beginLatest(ctx context.Context, src *source) error {
	if src.startAt.Mode != topics.Latest {
		return nil
	}
	short, cancel := context.WithTimeout(ctx, latestPatience)
	defer cancel()
	at, err := src.resolveNow(short)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err == nil || errors.Is(err, topics.ErrNoTopic):
		src.begin(at) // of a topic that is made later, all is new
	default:
		s.notice("NOTICE", pgerr.SuccessfulCompletion,
			fmt.Sprintf("source %q begins where its topic ends when it is first reached: %v", src.obj.Name, err))
	}
	return nil
}

// latestPatience is how long CREATE SOURCE waits for the broker.
const latestPatience = 5 * time.Second

// addSource puts a source into the circuit. One that keeps its rows is started,
// and reads of it wait until it has reached what the topic held. It belongs to
// the loop.
func (db *Database) addSource(c *catalog.Catalog, o *catalog.Object, src *source) (*catalog.Catalog, error) {
	if err := db.flow.Attach(o); err != nil {
		return nil, err
	}
	db.sources[o.OID] = src
	if o.Stored() {
		wanted, _ := db.flow.Wanted(o)
		src.reader.Hold()
		src.start(wanted)
	}
	return c.With(o), nil
}

// tendSources makes every source read what live views and hydrations need of it,
// and no other source read. It belongs to the loop.
func (db *Database) tendSources() {
	for oid, s := range db.sources {
		wanted, live := db.flow.Wanted(db.catalog.Objects[oid])
		switch {
		case !live:
			s.reader.Rest()
		case !s.reader.Reads(wanted):
			s.reader.Stop()
			s.start(wanted)
		}
	}
}

// sourceConfig reads a source's options.
func (db *Database) sourceConfig(o *catalog.Object) (topics.Config, error) {
	opts := make([]topics.Option, 0, len(o.Options)+1)
	needsBroker := !o.Native()
	for _, x := range o.Options {
		opts = append(opts, topics.Option(x))
		name := strings.ToLower(x.Name)
		needsBroker = needsBroker && name != "properties.bootstrap.server" && name != "properties.bootstrap.servers"
	}
	if needsBroker && db.opts.DefaultBroker != "" {
		opts = append(opts, topics.Option{Name: "properties.bootstrap.server", Value: db.opts.DefaultBroker})
	}
	return topics.ParseOptions(opts)
}

// ownFields are the columns that the connector itself has, nil for one that has
// messages. What its options mean from now on is written down with them.
func (db *Database) ownFields(o *catalog.Object) ([]topics.Field, error) {
	if !o.Native() || db.opts.OpenLog == nil {
		return nil, nil
	}
	cfg, err := db.sourceConfig(o)
	if err != nil {
		return nil, err
	}
	for _, x := range cfg.Pinned(time.Now()) {
		o.Options = append(o.Options, catalog.Option(x))
	}
	log, err := db.opts.OpenLog(cfg)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	if native, ok := log.(topics.ColumnLog); ok {
		return native.Fields(), nil
	}
	return nil, nil
}

// spareBatches is how many of a source's batches may wait to be used again: each is
// some 400 KB, and they were a tenth of a limit of 128 MiB.
func spareBatches(limit int64) int {
	if limit == 0 {
		return 0
	}
	return int(max(2, limit>>25))
}

// newSource makes the running side of a source; it does not read yet.
func (db *Database) newSource(o *catalog.Object) (*source, error) {
	cfg, err := db.sourceConfig(o)
	if err != nil {
		return nil, err
	}
	if db.opts.OpenLog == nil {
		return nil, pgerr.New(pgerr.FeatureNotSupported, "this database was opened without topics")
	}
	reader, err := ingest.New(ingest.Config{
		Open: func() (topics.Log, error) { return db.opts.OpenLog(cfg) },
		Spec: sourcedef.Spec(o), Start: cfg.Start, Retry: db.opts.Retry, Wake: db.notify, Waterline: ingestLine(o.Waterline),
		Memory: db.store.Memory().Reservation(storage.BatchMemory), Spare: spareBatches(db.opts.MemoryLimit),
	})
	if err != nil {
		return nil, err
	}
	return &source{
		obj: o, reader: reader, startAt: cfg.Start, topic: cfg.Topic,
		starts: map[int32]int64{}, offsets: map[int32]int64{}, levels: ingest.NewLevels(),
	}, nil
}
