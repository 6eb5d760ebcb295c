package expr

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tarndb/tarn/row"
)

// A reader of SQL expressions for tests only: enough of the grammar to write the
// cases as PostgreSQL reads them, bound by Typing as the planner does it.
type sqlReader struct {
	src    string
	pos    int
	tok    string // the token at hand; strings keep their opening quote
	at     int
	typing Typing
	cols   map[string]*ColRef
}

func readSQL(src string, typing Typing, cols map[string]*ColRef) (e Expr, err error) {
	r := &sqlReader{src: src, typing: typing, cols: cols}
	defer func() {
		if p := recover(); p != nil {
			failure, ok := p.(error)
			if !ok {
				panic(p)
			}
			err = failure
		}
	}()
	r.next()
	e = r.expr(0)
	if r.tok != "" {
		return nil, fmt.Errorf("left over: %q", r.src[r.at:])
	}
	return e, nil
}

func (r *sqlReader) fail(format string, args ...any) {
	panic(fmt.Errorf("%s: at %q: %s", r.src, r.src[r.at:], fmt.Sprintf(format, args...)))
}

func (r *sqlReader) must(e Expr, err error) Expr {
	if err != nil {
		panic(err)
	}
	return e
}

const opChars = "+-*/<>=~!@#%^&|?"

func (r *sqlReader) next() {
	s := r.src
	for r.pos < len(s) && (s[r.pos] == ' ' || s[r.pos] == '\n') {
		r.pos++
	}
	r.at = r.pos
	if r.pos == len(s) {
		r.tok = ""
		return
	}
	end := r.pos + 1
	switch c := s[r.pos]; {
	case c == '\'':
		for end < len(s) && (s[end] != '\'' || end+1 < len(s) && s[end+1] == '\'') {
			if s[end] == '\'' {
				end++
			}
			end++
		}
		end++
	case c >= '0' && c <= '9' || c == '.' && end < len(s) && s[end] >= '0' && s[end] <= '9':
		for end < len(s) && (isWord(s[end]) || s[end] == '.' || s[end-1] == 'e' && s[end] == '-') {
			end++
		}
	case isWord(c):
		for end < len(s) && isWord(s[end]) {
			end++
		}
	case strings.IndexByte(opChars, c) >= 0:
		for end < len(s) && strings.IndexByte(opChars, s[end]) >= 0 {
			end++
		}
		// Trailing + and - belong to the operand, unless a special character is there.
		for end > r.pos+1 && strings.IndexByte("+-", s[end-1]) >= 0 && !strings.ContainsAny(s[r.pos:end], "~!@#%^&|?") {
			end--
		}
	case c == ':' && end < len(s) && s[end] == ':':
		end++
	}
	r.tok = s[r.pos:end]
	r.pos = end
}

func isWord(c byte) bool {
	return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
}

func (r *sqlReader) word(w string) bool { return strings.EqualFold(r.tok, w) }

func (r *sqlReader) accept(w string) bool {
	if !r.word(w) {
		return false
	}
	r.next()
	return true
}

func (r *sqlReader) expect(w string) {
	if !r.accept(w) {
		r.fail("expected %s", w)
	}
}

// Binding powers, PostgreSQL's order.
const (
	pOr = iota + 1
	pAnd
	pNot
	pIs
	pCompare
	pLike
	pOther
	pAdd
	pMul
	pPow
	pZone
	pUnary
	pCast
)

func (r *sqlReader) expr(min int) Expr {
	left := r.prefix()
	for {
		p := r.power()
		if p < min || p == 0 {
			return left
		}
		left = r.infix(left, p)
	}
}

func (r *sqlReader) power() int {
	switch strings.ToLower(r.tok) {
	case "or":
		return pOr
	case "and":
		return pAnd
	case "is":
		return pIs
	case "<", ">", "=", "<=", ">=", "<>", "!=":
		return pCompare
	case "like", "ilike", "in", "between", "not":
		return pLike
	case "+", "-":
		return pAdd
	case "*", "/", "%":
		return pMul
	case "^":
		return pPow
	case "at":
		return pZone
	case "::", "[":
		return pCast
	}
	if r.tok != "" && strings.IndexByte(opChars, r.tok[0]) >= 0 {
		return pOther
	}
	return 0
}

func (r *sqlReader) prefix() Expr {
	at := r.at
	switch {
	case r.accept("not"):
		return r.must(r.typing.Not(at, r.expr(pNot)))
	case r.tok == "-" || r.tok == "+":
		op := r.tok
		r.next()
		arg := r.expr(pUnary)
		if c, ok := arg.(*Const); ok && op == "-" && c.Typ.Kind.IsNumber() && !strings.HasPrefix(r.src[at+1:], "(") {
			return negative(c)
		}
		return r.must(r.typing.Operator(at, op, arg))
	case r.tok != "" && strings.IndexByte(opChars, r.tok[0]) >= 0:
		op := r.tok
		r.next()
		return r.must(r.typing.Operator(at, op, r.expr(pOther+1)))
	}
	return r.primary()
}

// negative folds the sign into a number as the grammar does.
func negative(c *Const) Expr {
	text := "-" + row.TextOf(c.Typ, c.Datum, nil)
	return number(text)
}

func number(text string) Expr {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		k := row.Int8
		if n == int64(int32(n)) {
			k = row.Int4
		}
		return &Const{Datum: row.IntDatum(n), Typ: row.T(k)}
	}
	d, err := row.ParseText(row.T(row.Numeric), text, nil)
	if err != nil {
		panic(err)
	}
	return &Const{Datum: d, Typ: row.T(row.Numeric)}
}

func (r *sqlReader) infix(left Expr, p int) Expr {
	at, op := r.at, strings.ToLower(r.tok)
	r.next()
	switch op {
	case "or":
		return r.must(r.typing.Or(at, left, r.expr(pOr+1)))
	case "and":
		return r.must(r.typing.And(at, left, r.expr(pAnd+1)))
	case "is":
		return r.is(left, at)
	case "::":
		return r.must(r.typing.Cast(at, left, r.typeName()))
	case "[":
		return r.subscript(left, at)
	case "at":
		r.expect("time")
		r.expect("zone")
		return r.must(r.typing.Function(at, "", "timezone", []Expr{r.expr(pZone + 1), left}))
	case "not":
		op = strings.ToLower(r.tok)
		r.next()
		return r.must(r.typing.Not(at, r.pattern(left, op, at)))
	case "like", "ilike", "in", "between":
		return r.pattern(left, op, at)
	}
	if op == "!=" {
		op = "<>"
	}
	if r.word("any") || r.word("all") {
		return r.arrayOp(left, op, at)
	}
	return r.must(r.typing.Operator(at, op, left, r.expr(p+1)))
}

func (r *sqlReader) arrayOp(left Expr, op string, at int) Expr {
	all := r.word("all")
	r.next()
	r.expect("(")
	arr := r.expr(0)
	r.expect(")")
	return r.must(r.typing.ArrayOp(at, op, left, arr, all))
}

func (r *sqlReader) pattern(left Expr, op string, at int) Expr {
	switch op {
	case "like":
		if r.word("any") || r.word("all") {
			return r.arrayOp(left, "~~", at)
		}
		return r.must(r.typing.Operator(at, "~~", left, r.expr(pLike+1)))
	case "ilike":
		return r.must(r.typing.Operator(at, "~~*", left, r.expr(pLike+1)))
	case "between":
		lo := r.expr(pLike + 1)
		r.expect("and")
		hi := r.expr(pLike + 1)
		ge := r.must(r.typing.Operator(at, ">=", left, lo))
		le := r.must(r.typing.Operator(at, "<=", left, hi))
		return r.must(r.typing.And(at, ge, le))
	}
	r.expect("(")
	list := r.list(")")
	return r.must(r.typing.In(at, left, list, false))
}

func (r *sqlReader) is(left Expr, at int) Expr {
	not := r.accept("not")
	switch {
	case r.accept("null"):
		return &IsNull{left, not, at}
	case r.accept("distinct"):
		r.expect("from")
		return r.must(r.typing.Distinct(at, left, r.expr(pIs+1), not))
	}
	test := map[string]Truth{"true": IsTrue, "false": IsFalse, "unknown": IsUnknown}[strings.ToLower(r.tok)]
	r.next()
	return &IsTruth{r.must(r.typing.Boolean(left, "IS")), test, not, at}
}

func (r *sqlReader) list(end string) []Expr {
	var out []Expr
	if r.accept(end) {
		return out
	}
	for {
		out = append(out, r.expr(0))
		if r.accept(end) {
			return out
		}
		r.expect(",")
	}
}

func (r *sqlReader) subscript(arr Expr, at int) Expr {
	var lower, index []Expr
	slice := false
	for {
		var lo, hi Expr
		if r.tok != ":" {
			lo = r.expr(0)
		}
		if r.accept(":") {
			slice = true
			if r.tok != "]" {
				hi = r.expr(0)
			}
			lower = append(lower, lo)
		} else {
			hi = lo
		}
		index = append(index, hi)
		r.expect("]")
		if !r.accept("[") {
			break
		}
	}
	if !slice {
		lower = nil
	}
	return r.must(r.typing.Subscript(at, arr, lower, index))
}

var typeAliases = map[string]string{
	"int": "int4", "integer": "int4", "bigint": "int8", "smallint": "int2", "real": "float4", "boolean": "bool",
	"decimal": "numeric", "double": "float8",
}

func (r *sqlReader) typeName() row.Type {
	name := strings.ToLower(r.tok)
	r.next()
	if name == "double" {
		r.expect("precision")
	}
	if a, ok := typeAliases[name]; ok {
		name = a
	}
	mods := []int{}
	if name == "char" {
		name, mods = "bpchar", append(mods, 1)
	}
	if r.accept("(") {
		mods = mods[:0]
		for _, e := range r.list(")") {
			mods = append(mods, int(e.(*Const).Datum.I))
		}
	}
	for _, k := range row.Kinds() {
		t := row.T(k)
		if t.Name() != name {
			continue
		}
		if len(mods) > 0 {
			t = withMods(t, mods)
		}
		for r.accept("[") {
			r.expect("]")
			t = row.Type{Kind: row.Array, Elem: k, Mod: t.Mod}
		}
		return t
	}
	r.fail("type %s", name)
	return row.Type{}
}

func withMods(t row.Type, mods []int) row.Type {
	switch t.Kind {
	case row.Varchar, row.BPChar:
		return t.WithTypmod(int32(mods[0]) + 4)
	case row.Numeric:
		scale := 0
		if len(mods) > 1 {
			scale = mods[1]
		}
		return t.WithTypmod(int32(mods[0]<<16|scale&0x7ff) + 4)
	case row.Interval:
		return t.WithTypmod(row.IntervalTypmod(0, mods[0]))
	}
	return t.WithTypmod(int32(mods[0]))
}

func (r *sqlReader) primary() Expr {
	at, tok := r.at, r.tok
	switch {
	case tok == "":
		r.fail("unexpected end")
	case tok[0] == '\'':
		r.next()
		return &Const{Datum: row.StringDatum(strings.ReplaceAll(tok[1:len(tok)-1], "''", "'")), At: at}
	case tok[0] >= '0' && tok[0] <= '9' || tok[0] == '.':
		r.next()
		return number(tok)
	case r.accept("("):
		e := r.expr(0)
		r.expect(")")
		return e
	case r.accept("null"):
		return &Const{Datum: row.NullDatum, At: at}
	case r.accept("true"):
		return BoolConst(true)
	case r.accept("false"):
		return BoolConst(false)
	case r.accept("case"):
		return r.caseExpr(at)
	case r.accept("array"):
		r.expect("[")
		elems := r.arrayElems()
		if len(elems) == 0 && r.tok == "::" {
			return &Const{Datum: row.StringDatum("{}"), At: at}
		}
		return r.must(r.typing.Array(at, elems))
	case r.accept("extract"):
		r.expect("(")
		field := &Const{Datum: row.StringDatum(strings.Trim(r.tok, "'")), At: at}
		r.next()
		r.expect("from")
		arg := r.expr(0)
		r.expect(")")
		return r.must(r.typing.Function(at, "", "extract", []Expr{field, arg}))
	}
	return r.name(at)
}

func (r *sqlReader) arrayElems() []Expr {
	var out []Expr
	for !r.accept("]") {
		if r.tok == "[" {
			at := r.at
			r.next()
			out = append(out, r.must(r.typing.Array(at, r.arrayElems())))
		} else {
			out = append(out, r.expr(0))
		}
		r.accept(",")
	}
	return out
}

func (r *sqlReader) caseExpr(at int) Expr {
	var whens []When
	for r.accept("when") {
		cond := r.expr(0)
		r.expect("then")
		whens = append(whens, When{cond, r.expr(0)})
	}
	var els Expr
	if r.accept("else") {
		els = r.expr(0)
	}
	r.expect("end")
	return r.must(r.typing.Case(at, whens, els))
}

// name is a column, a typed literal or a call.
func (r *sqlReader) name(at int) Expr {
	name := strings.ToLower(r.tok)
	if c, ok := r.cols[name]; ok {
		r.next()
		return c
	}
	save, saveTok := r.pos, r.tok
	r.next()
	if r.tok != "" && r.tok[0] == '\'' {
		r.pos, r.tok = save, saveTok
		t := r.typeName()
		return r.must(r.typing.Cast(at, r.primary(), t))
	}
	if !r.accept("(") {
		r.fail("unknown name %s", name)
	}
	args := r.list(")")
	switch name {
	case "coalesce":
		return r.must(r.typing.Coalesce(at, args))
	case "greatest", "least":
		return r.must(r.typing.MinMax(at, name == "least", args))
	case "nullif":
		return r.must(r.typing.NullIf(at, args[0], args[1]))
	}
	return r.must(r.typing.Function(at, "", name, args))
}
