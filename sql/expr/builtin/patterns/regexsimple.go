package patterns

import (
	"bytes"
	"regexp/syntax"
	"unicode/utf8"
)

// simpleRegex matches what most expressions that take a field out of a text look
// like, by searching for their literal: an optional single character or the
// beginning of the text, a literal, and an optional run of characters to the end.
//
//	(&|^)channel_id=([^&]*)
//
// Its answers are those of package regexp, leftmost and longest.
type simpleRegex struct {
	groups int
	begin  bool // the literal may stand at the beginning of the text
	any    bool // and anywhere else: there is no first part
	before [256]bool
	first  int // the group of the first part, 0: none
	lit    []byte
	second int
	run    *[256]bool // nil: no run
	least  int        // the length of the run
	third  int
}

// newSimpleRegex is nil for expressions of other forms.
func newSimpleRegex(re *syntax.Regexp, groups int) *simpleRegex {
	parts := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		parts = re.Sub
	}
	s := &simpleRegex{groups: groups, any: true}
	if part, group := ungroup(parts[0]); part.Op != syntax.OpLiteral && len(parts) > 1 {
		if !s.before1(part) {
			return nil
		}
		s.any, s.first, parts = false, group, parts[1:]
	}
	part, group := ungroup(parts[0])
	if part.Op != syntax.OpLiteral || part.Flags&syntax.FoldCase != 0 {
		return nil
	}
	s.lit, s.second = []byte(string(part.Rune)), group
	if s.before[s.lit[0]] {
		return nil // then two matches could begin at one place
	}
	if parts = parts[1:]; len(parts) > 1 || len(parts) == 1 && !s.runOf(parts[0]) {
		return nil
	}
	return s
}

func ungroup(re *syntax.Regexp) (*syntax.Regexp, int) {
	if re.Op == syntax.OpCapture {
		return re.Sub[0], re.Cap
	}
	return re, 0
}

// before1 reads a first part: one ASCII character of some, or the beginning.
func (s *simpleRegex) before1(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginText:
		s.begin = true
		return true
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if !s.before1(sub) {
				return false
			}
		}
		return true
	}
	set := byteSet(re)
	if set == nil {
		return false
	}
	for b, in := range set {
		if in && b >= utf8.RuneSelf {
			return false
		}
		s.before[b] = s.before[b] || in
	}
	return true
}

func (s *simpleRegex) runOf(re *syntax.Regexp) bool {
	re, s.third = ungroup(re)
	switch {
	case re.Flags&syntax.NonGreedy != 0:
		return false
	case re.Op == syntax.OpPlus:
		s.least = 1
	case re.Op != syntax.OpStar:
		return false
	}
	s.run = byteSet(re.Sub[0])
	return s.run != nil
}

// byteSet is the set of bytes of the characters that one character's expression
// matches; nil where bytes cannot tell.
func byteSet(re *syntax.Regexp) *[256]bool {
	var ranges []rune
	switch {
	case re.Op == syntax.OpAnyChar:
		ranges = []rune{0, utf8.MaxRune}
	case re.Op == syntax.OpCharClass:
		ranges = re.Rune
	case re.Op == syntax.OpLiteral && len(re.Rune) == 1 && re.Flags&syntax.FoldCase == 0:
		ranges = []rune{re.Rune[0], re.Rune[0]}
	default:
		return nil
	}
	set := new([256]bool)
	for i := 0; i < len(ranges); i += 2 {
		lo, hi := ranges[i], ranges[i+1]
		if hi >= utf8.RuneSelf && (lo > utf8.RuneSelf || hi < utf8.MaxRune) {
			return nil
		}
		for b := lo; b <= min(hi, 255); b++ {
			set[b] = true
		}
	}
	return set
}

// find appends the bounds of the match and of its groups, as regexp does; nothing
// where there is no match.
func (s *simpleRegex) find(text []byte, m []int) []int {
	for from := 0; ; {
		at := bytes.Index(text[from:], s.lit)
		if at < 0 {
			return m
		}
		at += from
		from = at + 1
		start := at
		switch {
		case s.any, s.begin && at == 0:
		case at > 0 && s.before[text[at-1]]:
			start--
		default:
			continue
		}
		tail := at + len(s.lit)
		end := tail
		if s.run != nil {
			for end < len(text) && s.run[text[end]] {
				end++
			}
			if end-tail < s.least {
				continue
			}
		}
		n := len(m)
		m = append(m, start, end)
		for range 2 * s.groups {
			m = append(m, -1)
		}
		for _, g := range [...][3]int{{s.first, start, at}, {s.second, at, tail}, {s.third, tail, end}} {
			if g[0] > 0 {
				m[n+2*g[0]], m[n+2*g[0]+1] = g[1], g[2]
			}
		}
		return m
	}
}

// requiredLiteral is the longest text that every match holds, as far as the outer
// parts tell; nil if they tell nothing.
func requiredLiteral(re *syntax.Regexp) []byte {
	re, _ = ungroup(re)
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return []byte(string(re.Rune))
		}
	case syntax.OpConcat:
		var best []byte
		for _, sub := range re.Sub {
			if lit := requiredLiteral(sub); len(lit) > len(best) {
				best = lit
			}
		}
		return best
	}
	return nil
}
