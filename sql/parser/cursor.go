package parser

import "github.com/tarndb/tarn/sql/pgerr"

func (p *parser) cur() *token { return &p.toks[p.i] }

// peek gives the n-th token after the current one.
func (p *parser) peek(n int) *token { return &p.toks[min(p.i+n, len(p.toks)-1)] }

func (p *parser) pos() int { return int(p.toks[p.i].pos) }

// lastEnd is where the last consumed token ends.
func (p *parser) lastEnd() int {
	if p.i == 0 {
		return 0
	}
	return int(p.toks[p.i-1].end)
}

func (p *parser) advance() *token {
	t := &p.toks[p.i]
	if t.kind != tokEOF {
		p.i++
	}
	return t
}

func (p *parser) is(word string) bool     { return p.cur().word(word) }
func (p *parser) isPunct(s string) bool   { return p.cur().punct(s) }
func (p *parser) isOp(s string) bool      { return p.cur().op(s) }
func (p *parser) nextIs(w string) bool    { return p.peek(1).word(w) }
func (p *parser) nextPunct(s string) bool { return p.peek(1).punct(s) }

// isWords says whether the tokens ahead are these words. It keeps how many of them are
// there: if no other rule takes the first, what is wrong is the word behind them, but
// for those that are no words without it.
func (p *parser) isWords(words ...string) bool {
	for n, w := range words {
		if p.peek(n).word(w) {
			continue
		}
		if end := p.i + n; n > 0 && paired[words[0]] == nil && (p.begunAt != p.i || p.begunEnd < end) {
			p.begunAt, p.begunEnd = p.i, end
		}
		return false
	}
	return true
}

func (p *parser) isAny(words ...string) bool {
	for _, w := range words {
		if p.is(w) {
			return true
		}
	}
	return false
}

func (p *parser) take(word string) bool {
	if p.is(word) {
		p.i++
		return true
	}
	return false
}

// takeWords consumes all of these words or nothing.
func (p *parser) takeWords(words ...string) bool {
	if p.isWords(words...) {
		p.i += len(words)
		return true
	}
	return false
}

func (p *parser) takePunct(s string) bool {
	if p.isPunct(s) {
		p.i++
		return true
	}
	return false
}

func (p *parser) takeOp(s string) bool {
	if p.isOp(s) {
		p.i++
		return true
	}
	return false
}

func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.take(w) {
			p.unexpected()
		}
	}
}

func (p *parser) expectPunct(s string) {
	if !p.takePunct(s) {
		p.unexpected()
	}
}

func (p *parser) expectEOF() {
	if p.cur().kind != tokEOF {
		p.unexpected()
	}
}

// unexpected fails at the current token, in PostgreSQL's words.
func (p *parser) unexpected() {
	if p.begunAt == p.i && p.begunEnd > p.i {
		p.unexpectedToken(&p.toks[p.begunEnd])
	}
	p.unexpectedToken(p.cur())
}

func (p *parser) unexpectedToken(t *token) {
	if t.kind == tokBad {
		fail(p.lexError)
	}
	if t.kind == tokEOF {
		fail(pgerr.New(pgerr.SyntaxError, "syntax error at end of input").At(int(t.pos)))
	}
	fail(pgerr.New(pgerr.SyntaxError, `syntax error at or near "%s"`, p.src[t.pos:t.end]).At(int(t.pos)))
}
