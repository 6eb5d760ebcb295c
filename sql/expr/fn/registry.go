package fn

import (
	"fmt"
	"strings"

	"github.com/tarndb/tarn/row"
)

// CastContext says where a conversion is asked for.
type CastContext uint8

// The contexts: each allows what the ones before it allow.
const (
	Implicit   CastContext = iota // anywhere
	Assignment                    // storing into a column
	Explicit                      // written by the user
)

// Cast is how values of one kind become another.
type Cast struct {
	From, To row.Kind
	Func     *Function // nil: the bytes stay as they are
	Context  CastContext
}

type castKey struct{ from, to row.Kind }

// Registry finds functions, operators, casts and table functions. It is filled
// at start and read only from then on.
type Registry struct {
	functions map[string][]*Function
	// arrayForms are the variadic functions as VARIADIC calls them.
	arrayForms map[string][]*Function
	operators  map[string][]*Function
	casts      map[castKey]*Cast
	io         ioCasts

	parameters map[string][]parameters

	aggregates  map[string][]*Function
	aggregateOf map[*Function]*Aggregate
	windows     map[string][]*Function
}

// NewRegistry makes an empty registry.
func NewRegistry() *Registry {
	return &Registry{
		functions: map[string][]*Function{}, arrayForms: map[string][]*Function{}, operators: map[string][]*Function{}, casts: map[castKey]*Cast{},
		parameters: map[string][]parameters{},
		aggregates: map[string][]*Function{}, aggregateOf: map[*Function]*Aggregate{}, windows: map[string][]*Function{},
	}
}

// Property is a deviation from an immutable, strict function that can fail.
type Property func(*Function)

// The properties.
var (
	NotStrict  Property = func(f *Function) { f.Strict = false }
	IsFormed   Property = func(f *Function) { f.Volatility = Formed }
	IsStable   Property = func(f *Function) { f.Volatility = Stable }
	IsVolatile Property = func(f *Function) { f.Volatility = Volatile }
	NoError    Property = func(f *Function) { f.NoError = true }
	ReadsClock Property = func(f *Function) { f.Clock = true }
	IsSized    Property = func(f *Function) { f.Sized = true }
	Equates    Property = func(f *Function) { f.Equates = true }
	Orders     Property = func(f *Function) { f.Orders = true }
)

// Func declares a function: signature is "name(type, type, ...) result", with
// types by their pg_type names, arrays as "text[]", and "variadic" before a last
// parameter that may repeat. A wrong signature panics: it is a mistake in the source.
func (r *Registry) Func(signature string, k Kernel, props ...Property) *Function {
	f := parseSignature(signature)
	f.Kernel = k
	apply(f, props)
	r.functions[f.Name] = append(r.functions[f.Name], f)
	if f.Variadic {
		r.arrayForms[f.Name] = append(r.arrayForms[f.Name], arrayForm(f))
	}
	return f
}

// Op declares an operator: "+(int4, int4) int4", or with one parameter a prefix operator.
func (r *Registry) Op(signature string, k Kernel, props ...Property) *Function {
	f := parseSignature(signature)
	f.Kernel, f.Operator = k, true
	apply(f, props)
	r.operators[f.Name] = append(r.operators[f.Name], f)
	return f
}

// Table declares a table function; with more than one result column they are
// given as "a int4, b text" in columns.
func (r *Registry) Table(signature string, k TableKernel, columns string, props ...Property) *Function {
	f := parseSignature(signature)
	f.Set = true
	f.Table = func(c *Call, args []row.Datum, emit func(out ...row.Datum)) error {
		return Visible(k(c, args, emit))
	}
	if columns != "" {
		for _, c := range strings.Split(columns, ",") {
			name, typ, _ := strings.Cut(strings.TrimSpace(c), " ")
			f.Columns = append(f.Columns, OutColumn{name, parseType(typ).Type})
		}
	}
	apply(f, props)
	r.functions[f.Name] = append(r.functions[f.Name], f)
	return f
}

// Cast declares a conversion: "int4 -> int8". A nil kernel says that the two are
// stored alike.
func (r *Registry) Cast(conversion string, ctx CastContext, k Kernel, props ...Property) {
	from, to, ok := strings.Cut(conversion, " -> ")
	if !ok {
		panic("cast " + conversion)
	}
	c := &Cast{From: parseType(from).Kind, To: parseType(to).Kind, Context: ctx}
	if k != nil {
		c.Func = &Function{Name: to, Params: []ArgType{parseType(from)}, Result: parseType(to), Strict: true, Kernel: k}
		apply(c.Func, props)
	}
	r.casts[castKey{c.From, c.To}] = c
}

func apply(f *Function, props []Property) {
	for _, p := range props {
		p(f)
	}
}

func parseSignature(s string) *Function {
	open, end := strings.IndexByte(s, '('), strings.LastIndexByte(s, ')')
	if open < 0 || end < open {
		panic("signature " + s)
	}
	f := &Function{Name: s[:open], Strict: true, Result: parseType(strings.TrimSpace(s[end+1:]))}
	if params := strings.TrimSpace(s[open+1 : end]); params != "" {
		for _, p := range strings.Split(params, ",") {
			p = strings.TrimSpace(p)
			if rest, ok := strings.CutPrefix(p, "variadic "); ok {
				f.Variadic, p = true, rest
			}
			f.Params = append(f.Params, parseType(p))
		}
	}
	return f
}

var kindByName = func() map[string]row.Kind {
	m := map[string]row.Kind{}
	for _, k := range row.Kinds() {
		m[row.T(k).Name()] = k
	}
	return m
}()

func parseType(s string) ArgType {
	if p, ok := pseudoNames[s]; ok {
		return ArgType{Pseudo: p}
	}
	name, array := strings.CutSuffix(s, "[]")
	k, ok := kindByName[name]
	if !ok {
		panic(fmt.Sprintf("unknown type %q in a signature", s))
	}
	if array {
		return ArgType{Type: row.ArrayOf(k)}
	}
	return ArgType{Type: row.T(k)}
}

// Functions lists every declared function and operator, in no order, for
// catalogs and tests.
func (r *Registry) Functions() []*Function {
	var out []*Function
	for _, group := range []map[string][]*Function{r.functions, r.operators} {
		for _, fs := range group {
			out = append(out, fs...)
		}
	}
	return out
}
