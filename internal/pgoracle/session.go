package pgoracle

import (
	"math"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tarndb/tarn/sql/ast"
)

// show: a parameter's name is looked up without regard to case, and Tarn's tree has
// it in lower case already.
func show(s *pg.VariableShowStmt) *ast.Show {
	only(s, "name")
	return &ast.Show{Loc: ast.NoPos, Name: lower(s.Name)}
}

func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func set(s *pg.VariableSetStmt) ast.Statement {
	only(s, "kind", "name", "args", "is_local")
	out := &ast.Set{Loc: ast.NoPos, Name: lower(s.Name)}
	if s.IsLocal {
		out.Scope = ast.SetLocal
	}
	switch s.Kind {
	case pg.VariableSetKind_VAR_SET_VALUE:
		for _, a := range s.Args {
			out.Values = append(out.Values, setValue(a))
		}
	case pg.VariableSetKind_VAR_SET_DEFAULT:
		out.Default = true
	case pg.VariableSetKind_VAR_RESET:
		out.Default, out.FromReset = true, true
	case pg.VariableSetKind_VAR_RESET_ALL:
		out.Default, out.FromReset, out.Name = true, true, "all"
	case pg.VariableSetKind_VAR_SET_MULTI:
		return setTransaction(s)
	default:
		no("%s", s.Kind)
	}
	return out
}

// setValue: an interval is for SET TIME ZONE alone, and Tarn keeps it as text without
// its fields, which can only be HOUR or HOUR TO MINUTE.
func setValue(n *pg.Node) *ast.Const {
	switch n := n.Node.(type) {
	case *pg.Node_AConst:
		return constant(n.AConst)
	case *pg.Node_TypeCast:
		c, ok := expr(n.TypeCast.Arg).(*ast.Const)
		if t := typeName(n.TypeCast.TypeName); !ok || t.Names[len(t.Names)-1] != "interval" {
			no("a value of SET that is a cast")
		}
		return &ast.Const{Loc: ast.NoPos, Kind: ast.ConstString, Text: "INTERVAL '" + c.Text + "'"}
	}
	no("%s as a value of SET", kind(n))
	return nil
}

func setTransaction(s *pg.VariableSetStmt) *ast.SetTransaction {
	out := &ast.SetTransaction{Loc: ast.NoPos, Modes: modes(s.Args)}
	switch s.Name {
	case "TRANSACTION":
	case "SESSION CHARACTERISTICS":
		out.Session = true
	default:
		no("SET %s", s.Name)
	}
	return out
}

// modes: of those that are said twice the last counts.
func modes(list []*pg.Node) (m ast.TransactionModes) {
	for _, n := range list {
		d := n.GetDefElem()
		only(d, "defname", "arg", "defaction")
		c, ok := expr(d.Arg).(*ast.Const)
		if !ok {
			no("the transaction mode %s", d.Defname)
		}
		on := c.Int != 0
		switch d.Defname {
		case "transaction_isolation":
			m.Isolation = c.Text
		case "transaction_read_only":
			m.ReadOnly = &on
		case "transaction_deferrable":
			m.Deferrable = &on
		default:
			no("the transaction mode %s", d.Defname)
		}
	}
	return m
}

var transactions = map[pg.TransactionStmtKind]ast.TransactionKind{
	pg.TransactionStmtKind_TRANS_STMT_BEGIN: ast.Begin, pg.TransactionStmtKind_TRANS_STMT_START: ast.StartTransaction,
	pg.TransactionStmtKind_TRANS_STMT_COMMIT: ast.Commit, pg.TransactionStmtKind_TRANS_STMT_ROLLBACK: ast.Rollback,
	pg.TransactionStmtKind_TRANS_STMT_SAVEPOINT: ast.Savepoint, pg.TransactionStmtKind_TRANS_STMT_RELEASE: ast.ReleaseSavepoint,
	pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO: ast.RollbackToSavepoint,
}

func transaction(s *pg.TransactionStmt) *ast.Transaction {
	only(s, "kind", "options", "savepoint_name", "chain")
	k, ok := transactions[s.Kind]
	if !ok {
		no("%s", s.Kind)
	}
	return &ast.Transaction{Loc: ast.NoPos, Kind: k, Modes: modes(s.Options), Name: s.SavepointName, Chain: s.Chain}
}

// explain: without parentheses PostgreSQL knows the words as options too.
func explain(s *pg.ExplainStmt) *ast.Explain {
	only(s, "query", "options")
	out := &ast.Explain{Loc: ast.NoPos, Options: options(s.Options), Stmt: statement(s.Query)}
	for _, o := range out.Options {
		on := o.Value != "false" && o.Value != "off" && o.Value != "0"
		switch o.Name {
		case "analyze":
			out.Analyze = on
		case "verbose":
			out.Verbose = on
		}
	}
	return out
}

// The bits of a cursor, from PostgreSQL's parsenodes.h. Those of the plan are Tarn's own
// business.
const (
	cursorBinary = 1 << iota
	cursorScroll
	cursorNoScroll
	cursorInsensitive
	cursorAsensitive
	cursorHold
)

func declare(s *pg.DeclareCursorStmt) *ast.DeclareCursor {
	only(s, "portalname", "options", "query")
	has := func(bit int32) bool { return s.Options&bit != 0 }
	return &ast.DeclareCursor{Loc: ast.NoPos, Name: s.Portalname, Binary: has(cursorBinary),
		Scroll: has(cursorScroll), NoScroll: has(cursorNoScroll), Insensitive: has(cursorInsensitive),
		Asensitive: has(cursorAsensitive), Hold: has(cursorHold), Query: selectNode(s.Query)}
}

var directions = map[pg.FetchDirection]ast.FetchDirection{
	pg.FetchDirection_FETCH_FORWARD: ast.FetchForward, pg.FetchDirection_FETCH_BACKWARD: ast.FetchBackward,
	pg.FetchDirection_FETCH_ABSOLUTE: ast.FetchAbsolute, pg.FetchDirection_FETCH_RELATIVE: ast.FetchRelative,
}

func fetch(s *pg.FetchStmt) *ast.Fetch {
	only(s, "direction", "how_many", "portalname", "ismove")
	out := &ast.Fetch{Loc: ast.NoPos, Move: s.Ismove, Direction: directions[s.Direction], Count: s.HowMany, Cursor: s.Portalname}
	if s.HowMany == math.MaxInt64 { // how PostgreSQL says ALL
		out.All, out.Count = true, 0
	}
	return out
}
