package parser

import (
	"strings"
	"testing"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// golden is one text and what must become of it: a tree, or with an error's
// message and place the failure.
type golden struct {
	sql  string
	want string // tree; or "! message" for a syntax error; or "0A000 message"
}

func runGolden(t *testing.T, cases []golden, parse func(string) (string, error)) {
	t.Helper()
	for _, c := range cases {
		got, err := parse(c.sql)
		if err != nil {
			got = describe(err)
		}
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

func describe(err error) string {
	e := pgerr.From(err)
	if e.Code == pgerr.SyntaxError {
		return "! " + e.Message
	}
	return e.Code + " " + e.Message
}

func exprText(sql string) (string, error) {
	e, err := ParseExpr(sql)
	if err != nil {
		return "", err
	}
	return ast.String(e), nil
}

func stmtText(sql string) (string, error) {
	s, err := ParseOne(sql)
	if err != nil {
		return "", err
	}
	return ast.String(s.Node), nil
}

// fromText gives the FROM list of a query alone.
func fromText(sql string) (string, error) {
	s, err := ParseOne("SELECT FROM " + sql)
	if err != nil {
		return "", err
	}
	var parts []string
	for _, f := range s.Node.(*ast.Select).From {
		parts = append(parts, ast.String(f))
	}
	return strings.Join(parts, " , "), nil
}
