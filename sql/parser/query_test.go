package parser

import (
	"testing"

	"github.com/tarndb/tarn/sql/ast"
)

func TestFrom(t *testing.T) {
	runGolden(t, []golden{
		{"a FULL JOIN b ON a.x = b.x", `(JoinExpr Kind=3 Left=(TableRef Name="a") Right=(TableRef Name="b") On=(= a.x b.x))`},
		{"a FULL JOIN b USING (x, y)", `(JoinExpr Kind=3 Left=(TableRef Name="a") Right=(TableRef Name="b") Using=["x" "y"])`},
		{"a NATURAL FULL JOIN b", `(JoinExpr Kind=3 Natural Left=(TableRef Name="a") Right=(TableRef Name="b"))`},
		{"a JOIN b USING (x) AS j", `(JoinExpr Left=(TableRef Name="a") Right=(TableRef Name="b") Using=["x"] UsingAlias="j")`},
		{"a RIGHT JOIN b ON x", `(JoinExpr Kind=2 Left=(TableRef Name="a") Right=(TableRef Name="b") On=x)`},
		{"a CROSS JOIN b", `(JoinExpr Kind=4 Left=(TableRef Name="a") Right=(TableRef Name="b"))`},
		{"a CROSS JOIN (b CROSS JOIN c)", `(JoinExpr Kind=4 Left=(TableRef Name="a") Right=(JoinExpr Kind=4 Left=(TableRef Name="b") Right=(TableRef Name="c")))`},
		{"a CROSS JOIN b RIGHT JOIN c ON x", `(JoinExpr Kind=2 Left=(JoinExpr Kind=4 Left=(TableRef Name="a") Right=(TableRef Name="b")) Right=(TableRef Name="c") On=x)`},
		{"a JOIN b JOIN c ON x ON y", `(JoinExpr Left=(TableRef Name="a") Right=(JoinExpr Left=(TableRef Name="b") Right=(TableRef Name="c") On=x) On=y)`},
		{"a, b LEFT JOIN c ON x, d", `(TableRef Name="a") , (JoinExpr Kind=1 Left=(TableRef Name="b") Right=(TableRef Name="c") On=x) , (TableRef Name="d")`},
		{"(a JOIN b ON x) LEFT JOIN c ON y", `(JoinExpr Kind=1 Left=(JoinExpr Left=(TableRef Name="a") Right=(TableRef Name="b") On=x) Right=(TableRef Name="c") On=y)`},
		{"(a CROSS JOIN b) AS j(x)", `(JoinExpr Kind=4 Left=(TableRef Name="a") Right=(TableRef Name="b") Alias=(Alias Name="j" Columns=["x"]))`},
		{"a SEMI JOIN b ON x", `(JoinExpr Left=(TableRef Name="a" Alias=(Alias Name="semi")) Right=(TableRef Name="b") On=x)`},
		{"a ASOF LEFT JOIN b ON x", `(JoinExpr Kind=1 AsOf Left=(TableRef Name="a") Right=(TableRef Name="b") On=x)`},
		{"d FOR SYSTEM_TIME AS OF proctime() AS x", `(TableRef Name="d" Alias=(Alias Name="x") AsOf=(proctime()))`},
		{"ONLY t", `(TableRef Name="t" Only)`},
		{"dual", `(TableRef Name="dual")`},
		{"c.s.t x(a, \"B,`\")", "(TableRef Catalog=\"c\" Schema=\"s\" Name=\"t\" Alias=(Alias Name=\"x\" Columns=[\"a\" \"B,`\"]))"},
		{"t partition (p0)", `(TableRef Name="t" Alias=(Alias Name="partition" Columns=["p0"]))`},
		{"LATERAL (VALUES (1)) v", `(SubqueryRef Lateral Query=(Select Values=[[1]]) Alias=(Alias Name="v"))`},
		{"((SELECT 1) UNION (SELECT 2)) x", `(SubqueryRef Query=(Select Op=1 Left=(Select Targets=[1]) Right=(Select Targets=[2])) Alias=(Alias Name="x"))`},
		{"((SELECT 1) x JOIN y ON z)", `(JoinExpr Left=(SubqueryRef Query=(Select Targets=[1]) Alias=(Alias Name="x")) Right=(TableRef Name="y") On=z)`},
		{"tumble(orders, ts, INTERVAL '1 minute')", `(FuncRef Funcs=[(FuncItem Func=(tumble() orders ts (cast pg_catalog.interval '1 minute')))])`},
		{"s.f() WITH ORDINALITY x(a)", `(FuncRef Ordinality Funcs=[(FuncItem Func=(s.f()))] Alias=(Alias Name="x" Columns=["a"]))`},
		{"f() AS x(a int, b text)", `(FuncRef Funcs=[(FuncItem Func=(f()) Columns=[(ColumnDefItem Name="a" Type=pg_catalog.int4) (ColumnDefItem Name="b" Type=text)])] Alias=(Alias Name="x"))`},
		{"ROWS FROM (f(), g()) x", `(FuncRef RowsFrom Funcs=[(FuncItem Func=(f())) (FuncItem Func=(g()))] Alias=(Alias Name="x"))`},
		{"(a, b)", `! syntax error at or near ","`},
		{"(a)", `! syntax error at or near ")"`},
		{"a INNER JOIN b", `! syntax error at end of input`},
		{"a CROSS JOIN b ON x", `! syntax error at or near "ON"`},
		{"a straight_join b", `! syntax error at or near "b"`},
		{"a, b FULL", `! syntax error at end of input`},
		{"t USE INDEX (x)", `! syntax error at or near "INDEX"`},
		{"t AS OF TIMESTAMP 'x'", `! syntax error at or near "TIMESTAMP"`},
		{"f() OVER w", `! syntax error at or near "w"`},
		{"pg_ast.unit", `42939 schema name "pg_ast" is reserved`},
	}, fromText)
}

func TestQueries(t *testing.T) {
	runGolden(t, []golden{
		{"SELECT 1 UNION SELECT 2 INTERSECT SELECT 3", "(Select Op=1 Left=(Select Targets=[1]) Right=(Select Op=2 Left=(Select Targets=[2]) Right=(Select Targets=[3])))"},
		{"SELECT 1 UNION ALL SELECT 2 EXCEPT SELECT 3", "(Select Op=3 Left=(Select Op=1 All Left=(Select Targets=[1]) Right=(Select Targets=[2])) Right=(Select Targets=[3]))"},
		{"(SELECT a LIMIT 5) ORDER BY a", "(Select Targets=[a] OrderBy=[(SortBy Expr=a)] Limit=5)"},
		{"(SELECT 1 LIMIT 1) UNION (VALUES (2)) ORDER BY 1", "(Select Op=1 Left=(Select Targets=[1] Limit=1) Right=(Select Values=[[2]]) OrderBy=[(SortBy Expr=1)])"},
		{"(SELECT 1 ORDER BY 1) ORDER BY 1", "! multiple ORDER BY clauses not allowed"},
		{"(SELECT 1 LIMIT 1) LIMIT 1", "! multiple LIMIT clauses not allowed"},
		{"WITH x AS (SELECT 1) (WITH y AS (SELECT 2) SELECT 3)", "! multiple WITH clauses not allowed"},
		{"WITH x AS MATERIALIZED (SELECT 1), y(a) AS (VALUES (1)) SELECT 1 UNION SELECT 2", `(Select With=(With CTEs=[(CTE Name="x" Materialized=1 Query=(Select Targets=[1])) (CTE Name="y" Columns=["a"] Query=(Select Values=[[1]]))]) Op=1 Left=(Select Targets=[1]) Right=(Select Targets=[2]))`},
		{"(WITH x AS (SELECT 1) SELECT 2) UNION SELECT 3", `(Select Op=1 Left=(Select With=(With CTEs=[(CTE Name="x" Query=(Select Targets=[1]))]) Targets=[2]) Right=(Select Targets=[3]))`},
		{"SELECT FROM t", `(Select From=[(TableRef Name="t")])`},
		{"SELECT x WHERE y", "(Select Targets=[x] Where=y)"},
		{"SELECT 1 HAVING true", "(Select Targets=[1] Having=true)"},
		{"SELECT DISTINCT ON (a) b", "(Select Distinct DistinctOn=[a] Targets=[b])"},
		{"SELECT a b, c AS select, \"D\" FROM t", `(Select Targets=["b":a "select":c "D"] From=[(TableRef Name="t")])`},
		{"SELECT t.*, *, (t.*)::text", "(Select Targets=[t.* * (cast text t.*)])"},
		{"SELECT 1 ORDER BY a USING >, b NULLS FIRST", `(Select Targets=[1] OrderBy=[(SortBy Expr=a Dir=3 UsingOp=">") (SortBy Expr=b Nulls=1)])`},
		{"SELECT 1 LIMIT ALL OFFSET $1", "(Select Targets=[1] Limit=null Offset=$1)"},
		{"SELECT 1 ORDER BY 1 OFFSET 2 ROWS FETCH FIRST ROW WITH TIES", "(Select Targets=[1] OrderBy=[(SortBy Expr=1)] Limit=1 Offset=2 WithTies)"},
		{"SELECT 1 FROM t FOR NO KEY UPDATE OF t SKIP LOCKED", `(Select Targets=[1] From=[(TableRef Name="t")] Locking=[(Locking Strength="no key update" Wait="skip locked" Tables=[(Ident Name="t")])])`},
		{"SELECT 1 FROM t EMIT ON WINDOW CLOSE", `(Select Targets=[1] From=[(TableRef Name="t")] EmitOnWindowClose)`},
		{"SELECT 1 GROUP BY (), ROLLUP (a, (b, c)), GROUPING SETS ((a), CUBE (b)), 1", "(Select Targets=[1] GroupBy=[(GroupingSet) (GroupingSet Kind=1 Items=[a (RowExpr Elems=[b c])]) (GroupingSet Kind=3 Items=[a (GroupingSet Kind=2 Items=[b])]) 1])"},
		{"SELECT sum(a) OVER w WINDOW w AS (PARTITION BY b ROWS UNBOUNDED PRECEDING)", `(Select Targets=[(sum() a Over=(WindowDef Name="w"))] Windows=[(WindowDef Name="w" PartitionBy=[b] Frame=(Frame Mode=1 End=(FrameBound Kind=2)))])`},
		{"VALUES (1, 'a'), (2, NULL)", "(Select Values=[[1 'a'] [2 null]])"},
		{"TABLE s.t", `(Select Targets=[*] From=[(TableRef Schema="s" Name="t")])`},
		{"SELECT 1 LIMIT 1, 2", "! LIMIT #,# syntax is not supported"},
		{"SELECT a HAVING a > 1 FROM t", `! syntax error at or near "FROM"`},
		{"SELECT a FROM t GROUP BY a DESC", `! syntax error at or near "DESC"`},
		{"SELECT a FROM t GROUP BY a WITH ROLLUP", `! syntax error at or near "WITH"`},
		{"SELECT 1 FROM t LOCK IN SHARE MODE", `! syntax error at or near "IN"`},
		{"SELECT distinctrow a FROM t", `(Select Targets=["a":distinctrow] From=[(TableRef Name="t")])`},
		{"SELECT 1 INTO t", `(CreateTableAs Name=(ObjectName Name="t") Query=(Select Targets=[1]))`},
		{"SELECT (SELECT 1 INTO t)", "! SELECT ... INTO is not allowed here"},
		{"SELECT 1 FROM t TABLESAMPLE system (1)", "0A000 TABLESAMPLE is not supported"},
		{"WITH x AS (DELETE FROM t) SELECT 1", `(Select With=(With CTEs=[(CTE Name="x" Change=(Delete Table=(TableRef Name="t")))]) Targets=[1])`},
	}, stmtText)
}

// TestClientShapes holds the shapes in which psql and the drivers ask the catalog.
func TestClientShapes(t *testing.T) {
	for _, sql := range []string{
		`SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relname OPERATOR(pg_catalog.~) '^(x)$' COLLATE pg_catalog.default`,
		`SELECT c.x::pg_catalog.regtype::pg_catalog.text, '' FROM a c LEFT JOIN b tc ON (c.t = tc.oid), d`,
		`SELECT (SELECT substring(pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) for 128) FROM pg_catalog.pg_attrdef d) AS x`,
		`SELECT pg_catalog.array_to_string(ARRAY(SELECT r.rolname FROM r WHERE oid = ANY (pol.roles) ORDER BY 1), ',')`,
		`SELECT x FROM pg_catalog.generate_series(1, 3) s(x), unnest(a.b) WITH ORDINALITY k`,
		`SELECT (x.a).f, (f(y)).n, (ARRAY[1])[1] FROM x`,
		`SELECT CASE WHEN a THEN 'r' WHEN 'v' THEN 'x' END as "Type", NULL AS t WHERE NOT pg_catalog.pg_table_is_visible(1)`,
		`SELECT 1 FROM a JOIN b ON true, LATERAL f(a.x) AS l WHERE (a.i[0], b.j) = (1, 2) AND a.k !~ '^pg_toast'`,
		`SELECT string_agg(a, E'\n' ORDER BY b) FROM t WHERE 'x' = ANY(t.arr::name[]) AND NOT (a LIKE 'pg\_%' ESCAPE '\')`,
		`SELECT count(*)::int, sum(x)::numeric(10,2) FROM (VALUES (1, 'a')) AS v(x, "Y") GROUP BY v."Y"`,
		`WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 10) SELECT sum(n) FROM t`,
	} {
		if _, err := Parse(sql); err != nil {
			t.Errorf("%s\n%v", sql, err)
		}
	}
}

func TestColumnNames(t *testing.T) {
	for sql, want := range map[string]string{
		"a.b": "b", "1": "?column?", "a + 1": "?column?", "f(a)": "f", "s.f(a)": "f", "a::int": "a",
		"1::int": "int4", "'x'::text": "text", "true": "?column?", "f(a)::text": "f", "date '2020-01-01'": "date",
		"CASE WHEN a THEN b END": "case", "CASE WHEN a THEN b ELSE c END": "c", "CASE WHEN a THEN 1 ELSE 2::int END": "case",
		"coalesce(a, b)": "coalesce", "nullif(a, b)": "nullif", "least(a)": "least", "greatest(a)": "greatest",
		"EXISTS (SELECT 1)": "exists", "ARRAY(SELECT 1)": "array", "ARRAY[1]": "array", "ROW(1, 2)": "row",
		"(SELECT a)": "a", "(SELECT 1)": "?column?", "(SELECT 1 AS z)": "z", "(VALUES (1))": "column1",
		"a[1]": "a", "(a).f": "f", "a COLLATE x": "a", "extract(day FROM a)": "extract", "a AT TIME ZONE b": "timezone",
		"current_date": "current_date", "user": "user", "trim(a)": "btrim", "count(*)": "count", "a IS NULL": "?column?",
		"interval '1 day'": "interval", "a = ANY (b)": "?column?", "*": "", "t.*": "", "-1": "?column?",
		"substring(a FROM 1)": "substring", "grouping(a)": "grouping", "a AS x": "x", "$1": "?column?",
	} {
		s, err := ParseOne("SELECT " + sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if got := s.Node.(*ast.Select).Targets[0].Name; got != want {
			t.Errorf("%s is named %q, want %q", sql, got, want)
		}
	}
}
