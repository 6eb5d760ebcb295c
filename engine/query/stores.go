package query

import (
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/storage"
)

// Stores is throw-away state whose size is known.
type Stores struct {
	operators.Stores
	trees  map[*storage.Tree]bool
	tables map[*storage.Table]bool
}

// NewStores makes empty ones.
func NewStores() *Stores {
	return &Stores{operators.MemStores(), map[*storage.Tree]bool{}, map[*storage.Table]bool{}}
}

// Tree implements operators.Stores.
func (q *Stores) Tree(id storage.ArrID, shard int) *storage.Tree {
	t := q.Stores.Tree(id, shard)
	q.trees[t] = true
	return t
}

// Table implements operators.Stores.
func (q *Stores) Table(id storage.ArrID, shard int) *storage.Table {
	t := q.Stores.Table(id, shard)
	q.tables[t] = true
	return t
}

func (q *Stores) bytes() int64 {
	n := int64(0)
	for t := range q.trees {
		n += t.Bytes()
	}
	for t := range q.tables {
		n += t.Bytes()
	}
	return n
}
