package expr

import (
	"strconv"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// Format is the canonical text with columns named by the caller; a nil names, or
// an empty name, gives #0, #1, ...
func Format(e Expr, names func(index int) string) string {
	if names == nil {
		return e.String()
	}
	return Rewrite(e, func(e Expr) Expr {
		if c, ok := e.(*ColRef); ok {
			if n := names(c.Index); n != "" {
				return &named{c, n}
			}
		}
		return e
	}).String()
}

// named is a column with the name that Format prints.
type named struct {
	*ColRef
	name string
}

func (n *named) String() string { return n.name }

func (e *ColRef) String() string { return "#" + strconv.Itoa(e.Index) }

func (e *Param) String() string { return "$" + strconv.Itoa(e.N) }

func (e *Const) String() string {
	if e.Datum.Null {
		if e.Typ.Kind == row.Unknown {
			return "NULL"
		}
		return "NULL::" + e.Typ.String()
	}
	text := string(fn.AppendText(nil, nil, e.Typ, e.Datum))
	switch e.Typ.Kind {
	case row.Bool:
		return strconv.FormatBool(e.Datum.I != 0)
	case row.Int4:
		if e.Datum.I < 0 {
			return "(" + text + ")"
		}
		return text
	case row.Unknown:
		return quote(text)
	}
	return quote(text) + "::" + e.Typ.String()
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func (e *Call) String() string {
	if e.Func.Operator {
		if len(e.Args) == 1 {
			return "(" + e.Func.Name + " " + e.Args[0].String() + ")"
		}
		return infix(e.Args, e.Func.Name)
	}
	return e.Func.Name + "(" + list(e.Args) + ")"
}

func (e *Logic) String() string {
	if e.Or {
		return infix(e.Args, "OR")
	}
	return infix(e.Args, "AND")
}

func (e *Not) String() string { return "(NOT " + e.Arg.String() + ")" }

func (e *Case) String() string {
	var b strings.Builder
	b.WriteString("CASE")
	for _, w := range e.Whens {
		b.WriteString(" WHEN " + w.Cond.String() + " THEN " + w.Then.String())
	}
	if e.Else != nil {
		b.WriteString(" ELSE " + e.Else.String())
	}
	b.WriteString(" END")
	return b.String()
}

func (e *Coalesce) String() string { return "COALESCE(" + list(e.Args) + ")" }

func (e *NullIf) String() string {
	if e.Arg.String() == e.Left.String() {
		return "NULLIF(" + e.Left.String() + ", " + e.Right.String() + ")"
	}
	return "NULLIF(" + e.Arg.String() + ", " + e.Left.String() + " = " + e.Right.String() + ")"
}

func (e *MinMax) String() string {
	if e.Least {
		return "LEAST(" + list(e.Args) + ")"
	}
	return "GREATEST(" + list(e.Args) + ")"
}

func (e *IsNull) String() string {
	return "(" + e.Arg.String() + " IS " + not(e.Not) + "NULL)"
}

func (e *IsTruth) String() string {
	test := [...]string{IsTrue: "TRUE", IsFalse: "FALSE", IsUnknown: "UNKNOWN"}[e.Test]
	return "(" + e.Arg.String() + " IS " + not(e.Not) + test + ")"
}

func (e *Distinct) String() string {
	return "(" + e.Left.String() + " IS " + not(e.Not) + "DISTINCT FROM " + e.Right.String() + ")"
}

func (e *InList) String() string {
	return "(" + e.Arg.String() + " " + not(e.Not) + "IN (" + list(e.List) + "))"
}

// String tells a cast that truncates from one that refuses.
func (e *Cast) String() string {
	if e.To.Mod != 0 && !e.Explicit && fn.HasLength(e.To) {
		return "assign(" + e.Arg.String() + " AS " + e.To.String() + ")"
	}
	arg := e.Arg.String()
	switch e.Arg.(type) {
	case *Case:
		arg = "(" + arg + ")"
	}
	return arg + "::" + e.To.String()
}

func (e *ArrayExpr) String() string {
	return "ARRAY[" + list(e.Elems) + "]::" + e.Typ.String()
}

func (e *ScalarArrayOp) String() string {
	word := " ANY "
	if e.All {
		word = " ALL "
	}
	return "(" + e.Left.String() + " " + e.Op.Name + word + "(" + e.Right.String() + "))"
}

func (e *Subscript) String() string {
	var b strings.Builder
	b.WriteString("(" + e.Arg.String() + ")")
	for i, up := range e.Index {
		b.WriteByte('[')
		if e.Lower != nil {
			if e.Lower[i] != nil {
				b.WriteString(e.Lower[i].String())
			}
			b.WriteByte(':')
		}
		if up != nil {
			b.WriteString(up.String())
		}
		b.WriteByte(']')
	}
	return b.String()
}

func not(n bool) string {
	if n {
		return "NOT "
	}
	return ""
}

func infix(args []Expr, op string) string {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = a.String()
	}
	return "(" + strings.Join(texts, " "+op+" ") + ")"
}

func list(args []Expr) string {
	texts := make([]string, len(args))
	for i, a := range args {
		texts[i] = a.String()
	}
	return strings.Join(texts, ", ")
}
