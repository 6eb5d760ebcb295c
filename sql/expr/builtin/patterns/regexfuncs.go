package patterns

import (
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

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
