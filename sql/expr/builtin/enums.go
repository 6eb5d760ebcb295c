package builtin

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// enumFuncs declares the comparisons of enumerated types and what tells their values.
// Which type is meant is said by the type of the result; that of an argument, which
// may be NULL, would say no more.
func enumFuncs(r *fn.Registry) {
	declare(r, "anyenum", "anyenum", compareInts)
	end := func(pick func(values []row.EnumValue) row.EnumValue) fn.Kernel {
		return fn.Rows(func(c *fn.Call, _ int) error {
			e, err := enumType(c)
			if err != nil {
				return err
			}
			if len(e.Values) == 0 {
				return pgerr.New(pgerr.ObjectNotInPrerequisiteState, "enum %s contains no values", e)
			}
			c.Out.AppendInt(pick(e.Values).Int)
			return nil
		})
	}
	r.Func("enum_first(anyenum) anyenum", end(func(v []row.EnumValue) row.EnumValue { return v[0] }), fn.NotStrict, fn.IsStable)
	r.Func("enum_last(anyenum) anyenum", end(func(v []row.EnumValue) row.EnumValue { return v[len(v)-1] }), fn.NotStrict, fn.IsStable)
	r.Func("enum_range(anyenum) anyarray", fn.Rows(enumRange), fn.NotStrict, fn.IsStable)
	r.Func("enum_range(anyenum, anyenum) anyarray", fn.Rows(enumRange), fn.NotStrict, fn.IsStable)
}

func enumType(c *fn.Call) (*row.EnumType, error) {
	if e := row.EnumOf(c.Out.Type); e != nil {
		return e, nil
	}
	return nil, pgerr.New(pgerr.InternalError, "type %s is no enum", c.Out.Type)
}

// enumRange is the values between two, a NULL being the end on its side; of one
// argument, which only says the type, all values.
func enumRange(c *fn.Call, i int) error {
	e, err := enumType(c)
	if err != nil {
		return err
	}
	b := row.NewArrayBuilder(c.Out.Type)
	for _, v := range e.Values {
		if len(c.Args) == 2 {
			from, to := &c.Args[0], &c.Args[1]
			if !from.IsNull(i) && v.Int < from.Int(i) || !to.IsNull(i) && v.Int > to.Int(i) {
				continue
			}
		}
		b.Append(row.IntDatum(v.Int))
	}
	finishArray(c, b, nil)
	return nil
}
