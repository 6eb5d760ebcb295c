package patterns

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tarndb/tarn/sql/pgerr"
)

// classOf spells a character class with the letters of all alphabets, as PostgreSQL
// knows them in UTF-8.
func classOf(name string) string {
	switch name {
	case "[:alpha:]":
		return `\p{L}\p{Nl}\p{M}`
	case "[:alnum:]":
		return `\p{L}\p{Nl}\p{M}\p{Nd}`
	case "[:lower:]":
		return `\p{Ll}`
	case "[:upper:]":
		return `\p{Lu}`
	}
	return name
}

// maxCode is the greatest number of a letter that PostgreSQL takes.
const maxCode = 0x7ffffffe

// translate respells the escapes that the two dialects write differently, and
// tells whether a quantifier is non-greedy.
func translate(p string) (out string, lazy bool, err error) {
	var b strings.Builder
	if rest, ok := strings.CutPrefix(p, "***:"); ok {
		p = rest
	} else if rest, ok := strings.CutPrefix(p, "***="); ok {
		return regexp.QuoteMeta(rest), false, nil
	}
	inClass := false
	for i := 0; i < len(p); i++ {
		c := p[i]
		switch {
		case c == '\\' && i+1 < len(p):
			i++
			if p[i] == 'x' {
				end := i + 1
				for end < len(p) && strings.IndexByte("0123456789abcdefABCDEF", p[end]) >= 0 {
					end++
				}
				code, err := strconv.ParseUint(p[i+1:end], 16, 32)
				switch {
				case err != nil || code > maxCode:
					return "", false, badRegex(`invalid escape \ sequence`)
				case code <= utf8.MaxRune:
					b.WriteString(`\x{` + p[i+1:end] + `}`)
				case !inClass:
					b.WriteString(`[^\x{0}-\x{10FFFF}]`) // no letter has it
				}
				i = end - 1
				continue
			}
			if n := map[byte]int{'u': 4, 'U': 8}[p[i]]; n > 0 && i+n < len(p) {
				b.WriteString(`\x{` + p[i+1:i+1+n] + `}`)
				i += n
				continue
			}
			if err := translateEscape(&b, p[i], inClass); err != nil {
				return "", false, err
			}
			continue
		case inClass:
			if c == '[' && i+1 < len(p) && (p[i+1] == '=' || p[i+1] == '.') {
				return "", false, unsupported("a collating element")
			}
			if c == '[' && i+1 < len(p) && p[i+1] == ':' {
				if end := strings.Index(p[i:], ":]"); end > 0 {
					b.WriteString(classOf(p[i : i+end+2]))
					i += end + 1
					continue
				}
			}
			inClass = c != ']'
		case c == '[' && (strings.HasPrefix(p[i:], "[[:<:]]") || strings.HasPrefix(p[i:], "[[:>:]]")):
			b.WriteString(`\b`)
			i += len("[[:<:]]") - 1
			continue
		case c == '[':
			inClass = true
			b.WriteByte(c)
			// A ] just after the opening is a member.
			if i+1 < len(p) && p[i+1] == '^' {
				i++
				b.WriteByte('^')
			}
			if i+1 < len(p) && p[i+1] == ']' {
				i++
				b.WriteString(`\]`)
			}
			continue
		case c == '(' && strings.HasPrefix(p[i:], "(?"):
			if i+2 < len(p) && strings.IndexByte("=!<", p[i+2]) >= 0 {
				return "", false, unsupported("a look-around constraint")
			}
			if i+2 < len(p) && p[i+2] != ':' {
				return "", false, badRegex("quantifier operand invalid")
			}
		case c == '{' && i+1 < len(p) && digit(p[i+1]):
			if atStart(b.String()) {
				return "", false, badRegex("quantifier operand invalid")
			}
			if err := checkBound(p[i:]); err != nil {
				return "", false, err
			}
		case c == '?' && i > 0 && strings.IndexByte("*+?}", p[i-1]) >= 0:
			lazy = true
		}
		b.WriteByte(c)
	}
	return b.String(), lazy, nil
}

// atStart says that what follows is the first of an expression or of a branch.
func atStart(before string) bool {
	return before == "" || strings.HasSuffix(before, "(") && !strings.HasSuffix(before, `\(`) ||
		strings.HasSuffix(before, "(?:") || strings.HasSuffix(before, "|") && !strings.HasSuffix(before, `\|`)
}

func translateEscape(b *strings.Builder, c byte, inClass bool) error {
	switch {
	case c >= '1' && c <= '9' && !inClass:
		if so := b.String(); strings.Count(so, "(") == strings.Count(so, "(?")+strings.Count(so, `\(`) {
			return pgerr.New(pgerr.InvalidRegularExpression, "invalid regular expression: invalid backreference number")
		}
		return unsupported("a back reference")
	case c == 'y' || c == 'm' || c == 'M':
		b.WriteString(`\b`)
	case c == 'Y':
		b.WriteString(`\B`)
	case c == 'Z':
		b.WriteString(`\z`)
	case c == 'e':
		b.WriteString(`\x1b`)
	case c == 'B' && !inClass:
		b.WriteString(`\\`)
	default:
		b.WriteByte('\\')
		b.WriteByte(c)
	}
	return nil
}
