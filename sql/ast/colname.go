package ast

// ColumnName is the name PostgreSQL gives an unlabelled output column: that of the
// column or function it shows, else of the type it is cast to, else ?column?. It
// is empty for a star, whose columns name themselves.
func ColumnName(e Expr) string {
	if c, ok := e.(*ColumnRef); ok && c.Star {
		return ""
	}
	if f, ok := e.(*FieldExpr); ok && f.Star {
		return ""
	}
	if name, strength := figureName(e); strength > noName {
		return name
	}
	return "?column?"
}

// How sure a name is: a cast's type yields to anything stronger below it.
const (
	noName = iota
	weak
	strong
)

func figureName(e Expr) (name string, strength int) {
	switch e := e.(type) {
	case *ColumnRef:
		if len(e.Names) > 0 {
			return e.Names[len(e.Names)-1], strong
		}
	case *FieldExpr:
		if !e.Star {
			return e.Name, strong
		}
		return figureName(e.Arg)
	case *SubscriptExpr:
		return figureName(e.Arg)
	case *FuncCall:
		return e.Names[len(e.Names)-1], strong
	case *CollateExpr:
		return figureName(e.Arg)
	case *CastExpr:
		name, strength = figureName(e.Arg)
		if strength <= weak {
			return e.Type.Names[len(e.Type.Names)-1], weak
		}
		return name, strength
	case *CaseExpr:
		if e.Else != nil {
			name, strength = figureName(e.Else)
		}
		if strength <= weak {
			return "case", weak
		}
		return name, strength
	case *SubqueryExpr:
		return subqueryName(e)
	}
	return keywordName(e)
}

// keywordName names the forms that have a keyword of their own.
func keywordName(e Expr) (string, int) {
	switch e := e.(type) {
	case *NullIfExpr:
		return "nullif", strong
	case *GroupingExpr:
		return "grouping", strong
	case *ArrayExpr:
		return "array", strong
	case *RowExpr:
		return "row", strong
	case *CoalesceExpr:
		return "coalesce", strong
	case *MinMaxExpr:
		if e.Greatest {
			return "greatest", strong
		}
		return "least", strong
	case *SQLValue:
		return e.Name, strong
	}
	return "", noName
}

func subqueryName(e *SubqueryExpr) (string, int) {
	switch e.Kind {
	case ExistsSubquery:
		return "exists", strong
	case ArraySubquery:
		return "array", strong
	}
	q := e.Query
	for q.Op != NoSetOp {
		q = q.Left
	}
	switch {
	case len(q.Values) > 0:
		return "column1", strong
	case len(q.Targets) > 0 && q.Targets[0].Name != "":
		return q.Targets[0].Name, strong
	}
	return "", noName
}
