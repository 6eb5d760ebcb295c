package build

import (
	"fmt"

	"github.com/tarndb/tarn/planner"
)

// StateName says what the i-th arrangement of an operator holds: the operator, as
// EXPLAIN prints it, and which of its arrangements it is.
func StateName(p *planner.IPlan, id planner.OpID, i int) (operator, part string) {
	if id == OutputState {
		return "output", "rows"
	}
	operator = p.OpText(id)
	var parts []string
	switch p.Ops[id].Spec.(type) {
	case *planner.OpArrange, *planner.OpTopK, *planner.OpOver:
		parts = []string{"rows"}
	case *planner.OpPeaks:
		parts = []string{"greatest values", "rows"}
	case *planner.OpDistinct, *planner.OpSetOp:
		parts = []string{"counts", "left rows", "right rows"}
	case *planner.OpGroupBy:
		parts = []string{"groups", "forms of keys", "distinct values", "values in order", "distinct values in order"}
	case *planner.OpJoin:
		parts = []string{"unique side", "waiting rows"}
	}
	if i < len(parts) {
		return operator, parts[i]
	}
	return operator, fmt.Sprintf("part %d", i+1)
}
