package pgoracle

import (
	"fmt"
	"reflect"

	"github.com/tarndb/tarn/sql/ast"
)

var locType = reflect.TypeFor[ast.Loc]()

// misplaced names the first node of two equal trees that points to another place of
// the text in Tarn's than in PostgreSQL's; empty if none does. Nodes that PostgreSQL
// has no place for are passed over.
func misplaced(postgres, tarn []ast.Statement) string {
	for i := range postgres {
		if what := misplacedIn(reflect.ValueOf(postgres[i]), reflect.ValueOf(tarn[i])); what != "" {
			return what
		}
	}
	return ""
}

func misplacedIn(p, t reflect.Value) string {
	switch p.Kind() {
	case reflect.Interface, reflect.Pointer:
		if p.IsNil() || t.IsNil() {
			return ""
		}
		return misplacedIn(p.Elem(), t.Elem())
	case reflect.Slice:
		for i := range min(p.Len(), t.Len()) {
			if what := misplacedIn(p.Index(i), t.Index(i)); what != "" {
				return what
			}
		}
	case reflect.Struct:
		for i := range p.NumField() {
			if p.Type().Field(i).Type != locType {
				if what := misplacedIn(p.Field(i), t.Field(i)); what != "" {
					return what
				}
			} else if at, got := p.Field(i).Int(), t.Field(i).Int(); at != ast.NoPos && at != got && !isWordOfExplain(t, got) {
				return fmt.Sprintf("%s at %d, not at %d", p.Type().Name(), got, at)
			}
		}
	}
	return ""
}

// isWordOfExplain says that normalize has made the node of a flag, which has no place.
func isWordOfExplain(t reflect.Value, at int64) bool {
	return at == ast.NoPos && t.Type() == reflect.TypeFor[ast.Option]()
}
