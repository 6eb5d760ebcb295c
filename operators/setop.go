package operators

import "fmt"

// Intersect and except. Meaning: with l and r the counts of a row on the left and
// the right, it is put out min(l, r) times by INTERSECT ALL, max(l-r, 0) times
// by EXCEPT ALL; once by INTERSECT if both are positive, once by EXCEPT if only
// l is. NULLs are not different from each other. Delta rule: count, and put out
// how much the number of times has changed. State: two counts for each
// different row (see counted.go). Cost: a probe for each changed row.
// Pathology: the state holds the rows of the right side, too, even if nothing
// on the left is like them.

func (s SetOp) build(c *Circuit, n *node) error {
	if err := sameTypes(n.ins[0].types, n.ins[1].types); err != nil {
		return err
	}
	var times func(l, r int64) int64
	switch s.Kind {
	case Intersect:
		times = func(l, r int64) int64 { return min(l, r, 1) }
	case IntersectAll:
		times = func(l, r int64) int64 { return min(l, r) }
	case Except:
		times = func(l, r int64) int64 {
			if r > 0 {
				return 0
			}
			return min(l, 1)
		}
	case ExceptAll:
		times = func(l, r int64) int64 { return max(l-r, 0) }
	default:
		return fmt.Errorf("set operation %d", s.Kind)
	}
	buildCounted(c, n, s.State, nil, times)
	return nil
}
