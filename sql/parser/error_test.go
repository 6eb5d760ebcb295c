package parser

import (
	"testing"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

func TestErrorPositions(t *testing.T) {
	for _, c := range []struct {
		sql, message string
		position     int
	}{
		{"selct 1", `syntax error at or near "selct"`, 1},
		{"select 1 frm t", `syntax error at or near "t"`, 14},
		{"select", "", 0},
		{"select 1 +", "syntax error at end of input", 11},
		{"select 'é' 'b'", `syntax error at or near "'b'"`, 12},
		{"select 1; select )", `syntax error at or near ")"`, 18},
		{"select a from t where", "syntax error at end of input", 22},
		{"select 'abc", `unterminated quoted string at or near "'abc"`, 8},
		{"create table t (a int,)", `syntax error at or near ")"`, 23},
		{"insert into t values (1) on conflict do", "syntax error at end of input", 40},
		{"insert into t values (1) on conflict (a) do update", "syntax error at end of input", 51},
		{"insert into t values (1) on conflict (a text_ops) do nothing", "an operator class is not supported", 41},
		{"select count(*) from a tablesample bernoulli(1)", "TABLESAMPLE is not supported", 24},
		{"select 1 from t where ) 'abc", `syntax error at or near ")"`, 23},
		{"select 1::numeric(1 + 1) from", "syntax error at end of input", 30},
		{"select 1::numeric(1 + 1) from t", "type modifiers must be simple constants or identifiers", 19},
		{"(select 1 order by 1) order by (2)", "multiple ORDER BY clauses not allowed", 33},
		{"(select 1 limit 1) limit 2 offset", "syntax error at end of input", 34},
		{"select count(* from t", `syntax error at or near "from"`, 16},
		{"select array(1)", `syntax error at or near "1"`, 14},
		{"select t.*.id from t", `improper use of "*" at or near "from"`, 15},
		{"create table t (a) with", "CREATE TABLE AS is not supported", 20},
		{"create table t (a, b int)", `syntax error at or near "int"`, 22},
		{"create materialized table", `syntax error at or near "table"`, 21},
		{"create table t (a int primary b)", `syntax error at or near "b"`, 31},
		{`select e'\ud83dx'`, `invalid Unicode surrogate pair at or near "x"`, 16},
		{`select e'\ude00'`, `invalid Unicode surrogate pair at or near "\ude00"`, 10},
		{`select u&'a\006'`, "invalid Unicode escape", 12},
		{"select (1, 2) overlaps (1, 2, 3)", "wrong number of parameters on right side of OVERLAPS expression", 24},
		{"comment on column c is x", `syntax error at or near "x"`, 24},
		{"comment on column c is 'x'", "column name must be qualified", 0},
		{"drop table a b", `syntax error at or near "b"`, 14},
		{"create sequence s owned", "syntax error at end of input", 24},
		{"insert into t overriding values (1)", `syntax error at or near "values"`, 26},
		{"select * from f() with", `syntax error at or near "with"`, 19},
		{"select (select 1 into t", "syntax error at end of input", 24},
		{"select (select 1 into t)", "SELECT ... INTO is not allowed here", 23},
	} {
		_, err := Parse(c.sql)
		if c.message == "" {
			if err != nil {
				t.Errorf("%s: %v", c.sql, err)
			}
			continue
		}
		e := pgerr.From(err)
		if err == nil || e.Message != c.message || e.Position != c.position {
			t.Errorf("%s\n got %q at %d\nwant %q at %d", c.sql, e.Message, e.Position, c.message, c.position)
		}
	}
}

// TestUnsupported lists what PostgreSQL has and Tarn has not, where something else does
// the same: the error says what.
func TestUnsupported(t *testing.T) {
	for _, c := range []struct {
		sql, message string
		position     int
	}{
		{"with recursive r as (select 1 union all select 2 from r) search depth first by a set o table r", "SEARCH is not supported", 58},
		{"with recursive r as (select 1 union all select 2 from r) cycle a set b using c table r", "CYCLE is not supported", 58},
		{"merge into t using u on true when matched then delete", "MERGE is not supported", 1},
		{"with q as (select 1) merge into t using q on true when matched then delete", "MERGE is not supported", 22},
		{"delete from t where current of c", "WHERE CURRENT OF is not supported", 21},
		{"copy (delete from t returning *) to stdout", "COPY of a data-modifying statement is not supported", 7},
		{"select * from t tablesample system (1)", "TABLESAMPLE is not supported", 17},
		{"select 1 union corresponding select 2", "CORRESPONDING is not supported", 16},
		{"alter table t alter a type text collate x", "COLLATE in ALTER COLUMN TYPE is not supported", 33},
	} {
		_, err := Parse(c.sql)
		e := pgerr.From(err)
		if err == nil || e.Code != pgerr.FeatureNotSupported || e.Message != c.message || e.Position != c.position || e.Hint == "" {
			t.Errorf("%s\n got %s %q at %d, hint %q\nwant %q at %d, with a hint", c.sql, e.Code, e.Message, e.Position, e.Hint, c.message, c.position)
		}
	}
}

// TestNodePositions lists where the expressions of each text point, in the order of
// Inspect: operators at their sign, calls at their name, casts at the colons.
func TestNodePositions(t *testing.T) {
	for _, c := range []struct {
		sql  string
		want []int
	}{
		{"a + b * c", []int{2, 0, 6, 4, 8}},
		{"f(x)::int", []int{4, 0, 2, 6}},
		{"CASE a WHEN 1 THEN 2 END", []int{0, 5, 12, 19}},
		{"NOT a IN (1, $2)", []int{0, 6, 4, 10, 13}},
		{"a IS NOT NULL", []int{2, 0}},
		{"x LIKE 'y' ESCAPE 'z'", []int{2, 0, 7, 18}},
		{"- a || 1.5", []int{4, 0, 2, 7}},
		{"count(*) FILTER (WHERE q)", []int{0, 23}},
		{"s.f(a, 'é', b)", []int{0, 4, 7, 13}},
	} {
		e, err := ParseExpr(c.sql)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		ast.Inspect(e, func(n ast.Node) bool {
			got = append(got, n.Pos())
			return true
		})
		if len(got) != len(c.want) {
			t.Errorf("%s: %d nodes at %v, want %v", c.sql, len(got), got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: nodes at %v, want %v", c.sql, got, c.want)
				break
			}
		}
	}
}

func TestStatementExtents(t *testing.T) {
	text := " ;select $2 ; /* x */ insert into t select 'é' ;\n"
	stmts, err := Parse(text)
	if err != nil || len(stmts) != 2 {
		t.Fatalf("%d statements, %v", len(stmts), err)
	}
	for i, want := range []struct {
		text   string
		params int
	}{{"select $2", 2}, {"insert into t select 'é'", 0}} {
		s := stmts[i]
		if got := text[s.Start:s.End]; got != want.text || s.NumParams != want.params {
			t.Errorf("statement %d is %q with %d parameters", i, got, s.NumParams)
		}
	}
	sel := stmts[1].Node.(*ast.Insert).Query
	if pos := sel.Targets[0].Pos(); text[pos:pos+1] != "'" {
		t.Errorf("the target of the second statement is at %d", pos)
	}
	if s, err := ParseOne(" -- nothing\n ;"); err != nil || s.Node.(*ast.Empty) == nil {
		t.Errorf("empty text: %v, %v", s, err)
	}
	if _, err := ParseOne("select 1; select 2"); pgerr.Code(err) != pgerr.SyntaxError {
		t.Errorf("two commands: %v", err)
	}
}

func TestTableAndQueryPositions(t *testing.T) {
	text := "SELECT a FROM x.y z, (SELECT b FROM f(1)) q"
	s, err := ParseOne(text)
	if err != nil {
		t.Fatal(err)
	}
	sel := s.Node.(*ast.Select)
	if got := []int{sel.Pos(), sel.Targets[0].Pos(), sel.From[0].Pos(), sel.From[1].Pos()}; got[0] != 0 ||
		got[1] != 7 || got[2] != 14 || got[3] != 21 {
		t.Errorf("positions %v", got)
	}
	inner := sel.From[1].(*ast.SubqueryRef).Query
	if pos := inner.From[0].Pos(); pos != 36 {
		t.Errorf("function at %d", pos)
	}
}
