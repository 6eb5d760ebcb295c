package expr

import (
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Compile turns expressions over a row of the given types into a program.
// Immutable subexpressions without columns are computed once, here; one that
// fails stays, to fail for the rows that need it. Subexpressions that occur more
// than once are computed once a batch.
func Compile(exprs []Expr, inputTypes []row.Type) (*Program, error) {
	return compile(nil, exprs, inputTypes)
}

func compile(filter Expr, exprs []Expr, inputTypes []row.Type) (*Program, error) {
	c := &compiler{prog: &Program{}, in: inputTypes}
	all := exprs
	if filter != nil {
		all = append([]Expr{filter}, exprs...)
	}
	c.countRepeats(all)
	for _, e := range exprs {
		n, err := c.node(e)
		if err != nil {
			return nil, err
		}
		c.prog.roots = append(c.prog.roots, n)
		c.prog.types = append(c.prog.types, e.Type())
	}
	if filter != nil {
		n, err := c.node(filter)
		if err != nil {
			return nil, err
		}
		c.prog.filter = n
	}
	return c.prog, nil
}

type compiler struct {
	prog    *Program
	in      []row.Type
	repeats map[string]int     // text of each subexpression, and how often it occurs
	shared  map[string]*shared // the repeated ones that are compiled already
}

// maxShared bounds the expressions among which repeats are looked for: the texts
// that identify them cost the square of the depth.
const maxShared = 400

func (c *compiler) countRepeats(exprs []Expr) {
	n := 0
	for _, e := range exprs {
		Walk(e, func(Expr) bool { n++; return n <= maxShared })
	}
	if n > maxShared {
		return
	}
	c.repeats, c.shared = map[string]int{}, map[string]*shared{}
	for _, e := range exprs {
		Walk(e, func(e Expr) bool {
			if len(e.Children()) > 0 {
				c.repeats[repeatKey(e)]++
			}
			return true
		})
	}
}

func repeatKey(e Expr) string { return e.Type().String() + " " + e.String() }

func (c *compiler) node(e Expr) (node, error) {
	if c.repeats == nil || len(e.Children()) == 0 || VolatilityOf(e) == Volatile {
		return c.build(e)
	}
	key := repeatKey(e)
	if c.repeats[key] < 2 {
		return c.build(e)
	}
	if s := c.shared[key]; s != nil {
		return s, nil
	}
	n, err := c.build(e)
	if err != nil {
		return nil, err
	}
	s := &shared{inner: n, slot: c.prog.slots}
	c.prog.slots++
	c.shared[key] = s
	return s, nil
}

// shared computes its node once in a frame.
type shared struct {
	inner node
	slot  int
}

func (s *shared) eval(f *frame) fn.Arg {
	if f.slots == nil {
		f.slots = make([]fn.Arg, f.m.slots)
	}
	if f.slots[s.slot].Col == nil {
		f.slots[s.slot] = s.inner.eval(f)
	}
	return f.slots[s.slot]
}

// fold computes a node all of whose operands are constants. Where that fails the
// node stays as it is.
func (c *compiler) fold(e Expr, n node, kids []node) node {
	if f := functionOf(e); f != nil && f.Volatility != Immutable {
		return n
	}
	for _, k := range kids {
		if _, ok := k.(*constant); !ok {
			return n
		}
	}
	m := c.prog.machine(nil, &row.Batch{Weights: []int64{1}})
	v := n.eval(m.frame(nil, 1))
	if m.errs.Len() > 0 {
		return n
	}
	return &constant{spread(v, 1)}
}

func (c *compiler) nodes(exprs []Expr) ([]node, error) {
	out := make([]node, len(exprs))
	for i, e := range exprs {
		n, err := c.node(e)
		if err != nil {
			return nil, err
		}
		out[i] = n
	}
	return out, nil
}

func (c *compiler) site() int {
	c.prog.sites++
	return c.prog.sites - 1
}

func (c *compiler) build(e Expr) (node, error) {
	switch e := e.(type) {
	case *ColRef:
		if c.in != nil && e.Index >= len(c.in) {
			return nil, pgerr.New(pgerr.InternalError, "column %d of an input of %d", e.Index, len(c.in))
		}
		return &column{e.Index}, nil
	case *named:
		return &column{e.Index}, nil
	case *Const:
		return newConstant(e.Typ, e.Datum), nil
	case *Param:
		return &param{e.N - 1, e.Type()}, nil
	}
	kids, err := c.nodes(e.Children())
	if err != nil {
		return nil, err
	}
	n, err := c.operator(e, kids)
	if err != nil {
		return nil, err
	}
	if fused := c.fuse(e, kids); fused != nil {
		n = fused
	}
	return c.fold(e, n, kids), nil
}

func (c *compiler) operator(e Expr, kids []node) (node, error) {
	switch e := e.(type) {
	case *Call:
		if e.Func.Set {
			return nil, pgerr.New(pgerr.FeatureNotSupported, "set-returning functions are not allowed here").At(e.At)
		}
		return c.call(e.Func, e.Typ, kids...), nil
	case *Logic:
		return newLogic(e, kids), nil
	case *Not:
		return &notNode{kids[0]}, nil
	case *Case:
		return newCase(e, kids), nil
	case *Coalesce:
		return &coalesce{kids, e.Typ}, nil
	case *MinMax:
		return &minMax{kids, e.Typ, e.Least}, nil
	case *IsNull:
		return &isNull{kids[0], e.Not}, nil
	case *IsTruth:
		return &isTruth{kids[0], e.Test, e.Not}, nil
	case *NullIf:
		return &nullIf{kids[0], c.call(e.Eq, boolType, kids[1:]...), e.Typ}, nil
	case *Distinct:
		return &distinct{kids[0], kids[1], c.site(), e.Eq, e.Not}, nil
	case *InList:
		return c.inList(e, kids)
	case *Cast:
		return c.cast(e, kids[0]), nil
	case *ArrayExpr:
		return &arrayNode{kids, e.Typ, e.Nested}, nil
	case *ScalarArrayOp:
		return c.scalarArrayOp(e, kids), nil
	case *Subscript:
		return newSubscript(e, kids), nil
	case *RowExpr:
		return &recordNode{kids, e.Names}, nil
	case *Field:
		return &fieldNode{kids[0], e.Index, e.Typ}, nil
	}
	return nil, pgerr.New(pgerr.InternalError, "expression %T cannot be evaluated", e)
}

func (c *compiler) call(f *Function, out row.Type, args ...node) node {
	return &call{f: f, args: args, out: out, site: c.site()}
}

// cast applies the conversion, then the modifier of the target type.
func (c *compiler) cast(e *Cast, arg node) node {
	n, from := arg, e.Arg.Type()
	if e.Func != nil && e.Func.Sized {
		return c.call(e.Func, e.To, arg)
	}
	if e.Func != nil {
		n = c.call(e.Func, e.To.Base(), arg)
		from = e.To.Base()
	} else if from.Base() != e.To.Base() {
		n = &relabel{arg, e.To}
		from.Kind, from.Elem, from.User = e.To.Kind, e.To.Elem, e.To.User
	}
	if e.To.Mod == 0 || from == e.To {
		return n
	}
	return &typmod{n, e.To, e.Explicit}
}
