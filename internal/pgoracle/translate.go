package pgoracle

import (
	"fmt"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/tarndb/tarn/sql/ast"
)

// untranslated says what in PostgreSQL's tree Tarn's has no place for. It travels by
// panic, so that the translation reads as the list of fields that it is.
type untranslated struct{ what string }

func (u untranslated) Error() string { return u.what }

func no(format string, args ...any) { panic(untranslated{fmt.Sprintf(format, args...)}) }

// Translate makes Tarn's trees of PostgreSQL's.
func Translate(tree *pg.ParseResult) (out []ast.Statement, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case untranslated:
			err = r
		default:
			panic(r)
		}
	}()
	for _, s := range tree.Stmts {
		out = append(out, statement(s.Stmt))
	}
	return out, nil
}

// only refuses a message that says something in other fields than those named. A
// place is compared elsewhere.
func only(m proto.Message, fields ...string) {
	r := m.ProtoReflect()
	r.Range(func(f protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		if name := string(f.Name()); name != "location" && !slices.Contains(fields, name) {
			no("%s.%s", r.Descriptor().Name(), name)
		}
		return true
	})
}

// kind names the node that n holds.
func kind(n *pg.Node) string {
	if n == nil || n.Node == nil {
		return "nothing"
	}
	return strings.TrimPrefix(fmt.Sprintf("%T", n.Node), "*pg_query.Node_")
}

func loc(location int32) ast.Loc { return ast.Loc(location) }

// text is the value of a String node.
func text(n *pg.Node) string {
	s, ok := n.GetNode().(*pg.Node_String_)
	if !ok {
		no("%s instead of a string", kind(n))
	}
	return s.String_.Sval
}

func texts(list []*pg.Node) []string {
	var out []string
	for _, n := range list {
		out = append(out, text(n))
	}
	return out
}

func idents(list []*pg.Node) []ast.Ident {
	var out []ast.Ident
	for _, n := range list {
		out = append(out, ast.Ident{Loc: ast.NoPos, Name: text(n)})
	}
	return out
}

// items are the members of a List node.
func items(n *pg.Node) []*pg.Node {
	if n == nil || n.Node == nil {
		return nil
	}
	l, ok := n.Node.(*pg.Node_List)
	if !ok {
		no("%s instead of a list", kind(n))
	}
	return l.List.Items
}

func integer(n *pg.Node) int {
	i, ok := n.GetNode().(*pg.Node_Integer)
	if !ok {
		no("%s instead of an integer", kind(n))
	}
	return int(i.Integer.Ival)
}
