// Package sourcedef is what CREATE SOURCE says: the columns of a source, how its
// messages are read, and how late its rows may be.
package sourcedef

import (
	"errors"
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/ingest"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/format"
)

// The formats of messages.
const (
	Plain  = "PLAIN"
	Upsert = "UPSERT"
)

// Define sets a source's columns, key, format and waterline. fields are those that
// its connector has of its own, nil for one that has messages.
func Define(n *ast.Relation, o *catalog.Object, fields []topics.Field, opts bind.Options) error {
	o.Format = Plain
	if fields == nil || n.Format != nil {
		if err := defineFormat(n, o); err != nil {
			return err
		}
	}
	if len(n.Likes) > 0 {
		return pgerr.New(pgerr.FeatureNotSupported, "LIKE is not supported on sources").At(n.Likes[0].Pos())
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
		if err := table.AddColumn(def, o, opts); err != nil {
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
	if err := table.SetKey(table.Keys(n), o); err != nil {
		return err
	}
	if fields != nil {
		if _, err := ingest.MatchFields(fields, Spec(o)); err != nil {
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
	if o.Format != Plain && o.Format != Upsert {
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
	if o.Format != Upsert {
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

// Spec is what a decoder of the source's messages needs.
func Spec(o *catalog.Object) format.Spec {
	spec := format.Spec{Format: format.Plain}
	if o.Format == Upsert {
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

// OptionPosition gives an option's error the option's place in the statement.
func OptionPosition(err error, opts []*ast.Option) error {
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
