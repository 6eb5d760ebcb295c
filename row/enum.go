package row

import (
	"math"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tarndb/tarn/row/fault"
)

// EnumType is an enumerated type of a user's. It is immutable: whoever alters a type
// makes a new one with its number.
//
// A value lies in columns, keys and tables as the integer of its label, so that it
// sorts, compares and is hashed as integers are. The integers ascend with the labels,
// have room between them, and stay what they are when labels are added or renamed.
type EnumType struct {
	OID    uint32 // even; the type of its arrays is the next number
	Schema string
	Name   string
	Values []EnumValue // in their order

	byLabel map[string]int64
}

// EnumValue is one of a type's values.
type EnumValue struct {
	Label string
	Int   int64  // what stands for it
	OID   uint32 // pg_enum's
}

// MaxEnumLabel is the length of the longest label, in bytes.
const MaxEnumLabel = 63

// enumGap is between the integers of labels that are made together: so many times
// can the space between two neighbours be halved as it has binary digits.
const enumGap = 1 << 24

// The numbers of types. They are drawn from a range of their own, since they are known
// to the whole process, which may have several databases open.
const (
	firstEnumOID = 1 << 29
	enumOIDs     = 1 << 28
)

// EnumOID makes a type's number of a random one.
func EnumOID(random uint64) uint32 { return firstEnumOID + 2*uint32(random%enumOIDs) }

// enums are the types by their numbers. A Type is carried as a few plain numbers
// through plans, columns, and the records that lie in stores; so what its number
// means is found here, and not in the catalog of one database. A type that was
// dropped stays: snapshots may still show it.
var enums struct {
	sync.Mutex
	byOID atomic.Pointer[map[uint32]*EnumType]
}

// DefineEnum says what a type's number means from now on.
func DefineEnum(def *EnumType) {
	e := &EnumType{OID: def.OID, Schema: def.Schema, Name: def.Name, Values: def.Values, byLabel: make(map[string]int64, len(def.Values))}
	for _, v := range e.Values {
		e.byLabel[v.Label] = v.Int
	}
	enums.Lock()
	defer enums.Unlock()
	next := map[uint32]*EnumType{}
	if old := enums.byOID.Load(); old != nil {
		for oid, t := range *old {
			next[oid] = t
		}
	}
	next[e.OID] = e
	enums.byOID.Store(&next)
}

func enumByOID(oid uint32) *EnumType {
	if m := enums.byOID.Load(); m != nil {
		return (*m)[oid]
	}
	return nil
}

// EnumOf is the definition of an enumerated type, or of that of an array's elements;
// nil for other types.
func EnumOf(t Type) *EnumType {
	if t.User == 0 {
		return nil
	}
	return enumByOID(t.User)
}

// Type is the type as columns have it.
func (e *EnumType) Type() Type { return Type{Kind: Enum, User: e.OID} }

// String is the type's name as messages print it, qualified unless it is in public.
func (e *EnumType) String() string {
	if e.Schema == "public" {
		return quoteName(e.Name)
	}
	return quoteName(e.Schema) + "." + quoteName(e.Name)
}

func quoteName(s string) string {
	for i, c := range s {
		if c != '_' && (c < 'a' || c > 'z') && (i == 0 || c != '$' && (c < '0' || c > '9')) {
			return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
		}
	}
	return s
}

// Has reports a label.
func (e *EnumType) Has(label string) bool { return e.At(label) >= 0 }

// At is the place of a label, -1 when there is none.
func (e *EnumType) At(label string) int {
	for i, v := range e.Values {
		if v.Label == label {
			return i
		}
	}
	return -1
}

// Room is an integer for a new label at a place among the values; ok is false where
// its neighbours leave none.
func (e *EnumType) Room(at int) (v int64, ok bool) {
	switch n := len(e.Values); {
	case n == 0:
		return enumGap, true
	case at == n:
		last := e.Values[n-1].Int
		return last + enumGap, last <= math.MaxInt64-enumGap
	case at == 0:
		first := e.Values[0].Int
		return first - enumGap, first >= math.MinInt64+enumGap
	}
	low, high := e.Values[at-1].Int, e.Values[at].Int
	middle := low&high + (low^high)>>1 // rounded down, without an overflow
	return middle, middle > low
}

// Label is the label that an integer stands for.
func (e *EnumType) Label(v int64) (string, bool) {
	i := sort.Search(len(e.Values), func(i int) bool { return e.Values[i].Int >= v })
	if i == len(e.Values) || e.Values[i].Int != v {
		return "", false
	}
	return e.Values[i].Label, true
}

// appendEnum appends a value's label; its integer where there is none, which is of a
// type that this process has not heard of.
func appendEnum(dst []byte, t Type, v int64) []byte {
	if e := EnumOf(t); e != nil {
		if label, ok := e.Label(v); ok {
			return append(dst, label...)
		}
	}
	return strconv.AppendInt(dst, v, 10)
}

func parseEnum(t Type, s string) (Datum, error) {
	if e := EnumOf(t); e != nil {
		if v, ok := e.byLabel[s]; ok {
			return IntDatum(v), nil
		}
	}
	return Datum{}, fault.New(fault.InvalidText, "invalid input value for enum %s: \"%s\"", t, s)
}
