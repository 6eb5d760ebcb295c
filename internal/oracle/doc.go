// Package oracle is the reference: what a bound query means, computed slowly and
// plainly from the whole content of its inputs. It takes the algebra as the
// binder makes it, with subqueries still inside as Apply nodes, before any
// rewrite, so that the decorrelator and the rules are checked along with the
// operators. It keeps no state, knows no deltas and shares with the engine only
// the scalar functions and the aggregates' arithmetic.
//
// Where a value cannot be computed for a row, the query means what it means
// without that row; the row is counted in Result.Failed.
package oracle
