package operators

import (
	"errors"

	"github.com/tarndb/tarn/row"
)

// Placeholders until the stores and the codec arrive.

type (
	Tree   = any
	Table  = any
	Stores interface{}
	Layout struct{}
)

func MemStores() Stores { return nil }

var errPending = errors.New("not yet")

type arrangement struct {
	tree   Tree
	layout *Layout
	delta  row.Delta
}
type importOp struct{}

func (o *importOp) step(x *stepCtx, in []row.Delta) (row.Delta, error) { return nil, nil }
func (o *importOp) pending() bool                                      { return false }

func (s Import) build(c *Circuit, n *node) error   { return errPending }
func (s Arrange) build(c *Circuit, n *node) error  { return errPending }
func (s Join) build(c *Circuit, n *node) error     { return errPending }
func (s Semi) build(c *Circuit, n *node) error     { return errPending }
func (s Distinct) build(c *Circuit, n *node) error { return errPending }
func (s SetOp) build(c *Circuit, n *node) error    { return errPending }
func (s GroupBy) build(c *Circuit, n *node) error  { return errPending }
func (s TopK) build(c *Circuit, n *node) error     { return errPending }
func (s Upsert) build(c *Circuit, n *node) error   { return errPending }

func hashRows(dst []uint64, b *row.Batch, cols []int) []uint64 {
	for range b.Weights {
		dst = append(dst, 0)
	}
	return dst
}
