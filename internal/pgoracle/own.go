package pgoracle

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/tarndb/tarn/sql/ast"
)

// own names what in a tree is SQL of Tarn's own, which PostgreSQL does not know or
// reads as something else; empty for plain SQL.
func own(stmts []ast.Statement) string {
	what := ""
	for _, s := range stmts {
		ast.Inspect(s, func(n ast.Node) bool {
			if what == "" {
				what = ownNode(n)
			}
			return what == ""
		})
	}
	return what
}

func ownNode(n ast.Node) string {
	switch n := n.(type) {
	case *ast.Select:
		if n.EmitOnWindowClose {
			return "EMIT ON WINDOW CLOSE"
		}
	case *ast.JoinExpr:
		if n.AsOf {
			return "ASOF JOIN"
		}
	case *ast.TableRef:
		if n.AsOf != nil {
			return "FOR SYSTEM_TIME AS OF"
		}
	case *ast.Drop:
		return ofKind("DROP", n.Kind)
	case *ast.Alter:
		return ofKind("ALTER", n.Kind)
	case *ast.Comment:
		return ofKind("COMMENT ON", n.Kind)
	}
	return ownStatement(n)
}

// ofKind is for the commands on kinds of objects that PostgreSQL does not have.
func ofKind(verb string, k ast.ObjectKind) string {
	if k == ast.KindSource || k == ast.KindSink {
		return verb + " " + strings.ToUpper(string(k))
	}
	return ""
}

func ownStatement(n ast.Node) string {
	switch n := n.(type) {
	case *ast.CreateSource:
		return "CREATE SOURCE"
	case *ast.Flush:
		return "FLUSH"
	case *ast.Show:
		if n.What != "" {
			return "SHOW " + strings.ToUpper(n.What)
		}
	case *ast.CreateTable:
		if n.AppendOnly || fed(n.With) || len(n.Watermarks)+len(n.Includes) > 0 || n.Format != nil || len(n.Columns)+len(n.Keys)+len(n.Checks)+len(n.Likes) == 0 {
			return "CREATE TABLE from a topic"
		}
	case *ast.ColumnDef:
		if n.Generated != nil {
			return "a column AS an expression"
		}
	case *ast.Explain:
		switch q := n.Stmt.(type) {
		case *ast.CreateTable, *ast.CreateIndex:
			return "EXPLAIN of a definition"
		case *ast.CreateView:
			if !q.Materialized {
				return "EXPLAIN of a definition"
			}
		}
	case *ast.CreateView:
		if n.Materialized && n.OrReplace {
			return "CREATE OR REPLACE MATERIALIZED VIEW"
		}
		if !n.Materialized && n.IfNotExists {
			return "CREATE VIEW IF NOT EXISTS"
		}
	}
	return ""
}

func fed(with []*ast.Option) bool {
	return slices.ContainsFunc(with, func(o *ast.Option) bool { return o.Name == "connector" })
}

// newer names what PostgreSQL 16 has in its grammar and 15 has not: the SQL/JSON
// constructors and tests, and SYSTEM_USER.
func newer(tree *pg.ParseResult) string {
	return newerIn(tree.ProtoReflect())
}

func newerIn(m protoreflect.Message) string {
	name := string(m.Descriptor().Name())
	if strings.HasPrefix(name, "Json") {
		return name
	}
	found := ""
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.Message() == nil:
		case f.IsList():
			for i := range v.List().Len() {
				if found == "" {
					found = newerIn(v.List().Get(i).Message())
				}
			}
		default:
			found = newerIn(v.Message())
		}
		return found == ""
	})
	return found
}

// late are the beginnings of messages with which Tarn's parser refuses what
// PostgreSQL refuses after its grammar, in its analysis.
var late = []string{
	"number of columns does not match number of values",
	"source for a multiple-column UPDATE item must be",
	"multiple default values specified for column",
	"multiple generation clauses specified for column",
	"both default and generation expression specified for column",
	"conflicting NULL/NOT NULL declarations for column",
	"SELECT ... INTO is not allowed here", "multiple identity specifications for column", "both default and identity specified for column",
	"both identity and generation expression specified for column", "conflicting or redundant options", `value "`,
	"there is no parameter $", "ASC/DESC is not allowed in ON CONFLICT", "NULLS FIRST/LAST is not allowed in ON CONFLICT",
	"column name must be qualified",
	"type modifiers must be simple constants",
	"FOR UPDATE must specify unqualified", "FOR SHARE must specify unqualified",
	"FOR NO KEY UPDATE must specify unqualified", "FOR KEY SHARE must specify unqualified",
}

func isLate(message string) bool {
	for _, l := range late {
		if strings.HasPrefix(message, l) {
			return true
		}
	}
	return false
}
