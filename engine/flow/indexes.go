package flow

import (
	"slices"

	"github.com/tarndb/tarn/engine/catalog"
	"github.com/tarndb/tarn/engine/table"
	"github.com/tarndb/tarn/operators"
)

// AddIndex makes the nodes of an index, from where its table is fed.
func AddIndex(c *operators.Circuit, in operators.NodeID, o *catalog.Object, x *catalog.IndexDef) (nodes []operators.NodeID, err error) {
	opt := operators.Options{Name: x.Name, Owner: o.Name, Hydrated: true}
	add := func(spec operators.Spec) (id operators.NodeID) {
		if err == nil {
			id, err = c.Add(spec, opt)
			nodes = append([]operators.NodeID{id}, nodes...)
		}
		return id
	}
	if !x.Plain() {
		entries, err := table.Entries(o, x)
		if err != nil {
			return nil, err
		}
		in = add(operators.Map{In: in, F: entries})
	}
	_, key := o.Entries(x)
	there := add(operators.Exchange{In: in, Key: key})
	add(operators.Arrange{In: there, Key: key, State: x.Rows})
	return nodes, err
}

// Reindex makes the live circuit keep the indexes that a table has now, and no other.
func (f *Flow) Reindex(o *catalog.Object) error {
	for oid, nodes := range f.indexes[o.OID] {
		if slices.ContainsFunc(o.Indexes, func(x catalog.IndexDef) bool { return x.OID == oid }) {
			continue
		}
		if err := f.circuit.Remove(nodes...); err != nil {
			return err
		}
		delete(f.indexes[o.OID], oid)
	}
	for i := range o.Indexes {
		x := &o.Indexes[i]
		if f.indexes[o.OID][x.OID] != nil {
			continue
		}
		nodes, err := AddIndex(f.circuit, f.inputs[o.OID], o, x)
		if err != nil {
			return err
		}
		if f.indexes[o.OID] == nil {
			f.indexes[o.OID] = map[uint32][]operators.NodeID{}
		}
		f.indexes[o.OID][x.OID] = nodes
	}
	return nil
}

// dropIndexes takes a table's indexes out of the circuit.
func (f *Flow) dropIndexes(o *catalog.Object) error {
	for _, nodes := range f.indexes[o.OID] {
		if err := f.circuit.Remove(nodes...); err != nil {
			return err
		}
	}
	delete(f.indexes, o.OID)
	return nil
}
