// Package storage keeps arrangements: the state of operators and the contents
// of views. State that changes lives in memory, in flat structures of our own
// that hold no pointer per row; Pebble is the cold tier and the durable truth,
// written only by commits, each of them one atomic ingest. The bytes on disk
// are described in FORMAT.md.
//
// # Who may call what, and when
//
// The engine runs steps. Within a step the worker of a shard calls the methods
// of that shard's stores, and nobody else does: stores have no locks. Between
// two steps one goroutine calls Settle, Freeze, Drop, Balance, Tree, Table and
// (*Tree).Snapshot. Commit.Write, TreeSnapshot, Meta, Stats, Err, Fault, ErrOf and
// Failures may be used from any goroutine at any time.
//
// # Bytes
//
// A store copies the keys and values that it is given. The slices it returns
// belong to it, must not be changed, and are valid until the next Set, Put or
// Delete on that store (for a TreeSnapshot: until Release).
//
// # Generations
//
// A generation is the time between two freezes. Each row in memory carries the
// generation of its last change, so a freeze is a counter going up, and the
// committer later finds what changed in the frozen generation while the next
// one is being written. A row of a generation that is frozen but not yet
// settled is never changed in place.
package storage
