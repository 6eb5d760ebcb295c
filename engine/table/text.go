package table

import (
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/sql/parser"
)

// definition is the statement that makes a table as it is.
func definition(o *catalog.Object) (string, error) {
	var parts []string
	for i, c := range o.Columns {
		text := quoteName(c.Name) + " " + c.Type.String()
		switch name := serialName(&c); {
		case c.Identity != "":
			text += " GENERATED " + map[string]string{"a": "ALWAYS", "d": "BY DEFAULT"}[c.Identity] + " AS IDENTITY"
		case name != "":
			text = quoteName(c.Name) + " " + name
		case c.Generated:
			text += " GENERATED ALWAYS AS (" + c.ValueSQL + ") STORED"
		case c.ValueSQL != "":
			text += " DEFAULT " + c.ValueSQL
		}
		if c.NotNull && !slices.Contains(o.Key, i) {
			text += " NOT NULL"
		}
		parts = append(parts, text)
	}
	if o.Key != nil {
		parts = append(parts, "CONSTRAINT "+quoteName(o.KeyName)+" PRIMARY KEY ("+columnList(o, o.Key)+")")
	}
	for _, x := range o.Indexes {
		if x.Constraint != 0 {
			parts = append(parts, "CONSTRAINT "+quoteName(x.Name)+" "+uniqueText(o, &x))
		}
	}
	for _, c := range o.Checks {
		parts = append(parts, "CONSTRAINT "+quoteName(c.Name)+" CHECK ("+c.SQL+")")
	}
	name := quoteName(o.Name)
	if o.Schema != catalog.PublicSchema {
		name = quoteName(o.Schema) + "." + name
	}
	text := "CREATE TABLE " + name + " (\n    " + strings.Join(parts, ",\n    ") + "\n)"
	_, err := parser.Parse(text)
	return text, err
}

func uniqueText(o *catalog.Object, x *catalog.IndexDef) string {
	text := "UNIQUE "
	if x.NullsEqual {
		text += "NULLS NOT DISTINCT "
	}
	text += "(" + columnList(o, x.Columns) + ")"
	if x.Include != nil {
		text += " INCLUDE (" + columnList(o, x.Include) + ")"
	}
	return text
}

func columnList(o *catalog.Object, columns []int) string {
	var names []string
	for _, c := range columns {
		names = append(names, quoteName(o.Columns[c].Name))
	}
	return strings.Join(names, ", ")
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
