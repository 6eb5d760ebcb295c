package operators

import (
	"fmt"

	"github.com/tarndb/tarn/row"
)

// Exchange, gather, broadcast: the identity on collections; they only say on
// which shard a row lives. Delta rule: the identity. State: none. Cost: one
// hash and one copy for each row, nothing at all with one shard. Pathology: a
// key with most of the rows puts most of the work on one shard.
//
// The sending half runs in the sender's stage and leaves its rows in boxes, one
// for each receiver. The receivers read the boxes of all senders, in the order
// of the senders, in the next stage: the barrier between stages is all the
// synchronisation there is.

// sender puts one shard's delta into the boxes of the receiving shards.
type sender func(x *stepCtx, in row.Delta, boxes []row.Delta)

func (s Exchange) build(c *Circuit, n *node) error {
	n.types = n.ins[0].types
	if err := checkCols(s.Key, n.types); err != nil {
		return err
	}
	n.send = func(x *stepCtx, in row.Delta, boxes []row.Delta) {
		spread(in, s.Key, boxes)
	}
	return nil
}

func (s Gather) build(c *Circuit, n *node) error {
	n.types = n.ins[0].types
	n.send = func(x *stepCtx, in row.Delta, boxes []row.Delta) { boxes[0] = in }
	return nil
}

func (s Broadcast) build(c *Circuit, n *node) error {
	n.types = n.ins[0].types
	n.send = func(x *stepCtx, in row.Delta, boxes []row.Delta) {
		for i := range boxes {
			boxes[i] = in
		}
	}
	return nil
}

// spread puts each row into the box of its key's shard, keeping their order.
func spread(in row.Delta, key []int, boxes []row.Delta) {
	if len(boxes) == 1 {
		boxes[0] = append(boxes[0], in...)
		return
	}
	sel := make([][]int32, len(boxes))
	var hashes []uint64
	for _, b := range in {
		hashes = row.HashRows(b, key, hashes)
		for i := range sel {
			sel[i] = sel[i][:0]
		}
		for i, h := range hashes {
			s := ShardOf(h, len(boxes))
			sel[s] = append(sel[s], int32(i))
		}
		for s := range sel {
			switch len(sel[s]) {
			case 0:
			case b.Len():
				boxes[s] = append(boxes[s], b)
			default:
				boxes[s] = append(boxes[s], b.Gather(sel[s]))
			}
		}
	}
}

// ShardOf is the shard of a row whose key has the given row.HashRows hash. It
// takes the hash's upper half, so that the tables of a shard, which use the
// lower bits, still see all of them vary.
func ShardOf(hash uint64, shards int) int {
	return int((hash >> 32) * uint64(shards) >> 32)
}

func checkCols(cols []int, types []row.Type) error {
	for _, c := range cols {
		if c < 0 || c >= len(types) {
			return fmt.Errorf("column %d of %d", c, len(types))
		}
	}
	return nil
}
