// Package jsonpath reads and prints SQL/JSON paths as PostgreSQL 15 does. What they
// find in a document is computed by package sql/expr/builtin/jsonpaths.
//
// The physical form of a jsonpath is its canonical text, which is what it prints.
package jsonpath

import (
	"math"

	"github.com/tarndb/tarn/row/numeric"
)

// Path is a parsed path.
type Path struct {
	Strict bool
	Root   *Node
}

// Op says what a node is.
type Op uint8

// The nodes. A literal, a variable, Root, Current and Last begin a chain of
// accessors; operators and predicates have operands; what comes from AnyArray on is
// an accessor.
const (
	Null         Op = iota
	String          // Text
	Number          // Number
	Bool            // True
	Variable        // Text
	Root            // $
	Current         // @
	Last            // the last index of the array around
	And             // Left, Right, as in all binary operators
	Or              //
	Not             // Left
	IsUnknown       // Left
	Exists          // Left
	Equal           //
	NotEqual        //
	Less            //
	Greater         //
	LessEqual       //
	GreaterEqual    //
	StartsWith      //
	LikeRegex       // Left, the pattern in Text, Flags
	Add             //
	Sub             //
	Mul             //
	Div             //
	Mod             //
	Plus            // Left
	Minus           // Left
	AnyArray        // [*]
	AnyKey          // .*
	Index           // [Subscripts]
	AnyDepth        // .**{First to Last}
	Key             // .Text
	Filter          // ?(Left)
	Type            // .type()
	Size            // .size()
	Abs             // .abs()
	Floor           // .floor()
	Ceiling         // .ceiling()
	Double          // .double()
	Datetime        // .datetime(Left), Left may be nil
	KeyValue        // .keyvalue()
)

// Deepest is the level of **{last}.
const Deepest = math.MaxUint32

// Node is a part of a path.
type Node struct {
	Op          Op
	Text        string
	Number      numeric.Decimal
	True        bool
	Left, Right *Node
	Subscripts  []Subscript
	First, Last uint32
	Flags       string // of LikeRegex, each letter once, in the order "ismxq"
	Next        *Node  // the accessor that is applied to the result
}

// Subscript is an index, or the range from From to To.
type Subscript struct{ From, To *Node }

// Name is how messages call an operator or a method: "+", "size".
func (o Op) Name() string { return names[o] }

var names = [...]string{
	And: "&&", Or: "||", Equal: "==", NotEqual: "!=", Less: "<", Greater: ">", LessEqual: "<=", GreaterEqual: ">=",
	StartsWith: "starts with", LikeRegex: "like_regex", Add: "+", Sub: "-", Mul: "*", Div: "/", Mod: "%", Plus: "+", Minus: "-",
	Type: "type", Size: "size", Abs: "abs", Floor: "floor", Ceiling: "ceiling", Double: "double", Datetime: "datetime",
	KeyValue: "keyvalue",
}

// isPredicate tells the nodes whose value is a truth value.
func (o Op) isPredicate() bool { return o >= And && o <= LikeRegex }

// priority is that of an operator: the higher, the closer it binds.
func (o Op) priority() int {
	switch o {
	case Or:
		return 0
	case And:
		return 1
	case Equal, NotEqual, Less, Greater, LessEqual, GreaterEqual, StartsWith:
		return 2
	case Add, Sub:
		return 3
	case Mul, Div, Mod:
		return 4
	case Plus, Minus:
		return 5
	}
	return 6
}
