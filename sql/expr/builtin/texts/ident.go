package texts

import (
	"strings"
	"unicode/utf8"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func identifiers(r *fn.Registry) {
	parse := fn.Rows(func(c *fn.Call, i int) error {
		strict := len(c.Args) < 2 || c.Args[1].Int(i) != 0
		parts, err := splitIdentifier(string(c.Args[0].Bytes(i)), strict)
		if err != nil {
			return err
		}
		b := row.NewArrayBuilder(row.ArrayOf(row.Text))
		for _, p := range parts {
			b.Append(row.StringDatum(p))
		}
		c.Out.Data = b.Finish(c.Out.Data)
		c.Out.EndBytes()
		return nil
	})
	r.Func("parse_ident(text) text[]", parse)
	r.Func("parse_ident(text, bool) text[]", parse)
}

const identBlanks = " \t\n\r\f"

// splitIdentifier takes a name apart at its dots, folding what is not quoted. What
// follows the last part is an error unless strict is false.
func splitIdentifier(s string, strict bool) ([]string, error) {
	bad := func(detail string) error {
		e := pgerr.New(pgerr.InvalidParameterValue, "string is not a valid identifier: \"%s\"", s)
		if detail != "" {
			return e.WithDetail("%s", detail)
		}
		return e
	}
	var parts []string
	rest := strings.TrimLeft(s, identBlanks)
	for afterDot := false; ; afterDot = true {
		part, left, problem := cutIdentifier(rest)
		if part == "" && problem == "" {
			switch {
			case strings.HasPrefix(rest, "."):
				problem = `No valid identifier before ".".`
			case afterDot:
				problem = `No valid identifier after ".".`
			default:
				return nil, bad("")
			}
		}
		if problem != "" {
			return nil, bad(problem)
		}
		parts = append(parts, part)
		rest = strings.TrimLeft(left, identBlanks)
		if !strings.HasPrefix(rest, ".") {
			break
		}
		rest = strings.TrimLeft(rest[1:], identBlanks)
	}
	if rest != "" && strict {
		return nil, bad("")
	}
	return parts, nil
}

// cutIdentifier cuts one part; it is empty where none starts.
func cutIdentifier(s string) (part, rest, problem string) {
	if strings.HasPrefix(s, `"`) {
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			switch {
			case s[i] != '"':
				b.WriteByte(s[i])
			case i+1 < len(s) && s[i+1] == '"':
				b.WriteByte('"')
				i++
			case b.Len() == 0:
				return "", "", "Quoted identifier must not be empty."
			default:
				return b.String(), s[i+1:], ""
			}
		}
		return "", "", "String has unclosed double quotes."
	}
	n := 0
	for n < len(s) && identByte(s[n], n == 0) {
		n++
	}
	fold := func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}
	return strings.Map(fold, s[:n]), s[n:], ""
}

func identByte(c byte, first bool) bool {
	return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf || !first && (c >= '0' && c <= '9' || c == '$')
}
