package planner

import (
	"slices"
)

// exchange brings rows with equal keys to one shard, where they are not yet.
func (l *lowerer) exchange(in stream, key []int) stream {
	if l.err != nil {
		return in
	}
	if len(key) == 0 {
		return l.gather(in)
	}
	have := l.p.Ops[in.op].Part
	switch have.Kind {
	case PartGathered:
		return in
	case PartHash:
		if len(have.Key) > 0 && within(have.Key, key) {
			return in
		}
	}
	return l.emit(&OpExchange{In: in.op, Key: key}, in.cols, l.rowProps(in), Part{Kind: PartHash, Key: key})
}

// exchangeExactly is exchange for a join, whose sides must be spread by the same
// columns in the same order.
func (l *lowerer) exchangeExactly(in stream, key []int) stream {
	if l.err != nil {
		return in
	}
	have := l.p.Ops[in.op].Part
	if have.Kind == PartHash && equalInts(have.Key, key) {
		return in
	}
	return l.emit(&OpExchange{In: in.op, Key: key}, in.cols, l.rowProps(in), Part{Kind: PartHash, Key: key})
}

func (l *lowerer) gather(in stream) stream {
	if l.err != nil || l.p.Ops[in.op].Part.Kind == PartGathered {
		return in
	}
	return l.emit(&OpGather{In: in.op}, in.cols, l.rowProps(in), Part{Kind: PartGathered})
}

func within(part, whole []int) bool {
	for _, c := range part {
		if !slices.Contains(whole, c) {
			return false
		}
	}
	return true
}

func equalInts(a, b []int) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func sorted(k []int) []int {
	for i := 1; i < len(k); i++ {
		for j := i; j > 0 && k[j] < k[j-1]; j-- {
			k[j], k[j-1] = k[j-1], k[j]
		}
	}
	return k
}
