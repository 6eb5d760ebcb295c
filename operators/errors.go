package operators

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/tarndb/tarn/row"
)

// ErrorRow is a row on which an expression failed, as a weighted member of the
// collection of a view's errors: +1 when the row came, -1 when it went again.
type ErrorRow struct {
	Owner  string
	Node   string
	Err    error
	Types  []row.Type
	Row    row.Row // the operator's input row; for an aggregate the group's key
	Weight int64
}

// NodeError says that a node's operator failed as a whole, by a broken
// invariant, a store's error or a panic. The node and all that is downstream of
// it run no more; the other nodes are as right as before.
type NodeError struct {
	Node  NodeID
	Name  string
	Owner string
	Err   error
}

// Error implements error.
func (e *NodeError) Error() string {
	return fmt.Sprintf("node %d (%s) of %q failed: %v", e.Node, e.Name, e.Owner, e.Err)
}

// Unwrap gives the cause.
func (e *NodeError) Unwrap() error { return e.Err }

// PanicError is what a panic inside an operator becomes: a bug of ours. The
// stack is for the log.
type PanicError struct {
	Value any
	Stack []byte
}

// Error implements error.
func (e *PanicError) Error() string { return fmt.Sprintf("internal error: %v", e.Value) }

// report adds row i of b to the errors of the step.
func (x *stepCtx) report(n *node, b *row.Batch, i int, err error, weight int64) {
	x.reportRow(n, b.Types(), cloneRow(b.Row(i)), err, weight)
}

func (x *stepCtx) reportRow(n *node, types []row.Type, r row.Row, err error, weight int64) {
	if weight == 0 {
		return
	}
	x.c.errs[x.shard] = append(x.c.errs[x.shard], ErrorRow{
		Owner: n.opt.Owner, Node: n.opt.Name, Err: err, Types: types, Row: r, Weight: weight,
	})
}

func cloneRow(r row.Row) row.Row {
	out := make(row.Row, len(r))
	for i, d := range r {
		d.B = bytes.Clone(d.B)
		out[i] = d
	}
	return out
}

// Errors takes the error rows of the steps since the last call, netted.
func (c *Circuit) Errors() []ErrorRow {
	var out []ErrorRow
	for s := range c.errs {
		out = append(out, c.errs[s]...)
		c.errs[s] = nil
	}
	return NetErrors(out)
}

// NetErrors adds up equal error rows, and leaves those of weight zero out. The
// list is its to change.
func NetErrors(list []ErrorRow) []ErrorRow {
	if len(list) == 0 {
		return nil
	}
	out := list[:0]
	at := map[string]int{}
	for _, e := range list {
		k := e.identity()
		if i, ok := at[k]; ok {
			out[i].Weight += e.Weight
			continue
		}
		at[k] = len(out)
		out = append(out, e)
	}
	kept := out[:0]
	for _, e := range out {
		if e.Weight != 0 {
			kept = append(kept, e)
		}
	}
	return kept
}

// identity tells error rows apart.
func (e *ErrorRow) identity() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %q %q", e.Owner, e.Node, e.Err.Error())
	for _, d := range e.Row {
		fmt.Fprintf(&b, " %t %d %x %q", d.Null, d.I, d.F, d.B)
	}
	return b.String()
}
