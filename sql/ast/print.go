package ast

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// String gives the canonical text of any node: an S-expression that leaves out
// empty fields and positions. Golden tests and the debugger use it; it is stable,
// and not SQL.
//
//	a + 1 > 2 AND b IS NULL   ->   (and (> (+ a 1) 2) (NullTest Arg=b))
func String(n Node) string {
	var b strings.Builder
	printValue(&b, reflect.ValueOf(n))
	return b.String()
}

func printValue(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			b.WriteString("nil")
			return
		}
		if e, ok := v.Interface().(Node); ok && printCompact(b, e) {
			return
		}
		printValue(b, v.Elem())
	case reflect.Slice:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(' ')
			}
			printValue(b, v.Index(i))
		}
		b.WriteByte(']')
	case reflect.Struct:
		b.WriteByte('(')
		b.WriteString(v.Type().Name())
		printFields(b, v)
		b.WriteByte(')')
	case reflect.String:
		b.WriteString(strconv.Quote(v.String()))
	default:
		fmt.Fprint(b, v.Interface())
	}
}

var locType = reflect.TypeFor[Loc]()

// hidden are fields that say where and not what, or once more what another says.
var hidden = map[string]bool{"TextStart": true, "QueryStart": true, "ValueText": true, "CheckText": true, "DefaultText": true, "Texts": true, "WhereText": true}

func printFields(b *strings.Builder, v reflect.Value) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch {
		case f.Type == locType || hidden[f.Name] || isEmpty(v.Field(i)):
		case f.Anonymous:
			printFields(b, v.Field(i))
		default:
			b.WriteByte(' ')
			b.WriteString(f.Name)
			if v.Field(i).Kind() != reflect.Bool {
				b.WriteByte('=')
				printValue(b, v.Field(i))
			}
		}
	}
}

func isEmpty(v reflect.Value) bool {
	return v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0
}

// printCompact prints the commonest nodes in a short form.
func printCompact(b *strings.Builder, n Node) bool {
	switch n := n.(type) {
	case *ColumnRef:
		b.WriteString(quoteNames(n.Names, n.Star))
	case *ParamRef:
		b.WriteString("$" + strconv.Itoa(n.Number))
	case *Const:
		b.WriteString(n.text())
	case *OpExpr:
		op := n.Op
		if n.Schema != "" {
			op = n.Schema + "." + op
		}
		printForm(b, op, nonNil(n.Left, n.Right)...)
	case *BoolExpr:
		printForm(b, [...]string{"and", "or", "not"}[n.Op], n.Args...)
	case *TypeName:
		b.WriteString(n.text())
	case *CastExpr:
		printForm(b, "cast "+n.Type.text(), n.Arg)
	case *FuncCall:
		printCall(b, n)
	case *Target:
		if n.Alias != "" {
			b.WriteString(strconv.Quote(n.Alias) + ":")
		}
		printValue(b, reflect.ValueOf(n.Expr))
	default:
		return false
	}
	return true
}

func nonNil(es ...Expr) []Expr {
	var out []Expr
	for _, e := range es {
		if e != nil {
			out = append(out, e)
		}
	}
	return out
}

func printForm(b *strings.Builder, head string, args ...Expr) {
	b.WriteString("(" + head)
	for _, a := range args {
		b.WriteByte(' ')
		printValue(b, reflect.ValueOf(a))
	}
	b.WriteByte(')')
}

func printCall(b *strings.Builder, n *FuncCall) {
	b.WriteString("(" + quoteNames(n.Names, false) + "()")
	for _, a := range n.Args {
		b.WriteByte(' ')
		printValue(b, reflect.ValueOf(a))
	}
	rest := *n
	rest.Names, rest.Args = nil, nil
	printFields(b, reflect.ValueOf(rest))
	b.WriteByte(')')
}

func (c *Const) text() string {
	switch c.Kind {
	case ConstNull:
		return "null"
	case ConstBool:
		return strconv.FormatBool(c.Bool)
	case ConstInt:
		return strconv.FormatInt(c.Int, 10)
	case ConstNumeric:
		return c.Text + "n"
	case ConstBit:
		return "bits:" + c.Text
	}
	return "'" + strings.ReplaceAll(c.Text, "'", "''") + "'"
}

func (t *TypeName) text() string {
	s := quoteNames(t.Names, false)
	if t.IntervalFields != "" {
		s += " " + t.IntervalFields
	}
	if len(t.Mods) > 0 {
		mods := make([]string, len(t.Mods))
		for i, m := range t.Mods {
			mods[i] = String(m)
		}
		s += "(" + strings.Join(mods, ",") + ")"
	}
	for _, d := range t.ArrayDims {
		if d < 0 {
			s += "[]"
		} else {
			s += "[" + strconv.Itoa(d) + "]"
		}
	}
	if t.SetOf {
		s = "setof " + s
	}
	return s
}

// quoteNames joins names with dots, quoting what is not a plain lower-case word.
func quoteNames(names []string, star bool) string {
	parts := make([]string, 0, len(names)+1)
	for _, n := range names {
		plain := n != ""
		for _, r := range n {
			plain = plain && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '$')
		}
		if !plain {
			n = strconv.Quote(n)
		}
		parts = append(parts, n)
	}
	if star {
		parts = append(parts, "*")
	}
	return strings.Join(parts, ".")
}
