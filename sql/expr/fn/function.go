package fn

import (
	"strings"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Volatility says on what a function's result depends, as in PostgreSQL.
type Volatility uint8

// The volatilities, from the most to the least foldable.
const (
	Immutable Volatility = iota // its arguments only
	Formed                      // also Context.Forms, which is immutable in PostgreSQL's words
	Stable                      // also the context: clock, zone, parameters, catalog
	Volatile                    // may differ from call to call
)

func (v Volatility) String() string {
	return [...]string{"immutable", "immutable", "stable", "volatile"}[v]
}

// Comparison marks the operators whose meaning the planner uses.
type Comparison uint8

// The comparisons of the btree order of the operands' types.
const (
	NotComparison Comparison = iota
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
)

var comparisonText = [...]string{"", "=", "<>", "<", "<=", ">", ">="}

func (c Comparison) String() string { return comparisonText[c] }

// Commuted is the comparison with its sides exchanged.
func (c Comparison) Commuted() Comparison {
	return [...]Comparison{NotComparison, Eq, Ne, Gt, Ge, Lt, Le}[c]
}

// Negated is the comparison that is true where c is false.
func (c Comparison) Negated() Comparison {
	return [...]Comparison{NotComparison, Ne, Eq, Ge, Gt, Le, Lt}[c]
}

// Pseudo is a parameter type that stands for many.
type Pseudo uint8

// The pseudo types. All anyelement, anynonarray, anyenum and anyarray of one signature
// agree; the compatible family is brought to a common type first.
const (
	Concrete Pseudo = iota
	Any
	AnyElement
	AnyNonArray
	AnyArray
	AnyCompatible
	AnyCompatibleNonArray
	AnyCompatibleArray
	AnyEnum
)

var pseudoNames = map[string]Pseudo{
	"any": Any, "anyenum": AnyEnum, "anyelement": AnyElement, "anynonarray": AnyNonArray, "anyarray": AnyArray,
	"anycompatible": AnyCompatible, "anycompatiblenonarray": AnyCompatibleNonArray, "anycompatiblearray": AnyCompatibleArray,
}

// ArgType is a declared parameter or result type.
type ArgType struct {
	row.Type
	Pseudo Pseudo
}

// String is the name that PostgreSQL prints.
func (a ArgType) String() string {
	for name, p := range pseudoNames {
		if p == a.Pseudo {
			return "\"" + name + "\""
		}
	}
	return TypeName(a.Type)
}

// Function describes one function, operator or cast. Descriptors are made once,
// at start, and never change, so pointers to them may be compared.
type Function struct {
	Name       string // the function's name, or the operator's symbol
	Params     []ArgType
	Variadic   bool // the last parameter may repeat
	Result     ArgType
	Operator   bool // Name is an operator's symbol
	Strict     bool // NULL in, NULL out; the kernel is not asked
	Set        bool // a table function: Table is set and Kernel is not
	NoError    bool // cannot fail on any row
	System     bool // answered by Context.System
	Clock      bool // looks at Context.Now
	Sized      bool // a cast whose kernel fits the value to the modifier of its result itself
	Equates    bool // it looks for equal elements in arrays
	Orders     bool // it needs the order of the elements of arrays
	Volatility Volatility
	Comparison Comparison

	Kernel Kernel
	Table  TableKernel
	// Spread is Table for a batch at a time; nil where there is none.
	Spread SpreadKernel
	// Columns names the result columns of a table function that has other than one.
	Columns []OutColumn
	// Shaped is Table for columns that are known only where the function is called:
	// by a column definition list, or by the type of an argument. nil for others.
	Shaped func(cols []OutColumn) TableKernel
}

// NoRowType is the error of a call that says nothing of the columns it wants.
func NoRowType(name string) *pgerr.Error {
	return pgerr.New(pgerr.FeatureNotSupported, "could not determine row type for result of %s", name).
		WithHint("Provide a non-null record argument, or call the function in the FROM clause using a column definition list.")
}

// OutColumn is a column of a table function.
type OutColumn struct {
	Name string
	Type row.Type
}

// Signature is the text of the function with its declared types: "abs(integer)".
func (f *Function) Signature() string {
	names := make([]string, len(f.Params))
	for i, p := range f.Params {
		names[i] = p.String()
	}
	return f.Name + "(" + strings.Join(names, ", ") + ")"
}
