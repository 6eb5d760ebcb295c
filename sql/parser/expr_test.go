package parser

import (
	"fmt"
	"testing"
)

func TestPrecedence(t *testing.T) {
	runGolden(t, []golden{
		{"a OR b AND NOT c", "(or a (and b (not c)))"},
		{"NOT a = b", "(not (= a b))"},
		{"a = NOT b = c", "(= a (not (= b c)))"},
		{"a + b || c", "(|| (+ a b) c)"},
		{"a || b * c", "(|| a (* b c))"},
		{"~ a + b", "(~ (+ a b))"},
		{"a * ~ b + c", "(* a (~ (+ b c)))"},
		{"a | b & c", "(& (| a b) c)"},
		{"a & b << c", "(<< (& a b) c)"},
		{"a - b - c", "(- (- a b) c)"},
		{"2 ^ 3 ^ 2", "(^ (^ 2 3) 2)"},
		{"-2 ^ 2", "(^ -2 2)"},
		{"- a ^ 2", "(^ (- a) 2)"},
		{"-a::int4", "(- (cast int4 a))"},
		{"-1::int4", "(- (cast int4 1))"},
		{"a * b ^ c", "(* a (^ b c))"},
		{"a < b IS NULL", "(NullTest Arg=(< a b))"},
		{"a IS NULL = b", "(= (NullTest Arg=a) b)"},
		{"x = a IS NULL = b", "(= (NullTest Arg=(= x a)) b)"},
		{"a IS TRUE IS NULL", "(NullTest Arg=(BooleanTest Arg=a))"},
		{"a IN (1) IN (2)", "(InExpr Arg=(InExpr Arg=a List=[1]) List=[2])"},
		{"a = b IN (1)", "(= a (InExpr Arg=b List=[1]))"},
		{"a < b + c", "(< a (+ b c))"},
		{"a LIKE b || c", "(LikeExpr Arg=a Pattern=(|| b c))"},
		{"a LIKE b = c", "(= (LikeExpr Arg=a Pattern=b) c)"},
		{"a BETWEEN 1 AND 2 AND b", "(and (BetweenExpr Arg=a Low=1 High=2) b)"},
		{"a BETWEEN b = c AND d", "(BetweenExpr Arg=a Low=(= b c) High=d)"},
		{"a IS DISTINCT FROM b AND c", "(and (DistinctExpr Left=a Right=b) c)"},
		{"a IS NOT DISTINCT FROM b", "(DistinctExpr Left=a Right=b Not)"},
		{"NOT a IS NOT DISTINCT FROM b", "(not (DistinctExpr Left=a Right=b Not))"},
		{"a AT TIME ZONE b || c", "(|| (pg_catalog.timezone() b a) c)"},
		{"a COLLATE x || b", `(|| (CollateExpr Arg=a Names=["x"]) b)`},
		{"a -> b = c", "(= (-> a b) c)"},
		{"a OPERATOR(pg_catalog.+) b * c", "(pg_catalog.+ a (* b c))"},
		{"a AND b AND c AND (d AND e)", "(and a b c (and d e))"},
		{"(a OR b) OR c", "(or a b c)"},
		{"a = b = c", `! syntax error at or near "="`},
		{"a < b < c", `! syntax error at or near "<"`},
		{"a LIKE b LIKE c", `! syntax error at or near "LIKE"`},
		{"a BETWEEN 1 AND 2 BETWEEN 3 AND 4", `! syntax error at or near "BETWEEN"`},
		{"a BETWEEN y AND z LIKE b", `! syntax error at or near "LIKE"`},
		{"a IS DISTINCT FROM b IS DISTINCT FROM c", `! syntax error at or near "IS"`},
	}, exprText)
}

// TestPrecedencePairs checks every pair of binary operators against the level and
// associativity that PostgreSQL documents, rather than against our own table.
func TestPrecedencePairs(t *testing.T) {
	ops := []struct {
		op    string
		level int
		non   bool
	}{
		{"=", 1, true}, {"<", 1, true}, {">=", 1, true}, {"<>", 1, true},
		{"||", 2, false}, {"->", 2, false}, {"@>", 2, false}, {"&", 2, false}, {"#", 2, false}, {"<<", 2, false},
		{"&&", 2, false}, {"~", 2, false}, {"!~*", 2, false}, {"+", 3, false}, {"-", 3, false},
		{"*", 4, false}, {"/", 4, false}, {"%", 4, false}, {"^", 5, false},
	}
	for _, x := range ops {
		for _, y := range ops {
			sql := fmt.Sprintf("a %s b %s c", x.op, y.op)
			want := fmt.Sprintf("(%s (%s a b) c)", y.op, x.op)
			switch {
			case x.level < y.level:
				want = fmt.Sprintf("(%s a (%s b c))", x.op, y.op)
			case x.level == y.level && x.non:
				want = fmt.Sprintf(`! syntax error at or near "%s"`, y.op)
			}
			got, err := exprText(sql)
			if err != nil {
				got = describe(err)
			}
			if got != want {
				t.Errorf("%s\n got %s\nwant %s", sql, got, want)
			}
		}
	}
}

func TestExpressions(t *testing.T) {
	runGolden(t, []golden{
		{"a[1][2:3]", "(SubscriptExpr Arg=a Subscripts=[(Subscript Index=1) (Subscript Slice Low=2 Index=3)])"},
		{"(a[1])[2]", "(SubscriptExpr Arg=(SubscriptExpr Arg=a Subscripts=[(Subscript Index=1)]) Subscripts=[(Subscript Index=2)])"},
		{"a[:]", "(SubscriptExpr Arg=a Subscripts=[(Subscript Slice)])"},
		{"(a).b.c", `(FieldExpr Arg=(FieldExpr Arg=a Name="b") Name="c")`},
		{"a.b.c.d", "a.b.c.d"},
		{"a IS UNKNOWN", "(BooleanTest Arg=a Value=2)"},
		{"a IS NOT FALSE", "(BooleanTest Arg=a Value=1 Not)"},
		{"a ISNULL", "(NullTest Arg=a)"},
		{"a NOTNULL", "(NullTest Arg=a Not)"},
		{"a NOT BETWEEN SYMMETRIC 2 AND 1", "(BetweenExpr Arg=a Low=2 High=1 Not Symmetric)"},
		{"a NOT IN (SELECT 1)", "(InExpr Arg=a Query=(Select Targets=[1]) Not)"},
		{"(a, b) IN ((1, 2))", "(InExpr Arg=(RowExpr Elems=[a b]) List=[(RowExpr Elems=[1 2])])"},
		{"a = ANY ($1)", `(AnyAllExpr Op="=" Left=a Array=$1)`},
		{"a <> ALL (SELECT 1)", `(AnyAllExpr Op="<>" All Left=a Query=(Select Targets=[1]))`},
		{"a NOT LIKE ANY (b)", `(AnyAllExpr Op="!~~" Left=a Array=b)`},
		{"a OPERATOR(s.@@) SOME (b)", `(AnyAllExpr Schema="s" Op="@@" Left=a Array=b)`},
		{"EXISTS (SELECT 1)", "(SubqueryExpr Kind=1 Query=(Select Targets=[1]))"},
		{"NOT NOT EXISTS (SELECT 1)", "(not (not (SubqueryExpr Kind=1 Query=(Select Targets=[1]))))"},
		{"((SELECT 1) + 2)", "(+ (SubqueryExpr Query=(Select Targets=[1])) 2)"},
		{"ARRAY(SELECT 1)", "(SubqueryExpr Kind=2 Query=(Select Targets=[1]))"},
		{"ARRAY[[1],[2]]", "(ArrayExpr Elems=[(ArrayExpr Elems=[1]) (ArrayExpr Elems=[2])])"},
		{"ARRAY[[1],ARRAY[2]]", `! syntax error at or near "ARRAY"`},
		{"ROW()", "(RowExpr Explicit)"},
		{"CASE a WHEN 1 THEN b END", "(CaseExpr Arg=a Whens=[(When Cond=1 Result=b)])"},
		{"f(a, VARIADIC b)", "(f() a b Variadic)"},
		{"f(x => 1, y := 2)", `(f() (NamedArg Name="x" Arg=1) (NamedArg Name="y" Arg=2))`},
		{"s.f(DISTINCT a ORDER BY b DESC)", "(s.f() a Distinct OrderBy=[(SortBy Expr=b Dir=2)])"},
		{"p(0.5) WITHIN GROUP (ORDER BY a)", "(p() 0.5n OrderBy=[(SortBy Expr=a)] WithinGroup)"},
		{"count(*) FILTER (WHERE a) OVER w", `(count() Star Filter=a Over=(WindowDef Name="w"))`},
		{"row_number() OVER (ORDER BY 1)", "(row_number() Over=(WindowDef OrderBy=[(SortBy Expr=1)]))"},
		{"extract(day FROM a)", "(pg_catalog.extract() 'day' a)"},
		{"position(a IN b)", "(pg_catalog.position() b a)"},
		{"substring(a FROM 1 FOR 2)", "(pg_catalog.substring() a 1 2)"},
		{"substring(a FOR 2)", "(pg_catalog.substring() a 1 (cast pg_catalog.int4 2))"},
		{"substring(a SIMILAR b ESCAPE c)", "(pg_catalog.substring() a b c)"},
		{"substring(a, 1)", "(substring() a 1)"},
		{"overlay(a PLACING b FROM 1)", "(pg_catalog.overlay() a b 1)"},
		{"trim(both 'x' FROM a)", "(pg_catalog.btrim() a 'x')"},
		{"trim(leading FROM a)", "(pg_catalog.ltrim() a)"},
		{"(a, b) OVERLAPS (c, d)", "(pg_catalog.overlaps() a b c d)"},
		{"CAST(a AS varchar(3)[])", "(cast pg_catalog.varchar(3)[] a)"},
		{"a::char", "(cast pg_catalog.bpchar(1) a)"},
		{"char 'c'", "(cast pg_catalog.bpchar 'c')"},
		{"timestamp(3) with time zone 'x'", "(cast pg_catalog.timestamptz(3) 'x')"},
		{"interval '1-2' year to month", "(cast pg_catalog.interval year to month '1-2')"},
		{"interval(2) '1 day'", "(cast pg_catalog.interval(2) '1 day')"},
		{"a + interval", "(+ a interval)"},
		{"double precision '1'", "(cast pg_catalog.float8 '1')"},
		{"a::float(10)", "(cast pg_catalog.float4 a)"},
		{"a::s.t(1,'x')", "(cast s.t(1,'x') a)"},
		{"numeric(3,1) '1'", "(cast pg_catalog.numeric(3,1) '1')"},
		{"mytype(3) 'x'", "(cast mytype(3) 'x')"},
		{"f() 'x'", `! syntax error at or near "'x'"`},
		{"CURRENT_TIMESTAMP(3)", `(SQLValue Name="current_timestamp" Precision=3)`},
		{"current_schema", `(SQLValue Name="current_schema" Precision=-1)`},
		{"current_schema()", "(current_schema())"},
		{"-9223372036854775808", "-9223372036854775808"},
		{"- - 1", "1"},
		{"-1.50", "-1.50n"},
		{"a COLLATE pg_catalog.\"C\"", `(CollateExpr Arg=a Names=["pg_catalog" "C"])`},
		{"`a`", "! syntax error at end of input"},
		{"pg_ast.op(1)", `42939 schema name "pg_ast" is reserved`},
		{"a IS DOCUMENT", "0A000 IS DOCUMENT is not supported"},
		{"xmlelement(name a)", "0A000 XMLELEMENT is not supported"},
	}, exprText)
}
