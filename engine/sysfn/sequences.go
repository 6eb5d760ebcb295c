package sysfn

import (
	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// Sequences gives out the values of sequences.
type Sequences interface {
	// Next gives out a value, for good.
	Next(oid uint32) (int64, error)
	// Set makes v the last value, or, where called is false, the next one.
	Set(oid uint32, v int64, called bool) error
	// Last is the last value that was given out; ok is false before the first.
	Last(oid uint32) (v int64, ok bool, err error)
	Drawn() *Drawn
}

// Drawn is what a session has taken from sequences.
type Drawn struct {
	values map[uint32]int64
	last   uint32
}

// Forget forgets all of it.
func (d *Drawn) Forget() { *d = Drawn{} }

func (d *Drawn) set(oid uint32, v int64) {
	if d.values == nil {
		d.values = map[uint32]int64{}
	}
	d.values[oid] = v
}

// sequence checks that a number is a sequence's. One that the catalog does not have
// may be about to be made.
func (f *Functions) sequence(d row.Datum) (oid uint32, o *catalog.Object, err error) {
	oid = uint32(d.I)
	if o = f.Catalog.Objects[oid]; o != nil && o.Kind != catalog.Sequence {
		return 0, nil, pgerr.New(pgerr.WrongObjectType, "%q is not a sequence", o.Name)
	}
	if o == nil {
		if _, name, ok := f.Session.RelationName(f.Catalog, oid); ok {
			return 0, nil, pgerr.New(pgerr.WrongObjectType, "%q is not a sequence", name)
		}
	}
	return oid, o, nil
}

func nextValue(f *Functions, args []row.Datum) (row.Datum, error) {
	oid, _, err := f.sequence(args[0])
	if err != nil {
		return row.NullDatum, err
	}
	v, err := f.Session.Next(oid)
	if err != nil {
		return row.NullDatum, err
	}
	drawn := f.Session.Drawn()
	drawn.set(oid, v)
	drawn.last = oid
	return row.IntDatum(v), nil
}

func currentValue(f *Functions, args []row.Datum) (row.Datum, error) {
	oid, o, err := f.sequence(args[0])
	if err != nil {
		return row.NullDatum, err
	}
	v, ok := f.Session.Drawn().values[oid]
	switch {
	case ok:
		return row.IntDatum(v), nil
	case o == nil:
		return row.NullDatum, pgerr.New(pgerr.UndefinedTable, "could not open relation with OID %d", oid)
	}
	return row.NullDatum, pgerr.New(pgerr.ObjectNotInPrerequisiteState, "currval of sequence %q is not yet defined in this session", o.Name)
}

func lastValue(f *Functions, _ []row.Datum) (row.Datum, error) {
	drawn := f.Session.Drawn()
	if v, ok := drawn.values[drawn.last]; ok && f.Catalog.Objects[drawn.last] != nil {
		return row.IntDatum(v), nil
	}
	return row.NullDatum, pgerr.New(pgerr.ObjectNotInPrerequisiteState, "lastval is not yet defined in this session")
}

func setValue(f *Functions, args []row.Datum) (row.Datum, error) {
	oid, _, err := f.sequence(args[0])
	if err != nil {
		return row.NullDatum, err
	}
	v, called := args[1].I, len(args) < 3 || args[2].I != 0
	if err := f.Session.Set(oid, v, called); err != nil {
		return row.NullDatum, err
	}
	if called {
		f.Session.Drawn().set(oid, v)
	}
	return args[1], nil
}

func sequenceLast(f *Functions, args []row.Datum) (row.Datum, error) {
	oid, _, err := f.sequence(args[0])
	if err != nil {
		return row.NullDatum, err
	}
	v, ok, err := f.Session.Last(oid)
	if err != nil || !ok {
		return row.NullDatum, err
	}
	return row.IntDatum(v), nil
}
