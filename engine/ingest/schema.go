package ingest

import (
	"fmt"
	"slices"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
	"github.com/tarndb/tarn/topics/format"
)

// SQLSTATEs of PostgreSQL: undefined_column, datatype_mismatch and
// feature_not_supported.
const (
	codeNoColumn     = "42703"
	codeTypeMismatch = "42804"
	codeNotSupported = "0A000"
)

// MatchFields finds the declared columns of a source among the fields of a log
// that has columns, by name. Errors are *topics.OptionError.
func MatchFields(fields []topics.Field, spec format.Spec) ([]int, error) {
	at := make([]int, len(spec.Columns))
	for i, c := range spec.Columns {
		if c.Origin != format.Field || spec.Format != format.Plain {
			return nil, &topics.OptionError{Code: codeNotSupported, Option: c.Name,
				Message: fmt.Sprintf("column %q cannot be had from this connector: its rows are no messages", c.Name)}
		}
		at[i] = slices.IndexFunc(fields, func(f topics.Field) bool { return f.Name == c.Name })
		if at[i] < 0 {
			return nil, &topics.OptionError{Code: codeNoColumn, Option: c.Name,
				Message: fmt.Sprintf("column %q is not among those of the connector", c.Name), Hint: fieldsHint(fields)}
		}
		if t := fields[at[i]].Type; !sameForm(t, c.Type) {
			return nil, &topics.OptionError{Code: codeTypeMismatch, Option: c.Name,
				Message: fmt.Sprintf("column %q is of type %s, but the connector gives %s", c.Name, c.Type, t)}
		}
	}
	return at, nil
}

// sameForm reports that values of two types are held alike and mean the same: a
// timestamp of a connector is in UTC.
func sameForm(a, b row.Type) bool {
	kind := func(t row.Type) row.Kind {
		switch t.Kind {
		case row.Varchar:
			return row.Text
		case row.Timestamp:
			return row.Timestamptz
		}
		return t.Kind
	}
	return kind(a) == kind(b) && a.Elem == b.Elem && b.Typmod() < 0
}

func fieldsHint(fields []topics.Field) string {
	hint := "They are "
	for i, f := range fields {
		if i > 0 {
			hint += ", "
		}
		hint += f.Name + " " + f.Type.String()
	}
	return hint + "."
}

func newColumnFeed(log topics.ColumnLog, p int32, spec format.Spec, wanted []int) (*columnFeed, error) {
	at, err := MatchFields(log.Fields(), spec)
	if err != nil {
		return nil, err
	}
	f := &columnFeed{log: log, p: p, wanted: wanted, types: columnTypes(spec)}
	for _, c := range wanted {
		f.cols = append(f.cols, at[c])
	}
	return f, nil
}

// columnTypes are the types of the declared columns.
func columnTypes(spec format.Spec) []row.Type {
	out := make([]row.Type, len(spec.Columns))
	for i, c := range spec.Columns {
		out[i] = c.Type
	}
	return out
}
