// Package randomsql makes random typed SQL: small tables with rows, changes to
// them, and queries over them, all from a seed. Its tests run the queries in every
// way that Tarn has of answering one, under the oracle, and beside a PostgreSQL.
//
// What it makes is a tree of text (Node), so that a script that fails can be made
// smaller without knowing SQL: a subtree takes the place of its parent where both
// are of one kind, and optional parts are left out.
package randomsql
