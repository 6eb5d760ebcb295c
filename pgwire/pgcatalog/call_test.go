package pgcatalog

import (
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

func TestCall(t *testing.T) {
	num := func(v int64) row.Datum { return row.IntDatum(v) }
	str := row.StringDatum
	const index, index2, constraint = 1074003968, 1074003969, 2147745792
	tests := []struct {
		name string
		args []row.Datum
		text row.Kind // of the result
		want string   // ~ is NULL, ! an error's code
	}{
		{"pg_get_indexdef", []row.Datum{num(index)}, row.Text, "CREATE UNIQUE INDEX users_pkey ON public.users USING btree (id)"},
		{"pg_get_indexdef", []row.Datum{num(index2), num(1), num(1)}, row.Text, `"Mail"`},
		{"pg_get_indexdef", []row.Datum{num(index2), num(3), num(1)}, row.Text, ""},
		{"pg_get_indexdef", []row.Datum{num(constraint)}, row.Text, "~"},
		{"pg_get_indexdef", []row.Datum{num(12345)}, row.Text, "~"},
		{"pg_get_constraintdef", []row.Datum{num(constraint), num(1)}, row.Text, "PRIMARY KEY (id)"},
		{"pg_get_constraintdef", []row.Datum{num(constraint + 1)}, row.Text, `UNIQUE ("Mail", id)`},
		{"pg_get_constraintdef", []row.Datum{num(0)}, row.Text, "~"},
		{"pg_get_expr", []row.Datum{str("0"), num(16384)}, row.Text, "0"},
		{"pg_get_expr", []row.Datum{row.NullDatum, num(16384)}, row.Text, "~"},
		{"format_type", []row.Datum{num(1700), num(655366)}, row.Text, "numeric(10,2)"},
		{"format_type", []row.Datum{num(1043), num(44)}, row.Text, "character varying(40)"},
		{"format_type", []row.Datum{num(1007), row.NullDatum}, row.Text, "integer[]"},
		{"format_type", []row.Datum{num(1184), num(-1)}, row.Text, "timestamp with time zone"},
		{"format_type", []row.Datum{num(9999), num(-1)}, row.Text, "???"},
		{"format_type", []row.Datum{num(0), num(-1)}, row.Text, "-"},
		{"format_type", []row.Datum{row.NullDatum, num(-1)}, row.Text, "~"},
		{"pg_encoding_to_char", []row.Datum{num(6)}, row.Text, "UTF8"},
		{"pg_char_to_encoding", []row.Datum{str("utf-8")}, row.Int4, "6"},
		{"col_description", []row.Datum{num(16384), num(1)}, row.Text, "~"},
		{"pg_table_is_visible", []row.Datum{num(index)}, row.Bool, "t"},
		{"pg_table_is_visible", []row.Datum{num(1)}, row.Bool, "~"},
		{"regclassout", []row.Datum{num(index2)}, row.Text, `"users_Mail_id_key"`},
		{"regclassout", []row.Datum{num(77)}, row.Text, "77"},
		{"regclassin", []row.Datum{str("public.users_pkey")}, row.OID, "1074003968"},
		{"regclassin", []row.Datum{str("nothing")}, row.OID, "~"},
		{"regprocin", []row.Datum{str("pg_catalog.array_in")}, row.OID, "750"},
		{"regprocedurein", []row.Datum{str("array_in(cstring,oid,integer)")}, row.OID, "750"},
		{"regprocin", []row.Datum{str("nothing")}, row.OID, "!42883"},
		{"regprocout", []row.Datum{num(2400)}, row.Text, "array_recv"},
		{"regprocout", []row.Datum{num(0)}, row.Text, "-"},
		{"_pg_numeric_scale", []row.Datum{num(1700), num(655366)}, row.Int4, "2"},
		{"_pg_char_max_length", []row.Datum{num(1043), num(44)}, row.Int4, "40"},
		{"_pg_char_max_length", []row.Datum{num(25), num(-1)}, row.Int4, "~"},
		{"pg_opclass_is_visible", []row.Datum{num(1)}, row.Bool, "t"},
		{"no_such_function", nil, row.Text, "!0A000"},
	}
	ctx := testContext()
	ctx.Session.SearchPath = []string{"public"}
	for _, test := range tests {
		d, err := Call(ctx, test.name, nil, test.args)
		got := "~"
		switch {
		case err != nil:
			got = "!" + pgerr.Code(err)
		case !d.Null:
			got = row.TextOf(row.T(test.text), d, nil)
		}
		if got != test.want {
			t.Errorf("%s(%v) is %s, want %s", test.name, test.args, got, test.want)
		}
	}
}
