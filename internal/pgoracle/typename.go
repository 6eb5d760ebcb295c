package pgoracle

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v5"

	"github.com/tarndb/tarn/sql/ast"
)

func typeName(t *pg.TypeName) *ast.TypeName {
	only(t, "names", "setof", "typmods", "typemod", "array_bounds")
	if t.Typemod != -1 {
		no("a resolved type modifier")
	}
	out := &ast.TypeName{Loc: loc(t.Location), Names: texts(t.Names), SetOf: t.Setof, Mods: exprs(t.Typmods)}
	for _, b := range t.ArrayBounds {
		out.ArrayDims = append(out.ArrayDims, integer(b))
	}
	if strings.Join(out.Names, ".") == "pg_catalog.interval" {
		intervalFields(out)
	}
	return out
}

func typeNames(list []*pg.Node) []*ast.TypeName {
	var out []*ast.TypeName
	for _, n := range list {
		t := n.GetTypeName()
		if t == nil {
			no("%s instead of a type", kind(n))
		}
		out = append(out, typeName(t))
	}
	return out
}

// The bits of an interval's fields, from PostgreSQL's datetime.h.
const (
	bitMonth, bitYear, bitDay        = 1 << 1, 1 << 2, 1 << 3
	bitHour, bitMinute, bitSecond    = 1 << 10, 1 << 11, 1 << 12
	everyField                       = 0x7FFF
	hourToMinute, minuteToSecond     = bitHour | bitMinute, bitMinute | bitSecond
	dayToMinute, hourToSecond        = bitDay | hourToMinute, bitHour | minuteToSecond
	dayToHour, dayToSecond, wholeDay = bitDay | bitHour, bitDay | hourToSecond, bitDay
)

var fieldsOf = map[int64]string{
	bitYear: "year", bitMonth: "month", wholeDay: "day", bitHour: "hour", bitMinute: "minute", bitSecond: "second",
	bitYear | bitMonth: "year to month", dayToHour: "day to hour", dayToMinute: "day to minute", dayToSecond: "day to second",
	hourToMinute: "hour to minute", hourToSecond: "hour to second", minuteToSecond: "minute to second", everyField: "",
}

// intervalFields takes the first modifier of an interval, which says in bits what
// Tarn's tree says in words.
func intervalFields(t *ast.TypeName) {
	if len(t.Mods) == 0 {
		return
	}
	c, ok := t.Mods[0].(*ast.Const)
	if !ok || c.Kind != ast.ConstInt {
		return // written as pg_catalog.interval(...): any modifier may stand there
	}
	if words, ok := fieldsOf[c.Int]; ok {
		t.IntervalFields, t.Mods = words, t.Mods[1:]
	}
}
