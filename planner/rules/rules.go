// Package rules holds the rewrites of the relational algebra, one a file, and
// their order. Each file says what the rule does, why, and when it would be
// unsound. All keep the meaning of the query, errors included: a rule may not
// evaluate an expression that can fail on a row that the query never evaluated
// it for.
package rules

import (
	"slices"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/sql/expr"
)

// All lists the rules in the order in which they run. Filters go down before keys
// are looked for in them; columns are pruned when everything is in its place.
func All() []planner.Rule {
	return []planner.Rule{
		UnifyComparison,
		FoldConstants,
		SimplifyFilter,
		FactorOr,
		MergeProjects,
		OuterToInner,
		SingleRowJoin,
		ConnectJoins,
		PushFilter,
		LimitRank,
		PushJoinFilter,
		ExtractJoinKeys,
		DropImpliedKey,
		SliceWindows,
		DropDependentGroup,
		DropDistinct,
		DropMaxOne,
		PruneColumns,
	}
}

// AdHoc is All for a query that runs once.
func AdHoc() []planner.Rule {
	list := All()
	at := slices.IndexFunc(list, func(r planner.Rule) bool { return r.Name == ConnectJoins.Name })
	list[at] = OrderJoins
	return slices.Insert(list, at, NarrowOr)
}

// None is the configuration in which plans stay as they were bound and
// decorrelated: tests compare its answers with those of All.
func None() []planner.Rule { return nil }

// mayMove reports that a predicate can be evaluated on other rows than it was
// written for: it cannot fail, and has one value per row.
func mayMove(e planner.Scalar) bool {
	return !expr.CanError(e) && expr.VolatilityOf(e) != expr.Volatile
}
