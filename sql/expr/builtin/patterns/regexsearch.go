package patterns

import (
	"regexp/syntax"
	"unicode/utf8"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// looksBehind reports that whether the expression matches at a place depends on
// what is before it.
func looksBehind(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginLine, syntax.OpBeginText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	}
	for _, sub := range re.Sub {
		if looksBehind(sub) {
			return true
		}
	}
	return false
}

// isAnchored reports an expression that begins with the beginning of the text.
func isAnchored(re *syntax.Regexp) bool {
	for re.Op == syntax.OpConcat || re.Op == syntax.OpCapture {
		re = re.Sub[0]
	}
	return re.Op == syntax.OpBeginText
}

// all finds the matches from a byte offset on, at most limit unless it is negative.
// As in PostgreSQL an empty match may follow another match at once. Only where the
// expression looks behind, Go has to walk over the matches, which leaves those out,
// and takes the offset for the beginning of a line or a word.
func (r *regex) all(s []byte, from, limit int) [][]int {
	var out [][]int
	if r.anchored && from > 0 {
		return nil
	}
	if r.behind {
		for _, m := range r.re.FindAllSubmatchIndex(s[from:], limit) {
			out = append(out, moved(m, from))
		}
		return out
	}
	for at := from; at <= len(s) && len(out) != limit; {
		m := r.re.FindSubmatchIndex(s[at:])
		if m == nil {
			return out
		}
		m = moved(m, at)
		out = append(out, m)
		if at = m[1]; m[0] == m[1] {
			_, n := utf8.DecodeRune(s[at:])
			at += max(n, 1)
		}
	}
	return out
}

// moved shifts the places of a match; a group that took no part stays -1.
func moved(m []int, by int) []int {
	for i := range m {
		if m[i] >= 0 {
			m[i] += by
		}
	}
	return m
}

func noGlobal(name string) error {
	return pgerr.New(pgerr.InvalidParameterValue, "%s() does not support the \"global\" option", name)
}

func notPositive(name string, v int64) error {
	return pgerr.New(pgerr.InvalidParameterValue, "invalid value for parameter \"%s\": %d", name, v)
}

// search is the call of a function whose arguments are the text, the pattern and
// then, as far as they are given, what else says where to look.
type search struct {
	re   *regex
	s    []byte
	from int // byte offset
}

// newSearch reads text, pattern, start and flags; an argument number that the call
// does not have means the default. A flag "g" is refused under the name.
func newSearch(c *fn.Call, i, start, flags int, name string) (search, error) {
	out := search{s: c.Args[0].Bytes(i)}
	first := int64(1)
	if start < len(c.Args) {
		if first = c.Args[start].Int(i); first <= 0 {
			return out, notPositive("start", first)
		}
	}
	options := ""
	if flags < len(c.Args) {
		options = string(c.Args[flags].Bytes(i))
	}
	var err error
	if out.re, err = regexOf(c, c.Args[1].Bytes(i), options); err != nil {
		return out, err
	}
	if out.re.global {
		return out, noGlobal(name)
	}
	out.from = fn.RuneOffset(out.s, first-1)
	if first-1 > int64(fn.RuneCount(out.s)) {
		out.from = len(out.s) + 1 // past the end: not even an empty match
	}
	return out, nil
}

func (s search) matches(limit int) [][]int {
	if s.from > len(s.s) {
		return nil
	}
	return s.re.all(s.s, s.from, limit)
}

// nth is the span of group sub of the nth match; an expression without groups is
// its own first one.
func (s search) nth(n, sub int64) (from, to int, ok bool) {
	if s.re.re.NumSubexp() == 0 && sub == 1 {
		sub = 0
	}
	all := s.matches(int(n))
	if int64(len(all)) < n || 2*sub+1 >= int64(len(all[n-1])) {
		return 0, 0, false
	}
	m := all[n-1]
	return m[2*sub], m[2*sub+1], m[2*sub] >= 0
}

// countArg reads an argument that must be at least lowest.
func countArg(c *fn.Call, i, k int, name string, lowest, otherwise int64) (int64, error) {
	if k >= len(c.Args) {
		return otherwise, nil
	}
	if v := c.Args[k].Int(i); v >= lowest {
		return v, nil
	}
	return 0, notPositive(name, c.Args[k].Int(i))
}

// prefixes calls declare for a signature of the first fixed parameters and for each
// that has some of the others too.
func prefixes(fixed []string, more []string, declare func(params string)) {
	params := ""
	for i, p := range append(append([]string{}, fixed...), more...) {
		if i > 0 {
			params += ", "
		}
		if params += p; i+1 >= len(fixed) {
			declare(params)
		}
	}
}

func searchFuncs(r *fn.Registry) {
	two := []string{"text", "text"}
	count := fn.Rows(func(c *fn.Call, i int) error {
		s, err := newSearch(c, i, 2, 3, "regexp_count")
		if err == nil {
			c.Out.AppendInt(int64(len(s.matches(-1))))
		}
		return err
	})
	prefixes(two, []string{"int4", "text"}, func(params string) { r.Func("regexp_count("+params+") int4", count) })
	like := fn.Rows(func(c *fn.Call, i int) error {
		s, err := newSearch(c, i, len(c.Args), 2, "regexp_like")
		if err == nil {
			c.Out.Append(row.BoolDatum(s.re.match(s.s)))
		}
		return err
	})
	prefixes(two, []string{"text"}, func(params string) { r.Func("regexp_like("+params+") bool", like) })
	instr := fn.Rows(regexInstr)
	prefixes(two, []string{"int4", "int4", "int4", "text", "int4"}, func(params string) { r.Func("regexp_instr("+params+") int4", instr) })
	substr := fn.Append(regexSubstr)
	prefixes(two, []string{"int4", "int4", "text", "int4"}, func(params string) { r.Func("regexp_substr("+params+") text", substr) })
}

func regexInstr(c *fn.Call, i int) error {
	if _, err := countArg(c, i, 2, "start", 1, 1); err != nil {
		return err
	}
	n, err := countArg(c, i, 3, "n", 1, 1)
	if err != nil {
		return err
	}
	end := int64(0)
	if len(c.Args) > 4 {
		if end = c.Args[4].Int(i); end != 0 && end != 1 {
			return notPositive("endoption", end)
		}
	}
	sub, err := countArg(c, i, 6, "subexpr", 0, 0)
	if err != nil {
		return err
	}
	s, err := newSearch(c, i, 2, 5, "regexp_instr")
	if err != nil {
		return err
	}
	from, to, ok := s.nth(n, sub)
	switch {
	case !ok:
		c.Out.AppendInt(0)
	case end == 1:
		c.Out.AppendInt(int64(fn.RuneCount(s.s[:to])) + 1)
	default:
		c.Out.AppendInt(int64(fn.RuneCount(s.s[:from])) + 1)
	}
	return nil
}

func regexSubstr(c *fn.Call, i int, dst []byte) ([]byte, error) {
	if _, err := countArg(c, i, 2, "start", 1, 1); err != nil {
		return dst, err
	}
	n, err := countArg(c, i, 3, "n", 1, 1)
	if err != nil {
		return dst, err
	}
	sub, err := countArg(c, i, 5, "subexpr", 0, 0)
	if err != nil {
		return dst, err
	}
	s, err := newSearch(c, i, 2, 4, "regexp_substr")
	if err != nil {
		return dst, err
	}
	from, to, ok := s.nth(n, sub)
	if !ok {
		return dst, fn.ErrNull
	}
	return append(dst, s.s[from:to]...), nil
}

// regexReplaceFuncs declares regexp_replace: text, pattern and replacement, then
// flags, or start, the number of the match (0 for all) and flags.
func regexReplaceFuncs(r *fn.Registry) {
	replace := func(flags, start int) fn.Kernel {
		return fn.Append(func(c *fn.Call, i int, dst []byte) ([]byte, error) { return replaceRegex(c, i, dst, start, flags) })
	}
	const none = 9 // no call has so many arguments
	r.Func("regexp_replace(text, text, text) text", replace(none, none))
	r.Func("regexp_replace(text, text, text, text) text", replace(3, none))
	prefixes([]string{"text", "text", "text", "int4"}, []string{"int4", "text"}, func(params string) {
		r.Func("regexp_replace("+params+") text", replace(5, 3))
	})
}

func replaceRegex(c *fn.Call, i int, dst []byte, start, flags int) ([]byte, error) {
	s, pat, to := c.Args[0].Bytes(i), c.Args[1].Bytes(i), c.Args[2].Bytes(i)
	options := ""
	if flags < len(c.Args) {
		options = string(c.Args[flags].Bytes(i))
	}
	if flags == 3 && options != "" && digit(options[0]) {
		return dst, pgerr.New(pgerr.InvalidParameterValue, "invalid regular expression option: \"%c\"", options[0]).
			WithHint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")
	}
	first, err := countArg(c, i, start, "start", 1, 1)
	if err != nil {
		return dst, err
	}
	n, err := countArg(c, i, start+1, "n", 0, 1)
	if err != nil {
		return dst, err
	}
	re, err := regexOf(c, pat, options)
	if err != nil {
		return dst, err
	}
	if start+1 >= len(c.Args) && re.global {
		n = 0
	}
	limit := int(n)
	if n == 0 {
		limit = -1
	}
	last := 0
	if first-1 <= int64(fn.RuneCount(s)) {
		for k, m := range re.all(s, fn.RuneOffset(s, first-1), limit) {
			if n > 0 && int64(k) < n-1 {
				continue
			}
			dst = append(dst, s[last:m[0]]...)
			dst = appendReplacement(dst, s, m, to)
			last = m[1]
		}
	}
	return append(dst, s[last:]...), nil
}
