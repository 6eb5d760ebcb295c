package fn

import (
	"slices"
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Resolution is the function that a call means, the types to which its arguments
// must be coerced (one for each argument), and the type of its result.
type Resolution struct {
	Func   *Function
	Args   []row.Type
	Result row.Type
}

// Operator picks an operator by PostgreSQL's rules. A prefix operator has one
// argument. Untyped literals have type row.Unknown.
func (r *Registry) Operator(name string, args ...row.Type) (Resolution, error) {
	args = bases(args)
	cands := candidates(r.operators[name], len(args))
	if f := exactOperator(cands, args); f != nil {
		return resolve(r, f, args)
	}
	f, ambiguous := r.choose(cands, args)
	if f != nil {
		return resolve(r, f.fn, args)
	}
	text := name + " " + TypeName(args[len(args)-1])
	if len(args) == 2 {
		text = TypeName(args[0]) + " " + text
	}
	if ambiguous {
		return Resolution{}, pgerr.New(pgerr.AmbiguousFunction, "operator is not unique: %s", text).
			WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.")
	}
	e := pgerr.New(pgerr.UndefinedFunction, "operator does not exist: %s", text)
	if len(args) == 1 {
		return Resolution{}, e.WithHint("No operator matches the given name and argument type. You might need to add an explicit type cast.")
	}
	return Resolution{}, e.WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.")
}

// Function picks a function by PostgreSQL's rules. schema is empty or
// "pg_catalog"; other schemas have no functions.
func (r *Registry) Function(schema, name string, args []row.Type) (Resolution, error) {
	return r.pick(r.functions, schema, name, args)
}

func (r *Registry) pick(from map[string][]*Function, schema, name string, args []row.Type) (Resolution, error) {
	args = bases(args)
	var cands []candidate
	if schema == "" || schema == "pg_catalog" {
		cands = candidates(from[name], len(args))
	}
	for _, c := range cands {
		if matchesExactly(c.params, args) {
			return resolve(r, c.fn, args)
		}
	}
	f, ambiguous := r.choose(cands, args)
	if f != nil {
		return resolve(r, f.fn, args)
	}
	text := name + "(" + typeNames(args) + ")"
	if schema != "" {
		text = schema + "." + text
	}
	if ambiguous {
		return Resolution{}, pgerr.New(pgerr.AmbiguousFunction, "function %s is not unique", text).
			WithHint("Could not choose a best candidate function. You might need to add explicit type casts.")
	}
	return Resolution{}, pgerr.New(pgerr.UndefinedFunction, "function %s does not exist", text).
		WithHint("No function matches the given name and argument types. You might need to add explicit type casts.")
}

func bases(args []row.Type) []row.Type {
	out := make([]row.Type, len(args))
	for i, a := range args {
		out[i] = a.Base()
	}
	return out
}

func typeNames(args []row.Type) string {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = TypeName(a)
	}
	return strings.Join(names, ", ")
}

// candidate is a function with a parameter for each argument of the call.
type candidate struct {
	fn     *Function
	params []ArgType
}

func candidates(fs []*Function, n int) []candidate {
	var out []candidate
	for _, f := range fs {
		if len(f.Params) == n && !f.Variadic {
			out = append(out, candidate{f, f.Params})
		} else if f.Variadic && n >= len(f.Params) {
			out = append(out, candidate{f, expand(f, n)})
		}
	}
	return out
}

// expand repeats the variadic parameter.
func expand(f *Function, n int) []ArgType {
	params := make([]ArgType, n)
	copy(params, f.Params)
	for i := len(f.Params); i < n; i++ {
		params[i] = f.Params[len(f.Params)-1]
	}
	return params
}

func matchesExactly(params []ArgType, args []row.Type) bool {
	for i, p := range params {
		if p.Pseudo != Concrete || p.Type != args[i] {
			return false
		}
	}
	return true
}

// exactOperator applies the rule that an untyped operand of a binary operator is
// first taken to be of the other's type.
func exactOperator(cands []candidate, args []row.Type) *Function {
	if len(args) == 2 {
		l, r := args[0], args[1]
		if l.Kind == row.Unknown {
			l = r
		} else if r.Kind == row.Unknown {
			r = l
		}
		args = []row.Type{l, r}
	}
	if args[0].Kind == row.Unknown {
		return nil
	}
	for _, c := range cands {
		if matchesExactly(c.params, args) {
			return c.fn
		}
	}
	return nil
}

// choose is the selection among candidates that all can take the arguments.
func (r *Registry) choose(cands []candidate, args []row.Type) (best *candidate, ambiguous bool) {
	cands = keep(cands, func(c candidate) bool { return r.accepts(c.params, args) })
	if len(cands) == 0 {
		return nil, false
	}
	for _, step := range []func([]candidate, []row.Type) []candidate{mostExact, mostPreferred, byUnknowns} {
		if len(cands) == 1 {
			return &cands[0], false
		}
		cands = step(cands, args)
	}
	if len(cands) == 1 {
		return &cands[0], false
	}
	if last := r.likeTheKnown(cands, args); last != nil {
		return last, false
	}
	return nil, true
}

func keep(cands []candidate, ok func(candidate) bool) []candidate {
	var out []candidate
	for _, c := range cands {
		if ok(c) {
			out = append(out, c)
		}
	}
	return out
}

// accepts reports that each argument converts implicitly and that the
// polymorphic parameters can agree.
func (r *Registry) accepts(params []ArgType, args []row.Type) bool {
	for i, p := range params {
		if !r.accepts1(p, args[i]) {
			return false
		}
	}
	p, err := unify(r, params, args)
	return err == nil || p.undetermined && !slices.ContainsFunc(params, func(p ArgType) bool { return p.Pseudo == AnyEnum })
}

func (r *Registry) accepts1(p ArgType, arg row.Type) bool {
	if arg.Kind == row.Unknown {
		return true
	}
	switch p.Pseudo {
	case Concrete:
		_, ok := r.FindCast(arg, p.Type, Implicit)
		return ok
	case AnyArray, AnyCompatibleArray:
		_, ok := arrayElem(arg)
		return ok
	case AnyNonArray, AnyCompatibleNonArray:
		_, ok := arrayElem(arg)
		return !ok
	case AnyEnum:
		return arg.Kind == row.Enum
	}
	return true
}

// mostScored keeps the candidates with the highest score.
func mostScored(cands []candidate, args []row.Type, score func(ArgType, row.Type) bool) []candidate {
	best := -1
	var out []candidate
	for _, c := range cands {
		n := 0
		for i, p := range c.params {
			if args[i].Kind != row.Unknown && score(p, args[i]) {
				n++
			}
		}
		if n > best {
			best, out = n, nil
		}
		if n == best {
			out = append(out, c)
		}
	}
	return out
}

func mostExact(cands []candidate, args []row.Type) []candidate {
	return mostScored(cands, args, func(p ArgType, a row.Type) bool { return p.Pseudo == Concrete && p.Type == a })
}

func mostPreferred(cands []candidate, args []row.Type) []candidate {
	return mostScored(cands, args, func(p ArgType, a row.Type) bool {
		if p.Pseudo != Concrete {
			return false
		}
		want, _ := CategoryOf(a)
		cat, preferred := CategoryOf(p.Type)
		return p.Type == a || preferred && cat == want
	})
}

func (p ArgType) category() (Category, bool) {
	if p.Pseudo != Concrete {
		return CatPseudo, false
	}
	return CategoryOf(p.Type)
}

// byUnknowns settles the category of each untyped argument (string if any
// candidate takes a string) and keeps the candidates that take it, those with a
// preferred type before others.
func byUnknowns(cands []candidate, args []row.Type) []candidate {
	type slot struct {
		cat       Category
		preferred bool
	}
	slots := make([]slot, len(args))
	for i, a := range args {
		if a.Kind != row.Unknown {
			continue
		}
		conflict := false
		for j, c := range cands {
			cat, preferred := c.params[i].category()
			switch {
			case j == 0, cat != slots[i].cat && cat == CatString:
				slots[i] = slot{cat, preferred}
			case cat == slots[i].cat:
				slots[i].preferred = slots[i].preferred || preferred
			default:
				conflict = true
			}
		}
		if conflict && slots[i].cat != CatString {
			return cands
		}
	}
	kept := keep(cands, func(c candidate) bool {
		for i, a := range args {
			cat, preferred := c.params[i].category()
			if a.Kind == row.Unknown && (cat != slots[i].cat || slots[i].preferred && !preferred) {
				return false
			}
		}
		return true
	})
	if len(kept) == 0 {
		return cands
	}
	return kept
}

// likeTheKnown takes untyped arguments to be of the one type that all others have.
func (r *Registry) likeTheKnown(cands []candidate, args []row.Type) *candidate {
	var known row.Type
	unknowns := 0
	for _, a := range args {
		switch {
		case a.Kind == row.Unknown:
			unknowns++
		case known.Kind == row.Unknown:
			known = a
		case known != a:
			return nil
		}
	}
	if known.Kind == row.Unknown || unknowns == 0 {
		return nil
	}
	same := make([]row.Type, len(args))
	for i := range same {
		same[i] = known
	}
	cands = keep(cands, func(c candidate) bool { return r.accepts(c.params, same) })
	if len(cands) != 1 {
		return nil
	}
	return &cands[0]
}

// resolve settles the polymorphic types of the chosen function.
func resolve(r *Registry, f *Function, args []row.Type) (Resolution, error) {
	params := f.Params
	if f.Variadic {
		params = expand(f, len(args))
	}
	p, err := unify(r, params, args)
	if err != nil {
		return Resolution{}, err
	}
	out := Resolution{Func: f, Args: make([]row.Type, len(args))}
	for i, param := range params {
		out.Args[i] = p.concrete(param, args[i])
	}
	out.Result = p.concrete(f.Result, row.Type{})
	return out, nil
}

// CheckElements refuses arrays of types that are not compared, for what compares
// elements. PostgreSQL finds that when it computes, so the error has no place.
func (r Resolution) CheckElements() error {
	switch f := r.Func; {
	case f.Equates || f.Comparison == Eq || f.Comparison == Ne:
		return checkElements(r.Args, "an equality operator")
	case f.Orders || f.Comparison != NotComparison:
		return checkElements(r.Args, "a comparison function")
	}
	return nil
}

// CheckElements is that of Resolution, for the arguments of min and max.
func (a *Aggregate) CheckElements(args []row.Type) error {
	if a.Kind != Min && a.Kind != Max {
		return nil
	}
	return checkElements(args, "a comparison function")
}

func checkElements(args []row.Type, what string) error {
	for _, t := range args {
		if t.Is(row.Array) && !t.Comparable() {
			return pgerr.New(pgerr.UndefinedFunction, "could not identify %s for type %s", what, TypeName(t.ElemType()))
		}
	}
	return nil
}
