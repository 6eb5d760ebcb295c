// Package pgoracle reads SQL with PostgreSQL's own grammar and with Tarn's, and
// tells where the two differ: in what they accept, and in the trees they make of it.
//
// PostgreSQL's grammar comes from libpg_query, which is C. So this is a module of
// its own, for tests only, and the product stays free of cgo. Its version is that of
// PostgreSQL 16, one after the server that answers the corpus of internal/postgres;
// what 16 reads in another way than 15 is in newer.
//
// The comparison is of Tarn's trees: translate makes them of PostgreSQL's, and
// refuses every field that it does not know (only), so that nothing is left out
// unseen. What a tree of Tarn says that PostgreSQL's cannot is taken away by
// normalize, and each such step says why.
package pgoracle
