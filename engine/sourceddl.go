package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/storage"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/format"
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
		if err := s.db.defineSource(n, o); err != nil {
			return err
		}
		if stored && o.Format == formatPlain {
			return pgerr.New(pgerr.FeatureNotSupported, "CREATE TABLE with a connector needs FORMAT UPSERT").At(n.Name.Pos()).
				WithHint("Use CREATE SOURCE, and a materialized view to keep its rows.")
		}
		if o.Format == formatUpsert {
			o.Output = c.NextArr
		}
		src, err := s.db.newSource(o)
		if err != nil {
			return optionPosition(err, n.With)
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
	if err := db.flow.attach(o); err != nil {
		return nil, err
	}
	db.sources[o.OID] = src
	if o.Stored() {
		wanted, _ := db.flow.wanted(o.OID)
		src.reader.Hold()
		src.start(wanted)
	}
	return c.With(o), nil
}

// tendSources makes every source read what live views and hydrations need of it,
// and no other source read. It belongs to the loop.
func (db *Database) tendSources() {
	for oid, s := range db.sources {
		wanted, live := db.flow.wanted(oid)
		switch {
		case !live:
			s.reader.Rest()
		case !s.reader.Reads(wanted):
			s.reader.Stop()
			s.start(wanted)
		}
	}
}

const (
	formatPlain  = "PLAIN"
	formatUpsert = "UPSERT"
)

// defineSource sets columns, options and format.
func (db *Database) defineSource(n *ast.Relation, o *catalog.Object) error {
	for _, opt := range n.With {
		o.Options = append(o.Options, catalog.Option{Name: opt.Name, Value: opt.Value})
	}
	fields, err := db.ownFields(o)
	if err != nil {
		return optionPosition(err, n.With)
	}
	o.Format = formatPlain
	if fields == nil || n.Format != nil {
		if err := defineFormat(n, o); err != nil {
			return err
		}
	}
	if len(n.Checks) > 0 {
		return pgerr.New(pgerr.FeatureNotSupported, "CHECK constraints are not supported on sources").At(n.Checks[0].Pos())
	}
	for _, def := range n.Columns {
		switch {
		case def.Default != nil:
			return pgerr.New(pgerr.FeatureNotSupported, "defaults are not supported on sources").At(def.Default.Pos())
		case def.Generated != nil:
			return pgerr.New(pgerr.FeatureNotSupported, "generated columns are not supported on sources").At(def.Generated.Pos())
		case len(def.Check) > 0:
			return pgerr.New(pgerr.FeatureNotSupported, "CHECK constraints are not supported on sources").At(def.Check[0].Pos())
		}
		if err := table.AddColumn(def, o); err != nil {
			return err
		}
	}
	for _, inc := range n.Includes {
		if err := defineInclude(inc, o); err != nil {
			return err
		}
	}
	if len(o.Columns) == 0 {
		for _, f := range fields {
			o.Columns = append(o.Columns, catalog.Column{Name: f.Name, Type: f.Type})
		}
	}
	if len(o.Columns) == 0 {
		return pgerr.New(pgerr.InvalidTableDefinition, "a source needs columns").At(n.Name.Pos()).
			WithHint("List the fields of the messages: CREATE SOURCE s (id bigint, ...).")
	}
	if err := table.AddKeys(n, o); err != nil {
		return err
	}
	if fields != nil {
		if _, err := ingest.MatchFields(fields, sourceSpec(o)); err != nil {
			return columnPosition(err, n.Columns)
		}
	}
	if err := defineWaterline(n.Watermarks, o); err != nil {
		return err
	}
	return defineUpsertKey(n, o)
}

// defineFormat sets how messages are read.
func defineFormat(n *ast.Relation, o *catalog.Object) error {
	if n.Format == nil {
		return pgerr.New(pgerr.SyntaxError, "a source needs a format").At(n.Name.Pos()).
			WithHint("Add FORMAT PLAIN ENCODE JSON, or FORMAT UPSERT ENCODE JSON.")
	}
	o.Format = strings.ToUpper(n.Format.Format)
	if o.Format != formatPlain && o.Format != formatUpsert {
		return pgerr.New(pgerr.FeatureNotSupported, "FORMAT %s is not supported", o.Format).At(n.Format.Pos()).
			WithHint("Supported formats are PLAIN and UPSERT.")
	}
	if e := strings.ToUpper(n.Format.Encode); e != "JSON" {
		return pgerr.New(pgerr.FeatureNotSupported, "ENCODE %s is not supported", e).At(n.Format.Pos()).
			WithHint("The supported encoding is JSON.")
	}
	if len(n.Format.Options) > 0 {
		x := n.Format.Options[0]
		return pgerr.New(pgerr.InvalidParameterValue, "unrecognized format option %q", x.Name).At(x.Pos())
	}
	return nil
}

var includeTypes = map[string]row.Type{
	"key": row.T(row.Bytea), "partition": row.T(row.Int4), "offset": row.T(row.Int8),
	"timestamp": row.T(row.Timestamptz), "headers": row.T(row.JSONB), "header": row.T(row.JSONB),
}

// defineInclude adds a column about the message; a declared column of the same
// name becomes it, and keeps its type.
func defineInclude(inc *ast.Include, o *catalog.Object) error {
	t, ok := includeTypes[inc.What]
	if !ok {
		return pgerr.New(pgerr.FeatureNotSupported, "INCLUDE %s is not supported", inc.What).At(inc.Pos()).
			WithHint("Valid values are key, partition, offset, timestamp, headers.")
	}
	what := inc.What
	if what == "header" && inc.Field == "" {
		what = "headers"
	}
	if inc.Field != "" {
		what, t = "header:"+inc.Field, row.T(row.Bytea)
	}
	name := inc.Alias
	if name == "" {
		name = "_" + inc.What
		if inc.Field != "" {
			name += "_" + inc.Field
		}
	}
	i := slices.IndexFunc(o.Columns, func(c catalog.Column) bool { return c.Name == name })
	if i < 0 {
		o.Columns = append(o.Columns, catalog.Column{Name: name, Type: t, Include: what})
		return nil
	}
	if o.Columns[i].Include != "" {
		return pgerr.New(pgerr.DuplicateColumn, "column %q specified more than once", name).At(inc.Pos())
	}
	o.Columns[i].Include = what
	return nil
}

// defineUpsertKey finds what names a row of an upsert source: the message's key.
func defineUpsertKey(n *ast.Relation, o *catalog.Object) error {
	if o.Format != formatUpsert {
		return nil // a key is what the user promises of the messages
	}
	key := slices.IndexFunc(o.Columns, func(c catalog.Column) bool { return c.Include == "key" })
	if key < 0 {
		return pgerr.New(pgerr.InvalidTableDefinition, "FORMAT UPSERT needs the key as a column").At(n.Name.Pos()).
			WithHint("Add INCLUDE key AS k.")
	}
	if o.Key != nil && !slices.Equal(o.Key, []int{key}) {
		return pgerr.New(pgerr.InvalidTableDefinition, "the primary key of FORMAT UPSERT must be the column of INCLUDE key").At(n.Name.Pos()).
			WithHint("Use PRIMARY KEY (%s).", o.Columns[key].Name)
	}
	o.Key = []int{key}
	o.Columns[key].NotNull = true
	return nil
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
		Spec: sourceSpec(o), Start: cfg.Start, Retry: db.opts.Retry, Wake: db.notify, Waterline: ingestLine(o.Waterline),
		Memory: db.store.Memory().Reservation(storage.BatchMemory),
	})
	if err != nil {
		return nil, err
	}
	return &source{
		obj: o, reader: reader, startAt: cfg.Start, topic: cfg.Topic,
		starts: map[int32]int64{}, offsets: map[int32]int64{}, levels: ingest.NewLevels(),
	}, nil
}

func sourceSpec(o *catalog.Object) format.Spec {
	spec := format.Spec{Format: format.Plain}
	if o.Format == formatUpsert {
		spec.Format = format.Upsert
	}
	for _, c := range o.Columns {
		fc := format.Column{Name: c.Name, Type: c.Type, NotNull: c.NotNull}
		switch {
		case strings.HasPrefix(c.Include, "header:"):
			fc.Origin, fc.Field = format.Header, strings.TrimPrefix(c.Include, "header:")
		case c.Include != "":
			fc.Origin = map[string]format.Origin{
				"key": format.Key, "partition": format.Partition, "offset": format.Offset,
				"timestamp": format.Timestamp, "headers": format.Headers,
			}[c.Include]
		}
		spec.Columns = append(spec.Columns, fc)
	}
	return spec
}

// columnPosition gives an error about a column the column's place in the statement.
func columnPosition(err error, defs []*ast.ColumnDef) error {
	var oe *topics.OptionError
	if !errors.As(err, &oe) {
		return err
	}
	e := pgerr.New(oe.Code, "%s", oe.Message)
	if oe.Hint != "" {
		e = e.WithHint("%s", oe.Hint)
	}
	for _, def := range defs {
		if def.Name == oe.Option {
			return e.At(def.Pos())
		}
	}
	return e
}

// optionPosition gives an option's error the option's place in the statement.
func optionPosition(err error, opts []*ast.Option) error {
	var oe *topics.OptionError
	if !errors.As(err, &oe) {
		var de interface{ SQLState() string }
		if errors.As(err, &de) {
			return pgerr.Wrap(err, de.SQLState(), "%v", err)
		}
		return err
	}
	e := pgerr.New(oe.Code, "%s", oe.Message)
	if oe.Hint != "" {
		e = e.WithHint("%s", oe.Hint)
	}
	for _, x := range opts {
		if strings.EqualFold(x.Name, oe.Option) {
			return e.At(x.Pos())
		}
	}
	return e
}
