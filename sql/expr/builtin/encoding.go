package builtin

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"math"
	"strings"
	"unicode/utf8"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func encodingFuncs(r *fn.Registry) {
	md := fn.B1(func(_ *fn.Call, dst, a []byte) ([]byte, error) {
		sum := md5.Sum(a)
		return hex.AppendEncode(dst, sum[:]), nil
	})
	r.Func("md5(text) text", md, fn.NoError)
	r.Func("md5(bytea) text", md, fn.NoError)
	for name, sum := range map[string]func([]byte) []byte{
		"sha224": func(a []byte) []byte { s := sha256.Sum224(a); return s[:] },
		"sha256": func(a []byte) []byte { s := sha256.Sum256(a); return s[:] },
		"sha384": func(a []byte) []byte { s := sha512.Sum384(a); return s[:] },
		"sha512": func(a []byte) []byte { s := sha512.Sum512(a); return s[:] },
	} {
		r.Func(name+"(bytea) bytea", fn.B1(func(_ *fn.Call, dst, a []byte) ([]byte, error) { return append(dst, sum(a)...), nil }), fn.NoError)
	}
	r.Func("encode(bytea, text) text", fn.B2(func(_ *fn.Call, dst, a []byte, format string) ([]byte, error) {
		return appendEncoded(dst, a, format)
	}))
	r.Func("decode(text, text) bytea", fn.B2(func(_ *fn.Call, dst, a []byte, format string) ([]byte, error) {
		return appendDecoded(dst, a, format)
	}))
	r.Func("quote_ident(text) text", fn.B1(func(_ *fn.Call, dst []byte, a string) ([]byte, error) {
		return append(dst, quoteIdent(a)...), nil
	}), fn.NoError)
	r.Func("quote_literal(text) text", fn.B1(func(_ *fn.Call, dst []byte, a string) ([]byte, error) {
		return append(dst, quoteLiteral(a)...), nil
	}), fn.NoError)
	r.Func("quote_nullable(text) text", fn.Rows(func(c *fn.Call, i int) error {
		if c.Args[0].IsNull(i) {
			c.Out.AppendString("NULL")
			return nil
		}
		c.Out.AppendString(quoteLiteral(string(c.Args[0].Bytes(i))))
		return nil
	}), fn.NotStrict, fn.NoError)
	literal := fn.Rows(func(c *fn.Call, i int) error {
		if c.Args[0].IsNull(i) {
			c.Out.AppendString("NULL")
		} else {
			c.Out.AppendString(quoteLiteral(string(appendAsText(c, nil, &c.Args[0], i))))
		}
		return nil
	})
	r.Func("quote_literal(anyelement) text", literal, fn.IsStable, fn.NoError)
	r.Func("quote_nullable(anyelement) text", literal, fn.NotStrict, fn.IsStable, fn.NoError)
	r.Func("format(text) text", fn.Rows(formatRow), fn.NotStrict, fn.IsStable)
	r.Func("format(text, variadic any) text", fn.Rows(formatRow), fn.NotStrict, fn.IsStable)
	r.Func("gen_random_uuid() uuid", fn.Rows(func(c *fn.Call, _ int) error {
		var u [16]byte
		if _, err := rand.Read(u[:]); err != nil {
			return err
		}
		u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
		c.Out.AppendBytes(u[:])
		return nil
	}), fn.IsVolatile, fn.NoError)
	r.Cast("bytea -> text", fn.Assignment, r.TextOut(row.T(row.Bytea)).Kernel, fn.NoError, fn.IsFormed)
}

func appendEncoded(dst, a []byte, format string) ([]byte, error) {
	switch strings.ToLower(format) {
	case "hex":
		return hex.AppendEncode(dst, a), nil
	case "base64":
		text := base64.StdEncoding.EncodeToString(a)
		for len(text) > 76 {
			dst = append(append(dst, text[:76]...), '\n')
			text = text[76:]
		}
		return append(dst, text...), nil
	case "escape":
		for _, c := range a {
			switch {
			case c == '\\':
				dst = append(dst, `\\`...)
			case c == 0 || c >= 0x80:
				dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
			default:
				dst = append(dst, c)
			}
		}
		return dst, nil
	}
	return dst, pgerr.New(pgerr.InvalidParameterValue, "unrecognized encoding: \"%s\"", format)
}

func appendDecoded(dst, a []byte, format string) ([]byte, error) {
	switch strings.ToLower(format) {
	case "hex":
		return row.AppendUnhex(dst, string(a))
	case "base64":
		clean := strings.Map(func(c rune) rune {
			if strings.ContainsRune(" \t\r\n", c) {
				return -1
			}
			return c
		}, string(a))
		for i, c := range clean {
			switch {
			case c == '=' && (i%4 < 2 || i%4 == 2 && i+1 < len(clean) && clean[i+1] != '='):
				return dst, pgerr.New(pgerr.InvalidParameterValue, "unexpected \"=\" while decoding base64 sequence")
			case c != '=' && c != '+' && c != '/' && (c >= utf8.RuneSelf || !isDigit(byte(c)) && (c|0x20 < 'a' || c|0x20 > 'z')):
				return dst, pgerr.New(pgerr.InvalidParameterValue, "invalid symbol \"%c\" found while decoding base64 sequence", c)
			}
		}
		out, err := base64.StdEncoding.DecodeString(clean)
		if err != nil {
			return dst, pgerr.New(pgerr.InvalidParameterValue, "invalid base64 end sequence").
				WithHint("Input data is missing padding, is truncated, or is otherwise corrupted.")
		}
		return append(dst, out...), nil
	case "escape":
		d, err := row.ParseText(row.T(row.Bytea), string(a), nil)
		return append(dst, d.B...), err
	}
	return dst, pgerr.New(pgerr.InvalidParameterValue, "unrecognized encoding: \"%s\"", format)
}

// quoteIdent quotes an identifier where PostgreSQL would have to.
func quoteIdent(s string) string {
	safe := s != "" && !reserved[s]
	for i := 0; i < len(s) && safe; i++ {
		c := s[i]
		safe = c == '_' || c >= 'a' && c <= 'z' || i > 0 && c >= '0' && c <= '9'
	}
	if safe {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// reserved are the words that cannot stand unquoted as any name.
var reserved = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(`all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both
case cast char character check coalesce collate collation column concurrently constraint create cross current_catalog current_date
current_role current_schema current_time current_timestamp current_user dec decimal default deferrable desc distinct do else end except
exists extract false fetch float for foreign freeze from full grant greatest group grouping having ilike in initially inner inout int
integer intersect interval into is isnull join lateral leading least left like limit localtime localtimestamp national natural nchar none
normalize not notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real
references returning right row select session_user setof similar smallint some substring symmetric table tablesample then time timestamp
to trailing treat trim true union unique user using values varchar variadic verbose when where window with xmlattributes xmlconcat
xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable`) {
		m[w] = true
	}
	return m
}()

func quoteLiteral(s string) string {
	out := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(out, `\`, `\\`)
	}
	return out
}

// formatRow is format(): %s, %I, %L, %%, with positions (%1$s), widths and "-".
func formatRow(c *fn.Call, i int) error {
	if c.Args[0].IsNull(i) {
		return fn.ErrNull
	}
	f := string(c.Args[0].Bytes(i))
	var out []byte
	next := 1
	for p := 0; p < len(f); p++ {
		if f[p] != '%' {
			out = append(out, f[p])
			continue
		}
		if p++; p == len(f) {
			return formatEnd()
		}
		if f[p] == '%' {
			out = append(out, '%')
			continue
		}
		s, err := parseFormat(f, &p, &next, c, i)
		if err != nil {
			return err
		}
		if out, err = s.append(c, i, out); err != nil {
			return err
		}
	}
	c.Out.AppendBytes(out)
	return nil
}

type formatSpec struct {
	arg   int
	left  bool
	width int
	kind  byte
}

func formatEnd() error {
	return pgerr.New(pgerr.InvalidParameterValue, "unterminated format() type specifier").
		WithHint("%s", `For a single "%" use "%%".`)
}

func digits(f string, p *int) (n int, ok bool) {
	for *p < len(f) && f[*p] >= '0' && f[*p] <= '9' && n < math.MaxInt32/10 {
		n, ok = 10*n+int(f[*p]-'0'), true
		*p++
	}
	return n, ok
}

func parseFormat(f string, p, next *int, c *fn.Call, i int) (formatSpec, error) {
	s := formatSpec{arg: -1}
	start := *p
	if n, ok := digits(f, p); ok && *p < len(f) && f[*p] == '$' {
		if n == 0 {
			return s, argumentZero()
		}
		s.arg = n
		*p++
	} else {
		*p = start
	}
	for *p < len(f) && f[*p] == '-' {
		s.left = true
		*p++
	}
	if *p < len(f) && f[*p] == '*' {
		*p++
		at := *p
		if n, ok := digits(f, p); ok && *p < len(f) && f[*p] == '$' {
			if n == 0 {
				return s, argumentZero()
			}
			*next = n
			*p++
		} else {
			*p = at
		}
		if *next >= len(c.Args) {
			return s, tooFew()
		}
		if w := &c.Args[*next]; w.Col.Type.Phys() == row.PhysInt && !w.IsNull(i) {
			s.width = int(w.Int(i))
		}
		*next++
		if s.width < 0 {
			s.left, s.width = true, -s.width
		}
	} else {
		s.width, _ = digits(f, p)
	}
	if *p >= len(f) {
		return s, formatEnd()
	}
	s.kind = f[*p]
	if strings.IndexByte("sIL", s.kind) < 0 {
		return s, pgerr.New(pgerr.InvalidParameterValue, "unrecognized format() type specifier \"%c\"", s.kind).
			WithHint("%s", `For a single "%" use "%%".`)
	}
	if s.arg < 0 {
		s.arg = *next
	}
	*next = s.arg + 1
	if s.arg >= len(c.Args) {
		return s, tooFew()
	}
	return s, nil
}

func argumentZero() error {
	return pgerr.New(pgerr.InvalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
}

func tooFew() error { return pgerr.New(pgerr.InvalidParameterValue, "too few arguments for format()") }

func (s formatSpec) append(c *fn.Call, i int, out []byte) ([]byte, error) {
	a := &c.Args[s.arg]
	text := ""
	if !a.IsNull(i) {
		text = string(appendOutput(c, nil, a, i))
	}
	switch {
	case s.kind == 'I' && a.IsNull(i):
		return out, pgerr.New(pgerr.NullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
	case s.kind == 'I':
		text = quoteIdent(text)
	case s.kind == 'L' && a.IsNull(i):
		text = "NULL"
	case s.kind == 'L':
		text = quoteLiteral(text)
	}
	fill := strings.Repeat(" ", min(max(0, s.width-len([]rune(text))), maxText))
	if s.left {
		return append(append(out, text...), fill...), nil
	}
	return append(append(out, fill...), text...), nil
}
