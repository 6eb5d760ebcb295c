package parser

import (
	"testing"

	"github.com/tarndb/tarn/sql/ast"
)

func TestCreate(t *testing.T) {
	runGolden(t, []golden{
		{`CREATE SOURCE IF NOT EXISTS s.orders (id bigint, "TS" timestamptz, WATERMARK FOR "TS" AS "TS" - INTERVAL '5 seconds', PRIMARY KEY (id))
		  INCLUDE key AS k INCLUDE partition INCLUDE header 'h' AS x INCLUDE headers
		  WITH (connector = 'kafka', properties.bootstrap.server = 'h:1', 'scan.startup.mode' = earliest, n = -5, b = true)
		  FORMAT PLAIN ENCODE JSON (a.b = 'c')`,
			`(CreateSource Name=(ObjectName Schema="s" Name="orders") IfNotExists Columns=[(ColumnDef Name="id" Type=pg_catalog.int8) (ColumnDef Name="TS" Type=timestamptz)] ` +
				`Keys=[(KeyConstraint Primary Columns=[(Ident Name="id")])] Watermarks=[(Watermark Column="TS" Expr=(- "TS" (cast pg_catalog.interval '5 seconds')))] ` +
				`Includes=[(Include What="key" Alias="k") (Include What="partition") (Include What="headers" Field="h" Alias="x") (Include What="headers")] ` +
				`With=[(Option Name="connector" Value="kafka" Kind=4) (Option Name="properties.bootstrap.server" Value="h:1" Kind=4) (Option Name="scan.startup.mode" Value="earliest" Kind=4) (Option Name="n" Value="-5" Kind=2) (Option Name="b" Value="true" Kind=1)] ` +
				`Format=(Format Format="plain" Encode="json" Options=[(Option Name="a.b" Value="c" Kind=4)]))`},
		{`CREATE TABLE t (a int PRIMARY KEY, b text NOT NULL DEFAULT 'x', c int UNIQUE CHECK (c > 0), CONSTRAINT u UNIQUE (b, c), CHECK (a < c))`,
			`(CreateTable Name=(ObjectName Name="t") Columns=[(ColumnDef Name="a" Type=pg_catalog.int4 Keys=[(KeyConstraint Primary Columns=[(Ident Name="a")])]) (ColumnDef Name="b" Type=text NotNull Default='x') (ColumnDef Name="c" Type=pg_catalog.int4 Keys=[(KeyConstraint Columns=[(Ident Name="c")])] Check=[(Check Expr=(> c 0))])] ` +
				`Keys=[(KeyConstraint Name="u" Columns=[(Ident Name="b") (Ident Name="c")])] Checks=[(Check Expr=(< a c))])`},
		{`CREATE TABLE users (PRIMARY KEY (k)) INCLUDE key AS k WITH (connector = 'kafka') FORMAT UPSERT ENCODE AVRO (schema.registry = 'x')`,
			`(CreateTable Name=(ObjectName Name="users") Keys=[(KeyConstraint Primary Columns=[(Ident Name="k")])] Includes=[(Include What="key" Alias="k")] With=[(Option Name="connector" Value="kafka" Kind=4)] Format=(Format Format="upsert" Encode="avro" Options=[(Option Name="schema.registry" Value="x" Kind=4)]))`},
		{`CREATE MATERIALIZED VIEW IF NOT EXISTS v (a, b) WITH (x = 1) AS SELECT  1, 2 -- c`,
			`(CreateView Materialized IfNotExists Name=(ObjectName Name="v") Columns=[(Ident Name="a") (Ident Name="b")] With=[(Option Name="x" Value="1" Kind=2)] Query=(Select Targets=[1 2]) QueryText="SELECT  1, 2")`},
		{`CREATE OR REPLACE MATERIALIZED VIEW v AS SELECT 1 WITH NO DATA`,
			`(CreateView Materialized OrReplace Name=(ObjectName Name="v") Query=(Select Targets=[1]) QueryText="SELECT 1" WithNoData)`},
		{`CREATE OR REPLACE VIEW s.v AS (VALUES (1))`, `(CreateView OrReplace Name=(ObjectName Schema="s" Name="v") Query=(Select Values=[[1]]) QueryText="(VALUES (1))")`},
		{`CREATE INDEX i ON v (a, (b + 1) DESC) INCLUDE (c)`, `(CreateIndex Name="i" Table=(ObjectName Name="v") Columns=[(SortBy Expr=a) (SortBy Expr=(+ b 1) Dir=2)] Include=[(Ident Name="c")])`},
		{`CREATE SCHEMA IF NOT EXISTS s`, `(CreateSchema Name="s" IfNotExists)`},
		{`DROP MATERIALIZED VIEW IF EXISTS a, s.b CASCADE`, `(Drop Kind="materialized view" IfExists Names=[(ObjectName Name="a") (ObjectName Schema="s" Name="b")] Cascade)`},
		{`DROP SOURCE a RESTRICT`, `(Drop Kind="source" Names=[(ObjectName Name="a")])`},
		{`CREATE SINK s FROM v`, "0A000 CREATE SINK is not supported"},
		{`CREATE TABLE IF NOT EXISTS t AS SELECT 1 WITH NO DATA`, `(CreateTableAs IfNotExists Name=(ObjectName Name="t") Query=(Select Targets=[1]) NoData)`},
		{`CREATE TABLE t (a int, LIKE s.u INCLUDING ALL EXCLUDING STORAGE EXCLUDING COMPRESSION EXCLUDING STATISTICS EXCLUDING COMMENTS)`,
			`(CreateTable Name=(ObjectName Name="t") Columns=[(ColumnDef Name="a" Type=pg_catalog.int4)] Likes=[(TableLike Name=(ObjectName Schema="s" Name="u") Including=["constraints" "defaults" "generated" "identity" "indexes"] Before=1)])`},
		{`CREATE TABLE t (a int REFERENCES u)`, "0A000 REFERENCES is not supported"},
		{`CREATE OR REPLACE TABLE t ()`, `! syntax error at or near "TABLE"`},
		{`CREATE SOURCE s INCLUDE nonsense`, `! cannot include "nonsense"`},
		{`CREATE MATERIALIZED VIEW v AS`, "! syntax error at end of input"},
		{"ALTER TABLE t ADD c int, DROP COLUMN IF EXISTS d CASCADE", `(Alter Kind="table" Name=(ObjectName Name="t") Actions=[(AlterAction Kind=1 Column=(ColumnDef Name="c" Type=pg_catalog.int4)) (AlterAction Kind=2 Name="d" IfExists Cascade)])`},
		{"ALTER TABLE IF EXISTS t RENAME c TO d", `(Alter Kind="table" IfExists Name=(ObjectName Name="t") Actions=[(AlterAction Kind=13 Name="c" NewName="d")])`},
		{"ALTER TABLE t ALTER c SET DEFAULT 1 + 1, ADD CONSTRAINT k CHECK (c > 0)", `(Alter Kind="table" Name=(ObjectName Name="t") Actions=[(AlterAction Kind=3 Name="c" Default=(+ 1 1)) (AlterAction Kind=7 Check=(Check Name="k" Expr=(> c 0)))])`},
		{"ALTER TABLE t ALTER c TYPE text COLLATE \"C\"", "0A000 COLLATE in ALTER COLUMN TYPE is not supported"},
		{"ALTER ROLE r", "0A000 ALTER ROLE is not supported"},
		{"COMMENT ON COLUMN s.t.c IS 'x'", `(Comment Kind="column" Object=(ObjectName Schema="s" Name="t") Part="c" Text="x")`},
		{`DROP TABLE`, "! syntax error at end of input"},
	}, stmtText)
}

func TestDataChanges(t *testing.T) {
	runGolden(t, []golden{
		{"INSERT INTO s.t AS x (a, b) VALUES (1, DEFAULT), ($1, $2) RETURNING a, b AS c", `(Insert Table=(TableRef Schema="s" Name="t" Alias=(Alias Name="x")) Columns=[(Ident Name="a") (Ident Name="b")] Query=(Select Values=[[1 (DefaultExpr)] [$1 $2]]) Returning=[a "c":b])`},
		{"INSERT INTO t DEFAULT VALUES", `(Insert Table=(TableRef Name="t") DefaultValues)`},
		{"INSERT INTO t (SELECT 1)", `(Insert Table=(TableRef Name="t") Query=(Select Targets=[1]))`},
		{"INSERT INTO t (a) WITH x AS (SELECT 1) TABLE x", `(Insert Table=(TableRef Name="t") Columns=[(Ident Name="a")] Query=(Select With=(With CTEs=[(CTE Name="x" Query=(Select Targets=[1]))]) Targets=[*] From=[(TableRef Name="x")]))`},
		{"WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", `(Insert With=(With CTEs=[(CTE Name="x" Query=(Select Targets=[1]))]) Table=(TableRef Name="t") Query=(Select Targets=[*] From=[(TableRef Name="x")]))`},
		{"UPDATE t SET a = a + 1, (b, c) = (2, DEFAULT) WHERE a = $1 RETURNING *", `(Update Table=(TableRef Name="t") Set=[(Assignment Column="a" Value=(+ a 1)) (Assignment Column="b" Value=2) (Assignment Column="c" Value=(DefaultExpr))] Where=(= a $1) Returning=[*])`},
		{"UPDATE ONLY t x SET a = u.b FROM u, w WHERE x.k = u.k", `(Update Table=(TableRef Name="t" Only Alias=(Alias Name="x")) Set=[(Assignment Column="a" Value=u.b)] From=[(TableRef Name="u") (TableRef Name="w")] Where=(= x.k u.k))`},
		{"WITH x AS (SELECT 1) DELETE FROM t USING x WHERE true", `(Delete With=(With CTEs=[(CTE Name="x" Query=(Select Targets=[1]))]) Table=(TableRef Name="t") Using=[(TableRef Name="x")] Where=true)`},
		{"DELETE FROM t", `(Delete Table=(TableRef Name="t"))`},
		{"INSERT INTO t AS x VALUES (1) ON CONFLICT DO NOTHING RETURNING a", `(Insert Table=(TableRef Name="t" Alias=(Alias Name="x")) Query=(Select Values=[[1]]) OnConflict=(OnConflict) Returning=[a])`},
		{"INSERT INTO t SELECT 1 ON CONFLICT (a, b) DO UPDATE SET a = excluded.a, (b, c) = (1, DEFAULT) WHERE t.a > 1", `(Insert Table=(TableRef Name="t") Query=(Select Targets=[1]) OnConflict=(OnConflict Columns=[(Ident Name="a") (Ident Name="b")] Update Set=[(Assignment Column="a" Value=excluded.a) (Assignment Column="b" Value=1) (Assignment Column="c" Value=(DefaultExpr))] Where=(> t.a 1)))`},
		{"INSERT INTO t VALUES (1) ON CONFLICT ON CONSTRAINT k DO NOTHING", `(Insert Table=(TableRef Name="t") Query=(Select Values=[[1]]) OnConflict=(OnConflict Constraint="k"))`},
		{"TRUNCATE TABLE a, b", `(Truncate Tables=[(TableRef Name="a") (TableRef Name="b")])`},
		{"UPDATE t SET (a, b) = (SELECT 1, 2)", `(Update Table=(TableRef Name="t") Set=[(Assignment Column="a" Value=(SubqueryExpr Query=(Select Targets=[1 2])) Field=1) (Assignment Column="b" Value=(SubqueryExpr Query=(Select Targets=[1 2])) Field=2)])`},
		{"UPDATE t SET a[1] = 2, b.c = 3", `(Update Table=(TableRef Name="t") Set=[(Assignment Column="a" Parts=[(Part Index=1)] Value=2) (Assignment Column="b" Parts=[(Part Field="c")] Value=3)])`},
		{"INSERT INTO t (a, b[1:]) VALUES (1, 2)", `(Insert Table=(TableRef Name="t") Columns=[(Ident Name="a") (Ident Name="b")] Parts=[[] [(Part Slice Low=1)]] Query=(Select Values=[[1 2]]))`},
		{"UPDATE t SET a", "! syntax error at end of input"},
		{"INSERT INTO t VALUES (1) garbage", `! syntax error at or near "garbage"`},
	}, stmtText)
}

func TestSessionStatements(t *testing.T) {
	runGolden(t, []golden{
		{"SHOW Search_Path", `(Show Name="search_path")`},
		{"SHOW ALL", `(Show Name="all")`},
		{"SHOW TRANSACTION ISOLATION LEVEL", `(Show Name="transaction_isolation")`},
		{"SHOW TIME ZONE", `(Show Name="timezone")`},
		{"SHOW SOURCES", `(Show What="sources")`},
		{"SHOW MATERIALIZED VIEWS FROM s LIKE 'a%'", `(Show What="materialized views" Schema="s" Like="a%")`},
		{"SHOW COLUMNS FROM s.t", `(Show What="columns" Object=(ObjectName Schema="s" Name="t"))`},
		{"SHOW CREATE MATERIALIZED VIEW v", `(Show What="create" Kind="materialized view" Object=(ObjectName Name="v"))`},
		{"SET a.b = 'x', 1, -2.5, on", `(Set Name="a.b" Values=['x' 1 -2.5n 'on'])`},
		{"SET LOCAL x TO DEFAULT", `(Set Scope=1 Name="x" Default)`},
		{"SET SESSION x = y", `(Set Name="x" Values=['y'])`},
		{"SET TIME ZONE 'UTC'", `(Set Name="timezone" Values=['UTC'])`},
		{"SET TIME ZONE LOCAL", `(Set Name="timezone" Default)`},
		{"SET NAMES 'utf8'", `(Set Name="client_encoding" Values=['utf8'])`},
		{"SET TRANSACTION READ ONLY", `(SetTransaction Modes=(TransactionModes ReadOnly=true))`},
		{"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ", `(SetTransaction Session Modes=(TransactionModes Isolation="repeatable read"))`},
		{"RESET ALL", `(Set Name="all" Default FromReset)`},
		{"DISCARD ALL", `(Discard What="all")`},
		{"BEGIN", `(Transaction)`},
		{"START TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY, NOT DEFERRABLE", `(Transaction Kind=1 Modes=(TransactionModes Isolation="serializable" ReadOnly=true Deferrable=false))`},
		{"END WORK AND CHAIN", `(Transaction Kind=2 Chain)`},
		{"ABORT", `(Transaction Kind=3)`},
		{"SAVEPOINT a", `(Transaction Kind=4 Name="a")`},
		{"RELEASE a", `(Transaction Kind=5 Name="a")`},
		{"ROLLBACK TO SAVEPOINT a", `(Transaction Kind=6 Name="a")`},
		{"EXPLAIN (ANALYZE, VERBOSE false, FORMAT json) SELECT 1", `(Explain Analyze Options=[(Option Name="analyze") (Option Name="verbose" Value="false" Kind=1) (Option Name="format" Value="json" Kind=4)] Stmt=(Select Targets=[1]))`},
		{"EXPLAIN ANALYZE VERBOSE CREATE MATERIALIZED VIEW v AS SELECT 1", `(Explain Analyze Verbose Stmt=(CreateView Materialized Name=(ObjectName Name="v") Query=(Select Targets=[1]) QueryText="SELECT 1"))`},
		{"EXPLAIN (SELECT 1)", `(Explain Stmt=(Select Targets=[1]))`},
		{"EXPLAIN BEGIN", `! syntax error at or near "BEGIN"`},
		{"PREPARE p (int, text) AS SELECT $1", `(Prepare Name="p" Types=[pg_catalog.int4 text] Stmt=(Select Targets=[$1]) Text="SELECT $1")`},
		{"EXECUTE p (1, 'x')", `(Execute Name="p" Args=[1 'x'])`},
		{"DEALLOCATE PREPARE ALL", `(Deallocate All)`},
		{"DECLARE c NO SCROLL CURSOR WITH HOLD FOR SELECT 1", `(DeclareCursor Name="c" NoScroll Hold Query=(Select Targets=[1]) Text="SELECT 1")`},
		{"FETCH FORWARD ALL FROM c", `(Fetch All Cursor="c")`},
		{"FETCH 5 c", `(Fetch Count=5 Cursor="c")`},
		{"FETCH next", `(Fetch Count=1 Cursor="next")`},
		{"MOVE BACKWARD 2 IN c", `(Fetch Move Direction=1 Count=2 Cursor="c")`},
		{"CLOSE ALL", `(CloseCursor All)`},
		{"COPY t (a) FROM STDIN WITH (FORMAT csv, HEADER true)", `(Copy Table=(TableRef Name="t") Columns=[(Ident Name="a")] From Options=[(Option Name="format" Value="csv" Kind=4) (Option Name="header" Value="true" Kind=1)])`},
		{"COPY (SELECT 1) TO STDOUT CSV", `(Copy Query=(Select Targets=[1]) Options=[(Option Name="format" Value="csv" Kind=4)])`},
		{"LISTEN x", `(Listen Verb="listen" Name="x")`},
		{"FLUSH", `(Flush)`},
		{"", `(Empty)`},
	}, stmtText)
}

func TestQueryTextMatchesPositions(t *testing.T) {
	text := "CREATE MATERIALIZED VIEW v AS SELECT é FROM t"
	s, err := ParseOne(text)
	if err != nil {
		t.Fatal(err)
	}
	v := s.Node.(*ast.CreateView)
	at := v.Query.Targets[0].Pos() - v.QueryStart
	if v.QueryText[at:at+2] != "é" {
		t.Errorf("position %d of %q", at, v.QueryText)
	}
}
