package builtin

import (
	"bytes"
	"fmt"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/row/jsonb"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// recordOps compare records field by field; here NULLs are equal, and greater than
// all else, other than in a comparison of two ROW(...).
func recordOps(r *fn.Registry) {
	for _, op := range comparisons {
		r.Op(fmt.Sprintf("%s(record, record) bool", op), fn.F2(func(_ *fn.Call, a, b []byte) (bool, error) {
			c, err := compareRecords(a, b)
			switch op {
			case fn.Eq:
				return c == 0, err
			case fn.Ne:
				return c != 0, err
			case fn.Lt:
				return c < 0, err
			case fn.Le:
				return c <= 0, err
			case fn.Gt:
				return c > 0, err
			}
			return c >= 0, err
		}))
	}
}

func compareRecords(a, b []byte) (int, error) {
	_, at, ar, err := row.RecordFields(a)
	if err != nil {
		return 0, err
	}
	_, bt, br, err := row.RecordFields(b)
	if err != nil {
		return 0, err
	}
	for i := range min(len(at), len(bt)) {
		if at[i].Base() != bt[i].Base() {
			return 0, pgerr.New(pgerr.DatatypeMismatch, "cannot compare dissimilar column types %s and %s at record column %d", fn.TypeName(at[i]), fn.TypeName(bt[i]), i+1)
		}
		c := 0
		switch x, y := ar[i], br[i]; {
		case x.Null && y.Null:
		case x.Null:
			c = 1
		case y.Null:
			c = -1
		case at[i].Kind == row.Record:
			if c, err = compareRecords(x.B, y.B); err != nil {
				return 0, err
			}
		default:
			c = row.CompareDatums(at[i], x, y)
		}
		if c != 0 {
			return c, nil
		}
	}
	if len(at) != len(bt) {
		return 0, pgerr.New(pgerr.DatatypeMismatch, "cannot compare record types with different numbers of columns")
	}
	return 0, nil
}

// jsonRecords declares what makes rows of JSON objects; the query says which columns
// they have, or the type of a record that is given.
func jsonRecords(r *fn.Registry) {
	for _, t := range []string{"json", "jsonb"} {
		shaped(r, t+"_to_record("+t+") record", func(f *fn.Function, cols []fn.OutColumn) fn.TableKernel {
			return oneRecord(cols, 0)
		}, fn.NotStrict)
		shaped(r, t+"_to_recordset("+t+") record", func(f *fn.Function, cols []fn.OutColumn) fn.TableKernel {
			return recordSet(f.Name, cols, 0)
		})
		shaped(r, t+"_populate_record(anyelement, "+t+") anyelement", func(f *fn.Function, cols []fn.OutColumn) fn.TableKernel {
			return oneRecord(cols, 1)
		}, fn.NotStrict)
		shaped(r, t+"_populate_recordset(anyelement, "+t+") anyelement", func(f *fn.Function, cols []fn.OutColumn) fn.TableKernel {
			return recordSet(f.Name, cols, 1)
		}, fn.NotStrict)
	}
}

// shaped declares a table function whose columns are known where it is called.
func shaped(r *fn.Registry, signature string, k func(f *fn.Function, cols []fn.OutColumn) fn.TableKernel, props ...fn.Property) {
	var f *fn.Function
	f = r.Table(signature, func(*fn.Call, []row.Datum, func(...row.Datum)) error { return fn.NoRowType(f.Name) }, "", props...)
	f.Shaped = func(cols []fn.OutColumn) fn.TableKernel {
		table := k(f, cols)
		return func(c *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
			return fn.Visible(table(c, args, emit))
		}
	}
}

// oneRecord makes a row of the object that is argument at; of nothing, the row that
// stands before it, or NULLs.
func oneRecord(cols []fn.OutColumn, at int) fn.TableKernel {
	return func(c *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
		base, err := baseRow(args[:at], len(cols))
		if err != nil {
			return err
		}
		if !args[at].Null {
			if err := fillRow(c, cols, base, args[at].B); err != nil {
				return err
			}
		}
		emit(base...)
		return nil
	}
}

func recordSet(name string, cols []fn.OutColumn, at int) fn.TableKernel {
	return func(c *fn.Call, args []row.Datum, emit func(...row.Datum)) error {
		if args[at].Null {
			return nil
		}
		v := args[at].B
		if err := checkSet(name, v); err != nil {
			return err
		}
		m := membersOf(v)
		for _, object, ok := m.next(); ok; _, object, ok = m.next() {
			if jsonKind(object) != jsonb.Object {
				return pgerr.New(pgerr.InvalidParameterValue, "argument of %s must be an array of objects", name)
			}
			r, err := baseRow(args[:at], len(cols))
			if err == nil {
				err = fillRow(c, cols, r, object)
			}
			if err != nil {
				return err
			}
			emit(r...)
		}
		return nil
	}
}

func checkSet(name string, v []byte) error {
	kind := jsonKind(v)
	what := "a scalar"
	switch {
	case kind == jsonb.Array:
		return nil
	case bytes.HasPrefix([]byte(name), []byte("jsonb")):
		what = "a non-array"
	case kind == jsonb.Object:
		what = "an object"
	}
	return pgerr.New(pgerr.InvalidParameterValue, "cannot call %s on %s", name, what)
}

// baseRow is the row whose fields stay where the object has none.
func baseRow(args []row.Datum, n int) ([]row.Datum, error) {
	out := make([]row.Datum, n)
	for i := range out {
		out[i] = row.NullDatum
	}
	if len(args) == 0 || args[0].Null {
		return out, nil
	}
	_, _, r, err := row.RecordFields(args[0].B)
	copy(out, r)
	return out, err
}

func fillRow(c *fn.Call, cols []fn.OutColumn, out []row.Datum, v []byte) error {
	switch jsonKind(v) {
	case jsonb.Object:
	case jsonb.Array:
		return pgerr.New(pgerr.InvalidParameterValue, "cannot call populate_composite on an array")
	default:
		return pgerr.New(pgerr.InvalidParameterValue, "cannot call populate_composite on a scalar")
	}
	for i, col := range cols {
		value, ok := jsonField(v, col.Name)
		if !ok {
			continue
		}
		d, err := fromJSON(c, col.Type, bytes.TrimSpace(value), col.Name)
		if err != nil {
			return err
		}
		out[i] = d
	}
	return nil
}

// fromJSON makes a value of a type of a JSON value: by the type's text form, but for
// arrays and JSON itself.
func fromJSON(c *fn.Call, t row.Type, v []byte, key string) (row.Datum, error) {
	kind := jsonb.KindOf(v)
	switch {
	case kind == jsonb.Null:
		return row.NullDatum, nil
	case t.Kind == row.JSON:
		return row.BytesDatum(v), nil
	case t.Kind == row.JSONB:
		text, err := jsonb.Canonical(nil, v)
		return row.BytesDatum(text), err
	case t.Kind == row.Array && kind == jsonb.Array:
		return arrayFromJSON(c, t, v)
	case t.Kind == row.Array && kind != jsonb.String:
		return row.NullDatum, pgerr.New(pgerr.InvalidTextRepresentation, "expected JSON array").
			WithHint("See the value of key \"%s\".", key)
	case kind == jsonb.String:
		v = jsonb.Unquote(nil, v)
	}
	return fn.ParseText(c.Ctx, t, string(v))
}

// arrayFromJSON makes an array of as many dimensions as the JSON array has levels.
func arrayFromJSON(c *fn.Call, t row.Type, v []byte) (row.Datum, error) {
	var dims []row.Dim
	for level := v; jsonb.KindOf(level) == jsonb.Array; {
		dims = append(dims, row.Dim{Len: jsonLen(level), Lower: 1})
		first, ok := jsonElem(level, 0)
		if !ok {
			break
		}
		level = bytes.TrimSpace(first)
	}
	b := row.NewArrayBuilder(t)
	var walk func(v []byte, depth int) error
	walk = func(v []byte, depth int) error {
		isArray := jsonb.KindOf(v) == jsonb.Array
		if isArray != (depth < len(dims)) || isArray && jsonLen(v) != dims[depth].Len {
			return pgerr.New(pgerr.InvalidTextRepresentation, "malformed JSON array").
				WithDetail("Multidimensional arrays must have sub-arrays with matching dimensions.")
		}
		if !isArray {
			d, err := fromJSON(c, t.ElemType(), v, "")
			b.Append(d)
			return err
		}
		m := membersOf(v)
		for _, e, ok := m.next(); ok; _, e, ok = m.next() {
			if err := walk(bytes.TrimSpace(e), depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(v, 0); err != nil {
		return row.NullDatum, err
	}
	if b.Len() == 0 {
		return row.BytesDatum(b.Finish(nil)), nil
	}
	return row.BytesDatum(b.FinishDims(nil, dims)), nil
}
