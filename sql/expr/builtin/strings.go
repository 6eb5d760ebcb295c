package builtin

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// maxText bounds what repeat and padding may make, as PostgreSQL's allocator does.
const maxText = 1 << 28

func tooLong() error {
	return pgerr.New(pgerr.ProgramLimitExceeded, "requested length too large")
}

func stringFuncs(r *fn.Registry) {
	length := fn.F1(func(_ *fn.Call, a []byte) (int64, error) { return int64(fn.RuneCount(a)), nil })
	for _, name := range []string{"length", "char_length", "character_length"} {
		r.Func(name+"(text) int4", length, fn.NoError)
		r.Func(name+"(bpchar) int4", fn.F1(func(_ *fn.Call, a []byte) (int64, error) {
			return int64(fn.RuneCount(bytes.TrimRight(a, " "))), nil
		}), fn.NoError)
	}
	octets := fn.F1(func(_ *fn.Call, a []byte) (int64, error) { return int64(len(a)), nil })
	bits := fn.F1(func(_ *fn.Call, a []byte) (int64, error) { return 8 * int64(len(a)), nil })
	for _, t := range []string{"text", "bpchar", "bytea"} {
		r.Func("octet_length("+t+") int4", octets, fn.NoError)
		if t != "bpchar" {
			r.Func("bit_length("+t+") int4", bits, fn.NoError)
		}
	}
	r.Func("length(bytea) int4", octets, fn.NoError)
	r.Func("lower(text) text", appendEach(func(c *fn.Call, i int, dst []byte) []byte { return appendLower(dst, c.Args[0].Bytes(i)) }), fn.NoError)
	r.Func("upper(text) text", fn.B1(func(_ *fn.Call, dst, a []byte) ([]byte, error) { return appendMapped(dst, a, unicode.ToUpper), nil }), fn.NoError)
	r.Func("initcap(text) text", fn.B1(func(_ *fn.Call, dst, a []byte) ([]byte, error) { return appendInitcap(dst, a), nil }), fn.NoError)
	r.Func("reverse(text) text", fn.B1(func(_ *fn.Call, dst, a []byte) ([]byte, error) {
		for len(a) > 0 {
			_, n := utf8.DecodeLastRune(a)
			dst = append(dst, a[len(a)-n:]...)
			a = a[:len(a)-n]
		}
		return dst, nil
	}), fn.NoError)
	r.Func("repeat(text, int4) text", fn.B2(func(_ *fn.Call, dst, a []byte, n int64) ([]byte, error) {
		if n > 0 && int64(len(a)) > maxText/n {
			return dst, tooLong()
		}
		for ; n > 0; n-- {
			dst = append(dst, a...)
		}
		return dst, nil
	}))
	r.Func("ascii(text) int4", fn.F1(func(_ *fn.Call, a []byte) (int64, error) {
		if len(a) == 0 {
			return 0, nil
		}
		c, _ := utf8.DecodeRune(a)
		return int64(c), nil
	}), fn.NoError)
	r.Func("chr(int4) text", fn.B1(appendChr))
	trimFuncs(r)
	substringFuncs(r)
	replaceFuncs(r)
	padFuncs(r)
	concatFuncs(r)
}

func appendLower(dst, a []byte) []byte {
	n := len(dst)
	dst = append(dst, a...)
	for i, c := range dst[n:] {
		switch {
		case c >= utf8.RuneSelf:
			return appendMapped(dst[:n+i], a[i:], unicode.ToLower)
		case c >= 'A' && c <= 'Z':
			dst[n+i] = c + 'a' - 'A'
		}
	}
	return dst
}

func appendMapped(dst, a []byte, f func(rune) rune) []byte {
	for len(a) > 0 {
		c, n := utf8.DecodeRune(a)
		dst = utf8.AppendRune(dst, f(c))
		a = a[n:]
	}
	return dst
}

func appendInitcap(dst, a []byte) []byte {
	inWord := false
	for len(a) > 0 {
		c, n := utf8.DecodeRune(a)
		if inWord {
			dst = utf8.AppendRune(dst, unicode.ToLower(c))
		} else {
			dst = utf8.AppendRune(dst, unicode.ToUpper(c))
		}
		inWord = unicode.IsLetter(c) || unicode.IsDigit(c)
		a = a[n:]
	}
	return dst
}

func appendChr(_ *fn.Call, dst []byte, n int64) ([]byte, error) {
	switch {
	case n == 0:
		return dst, pgerr.New(pgerr.ProgramLimitExceeded, "null character not permitted")
	case n < 0:
		return dst, pgerr.New(pgerr.InvalidParameterValue, "character number must be positive")
	case n >= 0xd800 && n < 0xe000:
		return dst, pgerr.New(pgerr.ProgramLimitExceeded, "requested character not valid for encoding: %d", n)
	case n > 0x10ffff:
		return dst, pgerr.New(pgerr.ProgramLimitExceeded, "requested character too large for encoding: %d", n)
	}
	return utf8.AppendRune(dst, rune(n)), nil
}

func trimFuncs(r *fn.Registry) {
	for name, f := range map[string]func(a []byte, set string) []byte{
		"btrim": bytes.Trim, "ltrim": bytes.TrimLeft, "rtrim": bytes.TrimRight,
	} {
		r.Func(name+"(text) text", fn.B1(func(_ *fn.Call, dst, a []byte) ([]byte, error) {
			return append(dst, f(a, " ")...), nil
		}), fn.NoError)
		r.Func(name+"(text, text) text", fn.B2(func(_ *fn.Call, dst, a []byte, set string) ([]byte, error) {
			return append(dst, f(a, set)...), nil
		}), fn.NoError)
		r.Func(name+"(bytea, bytea) bytea", fn.B2(func(_ *fn.Call, dst, a, set []byte) ([]byte, error) {
			return append(dst, trimBytes(a, set, name)...), nil
		}), fn.NoError)
	}
}

func trimBytes(a, set []byte, name string) []byte {
	for name != "rtrim" && len(a) > 0 && bytes.IndexByte(set, a[0]) >= 0 {
		a = a[1:]
	}
	for name != "ltrim" && len(a) > 0 && bytes.IndexByte(set, a[len(a)-1]) >= 0 {
		a = a[:len(a)-1]
	}
	return a
}

// appendReplaced puts to in the place of each byte b of a.
func appendReplaced(dst, a []byte, b byte, to []byte) []byte {
	last := 0
	for i, c := range a {
		if c == b {
			dst = append(append(dst, a[last:i]...), to...)
			last = i + 1
		}
	}
	return append(dst, a[last:]...)
}

func replaceFuncs(r *fn.Registry) {
	r.Func("replace(text, text, text) text", fn.B3(func(_ *fn.Call, dst, a, from, to []byte) ([]byte, error) {
		if len(from) == 0 {
			return append(dst, a...), nil
		}
		if len(from) == 1 {
			return appendReplaced(dst, a, from[0], to), nil
		}
		for {
			at := bytes.Index(a, from)
			if at < 0 {
				return append(dst, a...), nil
			}
			dst = append(append(dst, a[:at]...), to...)
			a = a[at+len(from):]
		}
	}), fn.NoError)
	r.Func("translate(text, text, text) text", fn.B3(func(_ *fn.Call, dst, a []byte, from, to string) ([]byte, error) {
		src, target := []rune(from), []rune(to)
		for len(a) > 0 {
			c, n := utf8.DecodeRune(a)
			a = a[n:]
			at := indexRune(src, c)
			switch {
			case at < 0:
				dst = utf8.AppendRune(dst, c)
			case at < len(target):
				dst = utf8.AppendRune(dst, target[at])
			}
		}
		return dst, nil
	}), fn.NoError)
}

func indexRune(set []rune, c rune) int {
	for i, x := range set {
		if x == c {
			return i
		}
	}
	return -1
}

func padFuncs(r *fn.Registry) {
	for _, left := range []bool{true, false} {
		name := "rpad"
		if left {
			name = "lpad"
		}
		r.Func(name+"(text, int4, text) text", fn.B3(func(_ *fn.Call, dst, a []byte, n int64, fill string) ([]byte, error) {
			return appendPadded(dst, a, n, fill, left)
		}))
		r.Func(name+"(text, int4) text", fn.B2(func(_ *fn.Call, dst, a []byte, n int64) ([]byte, error) {
			return appendPadded(dst, a, n, " ", left)
		}))
	}
}

func appendPadded(dst, a []byte, n int64, fill string, left bool) ([]byte, error) {
	if n > maxText && fill != "" {
		return dst, tooLong()
	}
	have := int64(fn.RuneCount(a))
	if have >= n || fill == "" {
		return append(dst, a[:fn.RuneOffset(a, max(n, 0))]...), nil
	}
	pad := []rune(fill)
	if !left {
		dst = append(dst, a...)
	}
	for i := int64(0); i < n-have; i++ {
		dst = utf8.AppendRune(dst, pad[i%int64(len(pad))])
	}
	if left {
		dst = append(dst, a...)
	}
	return dst, nil
}

func concatFuncs(r *fn.Registry) {
	both := fn.B2(func(_ *fn.Call, dst, a, b []byte) ([]byte, error) { return append(append(dst, a...), b...), nil })
	r.Op("||(text, text) text", both, fn.NoError)
	r.Op("||(bytea, bytea) bytea", both, fn.NoError)
	mixed := fn.Rows(func(c *fn.Call, i int) error {
		for k := range c.Args {
			c.Out.Data = appendAsText(c, c.Out.Data, &c.Args[k], i)
		}
		c.Out.EndBytes()
		return nil
	})
	r.Op("||(text, anynonarray) text", mixed, fn.NoError, fn.IsStable)
	r.Op("||(anynonarray, text) text", mixed, fn.NoError, fn.IsStable)
	r.Func("concat(variadic any) text", fn.Rows(func(c *fn.Call, i int) error {
		for k := range c.Args {
			if !c.Args[k].IsNull(i) {
				c.Out.Data = appendOutput(c, c.Out.Data, &c.Args[k], i)
			}
		}
		c.Out.EndBytes()
		return nil
	}), fn.NotStrict, fn.IsStable, fn.NoError)
	r.Func("concat_ws(text, variadic any) text", fn.Rows(func(c *fn.Call, i int) error {
		if c.Args[0].IsNull(i) {
			return fn.ErrNull
		}
		first := true
		for k := 1; k < len(c.Args); k++ {
			if c.Args[k].IsNull(i) {
				continue
			}
			if !first {
				c.Out.Data = append(c.Out.Data, c.Args[0].Bytes(i)...)
			}
			first = false
			c.Out.Data = appendOutput(c, c.Out.Data, &c.Args[k], i)
		}
		c.Out.EndBytes()
		return nil
	}), fn.NotStrict, fn.IsStable, fn.NoError)
}

// appendAsText appends what a cast to text gives, which for a few types is not
// what is printed.
func appendAsText(c *fn.Call, dst []byte, a *fn.Arg, i int) []byte {
	switch a.Col.Type.Kind {
	case row.Bool:
		return strconv.AppendBool(dst, a.Int(i) != 0)
	case row.BPChar:
		return append(dst, bytes.TrimRight(a.Bytes(i), " ")...)
	}
	return appendOutput(c, dst, a, i)
}

// appendOutput appends an argument's text form.
func appendOutput(c *fn.Call, dst []byte, a *fn.Arg, i int) []byte {
	return fn.AppendText(c.Ctx, dst, a.Col.Type, a.Datum(i))
}

// stringCasts relabels the string types; a char(n) drops its trailing blanks.
func stringCasts(r *fn.Registry) {
	trim := fn.B1(func(_ *fn.Call, dst, a []byte) ([]byte, error) { return append(dst, bytes.TrimRight(a, " ")...), nil })
	r.Cast("text -> varchar", fn.Implicit, nil)
	r.Cast("varchar -> text", fn.Implicit, nil)
	r.Cast("text -> bpchar", fn.Implicit, nil)
	r.Cast("varchar -> bpchar", fn.Implicit, nil)
	r.Cast("bpchar -> text", fn.Implicit, trim, fn.NoError)
	r.Cast("bpchar -> varchar", fn.Implicit, trim, fn.NoError)
	r.Cast("bpchar -> bpchar", fn.Implicit, nil)
	r.Cast("name -> text", fn.Implicit, nil)
	r.Cast("name -> varchar", fn.Assignment, nil)
	r.Cast("name -> bpchar", fn.Assignment, nil)
	toName := fn.B1(func(_ *fn.Call, dst, a []byte) ([]byte, error) { return appendName(dst, a), nil })
	r.Cast("text -> name", fn.Implicit, toName, fn.NoError)
	r.Cast("varchar -> name", fn.Implicit, toName, fn.NoError)
	r.Cast("bpchar -> name", fn.Implicit, fn.B1(func(_ *fn.Call, dst, a []byte) ([]byte, error) {
		return appendName(dst, bytes.TrimRight(a, " ")), nil
	}), fn.NoError)
	charText := fn.B1(func(_ *fn.Call, dst []byte, a int64) ([]byte, error) {
		return row.AppendText(dst, row.T(row.Char), row.IntDatum(a), nil), nil
	})
	textChar := fn.F1(func(_ *fn.Call, a string) (int64, error) {
		if a == "" {
			return 0, nil
		}
		return int64(a[0]), nil
	})
	r.Cast("char -> text", fn.Implicit, charText, fn.NoError)
	r.Cast("char -> varchar", fn.Assignment, charText, fn.NoError)
	r.Cast("char -> bpchar", fn.Assignment, charText, fn.NoError)
	for _, from := range []string{"text", "varchar", "bpchar"} {
		r.Cast(from+" -> char", fn.Assignment, textChar, fn.NoError)
		if from == "bpchar" {
			continue
		}
		r.Cast(from+" -> regclass", fn.Implicit, r.TextIn(row.T(row.Text), row.T(row.Regclass)).Kernel, fn.IsStable)
	}
	boolText := fn.B1(func(_ *fn.Call, dst []byte, a bool) ([]byte, error) {
		if a {
			return append(dst, "true"...), nil
		}
		return append(dst, "false"...), nil
	})
	for _, to := range []string{"text", "varchar", "bpchar"} {
		r.Cast("bool -> "+to, fn.Assignment, boolText, fn.NoError)
	}
	r.Cast("json -> jsonb", fn.Assignment, fn.Rows(jsonToJSONB), fn.NoError)
	r.Cast("jsonb -> json", fn.Assignment, nil)
}

// appendName appends what of a text fits into a name.
func appendName(dst, a []byte) []byte {
	if len(a) > 63 {
		a = a[:63]
		for !utf8.Valid(a) {
			a = a[:len(a)-1]
		}
	}
	return append(dst, a...)
}
