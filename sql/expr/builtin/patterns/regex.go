package patterns

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"

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
