package flow

import (
	"slices"

	"github.com/tarndb/tarn/operators"
)

// Failed lists the objects whose collection's node runs no more, and why. roots
// are the nodes that failed by themselves; all downstream of them failed too. A
// view that only reads a collection which failed is left to its reader's rule.
func (f *Flow) Failed(roots map[operators.NodeID]error) map[uint32]string {
	dead := map[operators.NodeID]bool{}
	for _, n := range f.circuit.Failed() {
		dead[n.Node] = true
	}
	out := map[uint32]string{}
	for oid, id := range f.nodes {
		if !dead[id] {
			continue
		}
		own := roots[id]
		if v := f.views[oid]; v != nil {
			own = v.cause(f, roots)
			if own == nil && slices.ContainsFunc(v.obj.Deps, func(d uint32) bool { return dead[f.nodes[d]] }) {
				continue
			}
		}
		out[oid] = "an arrangement that it shares failed"
		if own != nil {
			out[oid] = own.Error()
		}
	}
	for oid, indexes := range f.indexes {
		for _, nodes := range indexes {
			for _, id := range nodes {
				if err := roots[id]; err != nil {
					out[oid] = err.Error()
				}
			}
		}
	}
	return out
}

// cause is why a node of the view failed by itself, or an arrangement that it
// shares; nil when none did.
func (v *liveView) cause(f *Flow, roots map[operators.NodeID]error) error {
	for _, id := range v.nodes {
		if err := roots[id]; err != nil {
			return err
		}
	}
	for _, fp := range v.shared {
		if s := f.shared[fp]; s != nil && roots[s.node] != nil {
			return roots[s.node]
		}
	}
	return nil
}
