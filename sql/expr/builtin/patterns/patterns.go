// Package patterns declares regular expressions, and SIMILAR TO, which is made of them.
package patterns

import "github.com/tarndb/tarn/sql/expr/fn"

// Declare adds them to a registry.
func Declare(r *fn.Registry) {
	regexOps(r)
	similarFuncs(r)
}
