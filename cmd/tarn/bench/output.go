package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/row"
)

// What becomes of the rows of a query that keeps no state. All other queries are
// stored: what they answer is their state.
const (
	checked = "checked" // all columns of all rows go into one row, which is the view
	stored  = "stored"  // the rows are the view
)

// storedSuffix after the name of a query that keeps no state asks for its rows,
// beside its checked form.
const storedSuffix = "-stored"

// stateless are the queries whose plans keep nothing of what they have seen.
var stateless = []string{"q0", "q1", "q2", "q14", "q21", "q22"}

// outputOf is what becomes of the rows of a run.
func (o *NexmarkOptions) outputOf(name string) string {
	if o.mode == modeGenerator && slices.Contains(stateless, name) {
		return o.output
	}
	return stored
}

// statements make the views of a run, in a database that has their sources.
func (o *NexmarkOptions) statements(ctx context.Context, d *database, name string) ([]string, error) {
	if o.outputOf(name) == checked {
		sql, err := checkedSQL(ctx, d, name)
		return []string{"CREATE MATERIALIZED VIEW " + name + " AS " + sql}, err
	}
	var out []string
	for _, v := range views(name) {
		out = append(out, querySQL(v))
	}
	return out, nil
}

// checkedSQL reads all columns of all rows of a query, so that none of its work
// can be left out, and gives one row, the same whatever the order of the rows.
func checkedSQL(ctx context.Context, d *database, name string) (string, error) {
	columns, err := d.columns(ctx, selectOf(name))
	if err != nil {
		return "", err
	}
	reads := []string{"count(*) AS rows"}
	for _, c := range columns {
		call, err := readColumn(c)
		if err != nil {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		reads = append(reads, call+" AS "+c.Name)
	}
	return "SELECT " + strings.Join(reads, ", ") + " FROM (" + selectOf(name) + ") AS q", nil
}

// readColumn is an aggregate that needs each value of a column.
func readColumn(c engine.ResultColumn) (string, error) {
	switch c.Type.Kind {
	case row.Int2, row.Int4, row.Int8, row.Numeric:
		return "sum(" + c.Name + ")", nil
	case row.Text:
		return "sum(length(" + c.Name + "))", nil
	case row.Timestamp:
		return "max(" + c.Name + ")", nil
	}
	return "", fmt.Errorf("nothing reads column %s of type %s", c.Name, c.Type)
}

// selectOf is a query without the view around it.
func selectOf(name string) string {
	_, sql, _ := strings.Cut(querySQL(name), " AS\n")
	return strings.TrimSuffix(strings.TrimSpace(sql), ";")
}
