package sequence

import (
	"math"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/pgerr"
)

// limits are the least and the greatest value of the types that sequences have.
var limits = map[row.Kind][2]int64{
	row.Int2: {math.MinInt16, math.MaxInt16}, row.Int4: {math.MinInt32, math.MaxInt32}, row.Int8: {math.MinInt64, math.MaxInt64},
}

// CheckType refuses what no sequence counts in; what names whose type it is.
func CheckType(t row.Type, what string) error {
	if _, ok := limits[t.Kind]; !ok {
		return pgerr.New(pgerr.InvalidParameterValue, "%s type must be smallint, integer, or bigint", what)
	}
	return nil
}

// Define is what the options of CREATE SEQUENCE make, or those of ALTER SEQUENCE of
// old (nil: nothing). t is the type where the options name none. restart, if it is
// not nil, is where an altered sequence goes on.
func Define(n *ast.SequenceOptions, t row.Type, old *catalog.Counting, opts bind.Options) (d *catalog.Counting, restart *int64, err error) {
	d = &catalog.Counting{Type: t, Increment: 1, Cache: 1}
	if old != nil {
		*d = *old
	}
	if n.Type != nil {
		if d.Type, err = bind.Type(n.Type, opts); err != nil {
			return nil, nil, err
		}
		if err := CheckType(d.Type, "sequence"); err != nil {
			return nil, nil, err
		}
	}
	if n.Increment != nil {
		if d.Increment = *n.Increment; d.Increment == 0 {
			return nil, nil, pgerr.New(pgerr.InvalidParameterValue, "INCREMENT must not be zero")
		}
	}
	if n.Cycle != nil {
		d.Cycle = *n.Cycle
	}
	if err := bound(n, d, old); err != nil {
		return nil, nil, err
	}
	switch {
	case n.Start != nil:
		d.Start = *n.Start
	case old == nil && d.Increment > 0:
		d.Start = d.Min
	case old == nil:
		d.Start = d.Max
	}
	if err := inside(d, d.Start, "START"); err != nil {
		return nil, nil, err
	}
	if n.Restart {
		restart = n.RestartWith
		if restart == nil {
			restart = &d.Start
		}
		if err := inside(d, *restart, "RESTART"); err != nil {
			return nil, nil, err
		}
	}
	if n.Cache != nil {
		if d.Cache = *n.Cache; d.Cache <= 0 {
			return nil, nil, pgerr.New(pgerr.InvalidParameterValue, "CACHE (%d) must be greater than zero", d.Cache)
		}
	}
	return d, restart, nil
}

// bound sets the least and the greatest value.
func bound(n *ast.SequenceOptions, d, old *catalog.Counting) error {
	l := limits[d.Type.Kind]
	newMin, newMax := old == nil || n.NoMin, old == nil || n.NoMax
	if old != nil && old.Type != d.Type { // a limit that was the type's goes with it
		was := limits[old.Type.Kind]
		newMin, newMax = newMin || d.Min == was[0], newMax || d.Max == was[1]
	}
	switch {
	case n.Max != nil:
		d.Max = *n.Max
	case newMax && d.Increment > 0:
		d.Max = l[1]
	case newMax:
		d.Max = -1
	}
	switch {
	case n.Min != nil:
		d.Min = *n.Min
	case newMin && d.Increment < 0:
		d.Min = l[0]
	case newMin:
		d.Min = 1
	}
	for _, b := range []struct {
		name  string
		value int64
	}{{"MAXVALUE", d.Max}, {"MINVALUE", d.Min}} {
		if b.value < l[0] || b.value > l[1] {
			return pgerr.New(pgerr.InvalidParameterValue, "%s (%d) is out of range for sequence data type %s", b.name, b.value, d.Type)
		}
	}
	if d.Min >= d.Max {
		return pgerr.New(pgerr.InvalidParameterValue, "MINVALUE (%d) must be less than MAXVALUE (%d)", d.Min, d.Max)
	}
	return nil
}

func inside(d *catalog.Counting, v int64, what string) error {
	switch {
	case v < d.Min:
		return pgerr.New(pgerr.InvalidParameterValue, "%s value (%d) cannot be less than MINVALUE (%d)", what, v, d.Min)
	case v > d.Max:
		return pgerr.New(pgerr.InvalidParameterValue, "%s value (%d) cannot be greater than MAXVALUE (%d)", what, v, d.Max)
	}
	return nil
}

// CheckState refuses limits that leave the state of an altered sequence outside.
func CheckState(o *catalog.Object, s State) error { return inside(o.Counts, s.Last, "RESTART") }

// checkSet refuses a value for setval that the sequence cannot have.
func checkSet(o *catalog.Object, v int64) error {
	if d := o.Counts; v < d.Min || v > d.Max {
		return pgerr.New(pgerr.NumericValueOutOfRange, "setval: value %d is out of bounds for sequence %q (%d..%d)", v, o.Name, d.Min, d.Max)
	}
	return nil
}
