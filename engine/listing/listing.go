// Package listing is SHOW of objects.
package listing

import (
	"fmt"
	"strings"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// SHOW of objects is a query of the tarn schema, so that it prints and filters
// like any other.
var queries = map[string]string{
	"sources":            `SELECT name, topic, format, state, problem, partitions, messages, bad_messages, lag FROM tarn.sources`,
	"tables":             `SELECT name FROM tarn.relations WHERE kind = 'table'`,
	"views":              `SELECT name FROM tarn.relations WHERE kind = 'view'`,
	"materialized views": `SELECT name, state, problem, rows FROM tarn.views`,
	"jobs":               `SELECT id, statement, object, phase, rows, started FROM tarn.jobs`,
	"schemas":            `SELECT DISTINCT schema AS name FROM tarn.columns`,
	"databases":          `SELECT 'tarn' AS name`,
	"sinks":              `SELECT name FROM tarn.relations WHERE false`,
	"indexes":            `SELECT name FROM tarn.relations WHERE false`,
	"columns":            `SELECT name, type, nullable FROM tarn.columns`,
}

// Query is the query that a SHOW of objects stands for.
func Query(n *ast.Show) (string, error) {
	if n.What == "create" {
		return create(n)
	}
	q, ok := queries[n.What]
	if !ok {
		return "", pgerr.New(pgerr.FeatureNotSupported, "SHOW %s is not supported", strings.ToUpper(n.What)).At(n.Pos())
	}
	order := " ORDER BY 1"
	var where []string
	if n.Object != nil {
		where = append(where, "relation = "+literal(n.Object.Name))
		if n.Object.Schema != "" {
			where = append(where, "schema = "+literal(n.Object.Schema))
		}
		order = " ORDER BY position"
	}
	if n.Like != "" {
		where = append(where, "name LIKE "+literal(n.Like))
	}
	if len(where) > 0 {
		q = fmt.Sprintf("SELECT * FROM (%s) x", q)
		if n.Object != nil {
			q = "SELECT name, type, nullable FROM tarn.columns x"
		}
		q += " WHERE " + strings.Join(where, " AND ")
	}
	return q + order, nil
}

func create(n *ast.Show) (string, error) {
	if n.Object == nil {
		return "", pgerr.New(pgerr.SyntaxError, "SHOW CREATE needs a name").At(n.Pos())
	}
	q := "SELECT name, definition AS create_sql FROM tarn.relations WHERE name = " + literal(n.Object.Name) +
		" AND kind = " + literal(string(n.Kind))
	if n.Object.Schema != "" {
		q += " AND schema = " + literal(n.Object.Schema)
	}
	return q, nil
}

// literal quotes a string for SQL.
func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
