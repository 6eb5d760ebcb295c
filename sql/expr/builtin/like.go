package builtin

import (
	"bytes"
	"unicode/utf8"

	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// pattern is a compiled LIKE pattern: literal pieces between the wildcards.
type pattern struct {
	tokens []token
	// The common shapes: with only % at the ends, literal is what is between.
	shape   shape
	literal []byte
}

type shape uint8

const (
	general shape = iota
	whole
	prefix
	suffix
	contains
)

// token is a literal, or one any-character (_), or any string (%).
type token struct {
	literal []byte
	one     bool
	any     bool
}

func compileLike(p string) (*pattern, error) {
	out := &pattern{}
	var lit []byte
	flush := func() {
		if len(lit) > 0 {
			out.tokens = append(out.tokens, token{literal: lit})
			lit = nil
		}
	}
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case '\\':
			if i++; i == len(p) {
				return nil, pgerr.New(pgerr.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
			}
			lit = append(lit, p[i])
		case '%':
			flush()
			if n := len(out.tokens); n == 0 || !out.tokens[n-1].any {
				out.tokens = append(out.tokens, token{any: true})
			}
		case '_':
			flush()
			out.tokens = append(out.tokens, token{one: true})
		default:
			lit = append(lit, p[i])
		}
	}
	flush()
	out.classify()
	return out, nil
}

func (p *pattern) classify() {
	t := p.tokens
	isLit := func(i int) bool { return t[i].literal != nil }
	switch {
	case len(t) == 0:
		p.shape = whole
	case len(t) == 1 && isLit(0):
		p.shape, p.literal = whole, t[0].literal
	case len(t) == 1 && t[0].any:
		p.shape = prefix
	case len(t) == 2 && isLit(0) && t[1].any:
		p.shape, p.literal = prefix, t[0].literal
	case len(t) == 2 && t[0].any && isLit(1):
		p.shape, p.literal = suffix, t[1].literal
	case len(t) == 3 && t[0].any && isLit(1) && t[2].any:
		p.shape, p.literal = contains, t[1].literal
	}
}

func (p *pattern) match(s []byte) bool {
	switch p.shape {
	case whole:
		return bytes.Equal(s, p.literal)
	case prefix:
		return bytes.HasPrefix(s, p.literal)
	case suffix:
		return bytes.HasSuffix(s, p.literal)
	case contains:
		return bytes.Contains(s, p.literal)
	}
	return matchTokens(p.tokens, s)
}

// matchTokens backtracks only to the last %: an earlier one need never be tried again.
func matchTokens(t []token, s []byte) bool {
	at, back, from := 0, -1, 0
	pos := 0
	for {
		ok := false
		switch {
		case at == len(t):
			ok = pos == len(s)
			if ok {
				return true
			}
		case t[at].any:
			back, from = at, pos
			at++
			continue
		case t[at].one:
			if pos < len(s) {
				_, n := utf8.DecodeRune(s[pos:])
				pos, ok = pos+n, true
			}
		default:
			if bytes.HasPrefix(s[pos:], t[at].literal) {
				pos, ok = pos+len(t[at].literal), true
			}
		}
		if ok {
			at++
			continue
		}
		if back < 0 || from >= len(s) {
			return false
		}
		_, n := utf8.DecodeRune(s[from:])
		from += n
		at, pos = back+1, from
	}
}

func likeKernel(fold, not bool) fn.Kernel {
	return func(c *fn.Call) {
		out := results(c)
		var buf []byte
		for i := range out {
			if c.Null(i) {
				continue
			}
			pat := c.Args[1].Bytes(i)
			p, err := fn.Cached(c, pat, func(key string) (*pattern, error) {
				if fold {
					key = string(appendLower(nil, []byte(key)))
				}
				return compileLike(key)
			})
			if err != nil {
				c.Fail(i, err)
				continue
			}
			s := c.Args[0].Bytes(i)
			if fold {
				buf = appendLower(buf[:0], s)
				s = buf
			}
			out[i] = toBool(p.match(s) != not)
		}
	}
}

func likeOps(r *fn.Registry) {
	for _, left := range []string{"text", "bpchar", "name"} {
		r.Op("~~("+left+", text) bool", likeKernel(false, false))
		r.Op("!~~("+left+", text) bool", likeKernel(false, true))
		r.Op("~~*("+left+", text) bool", likeKernel(true, false))
		r.Op("!~~*("+left+", text) bool", likeKernel(true, true))
	}
	r.Op("~~(bytea, bytea) bool", likeKernel(false, false))
	r.Op("!~~(bytea, bytea) bool", likeKernel(false, true))
	r.Func("like(text, text) bool", likeKernel(false, false))
	r.Func("notlike(text, text) bool", likeKernel(false, true))
	r.Func("like_escape(text, text) text", fn.B2(func(_ *fn.Call, dst []byte, p []byte, esc string) ([]byte, error) {
		return appendLikeEscape(dst, p, esc)
	}))
}

// appendLikeEscape rewrites a pattern with another escape character to one with
// the backslash.
func appendLikeEscape(dst, p []byte, esc string) ([]byte, error) {
	if esc == "" {
		return append(dst, bytes.ReplaceAll(p, []byte(`\`), []byte(`\\`))...), nil
	}
	e, n := utf8.DecodeRuneInString(esc)
	if n != len(esc) {
		return dst, pgerr.New(pgerr.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	if e == '\\' {
		return append(dst, p...), nil
	}
	for len(p) > 0 {
		c, w := utf8.DecodeRune(p)
		switch {
		case c == e:
			dst = append(dst, '\\')
			if p = p[w:]; len(p) == 0 {
				return dst, nil
			}
			_, w = utf8.DecodeRune(p)
			dst = append(dst, p[:w]...)
		case c == '\\':
			dst = append(dst, `\\`...)
		default:
			dst = append(dst, p[:w]...)
		}
		p = p[w:]
	}
	return dst, nil
}
