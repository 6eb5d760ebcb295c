package expr

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/builtin"
)

// The functions that give a column its new value where a part of it is assigned to:
// of the old value, the value of the part, and the subscripts.

// AssignElement is array[i][j]... = value.
func AssignElement(t row.Type, subscripts int) *Function { return builtin.AssignElement(t, subscripts) }

// AssignSlice is array[i:j]... = array; open tells which of the bounds are left out.
func AssignSlice(t row.Type, open []bool) *Function { return builtin.AssignSlice(t, open) }

// AssignMember is jsonb[key]... = value; array says that the first subscript is a number.
func AssignMember(subscripts int, array bool) *Function {
	return builtin.AssignMember(subscripts, array)
}
