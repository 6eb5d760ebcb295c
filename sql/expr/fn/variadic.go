package fn

import "github.com/tarndb/tarn/row"

// VariadicFunction picks a function for a call whose last argument is marked
// VARIADIC: an array that stands for the repeated arguments.
func (r *Registry) VariadicFunction(schema, name string, args []row.Type) (Resolution, error) {
	return r.pick(r.arrayForms, schema, name, args)
}

// TakesAnyArray reports that a variadic function of the name takes elements of any
// type: it is the call, then, that must have an array.
func (r *Registry) TakesAnyArray(name string, args int) bool {
	for _, f := range r.arrayForms[name] {
		if len(f.Params) == args && f.Params[args-1].Pseudo == AnyArray {
			return true
		}
	}
	return false
}

// arrayForm is a variadic function that takes its repeated arguments as an array.
func arrayForm(f *Function) *Function {
	g := *f
	last := len(f.Params) - 1
	g.Variadic = false
	g.Params = append([]ArgType(nil), f.Params...)
	if p := &g.Params[last]; p.Pseudo == Any {
		p.Pseudo = AnyArray
	} else {
		p.Type = row.ArrayOf(p.Kind)
	}
	g.Kernel = func(c *Call) {
		for i := range c.N {
			if c.Null(i) || c.Args[last].IsNull(i) {
				c.Out.AppendNull()
				continue
			}
			out, err := spreadRow(f, c, i)
			c.Out.AppendFrom(&out, 0)
			if err != nil {
				c.Fail(i, err)
			}
		}
	}
	return &g
}

// spreadRow calls the function with the elements of row i's last argument. Their
// number differs from row to row, so that each is a call of its own.
func spreadRow(f *Function, c *Call, i int) (out row.Column, err error) {
	last := len(c.Args) - 1
	var args []Arg
	null := false
	add := func(t row.Type, d row.Datum) {
		col := row.NewColumn(t, 1)
		col.Append(d)
		args = append(args, Arg{Col: &col})
		null = null || d.Null
	}
	for k := range c.Args[:last] {
		add(c.Args[k].Col.Type, c.Args[k].Datum(i))
	}
	a := row.NewArrayElems(c.Args[last].Col.Type, c.Args[last].Bytes(i))
	for d, ok := a.Next(); ok; d, ok = a.Next() {
		add(a.Elem, d)
	}
	out = row.NewColumn(c.Out.Type, 1)
	if f.Strict && null {
		out.AppendNull()
		return out, nil
	}
	var site any
	f.Kernel(NewCall(c.Ctx, 1, args, &out, &site, nil, func(_ int, e error) { err = e }))
	return out, err
}
