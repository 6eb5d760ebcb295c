package patterns

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Regular expressions are Go's, which run in linear time. They are those of
// PostgreSQL without back references and look-around, which are refused. As in
// PostgreSQL the longest of the leftmost matches counts, unless the expression
// has a non-greedy quantifier; a dot matches a newline, and ^ and $ only the ends.

type regex struct {
	re       *regexp.Regexp
	global   bool
	simple   *simpleRegex // nil: only re does
	need     []byte       // what every match holds; nil: nothing is known
	anchored bool         // it matches at the beginning of the text alone
	behind   bool         // it looks at what is before a match: ^, \b and their kin
	at       []int        // of the last match: one evaluator owns a regex
}

// submatch is FindSubmatchIndex; the result is good until the next call.
func (r *regex) submatch(s []byte) []int {
	if r.simple != nil {
		if r.at = r.simple.find(s, r.at[:0]); len(r.at) == 0 {
			return nil
		}
		return r.at
	}
	if r.need != nil && !bytes.Contains(s, r.need) {
		return nil
	}
	return r.re.FindSubmatchIndex(s)
}

func (r *regex) match(s []byte) bool {
	if r.simple != nil {
		return r.submatch(s) != nil
	}
	return (r.need == nil || bytes.Contains(s, r.need)) && r.re.Match(s)
}

// compileRegex translates an expression with PostgreSQL's option letters.
func compileRegex(pat, options string) (*regex, error) {
	out := &regex{}
	flags := "s"
	pat, embedded, err := embeddedOptions(pat)
	if err != nil {
		return nil, err
	}
	basic := false
	for _, o := range options + embedded {
		switch o {
		case 'g':
			out.global = true
		case 'i':
			flags += "i"
		case 'n', 'm':
			flags = strings.Replace(flags, "s", "", 1) + "m"
		case 'p':
			flags = strings.Replace(flags, "s", "", 1)
		case 'w':
			flags += "m"
		case 'c':
			flags = strings.ReplaceAll(flags, "i", "")
		case 'x':
			pat = withoutBlanks(pat)
		case 's', 't', 'e':
		case 'b':
			basic = true
		case 'q':
			pat = regexp.QuoteMeta(pat)
		default:
			return nil, pgerr.New(pgerr.InvalidParameterValue, "invalid regular expression option: \"%c\"", o)
		}
	}
	if basic {
		return nil, unsupported("a basic regular expression")
	}
	pat, lazy, err := translate(pat)
	if err != nil {
		return nil, err
	}
	if flags != "" {
		pat = "(?" + flags + ")" + pat
	}
	re, e := regexp.Compile(pat)
	if e != nil {
		return nil, pgerr.New(pgerr.InvalidRegularExpression, "invalid regular expression: %s", reason(e))
	}
	if !lazy {
		re.Longest()
	}
	out.re = re
	if tree, err := syntax.Parse(pat, syntax.Perl); err == nil {
		out.need, out.behind, out.anchored = requiredLiteral(tree), looksBehind(tree), isAnchored(tree)
		if !lazy {
			out.simple = newSimpleRegex(tree, re.NumSubexp())
		}
	}
	return out, nil
}

var reasons = map[string]string{
	"missing closing ]": "brackets [] not balanced", "missing closing )": "parentheses () not balanced",
	"unexpected )": "parentheses () not balanced", "missing argument to repetition operator": "quantifier operand invalid",
	"invalid nested repetition operator": "quantifier operand invalid", "invalid character class range": "invalid character range",
	"invalid repeat count": "invalid repetition count(s)", "trailing backslash at end of expression": "invalid escape \\ sequence",
	"invalid escape sequence": "invalid escape \\ sequence",
}

func reason(err error) string {
	if strings.Contains(err.Error(), "range: `[:") {
		return "invalid character class"
	}
	for goWords, words := range reasons {
		if strings.Contains(err.Error(), goWords) {
			return words
		}
	}
	return strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

func unsupported(what string) error {
	return pgerr.New(pgerr.FeatureNotSupported, "%s in a regular expression is not supported", what)
}

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

// Matcher compiles an expression with PostgreSQL's option letters to a test of a text,
// for one evaluator.
func Matcher(pat, options string) (func([]byte) bool, error) {
	re, err := compileRegex(pat, options)
	if err != nil {
		return nil, err
	}
	return re.match, nil
}

// regexOf compiles an expression once for the call's place.
func regexOf(c *fn.Call, pat []byte, options string) (*regex, error) {
	if options == "" {
		return fn.Cached(c, pat, func(key string) (*regex, error) { return compileRegex(key, "") })
	}
	key := append(append(pat[:len(pat):len(pat)], 0), options...)
	return fn.Cached(c, key, func(key string) (*regex, error) {
		at := len(key) - len(options)
		return compileRegex(key[:at-1], key[at:])
	})
}

func regexKernel(options string, not bool) fn.Kernel {
	return fn.F2(func(c *fn.Call, s, pat []byte) (bool, error) {
		re, err := regexOf(c, pat, options)
		if err != nil {
			return false, err
		}
		return re.match(s) != not, nil
	})
}

func regexOps(r *fn.Registry) {
	for _, left := range []string{"text", "bpchar", "name"} {
		r.Op("~("+left+", text) bool", regexKernel("", false))
		r.Op("!~("+left+", text) bool", regexKernel("", true))
		r.Op("~*("+left+", text) bool", regexKernel("i", false))
		r.Op("!~*("+left+", text) bool", regexKernel("i", true))
	}
	r.Func("substring(text, text) text", fn.B2(func(c *fn.Call, dst, s, pat []byte) ([]byte, error) {
		re, err := regexOf(c, pat, "")
		if err != nil {
			return dst, err
		}
		m := re.submatch(s)
		if m == nil {
			return dst, fn.ErrNull
		}
		if len(m) > 2 {
			m = m[2:]
		}
		if m[0] < 0 {
			return dst, fn.ErrNull
		}
		return append(dst, s[m[0]:m[1]]...), nil
	}))
	searchFuncs(r)
	regexReplaceFuncs(r)
	matchFuncs(r)
}

// appendReplacement expands \1 to \9, \& and \\.
func appendReplacement(dst, s []byte, m []int, to []byte) []byte {
	for i := 0; i < len(to); i++ {
		if to[i] != '\\' || i+1 == len(to) {
			dst = append(dst, to[i])
			continue
		}
		i++
		group := -1
		switch c := to[i]; {
		case c == '&':
			group = 0
		case c >= '1' && c <= '9':
			group = int(c - '0')
		case c == '\\':
			dst = append(dst, '\\')
			continue
		default:
			dst = append(dst, '\\', c)
			continue
		}
		if 2*group+1 < len(m) && m[2*group] >= 0 {
			dst = append(dst, s[m[2*group]:m[2*group+1]]...)
		}
	}
	return dst
}

var textArray = row.ArrayOf(row.Text)

// groups is the array of a match: its groups, or the whole where it has none.
func groups(s []byte, m []int) []byte {
	b := row.NewArrayBuilder(textArray)
	if len(m) > 2 {
		m = m[2:]
	}
	for k := 0; k+1 < len(m); k += 2 {
		if m[k] < 0 {
			b.Append(row.NullDatum)
		} else {
			b.Append(row.BytesDatum(s[m[k]:m[k+1]]))
		}
	}
	return b.Finish(nil)
}

// RegexpGroup is (regexp_match(s, p))[k] without the array between: compilation
// puts it in the place of the two.
var RegexpGroup = &fn.Function{
	Name: "regexp_match_group", Strict: true,
	Params: []fn.ArgType{{Type: row.T(row.Text)}, {Type: row.T(row.Text)}, {Type: row.T(row.Int4)}}, Result: fn.ArgType{Type: row.T(row.Text)},
	Kernel: fn.Append(func(c *fn.Call, i int, dst []byte) ([]byte, error) {
		s, k := c.Args[0].Bytes(i), c.Args[2].Int(i)
		re, err := regexOf(c, c.Args[1].Bytes(i), "")
		if err != nil {
			return dst, err
		}
		m := re.submatch(s)
		if len(m) > 2 {
			m = m[2:]
		}
		if k < 1 || k > int64(len(m)/2) || m[2*k-2] < 0 {
			return dst, fn.ErrNull
		}
		return append(dst, s[m[2*k-2]:m[2*k-1]]...), nil
	}),
}

func matchFuncs(r *fn.Registry) {
	match := func(c *fn.Call, dst, s, pat []byte, options string) ([]byte, error) {
		if strings.Contains(options, "g") {
			return dst, pgerr.New(pgerr.InvalidParameterValue, "regexp_match() does not support the \"global\" option").
				WithHint("Use the regexp_matches function instead.")
		}
		re, err := regexOf(c, pat, options)
		if err != nil {
			return dst, err
		}
		m := re.submatch(s)
		if m == nil {
			return dst, fn.ErrNull
		}
		return append(dst, groups(s, m)...), nil
	}
	r.Func("regexp_match(text, text) text[]", fn.B2(func(c *fn.Call, dst, s, pat []byte) ([]byte, error) {
		return match(c, dst, s, pat, "")
	}))
	r.Func("regexp_match(text, text, text) text[]", fn.B3(func(c *fn.Call, dst, s, pat []byte, o string) ([]byte, error) {
		return match(c, dst, s, pat, o)
	}))
	matches := func(c *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
		options := ""
		if len(args) > 2 {
			options = string(args[2].B)
		}
		re, err := regexOf(c, args[1].B, options)
		if err != nil {
			return err
		}
		limit := 1
		if re.global {
			limit = -1
		}
		for _, m := range re.all(args[0].B, 0, limit) {
			emit(row.BytesDatum(groups(args[0].B, m)))
		}
		return nil
	}
	r.Table("regexp_matches(text, text) text[]", matches, "")
	r.Table("regexp_matches(text, text, text) text[]", matches, "")
	split := func(c *fn.Call, args []row.Datum, name string) ([][]byte, error) {
		options := ""
		if len(args) > 2 {
			options = string(args[2].B)
		}
		re, err := regexOf(c, args[1].B, options)
		if err != nil {
			return nil, err
		}
		if re.global {
			return nil, noGlobal(name)
		}
		return splitRegex(re, args[0].B), nil
	}
	table := func(c *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
		parts, err := split(c, args, "regexp_split_to_table")
		for _, p := range parts {
			emit(row.BytesDatum(p))
		}
		return err
	}
	r.Table("regexp_split_to_table(text, text) text", table, "")
	r.Table("regexp_split_to_table(text, text, text) text", table, "")
	array := fn.Rows(func(c *fn.Call, i int) error {
		args := make([]row.Datum, len(c.Args))
		for k := range c.Args {
			args[k] = c.Args[k].Datum(i)
		}
		parts, err := split(c, args, "regexp_split_to_array")
		if err != nil {
			return err
		}
		b := row.NewArrayBuilder(textArray)
		for _, p := range parts {
			b.Append(row.BytesDatum(p))
		}
		c.Out.Data = b.Finish(c.Out.Data)
		c.Out.EndBytes()
		return nil
	})
	r.Func("regexp_split_to_array(text, text) text[]", array)
	r.Func("regexp_split_to_array(text, text, text) text[]", array)
}

// splitRegex ignores empty matches at the ends and just after a match.
func splitRegex(re *regex, s []byte) [][]byte {
	var out [][]byte
	last := 0
	for _, m := range re.re.FindAllIndex(s, -1) {
		if m[1] == m[0] && (m[0] == last || m[0] == len(s)) && !(m[0] > last) {
			continue
		}
		if m[0] == m[1] && m[0] == len(s) {
			continue
		}
		out = append(out, s[last:m[0]])
		last = m[1]
	}
	return append(out, s[last:])
}
