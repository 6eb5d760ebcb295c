package builtin

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

func jsonAggregates(r *fn.Registry) {
	for _, kind := range []row.Kind{row.JSON, row.JSONB} {
		t := row.T(kind)
		r.Sequence(t.Name()+"_agg(anyelement) "+t.Name(), func(_ []row.Type, ctx *fn.Context) fn.Sequence {
			return jsonList{t, ctx}
		})
		r.Sequence(t.Name()+"_object_agg(any, any) "+t.Name(), func(_ []row.Type, ctx *fn.Context) fn.Sequence {
			return jsonObject{t, ctx}
		})
	}
}

// jsonList is json_agg and jsonb_agg: no rows are NULL, a NULL is null.
type jsonList struct {
	out row.Type
	ctx *fn.Context
}

func (a jsonList) Type() row.Type { return a.out }

func (a jsonList) Result(args []*row.Column, rows []int32, out *row.Column) error {
	t := args[0].Type
	text := []byte{'['}
	for k, i := range rows {
		d := args[0].Datum(int(i))
		if k > 0 {
			text = append(text, ", "...)
			if !d.Null && (t.Kind == row.Array || t.Kind == row.Record) {
				text = append(text, "\n "...)
			}
		}
		text = appendJSON(text, a.ctx, t, d)
	}
	return appendJSONAggregate(out, len(rows), append(text, ']'))
}

// jsonObject is json_object_agg and jsonb_object_agg.
type jsonObject struct {
	out row.Type
	ctx *fn.Context
}

func (a jsonObject) Type() row.Type { return a.out }

func (a jsonObject) Result(args []*row.Column, rows []int32, out *row.Column) error {
	text := []byte("{ ")
	for k, i := range rows {
		if k > 0 {
			text = append(text, ", "...)
		}
		var err error
		if text, err = a.appendKey(text, args[0], int(i)); err != nil {
			return err
		}
		text = appendJSON(append(text, " : "...), a.ctx, args[1].Type, args[1].Datum(int(i)))
	}
	return appendJSONAggregate(out, len(rows), append(text, " }"...))
}

// appendKey appends a value as the name of a member.
func (a jsonObject) appendKey(dst []byte, c *row.Column, i int) ([]byte, error) {
	if c.IsNull(i) {
		return dst, pgerr.New(pgerr.InvalidParameterValue, "field name must not be null")
	}
	if !scalarKey(c.Type) {
		return dst, errNotScalarKey()
	}
	return appendJSONKey(dst, a.ctx, c.Type, c.Datum(i)), nil
}

// scalarKey tells the types whose values may name a member.
func scalarKey(t row.Type) bool {
	switch t.Kind {
	case row.Array, row.Record, row.JSON, row.JSONB:
		return false
	}
	return true
}

func errNotScalarKey() error {
	return pgerr.New(pgerr.InvalidParameterValue, "key value must be scalar, not array, composite, or json")
}

// appendJSONAggregate appends the text that was built of a number of rows.
func appendJSONAggregate(out *row.Column, rows int, text []byte) error {
	switch {
	case rows == 0:
		out.AppendNull()
		return nil
	case out.Type.Kind == row.JSON:
		out.AppendBytes(text)
		return nil
	}
	dst, err := jsonb.Canonical(out.Data, text)
	if err != nil {
		return err
	}
	out.Data = dst
	out.EndBytes()
	return nil
}
