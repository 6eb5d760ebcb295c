package oracle

import (
	"fmt"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
)

// maxTurns ends what would not end by itself.
const maxTurns = 10000

// recursive computes the recursive term anew for the rows of each turn.
func (e *evaluator) recursive(n *planner.Recursive, v env) (*relation, error) {
	turn, err := e.arm(n.Base, n.BaseCols, n.Cols, v)
	if err != nil {
		return nil, err
	}
	out := &relation{cols: n.Cols}
	seen := map[string]bool{}
	for range maxTurns {
		rows := turn.rows
		if !n.All {
			rows = unseen(n.Cols, rows, seen)
		}
		if len(rows) == 0 {
			return out, nil
		}
		out.rows = append(out.rows, rows...)
		e.working[n.ID] = rows
		clear(e.applied) // subqueries may read the working table
		if turn, err = e.arm(n.Step, n.StepCols, n.Cols, v); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("oracle: recursive query %s does not end", n.Name)
}

// unseen is the rows that were not seen before, each once.
func unseen(cols []planner.Col, rows []row.Row, seen map[string]bool) []row.Row {
	var out []row.Row
	for _, r := range rows {
		if k := keyOf(cols, r); !seen[k] {
			seen[k] = true
			out = append(out, r)
		}
	}
	return out
}
