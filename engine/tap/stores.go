package tap

import (
	"github.com/tarndb/tarn/operators"
	"github.com/tarndb/tarn/storage"
)

// Stores give the hydrating circuit its stores and remember which.
type Stores struct {
	operators.Stores
	Used map[storage.ArrID]bool
	Copy map[storage.ArrID]storage.ArrID // what stands in for arrangements that are live
	Next storage.ArrID
	Fork map[storage.ArrID]bool // arrangements that are live, and taken as they are
	Made []*storage.Tree        // the forks
}

// Tree implements operators.Stores.
func (s *Stores) Tree(id storage.ArrID, shard int) *storage.Tree {
	if s.Fork[id] {
		t := s.Stores.Tree(id, shard).Fork()
		s.Made = append(s.Made, t)
		return t
	}
	s.Used[id] = true
	return s.Stores.Tree(id, shard)
}

// Table implements operators.Stores.
func (s *Stores) Table(id storage.ArrID, shard int) *storage.Table {
	s.Used[id] = true
	return s.Stores.Table(id, shard)
}

// StandIn is the first of n numbers for a copy of live arrangements: a hydration
// needs them as of its own epoch.
func (s *Stores) StandIn(id storage.ArrID, n int) storage.ArrID {
	if _, ok := s.Copy[id]; !ok {
		s.Copy[id] = s.Next
		s.Next += storage.ArrID(n)
	}
	return s.Copy[id]
}
