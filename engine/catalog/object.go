package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tarndb/tarn/engine/ident"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/build"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/storage"
	"github.com/tarndb/tarn/topics"
)

// FirstOID is where the numbers of user objects begin, as in PostgreSQL.
const FirstOID = 16384

// FirstArr is the first arrangement number given to views and tables; those
// below are the engine's own.
const FirstArr storage.ArrID = 16

// Kind is pg_class.relkind, with the letters that clients know.
type Kind byte

// The kinds of relation. Sources show as foreign tables: clients' enumerations of
// relkind know no letter of our own.
const (
	Table            Kind = 'r'
	View             Kind = 'v'
	MaterializedView Kind = 'm'
	Source           Kind = 'f'
	Sequence         Kind = 'S'
	Index            Kind = 'i'
)

// Waterline is a source's: how late its rows may be.
type Waterline struct {
	Column int
	Delay  int64 // microseconds
}

// Object is a source, table, view or materialized view. It is immutable: DDL
// makes a new catalog that shares the objects that did not change.
type Object struct {
	OID     uint32
	Schema  string
	Name    string
	Kind    Kind
	SQL     string // the statement that made it, as written
	Query   string `json:",omitempty"` // views: the query, as written
	Columns []Column
	Key     []int      `json:",omitempty"` // tables: the primary key; materialized views: the known unique key
	KeyName string     `json:",omitempty"` // tables: the name of the primary key's constraint
	Checks  []Check    `json:",omitempty"` // tables: in the order of their names
	Indexes []IndexDef `json:",omitempty"` // tables: in the order in which they were made
	// Materialized views without a known unique key are stored in the order in which
	// rows come (Sequence), or by all columns: in Order, or, without one, as they stand.
	Sequence bool     `json:",omitempty"`
	Single   bool     `json:",omitempty"` // materialized views: Key has one entry, which is written over
	Order    []int    `json:",omitempty"`
	Deps     []uint32 `json:",omitempty"` // what it reads
	Zone     string   `json:",omitempty"` // views: the session's time zone when it was made
	Path     []string `json:",omitempty"` // views: the search path when it was made

	// Forms is what the session said of the text forms of values when it made the view,
	// by the parameters' lower-case names, where that was not the default.
	Forms map[string]string `json:",omitempty"`

	Counts *Counting `json:",omitempty"` // sequences: how they count

	Options []Option `json:",omitempty"` // sources: WITH (...), in order
	Format  string   `json:",omitempty"` // sources: PLAIN, UPSERT

	Waterline *Waterline `json:",omitempty"` // sources: how late rows may be; nil: no row is late

	Output storage.ArrID // the arrangement of its rows; 0 when it has none
	States []OpState     `json:",omitempty"` // materialized views: the arrangements of its operators
	Plan   string        `json:",omitempty"` // materialized views: the fingerprint of the incremental plan that States belongs to

	Version int `json:",omitempty"` // tables: how often ALTER has changed what rows may be there

	Comment    string `json:",omitempty"`
	KeyComment string `json:",omitempty"` // on the primary key's constraint

	Stopped string `json:",omitempty"` // why it takes no more changes; its arrangements must not be read

	rel    atomic.Pointer[planner.Relation] // made when first asked for
	labels atomic.Pointer[stateLabels]      // made when it joins the circuit; nil before, and once it has stopped
	Read   atomic.Int64                     `json:"-"` // about when readers last asked for its rows, by the engine's clock
}

// OpState is the arrangements of one operator of a view's incremental plan.
type OpState struct {
	Op     planner.OpID
	First  storage.ArrID
	N      int
	Shared string `json:",omitempty"` // the fingerprint under which other views may use it
}

// stateLabels names the arrangements of a view's operators.
type stateLabels map[storage.ArrID]StateLabel

// StateLabel says what an arrangement holds: an operator's part.
type StateLabel struct{ Operator, Part string }

// NameStates makes the labels of a view's arrangements.
func (o *Object) NameStates(p *planner.IPlan) {
	out := stateLabels{}
	for _, s := range o.States {
		for i := range s.N {
			var l StateLabel
			l.Operator, l.Part = build.StateName(p, s.Op, i)
			out[s.First+storage.ArrID(i)] = l
		}
	}
	o.labels.Store(&out)
}

// StateLabel is what an arrangement of the object holds.
func (o *Object) StateLabel(id storage.ArrID) StateLabel {
	if o.Output == id {
		return StateLabel{"output", "rows"}
	}
	for _, x := range o.Indexes {
		if x.Rows == id {
			return StateLabel{"index " + x.Name, "rows"}
		}
	}
	if m := o.labels.Load(); m != nil {
		return (*m)[id]
	}
	for _, s := range o.States {
		if id >= s.First && id < s.First+storage.ArrID(s.N) {
			return StateLabel{fmt.Sprintf("%%%d", s.Op), fmt.Sprintf("part %d", id-s.First+1)}
		}
	}
	return StateLabel{}
}

// Shares reports that the view's arrangement of that fingerprint is for others too.
func (o *Object) Shares(fingerprint string) bool {
	return slices.ContainsFunc(o.States, func(s OpState) bool { return s.Shared == fingerprint })
}

// Column is a column of an object. Types are kept as three small numbers, which
// the row package promises to keep.
type Column struct {
	Name    string
	Type    row.Type
	NotNull bool   `json:",omitempty"`
	Default string `json:",omitempty"` // the default's or generated value's expression, as catalogs print it
	// ValueSQL is that expression as written.
	ValueSQL  string `json:",omitempty"`
	Generated bool   `json:",omitempty"`
	Identity  string `json:",omitempty"` // pg_attribute.attidentity: a, d, or empty
	// Draws are the sequences that the default takes values from, and Owns those that
	// go with the column.
	Draws   []uint32 `json:",omitempty"`
	Owns    []uint32 `json:",omitempty"`
	Comment string   `json:",omitempty"`
	Include string   `json:",omitempty"` // sources: key, partition, offset, timestamp, headers; empty for a field of the value
}

// Check is a CHECK constraint of a table.
type Check struct {
	OID     uint32
	Name    string
	SQL     string // the condition as written
	Text    string // the condition as catalogs print it
	Columns []int  `json:",omitempty"` // that it reads
	Comment string `json:",omitempty"`
}

// PrimaryKeyName is the name of the primary key's constraint.
func (o *Object) PrimaryKeyName() string {
	if o.KeyName != "" {
		return o.KeyName
	}
	return o.Name + "_pkey"
}

// Option is an option of WITH, as written.
type Option struct{ Name, Value string }

// Stored reports whether the object's rows are kept in an arrangement.
func (o *Object) Stored() bool { return o.Output != 0 }

// Label names the object for messages: table "t".
func (o *Object) Label() string { return fmt.Sprintf("%s %q", o.Kind.Noun(), o.Name) }

// Noun is the kind in messages.
func (k Kind) Noun() string {
	switch k {
	case Table:
		return "table"
	case View:
		return "view"
	case MaterializedView:
		return "materialized view"
	case Source:
		return "source"
	case Sequence:
		return "sequence"
	}
	return "relation"
}

// Keeps reports that an arrangement is the object's, alone or with others.
func (o *Object) Keeps(id storage.ArrID) bool {
	if o.Stored() && o.Output == id {
		return true
	}
	if slices.ContainsFunc(o.Indexes, func(x IndexDef) bool { return x.Rows == id }) {
		return true
	}
	return slices.ContainsFunc(o.States, func(s OpState) bool { return id >= s.First && id < s.First+storage.ArrID(s.N) })
}

// Arrangements are those that the object keeps, alone or with others.
func (o *Object) Arrangements() map[storage.ArrID]bool {
	out := map[storage.ArrID]bool{}
	if o.Stored() {
		out[o.Output] = true
	}
	for _, x := range o.Indexes {
		out[x.Rows] = true
	}
	for _, s := range o.States {
		for i := range s.N {
			out[s.First+storage.ArrID(i)] = true
		}
	}
	return out
}

// Layout is how the rows of a stored object lie in its output arrangement.
func (o *Object) Layout() *row.Layout {
	types := make([]row.Type, len(o.Columns))
	for i, c := range o.Columns {
		types[i] = c.Type
	}
	return row.NewLayout(types, KeyCols(o.OutputKey()), o.Sequence || o.Single)
}

// OutputKey is the columns that the output arrangement is keyed by: the known
// unique key, else all columns; none of rows that are kept in sequence.
func (o *Object) OutputKey() []int {
	switch {
	case len(o.Key) > 0:
		return o.Key
	case o.Sequence:
		return []int{}
	case len(o.Order) > 0:
		return o.Order
	}
	all := make([]int, len(o.Columns))
	for i := range all {
		all[i] = i
	}
	return all
}

func KeyCols(cols []int) []row.KeyCol {
	out := make([]row.KeyCol, len(cols))
	for i, c := range cols {
		out[i] = row.KeyCol{Col: c}
	}
	return out
}

func (o *Object) Types() []row.Type {
	types := make([]row.Type, len(o.Columns))
	for i, c := range o.Columns {
		types[i] = c.Type
	}
	return types
}

// StoppedBy is the object as it is once it has stopped.
func (o *Object) StoppedBy(reason string) (*Object, error) {
	n, err := o.copy()
	if err == nil {
		n.Stopped = reason
	}
	return n, err
}

// Altered is a copy to be changed before it takes the object's place.
func (o *Object) Altered() (*Object, error) {
	n, err := o.copy()
	if err == nil {
		n.labels.Store(o.labels.Load())
	}
	return n, err
}

func (o *Object) copy() (*Object, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encoding %s: %w", o.Label(), err)
	}
	n := new(Object)
	if err := json.Unmarshal(text, n); err != nil {
		return nil, fmt.Errorf("decoding %s: %w", o.Label(), err)
	}
	return n, nil
}

// QuotedName is the object's name as SQL reads it under the usual search path.
func (o *Object) QuotedName() string {
	if o.Schema != PublicSchema {
		return ident.Quote(o.Schema) + "." + ident.Quote(o.Name)
	}
	return ident.Quote(o.Name)
}

// Words names the object as PostgreSQL's notices do: materialized view v.
func (o *Object) Words() string {
	if o.Schema != PublicSchema {
		return o.Kind.Noun() + " " + o.Schema + "." + o.Name
	}
	return o.Kind.Noun() + " " + o.Name
}

// Native reports that a source's connector makes rows, and has no messages.
func (o *Object) Native() bool {
	return slices.ContainsFunc(o.Options, func(x Option) bool {
		return strings.EqualFold(x.Name, "connector") && strings.EqualFold(x.Value, topics.ConnectorNexmark)
	})
}

// StateOf is the first arrangement of an operator of the view's plan.
func (o *Object) StateOf(op planner.OpID) storage.ArrID {
	if op == build.OutputState {
		return o.Output
	}
	for _, s := range o.States {
		if s.Op == op {
			return s.First
		}
	}
	return 0
}
