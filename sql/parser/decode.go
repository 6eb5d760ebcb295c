package parser

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	tast "github.com/pingcap/tidb/pkg/parser/ast"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// decoder turns one TiDB tree into sql/ast. It knows exactly the nodes that the
// grammar emits; anything else is an internal error, never a guess.
type decoder struct {
	places  []place
	changes map[ast.Loc]ast.Statement
}

// decodeRope sends one emitted statement through TiDB.
func decodeRope(r *rope) (*decoder, tast.StmtNode) {
	w := &renderer{}
	w.write(r)
	text := w.buf.String()
	stmt, err := parseEmitted(text)
	if err != nil {
		fail(pgerr.Wrap(err, pgerr.InternalError, "query text was not understood after translation").
			WithDetail("%s", err.Error()))
	}
	return &decoder{places: w.places}, stmt
}

// decodeQuery gives the tree of a whole query.
func (p *parser) decodeQuery(q *query) *ast.Select {
	d, stmt := decodeRope(q.rope())
	d.changes = p.changes
	sel := d.query(stmt)
	sel.Loc = ast.Loc(q.pos)
	return sel
}

// decodeExpr gives the tree of one expression.
func (p *parser) decodeExpr(r *rope) ast.Expr {
	return p.decodeTargets([]*rope{r})[0].Expr
}

// decodeExprs gives the trees of several expressions with one parse.
func (p *parser) decodeExprs(rs []*rope) []ast.Expr {
	out := make([]ast.Expr, 0, len(rs))
	if len(rs) == 0 {
		return nil
	}
	for _, t := range p.decodeTargets(rs) {
		out = append(out, t.Expr)
	}
	return out
}

func (p *parser) decodeTargets(rs []*rope) []*ast.Target {
	if len(rs) == 0 {
		return nil
	}
	d, stmt := decodeRope(cat(-1, lit("SELECT "), list(rs)))
	d.changes = p.changes
	return d.query(stmt).Targets
}

func broken(format string, args ...any) {
	fail(pgerr.New(pgerr.InternalError, "translated query has an unexpected shape: %s", fmt.Sprintf(format, args...)))
}

// loc maps the place of a TiDB node to the user's text.
func (d *decoder) loc(n tast.Node) ast.Loc {
	off := int32(n.OriginTextPosition())
	i := sort.Search(len(d.places), func(i int) bool { return d.places[i].out >= off })
	if i < len(d.places) && d.places[i].out == off {
		return ast.Loc(d.places[i].src)
	}
	return ast.NoPos
}

// call gives the name and arguments of an encoding, or "" if n is none.
func call(n tast.ExprNode) (name string, args []tast.ExprNode) {
	if f, ok := n.(*tast.FuncCallExpr); ok && f.Schema.O == astSchema {
		return f.FnName.O, f.Args
	}
	return "", nil
}

func stringArg(n tast.ExprNode) string {
	if v, ok := n.(*literal); ok {
		if s, ok := v.value.(string); ok {
			return s
		}
	}
	broken("%T instead of a string", n)
	return ""
}

func stringArgs(args []tast.ExprNode) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = stringArg(a)
	}
	return out
}

func intArg(n tast.ExprNode) int {
	if v, ok := n.(*literal); ok {
		if i, ok := v.value.(int64); ok {
			return int(i)
		}
	}
	broken("%T instead of an integer", n)
	return 0
}

func names(list []tast.CIStr) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.O)
	}
	return out
}

// marked splits a marker name: its place and its parts.
func marked(name string) (ast.Loc, []string) {
	parts := strings.Split(name, mark)
	if len(parts) < 3 || parts[0] != "" {
		broken("name %q carries no place", name)
	}
	pos, err := strconv.Atoi(parts[1])
	if err != nil {
		broken("name %q carries no place", name)
	}
	return ast.Loc(pos), parts[2:]
}

func (d *decoder) exprs(list []tast.ExprNode) []ast.Expr {
	out := make([]ast.Expr, len(list))
	for i, e := range list {
		out[i] = d.expr(e)
	}
	return out
}

// need checks the number of an encoding's arguments.
func need(name string, args []tast.ExprNode, least, most int) {
	if len(args) < least || most >= 0 && len(args) > most {
		broken("%s with %d arguments", name, len(args))
	}
}
