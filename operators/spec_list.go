package operators

import (
	"fmt"
	"strings"
)

// What every spec says of itself, in one place: its inputs, its stores, its name.

var (
	_ Spec = Input{}
	_ Spec = Values{}
	_ Spec = Import{}
	_ Spec = Map{}
	_ Spec = Contenders{}
	_ Spec = Peaks{}
	_ Spec = Union{}
	_ Spec = Exchange{}
	_ Spec = Gather{}
	_ Spec = Broadcast{}
	_ Spec = Arrange{}
	_ Spec = Sequence{}
	_ Spec = Single{}
	_ Spec = First{}
	_ Spec = Join{}
	_ Spec = UniqueJoin{}
	_ Spec = Semi{}
	_ Spec = Distinct{}
	_ Spec = SetOp{}
	_ Spec = GroupBy{}
	_ Spec = TopK{}
	_ Spec = Over{}
	_ Spec = Upsert{}
)

// Inputs implements Spec.
func (s Input) Inputs() []NodeID      { return nil }
func (s Values) Inputs() []NodeID     { return nil }
func (s Import) Inputs() []NodeID     { return nil }
func (s Map) Inputs() []NodeID        { return []NodeID{s.In} }
func (s Contenders) Inputs() []NodeID { return []NodeID{s.In} }
func (s Peaks) Inputs() []NodeID      { return []NodeID{s.In} }
func (s Union) Inputs() []NodeID      { return s.In }
func (s Exchange) Inputs() []NodeID   { return []NodeID{s.In} }
func (s Gather) Inputs() []NodeID     { return []NodeID{s.In} }
func (s Broadcast) Inputs() []NodeID  { return []NodeID{s.In} }
func (s Arrange) Inputs() []NodeID    { return []NodeID{s.In} }
func (s Sequence) Inputs() []NodeID   { return []NodeID{s.In} }
func (s Single) Inputs() []NodeID     { return []NodeID{s.In} }
func (s First) Inputs() []NodeID      { return []NodeID{s.In} }
func (s Join) Inputs() []NodeID       { return []NodeID{s.Left, s.Right} }
func (s UniqueJoin) Inputs() []NodeID { return []NodeID{s.Unique, s.Other} }
func (s Semi) Inputs() []NodeID       { return []NodeID{s.Left, s.Right} }
func (s Distinct) Inputs() []NodeID   { return []NodeID{s.In} }
func (s SetOp) Inputs() []NodeID      { return []NodeID{s.Left, s.Right} }
func (s GroupBy) Inputs() []NodeID    { return []NodeID{s.In} }
func (s TopK) Inputs() []NodeID       { return []NodeID{s.In} }
func (s Over) Inputs() []NodeID       { return []NodeID{s.In} }
func (s Upsert) Inputs() []NodeID     { return []NodeID{s.In} }

// States implements Spec.
func (s Input) States() int      { return 0 }
func (s Values) States() int     { return 0 }
func (s Import) States() int     { return 0 }
func (s Map) States() int        { return 0 }
func (s Contenders) States() int { return 0 }
func (s Peaks) States() int      { return 2 }
func (s Union) States() int      { return 0 }
func (s Exchange) States() int   { return 0 }
func (s Gather) States() int     { return 0 }
func (s Broadcast) States() int  { return 0 }
func (s Arrange) States() int    { return 1 }
func (s Sequence) States() int   { return 1 }
func (s Single) States() int     { return 1 }
func (s First) States() int      { return 1 }
func (s Join) States() int       { return 0 }
func (s UniqueJoin) States() int { return 2 }
func (s Semi) States() int       { return 0 }
func (s Distinct) States() int   { return 2 }
func (s SetOp) States() int      { return 3 }
func (s GroupBy) States() int    { return 5 }
func (s TopK) States() int       { return 1 }
func (s Over) States() int       { return 1 }
func (s Upsert) States() int     { return 1 }

func (s Input) name() string      { return "input" }
func (s Values) name() string     { return "values" }
func (s Import) name() string     { return "import" }
func (s Map) name() string        { return "map" }
func (s Contenders) name() string { return "contenders" }
func (s Peaks) name() string      { return "peaks" }
func (s Union) name() string      { return "union" }
func (s Exchange) name() string   { return "exchange" }
func (s Gather) name() string     { return "gather" }
func (s Broadcast) name() string  { return "broadcast" }
func (s Arrange) name() string    { return "arrange" }
func (s Sequence) name() string   { return "sequence" }
func (s Single) name() string     { return "single" }
func (s First) name() string      { return "first" }
func (s Distinct) name() string   { return "distinct" }
func (s GroupBy) name() string    { return "group" }
func (s TopK) name() string       { return "topk" }
func (s Over) name() string       { return "over" }
func (s Upsert) name() string     { return "upsert" }
func (s UniqueJoin) name() string { return "unique join" }
func (s Join) name() string       { return s.Kind.String() + " join" }

func (s Semi) name() string {
	if s.Anti {
		return "anti join"
	}
	return "semi join"
}

func (s SetOp) name() string { return s.Kind.String() }

// String names the kind as SQL does.
func (k JoinKind) String() string {
	return [...]string{"inner", "left", "right", "full"}[k]
}

// String names the kind as SQL does.
func (k SetKind) String() string {
	return [...]string{"intersect", "intersect all", "except", "except all"}[k]
}

// describeArgs is the part of a node's text between its name and its inputs.
func describeArgs(s Spec) string {
	var a argText
	switch s := s.(type) {
	case Input:
		a.cols("key", s.Key)
	case Import:
		a.cols("key", s.Key)
	case Union:
		if s.Negate != nil {
			a.add("negate=%v", s.Negate)
		}
	case Contenders:
		a.cols("key", s.Key)
		a.add("value=%d", s.Value)
		a.flag("least", s.Min)
	case Peaks:
		a.cols("key", s.Key)
		a.add("value=%d", s.Value)
	case Exchange:
		a.cols("key", s.Key)
	case Arrange:
		a.cols("key", s.Key)
	case Single:
		a.cols("key", s.Key)
	case First:
		a.cols("key", s.Key)
	case Join:
		a.flag("nulls equal", s.NullsEqual)
		a.flag("residual", s.Residual != nil)
		a.cols("out", s.Out)
	case UniqueJoin:
		a.cols("unique", s.UniqueKey)
		a.cols("other", s.OtherKey)
		a.flag("condition", s.Pass >= 0)
		a.flag("residual", s.Residual != nil)
	case Semi:
		a.flag("null aware", s.NullAware)
		a.flag("nulls equal", s.NullsEqual)
		a.cols("out", s.Out)
	case GroupBy:
		a.cols("key", s.Key)
		a.add("aggregates=%d", len(s.Aggs))
	case TopK:
		a.cols("partition", s.Partition)
		a.add("limit=%d offset=%d", s.Limit, s.Offset)
	case Over:
		a.cols("partition", s.Partition)
	case Upsert:
		a.cols("key", s.Key)
		a.add("tombstone=%d", s.Tombstone)
	}
	return strings.Join(a, " ")
}

// argText collects the words of a node's text.
type argText []string

func (a *argText) add(format string, args ...any) { *a = append(*a, fmt.Sprintf(format, args...)) }

func (a *argText) cols(what string, cols []int) {
	if len(cols) > 0 {
		a.add("%s=%v", what, cols)
	}
}

func (a *argText) flag(what string, on bool) {
	if on {
		a.add("%s", what)
	}
}
