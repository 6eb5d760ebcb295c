package cursor

import "github.com/tarndb/tarn/planner"

// Scrolls reports a query whose cursor may go back where neither SCROLL nor NO SCROLL
// says so. PostgreSQL leaves that to its plan, which goes back through rows that are
// sorted, or read where they lie, but not through what is joined, grouped or locked on the
// way; this is the same for a query as it was written.
func Scrolls(q *planner.Query) bool {
	return len(q.Locks)+len(q.Locking) == 0 && (len(q.OrderBy) > 0 || readBack(q.Root))
}

func readBack(n planner.Node) bool {
	switch n := n.(type) {
	case *planner.Scan, *planner.TableFunc:
		return true
	case *planner.Values:
		return len(n.Rows) > 1
	case *planner.Project:
		return readBack(n.Input)
	case *planner.Filter:
		return readBack(n.Input)
	case *planner.TopK:
		return len(n.Partition) == 0 && (len(n.Order) > 0 || readBack(n.Input))
	case *planner.SetOp:
		return n.Kind == planner.Union && n.All && readBack(n.Left) && readBack(n.Right)
	}
	return false
}
