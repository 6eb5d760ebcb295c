package bind

import (
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr"
	"github.com/tarndb/tarn/sql/expr/fn"
)

// vectorElems are the catalog's vector types, which lie in a column as arrays do.
var vectorElems = map[row.Kind]row.Kind{row.Int2Vector: row.Int2, row.OIDVector: row.OID}

// asArray relabels an int2vector or oidvector as the array that it is.
func asArray(e planner.Scalar) planner.Scalar {
	elem, ok := vectorElems[e.Type().Kind]
	if !ok {
		return e
	}
	return &expr.Cast{Arg: e, To: row.ArrayOf(elem), At: e.Pos()}
}

// partitionAncestors is what clients ask of every relation that they describe. No
// relation of Tarn is a partition, so it has no rows.
var partitionAncestors = &fn.Function{
	Name: "pg_partition_ancestors", Params: []fn.ArgType{{Type: row.T(row.Regclass)}}, Result: fn.ArgType{Type: row.T(row.Regclass)},
	Strict: true, Set: true, NoError: true,
	Table: func(*fn.Call, []row.Datum, func(...row.Datum)) error { return nil },
}

// catalogCall binds the catalog functions that concern the binder alone; nil if
// the name is of another.
func (b *binder) catalogCall(pos int, schema, name string, args []planner.Scalar) (planner.Scalar, error) {
	if name != partitionAncestors.Name || schema != "" && schema != "pg_catalog" || len(args) != 1 {
		return nil, nil
	}
	arg, err := b.typing.Coerce(args[0], row.T(row.Regclass), expr.Implicit)
	if err != nil {
		return nil, err
	}
	return &expr.Call{Func: partitionAncestors, Args: []planner.Scalar{arg}, Typ: row.T(row.Regclass), At: pos}, nil
}
