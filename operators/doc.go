// Package operators is the delta algebra: the circuit of incremental operators
// that all views share, and its steps.
//
// A circuit is a DAG of nodes. A step gives every input node the change of its
// collection (a row.Delta: rows with weights), runs the nodes in topological
// order on every shard, and leaves at every node the change of its own
// collection. Each operator's file says its relational meaning, the delta rule
// that keeps it, its state, its cost and its pathology, in this order.
//
// Laws that every operator keeps:
//   - the integral of its outputs equals its relational meaning applied to the
//     integral of its inputs, after every step, however the rows were cut into
//     steps and whatever the number of shards;
//   - no operator reads a clock, a random number or another shard's state;
//   - a collection has no negative weights; an operator that meets one fails,
//     and with it what is downstream of it, but nothing else;
//   - when all inputs are empty again, so is all state.
//
// The package knows no SQL: expressions come as Transform and Aggregate.
package operators
