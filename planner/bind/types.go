package bind

import (
	"slices"
	"strings"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// The limits of type modifiers, as in PostgreSQL.
const (
	maxCharLength       = 10485760
	maxBitLength        = 8 * maxCharLength
	maxNumericPrecision = 1000
	maxTimePrecision    = 6
	varHeader           = 4 // what PostgreSQL adds to the modifiers of varlena types
)

var kindsByName = func() map[string]row.Kind {
	m := map[string]row.Kind{}
	for _, k := range row.Kinds() {
		m[row.T(k).Name()] = k
	}
	return m
}()

// Type finds the type that a name in the syntax tree means.
func Type(n *ast.TypeName, opts Options) (row.Type, error) {
	return typeNamed(n, opts.Catalog, opts.SearchPath)
}

func (b *binder) typeNamed(n *ast.TypeName) (row.Type, error) {
	return typeNamed(n, b.opts.Catalog, b.path)
}

func typeNamed(n *ast.TypeName, c planner.Catalog, path []string) (row.Type, error) {
	if n.SetOf {
		return row.Type{}, unsupported(n.Pos(), "SETOF")
	}
	t, array, ok, err := lookUpType(n.Names, c, path)
	if e, is := pgerr.As(err); is {
		return row.Type{}, e.At(n.Pos())
	}
	if !ok {
		return row.Type{}, pgerr.New(pgerr.UndefinedObject, "type \"%s\" does not exist", strings.Join(n.Names, ".")).At(n.Pos())
	}
	if len(n.Mods) > 0 || n.IntervalFields != "" {
		typmod, err := typmodOf(n, t)
		if err != nil {
			return row.Type{}, err
		}
		t = t.WithTypmod(typmod)
	}
	if array || len(n.ArrayDims) > 0 {
		return t.ArrayType(), nil
	}
	return t, nil
}

// lookUpType finds a type by its names, the last one the type's: pg_catalog's before
// those of the search path, unless it is listed there. The name of an array type is
// that of its elements' with an underscore in front.
func lookUpType(names []string, c planner.Catalog, path []string) (t row.Type, array, ok bool, err error) {
	name := names[len(names)-1]
	qualified := len(names) > 1
	if qualified {
		path = names[len(names)-2 : len(names)-1]
	} else if !slices.Contains(path, "pg_catalog") {
		path = append([]string{"pg_catalog"}, path...)
	}
	for _, name := range []string{name, strings.TrimPrefix(name, "_")} {
		for _, schema := range path {
			if k, found := kindsByName[name]; found && schema == "pg_catalog" {
				return row.T(k), array, true, nil
			}
			if c == nil {
				continue
			}
			if t, ok, err = c.Type(schema, name); ok || err != nil && qualified {
				return t, array, ok, err
			}
		}
		array = true
	}
	return row.Type{}, false, false, nil
}

// castByName is a call by the name of a user's type, which is a cast; err where the
// name is of none.
func (b *binder) castByName(e *ast.FuncCall, args []planner.Scalar, err error) (planner.Scalar, error) {
	if len(args) != 1 || args[0].Type().Is(row.Record) {
		return nil, err
	}
	t, array, ok, _ := lookUpType(e.Names, b.opts.Catalog, b.path)
	if !ok || array {
		return nil, err
	}
	out, failed := b.typing.Cast(e.Pos(), args[0], t)
	if pgerr.Code(failed) == pgerr.CannotCoerce {
		return nil, err
	}
	return out, failed
}

func typmodOf(n *ast.TypeName, t row.Type) (int32, error) {
	mods := make([]int64, len(n.Mods))
	for i, m := range n.Mods {
		c, ok := m.(*ast.Const)
		if !ok || c.Kind != ast.ConstInt {
			return 0, pgerr.New(pgerr.InvalidParameterValue, "type modifiers must be simple constants or identifiers").At(m.Pos())
		}
		mods[i] = c.Int
	}
	bad := func(format string, args ...any) (int32, error) {
		return 0, pgerr.New(pgerr.InvalidParameterValue, format, args...).At(n.Pos())
	}
	if max := map[row.Kind]int{row.Numeric: 2}[t.Kind]; len(mods) > 1 && len(mods) > max {
		if t.Is(row.Numeric) {
			return bad("invalid NUMERIC type modifier")
		}
		return bad("invalid type modifier")
	}
	switch t.Kind {
	case row.Varchar, row.BPChar:
		word := map[row.Kind]string{row.Varchar: "varchar", row.BPChar: "char"}[t.Kind]
		if mods[0] < 1 {
			return bad("length for type %s must be at least 1", word)
		}
		if mods[0] > maxCharLength {
			return bad("length for type %s cannot exceed %d", word, maxCharLength)
		}
		return int32(mods[0]) + varHeader, nil
	case row.Bit, row.Varbit:
		if mods[0] < 1 {
			return bad("length for type %s must be at least 1", t.Name())
		}
		if mods[0] > maxBitLength {
			return bad("length for type %s cannot exceed %d", t.Name(), maxBitLength)
		}
		return int32(mods[0]), nil
	case row.Numeric:
		scale := int64(0)
		if len(mods) == 2 {
			scale = mods[1]
		}
		if mods[0] < 1 || mods[0] > maxNumericPrecision {
			return bad("NUMERIC precision %d must be between 1 and %d", mods[0], maxNumericPrecision)
		}
		if scale < -maxNumericPrecision || scale > maxNumericPrecision {
			return bad("NUMERIC scale %d must be between -%d and %d", scale, maxNumericPrecision, maxNumericPrecision)
		}
		return int32(mods[0])<<16 | int32(scale)&0x7ff + varHeader, nil
	case row.Time, row.Timetz, row.Timestamp, row.Timestamptz:
		if mods[0] < 0 {
			word := map[row.Kind]string{row.Time: "TIME(%d)", row.Timetz: "TIME(%d) WITH TIME ZONE", row.Timestamp: "TIMESTAMP(%d)", row.Timestamptz: "TIMESTAMP(%d) WITH TIME ZONE"}[t.Kind]
			return bad(word+" precision must not be negative", mods[0])
		}
		return int32(min(mods[0], maxTimePrecision)), nil
	case row.Interval:
		precision := -1
		if len(mods) > 0 {
			precision = int(min(max(mods[0], 0), maxTimePrecision))
		}
		return row.IntervalTypmod(intervalFields(n.IntervalFields), precision), nil
	}
	return 0, pgerr.New(pgerr.SyntaxError, "type modifier is not allowed for type \"%s\"", t.Name()).At(n.Pos())
}

// intervalFields are the bits that PostgreSQL numbers an interval's fields with.
func intervalFields(text string) int32 {
	order := []string{"year", "month", "day", "hour", "minute", "second"}
	bit := map[string]int32{"year": 1 << 2, "month": 1 << 1, "day": 1 << 3, "hour": 1 << 10, "minute": 1 << 11, "second": 1 << 12}
	from, to, isRange := strings.Cut(text, " to ")
	if !isRange {
		return bit[text]
	}
	var out int32
	in := false
	for _, f := range order {
		in = in || f == from
		if in {
			out |= bit[f]
		}
		if f == to {
			break
		}
	}
	return out
}
