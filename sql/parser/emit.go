package parser

import (
	"strconv"
	"strings"
)

// The grammar does not build a tree: it emits canonical text in a tiny closed
// language that TiDB's grammar can only read in one way (every name is
// back-quoted, every infix node parenthesised, everything MySQL lacks is a call
// of a function in schema pg_ast), and decode turns TiDB's tree into sql/ast.
// What decode does not know it rejects, so a slip here cannot change a meaning
// silently.

// astSchema holds the encodings. User text cannot name it: checkSchema.
const astSchema = "pg_ast"

// unitTable is FROM for queries that have none but a clause that MySQL allows
// only after FROM: one row, no columns.
const unitTable = "unit"

// mark starts every name that carries more than a name. NUL cannot occur in the
// user's text.
const mark = "\x00"

// ropeKind is what the grammar must remember about an operand.
type ropeKind uint8

const (
	plainRope ropeKind = iota
	rowRope            // (a, b) or ROW(...): may stand before OVERLAPS
	callRope           // a function call: may stand in FROM
)

// rope is a fragment of emitted text, rendered once at the end. Its pos is the
// place in the user's text of the node that starts where the fragment starts, or
// -1 if none does.
type rope struct {
	text string
	kids []*rope
	pos  int
	kind ropeKind
}

func lit(s string) *rope { return &rope{text: s, pos: -1} }

// cat joins fragments into a node at pos.
func cat(pos int, kids ...*rope) *rope { return &rope{kids: kids, pos: pos} }

// list joins fragments with commas.
func list(items []*rope) *rope {
	kids := make([]*rope, 0, 2*len(items))
	for i, it := range items {
		if i > 0 {
			kids = append(kids, comma)
		}
		kids = append(kids, it)
	}
	return cat(-1, kids...)
}

// Constant fragments are shared: render only reads them.
var (
	comma      = lit(",")
	openParen  = lit("(")
	closeParen = lit(")")
)

// enc is a call of an encoding function.
func enc(pos int, name string, args ...*rope) *rope {
	return &rope{text: "`" + astSchema + "`.`" + name + "`(", pos: pos, kids: []*rope{list(args), closeParen}}
}

// infix is (left op right), op with its spaces.
func infix(pos int, left *rope, op string, right *rope) *rope {
	return &rope{text: "(", pos: pos, kids: []*rope{left, lit(op), right, closeParen}}
}

// postfix is (left op).
func postfix(pos int, left *rope, op string) *rope {
	return &rope{text: "(", pos: pos, kids: []*rope{left, lit(op + ")")}}
}

// prefixed is (op right).
func prefixed(pos int, op string, right *rope) *rope {
	return &rope{text: "(" + op + " ", pos: pos, kids: []*rope{right, closeParen}}
}

// parens wraps r without being a node of its own.
func parens(r *rope) *rope { return cat(-1, openParen, r, closeParen) }

func quoteIdent(name string) string {
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}

func quoteString(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

func str(s string) *rope { return lit(quoteString(s)) }

func strs(names []string) []*rope {
	out := make([]*rope, len(names))
	for i, n := range names {
		out[i] = str(n)
	}
	return out
}

func intLit(n int) *rope { return lit(strconv.Itoa(n)) }

// place says that the node starting at emitted offset out comes from offset src.
type place struct{ out, src int32 }

// renderer writes a rope out. Places come sorted by out because text is only
// appended.
type renderer struct {
	buf    strings.Builder
	places []place
}

func (w *renderer) write(r *rope) {
	if r.pos >= 0 {
		at := int32(w.buf.Len())
		if n := len(w.places); n == 0 || w.places[n-1].out != at {
			w.places = append(w.places, place{at, int32(r.pos)})
		}
	}
	w.buf.WriteString(r.text)
	for _, k := range r.kids {
		w.write(k)
	}
}
