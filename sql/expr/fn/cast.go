package fn

import (
	"sync"

	"github.com/tarndb/tarn/row"
)

// Path is how a value of one type becomes another.
type Path struct {
	Func *Function // nil: the bytes stay as they are
	Cost int       // 0: same or relabelled
}

// ioCasts makes the functions of conversions by text and by element on demand,
// once, so that their descriptors have one address.
type ioCasts struct {
	mu   sync.Mutex
	made map[[2]row.Type]*Function
}

func (c *ioCasts) get(from, to row.Type, make func() *Function) *Function {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made = map[[2]row.Type]*Function{}
	}
	key := [2]row.Type{from, to}
	f := c.made[key]
	if f == nil {
		f = make()
		c.made[key] = f
	}
	return f
}

// FindCast finds the conversion between two types, modifiers aside, that the
// context allows.
func (r *Registry) FindCast(from, to row.Type, ctx CastContext) (Path, bool) {
	from, to = from.Base(), to.Base()
	if from == to {
		return Path{}, true
	}
	if c := r.casts[castKey{from.Kind, to.Kind}]; c != nil && from.Kind != row.Array && to.Kind != row.Array {
		return Path{Func: c.Func, Cost: 1}, c.Context <= ctx
	}
	if from.Kind == row.Array && to.Kind == row.Array {
		return r.arrayCast(from, to, ctx)
	}
	// PostgreSQL converts through text: to a string on assignment, from one only
	// when the user says so.
	toString, fromString := isText(to), isText(from)
	switch {
	case toString && ctx >= Assignment && from.Kind != row.Void:
		return Path{Func: r.textOut(from, to), Cost: 1}, true
	case fromString && ctx >= Explicit && to.Kind != row.Void && to.Kind != row.Record:
		return Path{Func: r.TextIn(from, to), Cost: 1}, true
	case from.Kind == row.Unknown && to.Kind != row.Void:
		return Path{Func: r.TextIn(from, to), Cost: 1}, true
	}
	return Path{}, false
}

func isText(t row.Type) bool {
	c, _ := CategoryOf(t)
	return c == CatString
}

func (r *Registry) arrayCast(from, to row.Type, ctx CastContext) (Path, bool) {
	if from.Elem == row.Unknown {
		return Path{}, true
	}
	elem, ok := r.FindCast(from.ElemType(), to.ElemType(), ctx)
	if !ok || elem.Func == nil {
		return Path{Cost: 1}, ok
	}
	f := r.io.get(from, to, func() *Function {
		f := *elem.Func
		f.Name, f.Kernel = to.Name(), mapArray(elem.Func, from, to)
		f.Params, f.Result = []ArgType{{Type: from}}, ArgType{Type: to}
		return &f
	})
	return Path{Func: f, Cost: 1}, true
}

// mapArray converts every element by the element's function.
func mapArray(elem *Function, from, to row.Type) Kernel {
	return Rows(func(c *Call, i int) error {
		elems := row.NewArrayElems(from, c.Args[0].Bytes(i))
		in := row.NewColumn(from.ElemType(), elems.N)
		for d, ok := elems.Next(); ok; d, ok = elems.Next() {
			in.Append(d)
		}
		if err := elems.Err(); err != nil {
			return err
		}
		out := row.NewColumn(to.ElemType(), in.Len())
		if err := CallColumn(c.Ctx, elem, []*row.Column{&in}, &out); err != nil {
			return err
		}
		b := row.NewArrayBuilder(to)
		for j := 0; j < out.Len(); j++ {
			b.AppendFrom(&out, j)
		}
		c.Out.Data = b.FinishDims(c.Out.Data, elems.Dims)
		c.Out.EndBytes()
		return nil
	})
}

// textOut prints the value; to a length-limited type the modifier is applied later.
func (r *Registry) textOut(from, to row.Type) *Function {
	return r.io.get(from, to, func() *Function {
		f := &Function{Name: to.Name(), Params: []ArgType{{Type: from}}, Result: ArgType{Type: to}, Strict: true, NoError: true}
		f.Kernel = Rows(func(c *Call, i int) error {
			c.Out.Data = AppendText(c.Ctx, c.Out.Data, from, c.Args[0].Datum(i))
			c.Out.EndBytes()
			return nil
		})
		f.Volatility = textVolatility(from)
		if in := regIn(from.Kind); in != "" {
			f.Kernel, f.NoError = systemKernel(in+"out"), false
		}
		return f
	})
}

// TextIn is the function that parses a type's text form.
func (r *Registry) TextIn(from, to row.Type) *Function {
	return r.io.get(from, to, func() *Function {
		f := &Function{Name: to.Name(), Params: []ArgType{{Type: from}}, Result: ArgType{Type: to}, Strict: true}
		f.Kernel = Rows(func(c *Call, i int) error {
			d, err := ParseText(c.Ctx, to, string(c.Args[0].Bytes(i)))
			if err != nil {
				return err
			}
			c.Out.Append(d)
			return nil
		})
		if v := textVolatility(to); v == Stable || to.Kind == row.Time || to.Kind == row.Timetz {
			f.Volatility = Stable
		}
		if in := regIn(to.Kind); in != "" {
			f.Kernel = systemKernel(in + "in")
		}
		return f
	})
}

// regIn is the stem of the system functions that name and find catalog objects.
func regIn(k row.Kind) string {
	switch k {
	case row.Regclass, row.Regtype, row.Regproc, row.Regnamespace:
		return row.T(k).Name()
	}
	return ""
}

// textVolatility says on what the text form of a type's values depends: on the session,
// on what the catalog says now, or only on the settings that choose among forms.
func textVolatility(t row.Type) Volatility {
	switch k := t.Kind; {
	case k == row.Date || k == row.Timestamp || k == row.Timestamptz || k == row.Interval || k == row.Enum || regIn(k) != "",
		k == row.Array || k == row.Record:
		return Stable
	case k == row.Float4 || k == row.Float8 || k == row.Bytea:
		return Formed
	}
	return Immutable
}

// TextOut is the function that prints a type's values as text.
func (r *Registry) TextOut(from row.Type) *Function { return r.textOut(from, row.T(row.Text)) }
