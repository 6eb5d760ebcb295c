package patterns

import (
	"strings"

	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func similarFuncs(r *fn.Registry) {
	one := fn.B1(func(_ *fn.Call, dst, p []byte) ([]byte, error) { return appendSimilar(dst, p, `\`, false) })
	// Without an escape character there is the usual one, as for PostgreSQL.
	two := fn.Append(func(c *fn.Call, i int, dst []byte) ([]byte, error) {
		esc := `\`
		switch {
		case c.Args[0].IsNull(i):
			return dst, fn.ErrNull
		case !c.Args[1].IsNull(i):
			esc = string(c.Args[1].Bytes(i))
		}
		return appendSimilar(dst, c.Args[0].Bytes(i), esc, false)
	})
	for _, name := range []string{"similar_to_escape", "similar_escape"} {
		r.Func(name+"(text) text", one)
	}
	r.Func("similar_to_escape(text, text) text", fn.B2(func(_ *fn.Call, dst, p []byte, esc string) ([]byte, error) { return appendSimilar(dst, p, esc, false) }))
	r.Func("similar_escape(text, text) text", two, fn.NotStrict)
	r.Func("substring(text, text, text) text", fn.Append(func(c *fn.Call, i int, dst []byte) ([]byte, error) {
		s, p, esc := c.Args[0].Bytes(i), c.Args[1].Bytes(i), c.Args[2].Bytes(i)
		key := append(append(p[:len(p):len(p)], 0), esc...)
		re, err := fn.Cached(c, key, func(key string) (*regex, error) {
			pat, esc, _ := strings.Cut(key, "\x00")
			text, err := appendSimilar(nil, []byte(pat), esc, true)
			if err != nil {
				return nil, err
			}
			return compileRegex(string(text), "")
		})
		if err != nil {
			return dst, err
		}
		m := re.submatch(s)
		if len(m) > 2 {
			m = m[2:]
		}
		if m == nil || m[0] < 0 {
			return dst, fn.ErrNull
		}
		return append(dst, s[m[0]:m[1]]...), nil
	}))
}

// similarWriter turns a SIMILAR TO pattern into a regular expression. Two pairs of
// the escape character and a double quote mark the part that substring takes: what
// is before it is to be as short as can be. PostgreSQL says so of a whole group;
// where lazy is set each quantifier says so itself, for an engine that has no such
// groups.
type similarWriter struct {
	dst    []byte
	lazy   bool
	quotes int
}

func (w *similarWriter) quantifier(text string) {
	w.dst = append(w.dst, text...)
	if w.lazy && w.quotes == 0 {
		w.dst = append(w.dst, '?')
	}
}

// separator ends the part before the marked one, or the marked one.
func (w *similarWriter) separator() error {
	w.quotes++
	switch {
	case w.quotes > 2:
		return pgerr.New("2200C", "SQL regular expression may not contain more than two escape-double-quote separators")
	case w.quotes == 1 && w.lazy:
		w.dst = append(w.dst, ")("...)
	case w.quotes == 1:
		w.dst = append(w.dst, "){1,1}?("...)
	case w.lazy:
		w.dst = append(w.dst, ")(?:"...)
	default:
		w.dst = append(w.dst, "){1,1}(?:"...)
	}
	return nil
}

func appendSimilar(dst, p []byte, esc string, lazy bool) ([]byte, error) {
	if len([]rune(esc)) > 1 {
		return dst, pgerr.New(pgerr.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	// Only a pattern with a marked part has one that is to be short.
	lazy = lazy && esc != "" && strings.Contains(string(p), esc+`"`)
	w := &similarWriter{dst: append(dst, "^(?:"...), lazy: lazy}
	inClass, escaped := false, false
	for _, c := range string(p) {
		switch {
		case escaped && c == '"' && !inClass:
			if err := w.separator(); err != nil {
				return dst, err
			}
			escaped = false
		case escaped:
			w.dst = append(append(w.dst, '\\'), string(c)...)
			escaped = false
		case esc != "" && string(c) == esc:
			escaped = true
		case inClass:
			if c == '\\' {
				w.dst = append(w.dst, '\\')
			}
			w.dst = append(w.dst, string(c)...)
			inClass = c != ']'
		default:
			w.plain(c)
			inClass = c == '['
		}
	}
	return append(w.dst, ")$"...), nil
}

// plain writes a character that is not escaped and in no brackets.
func (w *similarWriter) plain(c rune) {
	switch c {
	case '%':
		w.quantifier(".*")
	case '*', '+', '?', '}':
		w.quantifier(string(c))
	case '_':
		w.dst = append(w.dst, '.')
	case '(':
		w.dst = append(w.dst, "(?:"...)
	case '\\', '.', '^', '$':
		w.dst = append(w.dst, '\\', byte(c))
	default:
		w.dst = append(w.dst, string(c)...)
	}
}
