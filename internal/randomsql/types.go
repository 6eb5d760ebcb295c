package randomsql

import "math/rand/v2"

// Type is a column type that tables and expressions are made of.
type Type int

// The types.
const (
	Int4 Type = iota
	Int8
	Numeric
	Float8
	Text
	Bool
	Timestamp
	Mood  // an enumerated type
	types // how many there are
)

var typeNames = [types]string{"int4", "int8", "numeric", "float8", "text", "bool", "timestamp", "mood"}

// createMood makes the enumerated type. Its order is not that of its labels' texts.
const createMood = "CREATE TYPE mood AS ENUM ('sad', 'ok', 'not so, bad', 'happy')"

// String is the type's name in SQL.
func (t Type) String() string { return typeNames[t] }

// kind is the kind of nodes that are expressions of the type.
func (t Type) kind() string { return "expr " + t.String() }

func (t Type) isNumber() bool  { return t <= Float8 }
func (t Type) isInteger() bool { return t <= Int8 }

// domain is the values of a column: few, so that rows meet. The rare ones stand
// at the bounds of what can be computed with.
var domain = [types]struct{ usual, rare []string }{
	Int4:      {[]string{"0", "1", "2", "3", "4", "-1"}, []string{"2147483647", "(-2147483648)", "100"}},
	Int8:      {[]string{"0", "1", "2", "3", "5", "-2"}, []string{"9223372036854775807", "(-9223372036854775808)", "2147483648"}},
	Numeric:   {[]string{"0.00", "1.00", "2.50", "-1.25", "3.10", "10.00"}, []string{"123456789012345678901234567890.12", "'NaN'"}},
	Float8:    {[]string{"0", "0.5", "1.5", "-2.25", "3", "100"}, []string{"'NaN'", "'Infinity'", "'-Infinity'", "1e300"}},
	Text:      {[]string{"''", "'a'", "'b'", "'ab'", "'Ab'", "'3'"}, []string{"'a%'", "'x_y'", "'été'", "' 12 '", "'b\\c'", "'1.5'"}},
	Bool:      {[]string{"true", "false"}, nil},
	Timestamp: {[]string{"'2024-01-31 00:00:00'", "'2024-02-29 12:34:56.789'", "'1999-12-31 23:59:59'", "'2024-01-31 10:00:00'"}, []string{"'0044-03-15 00:00:00 BC'", "'infinity'"}},
	Mood:      {[]string{"'sad'", "'ok'", "'happy'"}, []string{"'not so, bad'"}},
}

// constant is a value as it stands where the type is known.
func constant(r *rand.Rand, t Type) string {
	d := domain[t]
	switch n := r.IntN(100); {
	case n < 3 && len(d.rare) > 0:
		return d.rare[r.IntN(len(d.rare))]
	case n < 10:
		return "NULL"
	}
	return d.usual[r.IntN(len(d.usual))]
}

// literal is a value that says its own type.
func (g *generator) literal(t Type) *Node {
	c := constant(g.r, t)
	switch {
	case c == "NULL":
		return text(t.kind(), "NULL::", t.String())
	case t == Bool, t == Int4 && c != "(-2147483648)":
		if c[0] == '-' {
			c = "(" + c + ")"
		}
		return text(t.kind(), c)
	case t == Text || t == Timestamp || t == Mood:
		return text(t.kind(), c, "::", t.String())
	}
	return text(t.kind(), "('", unquoted(c), "'::", t.String(), ")")
}

func unquoted(c string) string {
	if c[0] == '\'' || c[0] == '(' {
		return c[1 : len(c)-1]
	}
	return c
}
