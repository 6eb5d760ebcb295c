package ident

import (
	"strconv"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// RegtypeIn is the type that a name or a number stands for.
func RegtypeIn(args []row.Datum) (row.Datum, error) {
	name := string(args[0].B)
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return row.IntDatum(int64(n)), nil
	}
	if t, ok := Type(name); ok {
		return row.IntDatum(int64(t.OID())), nil
	}
	return row.NullDatum, pgerr.New(pgerr.UndefinedObject, "type \"%s\" does not exist", name)
}

// ToRegtype is RegtypeIn of a name, NULL where there is no such type.
func ToRegtype(args []row.Datum) (row.Datum, error) {
	if t, ok := Type(string(args[0].B)); ok {
		return row.IntDatum(int64(t.OID())), nil
	}
	return row.NullDatum, nil
}

// RegtypeOut is a type's name.
func RegtypeOut(args []row.Datum) (row.Datum, error) {
	if args[0].I == 0 {
		return row.StringDatum("-"), nil
	}
	if t, ok := row.TypeByOID(uint32(args[0].I)); ok {
		return row.StringDatum(t.String()), nil
	}
	return row.StringDatum(strconv.FormatInt(args[0].I, 10)), nil
}
