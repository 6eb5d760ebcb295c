package parser

import (
	"strconv"
	"strings"

	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// isTypedLiteral says whether the type keyword at the current token starts a
// literal such as `timestamp(3) '...'`, rather than being a column's name.
func (p *parser) isTypedLiteral() bool {
	next := p.peek(1)
	if next.kind == tokStr {
		return builtinTypeWords[p.cur().text]
	}
	switch p.cur().text {
	case "double":
		return next.word("precision")
	case "character", "char", "nchar", "bit":
		return next.punct("(") || next.word("varying")
	case "national":
		return next.word("character") || next.word("char")
	case "timestamp", "time":
		return next.punct("(") || (next.word("with") || next.word("without")) && p.peek(2).word("time")
	case "varchar", "float", "numeric", "decimal", "dec", "interval":
		return next.punct("(")
	}
	return false
}

var builtinTypeWords = wordSet(`bigint bit boolean char character dec decimal float int integer
interval national nchar numeric real smallint time timestamp varchar double`)

// typedLiteral parses `type 'text'`, which is a cast.
func (p *parser) typedLiteral() *rope {
	pos := p.pos()
	t := p.simpleType(true)
	at := p.pos()
	if p.cur().kind != tokStr {
		p.unexpected()
	}
	value := &rope{text: quoteString(p.advance().text), pos: at}
	if isInterval(t) && len(t.Mods) == 0 {
		p.intervalFields(t)
	}
	return enc(pos, "cast", value, emitType(t))
}

func isInterval(t *ast.TypeName) bool {
	return len(t.Names) == 2 && t.Names[1] == "interval" && t.Names[0] == "pg_catalog"
}

// typeRope parses a type and emits it.
func (p *parser) typeRope() *rope { return emitType(p.typeName()) }

// typeName parses gram.y's Typename.
func (p *parser) typeName() *ast.TypeName {
	setOf := p.take("setof")
	pos := p.pos()
	t := p.simpleType(false)
	t.SetOf = setOf
	if isInterval(t) && len(t.Mods) == 0 {
		p.intervalFields(t)
	}
	if p.take("array") {
		dim := -1
		if p.takePunct("[") {
			dim = p.int()
			p.expectPunct("]")
		}
		t.ArrayDims = append(t.ArrayDims, dim)
	}
	for p.isPunct("[") && len(t.ArrayDims) <= maxChain {
		p.i++
		dim := -1
		if p.cur().kind == tokInt {
			dim = p.int()
		}
		p.expectPunct("]")
		t.ArrayDims = append(t.ArrayDims, dim)
	}
	t.Loc = ast.Loc(pos)
	return t
}

// fixedTypes are the built-in spellings without a grammar of their own.
var fixedTypes = map[string]string{
	"int": "int4", "integer": "int4", "smallint": "int2", "bigint": "int8", "real": "float4",
	"boolean": "bool",
}

// simpleType parses a type without array bounds. literal says that a literal
// follows, where `char` without a length has none rather than 1.
func (p *parser) simpleType(literal bool) *ast.TypeName {
	t := p.cur()
	if t.kind == tokWord && !(literal && p.nextPunct(".")) {
		if r := p.builtin(t.text, literal); r != nil {
			r.Loc = ast.Loc(t.pos)
			return r
		}
	}
	return p.genericType(literal)
}

func catalogType(name string, mods ...ast.Expr) *ast.TypeName {
	return &ast.TypeName{Names: []string{"pg_catalog", name}, Mods: mods}
}

func (p *parser) builtin(word string, literal bool) *ast.TypeName {
	if name, ok := fixedTypes[word]; ok {
		p.i++
		return catalogType(name)
	}
	switch word {
	case "double":
		if !p.nextIs("precision") {
			return nil
		}
		p.i += 2
		return catalogType("float8")
	case "float":
		p.i++
		return p.floatType()
	case "decimal", "dec", "numeric":
		p.i++
		return catalogType("numeric", p.typeMods()...)
	case "bit":
		p.i++
		if p.take("varying") {
			return catalogType("varbit", p.typeMods()...)
		}
		return fixedLength("bit", p.typeMods(), literal)
	case "character", "char", "nchar", "national", "varchar":
		return p.characterType(literal)
	case "timestamp", "time":
		p.i++
		return p.timeType(word)
	case "interval":
		p.i++
		return catalogType("interval", p.precision()...)
	}
	return nil
}

func (p *parser) floatType() *ast.TypeName {
	if !p.takePunct("(") {
		return catalogType("float8")
	}
	pos := p.pos()
	n := p.int()
	p.expectPunct(")")
	switch {
	case n < 1:
		fail(pgerr.New(pgerr.InvalidParameterValue, "precision for type float must be at least 1 bit").At(pos))
	case n > 53:
		fail(pgerr.New(pgerr.InvalidParameterValue, "precision for type float must be less than 54 bits").At(pos))
	case n <= 24:
		return catalogType("float4")
	}
	return catalogType("float8")
}

func (p *parser) characterType(literal bool) *ast.TypeName {
	word := p.advance().text
	if word == "national" {
		if !p.isAny("character", "char") {
			p.unexpected()
		}
		p.i++
	}
	if word == "varchar" || p.take("varying") {
		return catalogType("varchar", p.precision()...)
	}
	return fixedLength("bpchar", p.precision(), literal)
}

// fixedLength is char or bit, whose length is 1 unless written.
func fixedLength(name string, mods []ast.Expr, literal bool) *ast.TypeName {
	if len(mods) == 0 && !literal {
		mods = []ast.Expr{&ast.Const{Loc: ast.NoPos, Kind: ast.ConstInt, Int: 1}}
	}
	return catalogType(name, mods...)
}

func (p *parser) timeType(name string) *ast.TypeName {
	mods := p.precision()
	switch {
	case p.takeWords("with", "time", "zone"):
		name += "tz"
	case p.takeWords("without", "time", "zone"):
	}
	return catalogType(name, mods...)
}

// precision parses an optional (n).
func (p *parser) precision() []ast.Expr {
	if !p.takePunct("(") {
		return nil
	}
	pos := p.pos()
	n := p.int()
	p.expectPunct(")")
	return []ast.Expr{&ast.Const{Loc: ast.Loc(pos), Kind: ast.ConstInt, Int: int64(n)}}
}

var intervalRanges = map[string][]string{
	"year": {"month"}, "month": nil, "day": {"hour", "minute", "second"},
	"hour": {"minute", "second"}, "minute": {"second"}, "second": nil,
}

// intervalFields parses an interval's restriction: YEAR TO MONTH, SECOND(3), ....
func (p *parser) intervalFields(t *ast.TypeName) {
	ends, ok := intervalRanges[p.cur().text]
	if !ok || p.cur().kind != tokWord {
		return
	}
	t.IntervalFields = p.advance().text
	if p.take("to") {
		if !p.isAny(ends...) {
			p.unexpected()
		}
		t.IntervalFields += " to " + p.advance().text
	}
	if strings.HasSuffix(t.IntervalFields, "second") {
		t.Mods = p.precision()
	}
}

// genericType parses a possibly qualified name and its modifiers. In a literal the
// name is that of a function to gram.y, which may start with more words.
func (p *parser) genericType(literal bool) *ast.TypeName {
	t := p.cur()
	if !t.isFuncName() && !(literal && t.isColID() && p.nextPunct(".")) {
		p.unexpected()
	}
	p.i++
	names := p.dotted(t.text)
	if p.isOp("%") && p.nextIs("type") {
		unsupported(p.pos(), "%TYPE is")
	}
	return &ast.TypeName{Loc: ast.Loc(t.pos), Names: names, Mods: p.typeMods()}
}

// typeMods parses (constant or name, ...), PostgreSQL's type modifiers.
func (p *parser) typeMods() []ast.Expr {
	if !p.isPunct("(") {
		return nil
	}
	return parenthesised(p, p.typeMod)
}

// typeMod parses a modifier. gram.y takes any expression; the analysis refuses all
// but these, so that an error of syntax in another one comes first.
func (p *parser) typeMod() ast.Expr {
	t := p.cur()
	loc := ast.Loc(t.pos)
	sign, n := int64(1), 0
	if p.isOp("-") {
		sign, n = -1, 1
	}
	ends := p.peek(n+1).punct(",") || p.peek(n+1).punct(")")
	if p.peek(n).kind == tokInt && ends {
		p.i += n
		i, _ := strconv.ParseInt(p.advance().text, 10, 64) // the lexer has tried
		return &ast.Const{Loc: loc, Kind: ast.ConstInt, Int: sign * i}
	}
	switch {
	case t.kind == tokStr && ends:
		p.i++
		return &ast.Const{Loc: loc, Kind: ast.ConstString, Text: t.text}
	case t.isColID() && ends:
		p.i++
		return &ast.ColumnRef{Loc: loc, Names: []string{t.text}}
	}
	p.expr()
	p.later(pgerr.New(pgerr.SyntaxError, "type modifiers must be simple constants or identifiers").At(int(t.pos)))
	return &ast.Const{Loc: loc}
}

// emitType encodes a type as a tree of calls, so that decoding needs no second
// parser of type texts.
func emitType(t *ast.TypeName) *rope {
	args := []*rope{enc(-1, "name", strs(t.Names)...)}
	if len(t.Mods) > 0 {
		mods := make([]*rope, len(t.Mods))
		for i, m := range t.Mods {
			mods[i] = emitTypeMod(m)
		}
		args = append(args, enc(-1, "mods", mods...))
	}
	if len(t.ArrayDims) > 0 {
		dims := make([]*rope, len(t.ArrayDims))
		for i, d := range t.ArrayDims {
			dims[i] = str(strconv.Itoa(d))
		}
		args = append(args, enc(-1, "dims", dims...))
	}
	if t.SetOf {
		args = append(args, enc(-1, "setof"))
	}
	if t.IntervalFields != "" {
		args = append(args, enc(-1, "fields_of", str(t.IntervalFields)))
	}
	return enc(t.Pos(), "type", args...)
}

func emitTypeMod(m ast.Expr) *rope {
	switch m := m.(type) {
	case *ast.ColumnRef:
		return column(m.Pos(), m.Names)
	case *ast.Const:
		if m.Kind == ast.ConstString {
			return &rope{text: quoteString(m.Text), pos: m.Pos()}
		}
		if m.Int < 0 {
			return prefixed(m.Pos(), "-", lit(strconv.FormatInt(-m.Int, 10)))
		}
		return &rope{text: strconv.FormatInt(m.Int, 10), pos: m.Pos()}
	}
	return lit("NULL")
}
