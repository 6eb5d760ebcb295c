package patterns

import (
	"strconv"
	"strings"

	"github.com/tarndb/tarn/sql/pgerr"
)

func badRegex(reason string) error {
	return pgerr.New(pgerr.InvalidRegularExpression, "invalid regular expression: %s", reason)
}

// embeddedOptions cuts (?xyz) off the beginning of an expression: option letters
// that go before those of the call.
func embeddedOptions(p string) (rest, options string, err error) {
	if strings.HasPrefix(p, "***=") {
		return p, "", nil
	}
	p = strings.TrimPrefix(p, "***:")
	if !strings.HasPrefix(p, "(?") || len(p) < 3 || p[2]|0x20 < 'a' || p[2]|0x20 > 'z' {
		return p, "", nil
	}
	end := strings.IndexByte(p, ')')
	if end < 0 || strings.Trim(p[2:end], "bceimnpqstwx") != "" {
		return p, "", badRegex("invalid embedded option")
	}
	return p[end+1:], strings.ReplaceAll(p[2:end], "b", ""), nil
}

// withoutBlanks drops the white space and the comments of the expanded syntax.
func withoutBlanks(p string) string {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(p); i++ {
		c := p[i]
		switch {
		case c == '\\' && i+1 < len(p):
			b.WriteByte(c)
			i++
			b.WriteByte(p[i])
			continue
		case inClass:
			inClass = c != ']'
		case c == '[':
			inClass = true
		case strings.IndexByte(" \t\n\r\v\f", c) >= 0:
			continue
		case c == '#':
			for i < len(p) && p[i] != '\n' {
				i++
			}
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// maxRepeat is the greatest number that a bound may have.
const maxRepeat = 255

// checkBound looks at the quantifier {m,n} that s starts with. Go counts further.
func checkBound(s string) error {
	end := strings.IndexByte(s, '}')
	if end < 0 {
		return badRegex("braces {} not balanced")
	}
	from, to, open := strings.Cut(s[1:end], ",")
	m, err := strconv.Atoi(from)
	n := m
	if err == nil && open && to != "" {
		n, err = strconv.Atoi(to)
	}
	if err != nil || m > maxRepeat || n > maxRepeat || n < m {
		return badRegex("invalid repetition count(s)")
	}
	return nil
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
