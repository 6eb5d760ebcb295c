package parser

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// mutationSeeds are texts whose tokens the mutants recombine.
var mutationSeeds = []string{
	`SELECT a . b , - 1 :: int , * FROM t AS x ( y )`,
	`SELECT 1 FROM t LEFT JOIN u USING ( k ) , LATERAL f ( 1 ) g`,
	`SELECT a FROM t WHERE a IN ( 1 , 2 ) ORDER BY 1 DESC NULLS LAST LIMIT 2 OFFSET 3`,
	`WITH RECURSIVE x ( a ) AS ( SELECT 1 UNION ALL SELECT a + 1 FROM x ) TABLE x`,
	`SELECT count ( * ) FILTER ( WHERE b ) OVER ( PARTITION BY c ORDER BY d ROWS 1 PRECEDING )`,
	`SELECT a , b FROM x GROUP BY ROLLUP ( a ) , b HAVING c FETCH FIRST 1 ROW ONLY`,
	`SELECT CASE a WHEN 'x' THEN b ELSE NULL END AS y`,
	`SELECT ( ARRAY [ 1 , 2 ] ) [ 1 ] , ( a ) . f , ROW ( 1 )`,
	`SELECT a NOT BETWEEN b AND c OR NOT d`,
	`SELECT a IS NOT DISTINCT FROM b = c`,
	`SELECT c NOT LIKE 'd' ESCAPE 'e' AND d IS NULL`,
	`SELECT EXISTS ( SELECT 1 ) , a = ANY ( $1 ) , a IN ( SELECT 1 )`,
	`SELECT a || b -> c ^ 2 & 3 < d`,
	`SELECT extract ( day FROM a ) , substring ( a FROM 1 FOR 2 ) , trim ( both FROM a )`,
	`SELECT timestamp ( 3 ) '2020' , interval '1' day AT TIME ZONE 'utc' COLLATE "C"`,
	`SELECT CAST ( a AS varchar ( 3 ) [ ] ) , coalesce ( a , b )`,
	`( ( SELECT 1 ) UNION ( VALUES ( 1 , DEFAULT ) ) ) INTERSECT SELECT 2`,
	`SELECT * FROM ( a NATURAL FULL JOIN b ) AS j CROSS JOIN ( SELECT 1 ) q FOR UPDATE OF t`,
	`SELECT f ( DISTINCT a ORDER BY b ) , g ( x => 1 , VARIADIC c )`,
	`SELECT DISTINCT ON ( a ) b FROM f ( 1 ) WITH ORDINALITY AS x ( y , z )`,
	`SELECT sum ( a ) OVER w FROM t WINDOW w AS ( ORDER BY a RANGE UNBOUNDED PRECEDING )`,
	`INSERT INTO t ( a ) VALUES ( 1 ) RETURNING * ; DELETE FROM t USING u WHERE a`,
	`UPDATE t SET a = 1 , ( b , c ) = ( 1 , 2 ) FROM u WHERE b ; SHOW x`,
}

// TestMutants feeds random recombinations of tokens: the grammar must reject or
// understand each, and must never emit what TiDB or the decoder does not.
func TestMutants(t *testing.T) {
	for _, s := range mutationSeeds {
		if _, err := Parse(s); err != nil {
			t.Errorf("%s\n%v", s, err)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	seeds := make([][]string, len(mutationSeeds))
	for i, s := range mutationSeeds {
		seeds[i] = strings.Fields(s)
	}
	accepted := 0
	for range mutants {
		text := mutant(rng, seeds)
		stmts, err := Parse(text)
		switch {
		case err == nil:
			accepted++
			for _, s := range stmts {
				ast.Inspect(s.Node, func(n ast.Node) bool {
					if n.Pos() >= len(text) {
						t.Errorf("%s\n%T at %d", text, n, n.Pos())
					}
					return true
				})
			}
		case pgerr.Code(err) == pgerr.InternalError:
			t.Errorf("%s\n%v: %s", text, err, pgerr.From(err).Detail)
		}
	}
	if accepted < mutants/20 {
		t.Errorf("only %d of %d mutants were accepted: the test has lost its teeth", accepted, mutants)
	}
}

const mutants = 4000

func mutant(rng *rand.Rand, seeds [][]string) string {
	toks := append([]string(nil), seeds[rng.IntN(len(seeds))]...)
	for range 1 + rng.IntN(2) {
		other := seeds[rng.IntN(len(seeds))]
		at, from := rng.IntN(len(toks)), rng.IntN(len(other))
		switch rng.IntN(4) {
		case 0:
			toks = append(toks[:at], toks[at+1:]...)
		case 1:
			toks[at] = other[from]
		case 2:
			toks = append(toks[:at], append([]string{other[from]}, toks[at:]...)...)
		default:
			to := min(len(other), from+1+rng.IntN(4))
			toks = append(toks[:at], append(append([]string(nil), other[from:to]...), toks[at:]...)...)
		}
	}
	return strings.Join(toks, " ")
}
