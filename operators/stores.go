package operators

import "github.com/tarndb/tarn/storage"

// Stores gives the operators their state: one store for each arrangement id and
// shard, always the same one for the same arguments. A *storage.DB is one.
type Stores interface {
	Tree(id storage.ArrID, shard int) *storage.Tree
	Table(id storage.ArrID, shard int) *storage.Table
}

// MemStores is state that is thrown away with the circuit: of an ad-hoc query,
// or of a test.
func MemStores() Stores {
	return memStores{trees: map[memKey]*storage.Tree{}, tables: map[memKey]*storage.Table{}}
}

type memKey struct {
	id    storage.ArrID
	shard int
}

type memStores struct {
	trees  map[memKey]*storage.Tree
	tables map[memKey]*storage.Table
}

func (m memStores) Tree(id storage.ArrID, shard int) *storage.Tree {
	k := memKey{id, shard}
	t := m.trees[k]
	if t == nil {
		t = storage.NewMemTree()
		m.trees[k] = t
	}
	return t
}

func (m memStores) Table(id storage.ArrID, shard int) *storage.Table {
	k := memKey{id, shard}
	t := m.tables[k]
	if t == nil {
		t = storage.NewMemTable()
		m.tables[k] = t
	}
	return t
}
