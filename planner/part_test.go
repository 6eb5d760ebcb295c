package planner_test

import (
	"slices"
	"testing"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/bind"
	"github.com/tarndb/tarn/planner/plantest"
	"github.com/tarndb/tarn/planner/rules"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
)

// TestPartitioning checks of every plan what operators ask of the makers of
// circuits: rows with equal keys meet on one shard.
func TestPartitioning(t *testing.T) {
	cat := plantest.NewCatalog(plantest.UserRelations)
	opts := bind.Options{Catalog: cat, Database: "tarn", SearchPath: []string{"public"}}
	for _, sql := range meaningQueries(t) {
		list, err := parser.Parse(sql)
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range [][]planner.Rule{rules.None(), rules.All()} {
			q, err := bind.Query(list[0].Node.(*ast.Select), opts)
			if err != nil {
				t.Fatal(err)
			}
			if err := planner.Optimize(q, set, nil); err != nil {
				t.Fatal(err)
			}
			p, err := planner.Incremental(q, planner.LowerOptions{AdHoc: true})
			if err != nil {
				t.Errorf("%s\n%v", sql, err)
				continue
			}
			for i := range p.Ops {
				if !wellSpread(p, &p.Ops[i]) {
					t.Errorf("%s\noperator %d of\n%s", sql, i, p.Text())
				}
			}
		}
	}
}

func wellSpread(p *planner.IPlan, op *planner.Op) bool {
	part := func(id planner.OpID) planner.Part { return p.Ops[id].Part }
	meets := func(id planner.OpID, key []int) bool {
		switch have := part(id); have.Kind {
		case planner.PartGathered:
			return true
		case planner.PartHash:
			return len(have.Key) > 0 && !slices.ContainsFunc(have.Key, func(c int) bool { return !slices.Contains(key, c) })
		}
		return false
	}
	pair := func(l, r planner.OpID, lk, rk []int) bool {
		a, b := part(l), part(r)
		if b.Kind == planner.PartBroadcast {
			return a.Kind != planner.PartBroadcast
		}
		if a.Kind == planner.PartGathered || b.Kind == planner.PartGathered {
			return a.Kind == b.Kind
		}
		return a.Kind == planner.PartHash && b.Kind == planner.PartHash && slices.Equal(a.Key, lk) && slices.Equal(b.Key, rk)
	}
	key := func(id planner.OpID) []int { return p.Ops[id].Spec.(*planner.OpArrange).Key }
	all := make([]int, len(op.Types))
	for i := range all {
		all[i] = i
	}
	switch s := op.Spec.(type) {
	case *planner.OpJoin:
		return pair(s.Left, s.Right, key(s.Left), key(s.Right)) && (s.Kind == planner.JoinInner || part(s.Right).Kind != planner.PartBroadcast)
	case *planner.OpSemi:
		return pair(s.Left, s.Right, key(s.Left), key(s.Right))
	case *planner.OpSetOp:
		return pair(s.Left, s.Right, all, all)
	case *planner.OpDistinct:
		return meets(s.In, all)
	case *planner.OpGroupBy:
		return meets(s.In, s.Key)
	case *planner.OpTopK:
		return meets(s.In, s.Partition)
	case *planner.OpOver:
		return meets(s.In, s.Partition)
	case *planner.OpPeaks:
		return s.Local || meets(s.In, s.Key)
	}
	return part(planner.OpID(op.ID)).Kind != planner.PartBroadcast || len(op.Spec.Inputs()) == 1
}
