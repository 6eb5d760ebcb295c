package pgoracle

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tarndb/tarn/sql/ast"
)

func options(list []*pg.Node) []*ast.Option {
	var out []*ast.Option
	for _, n := range list {
		out = append(out, option(n))
	}
	return out
}

// option translates name = value. Nearly every word may be a value, and PostgreSQL
// reads most of them as the name of a type.
func option(n *pg.Node) *ast.Option {
	d := n.GetDefElem()
	if d == nil {
		no("%s instead of an option", kind(n))
	}
	only(d, "defnamespace", "defname", "arg", "defaction")
	out := &ast.Option{Loc: loc(d.Location), Name: d.Defname}
	if d.Defnamespace != "" {
		out.Name = d.Defnamespace + "." + d.Defname
	}
	if d.Defaction != pg.DefElemAction_DEFELEM_UNSPEC {
		no("%s of an option", d.Defaction)
	}
	if d.Arg.GetNode() == nil {
		return out
	}
	out.Kind = ast.ConstString
	switch a := d.Arg.Node.(type) {
	case *pg.Node_String_:
		out.Value = a.String_.Sval
	case *pg.Node_Integer:
		out.Kind, out.Value = ast.ConstInt, strconv.Itoa(int(a.Integer.Ival))
	case *pg.Node_Float:
		numberOption(out, a.Float.Fval)
	case *pg.Node_Boolean:
		if !a.Boolean.Boolval { // of a word that says just true, such as HEADER
			no("an option that is false")
		}
		out.Kind = ast.ConstNull
	case *pg.Node_AStar:
		out.Value = "*"
	case *pg.Node_List:
		out.Value = strings.Join(texts(a.List.Items), ",")
	case *pg.Node_TypeName:
		out.Value = word(a.TypeName)
	default:
		no("%s as an option", kind(d.Arg))
	}
	return out
}

func numberOption(out *ast.Option, text string) {
	c := &ast.Const{}
	number(c, text)
	out.Kind, out.Value = c.Kind, c.Text
	if c.Kind == ast.ConstInt {
		out.Value = strconv.FormatInt(c.Int, 10)
	}
}

// word is a type's name that was meant as a word.
func word(t *pg.TypeName) string {
	names := texts(t.Names)
	if len(names) != 1 || len(t.Typmods)+len(t.ArrayBounds) > 0 {
		no("an option of the type %s", strings.Join(names, "."))
	}
	only(t, "names", "typemod")
	return names[0]
}
