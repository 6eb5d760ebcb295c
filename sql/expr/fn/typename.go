package fn

import "github.com/tarndb/tarn/row"

var sqlNames = map[row.Kind]string{
	row.Bool: "boolean", row.Int2: "smallint", row.Int4: "integer", row.Int8: "bigint",
	row.Float4: "real", row.Float8: "double precision", row.Varchar: "character varying",
	row.BPChar: "character", row.Time: "time without time zone",
	row.Timestamp: "timestamp without time zone", row.Timestamptz: "timestamp with time zone",
	row.Char: "\"char\"",
}

func typeName(t row.Type) string {
	if t.Kind == row.Array && t.Elem != row.Unknown {
		return typeName(t.ElemType()) + "[]"
	}
	if n, ok := sqlNames[t.Kind]; ok {
		return n
	}
	return t.Name()
}
