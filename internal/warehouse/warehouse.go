// Package warehouse runs the queries of TPC-H and of the Star Schema Benchmark on
// made rows, beside PostgreSQL: the answers must be equal, and how long each takes is
// printed. Queries and tables are written after the specifications; the rows are the
// package's own, so that the times compare with nothing but each other.
package warehouse

import (
	"bytes"
	"embed"
	"fmt"
	"regexp"
	"strings"
)

//go:embed testdata
var files embed.FS

// query is one of a benchmark's.
type query struct {
	name, sql string
}

// queries reads a file of queries, each under a line "-- Q<name>".
func queries(file string) ([]query, error) {
	text, err := files.ReadFile("testdata/" + file)
	if err != nil {
		return nil, err
	}
	heads := regexp.MustCompile(`(?m)^-- (Q[0-9.]+)\n`).FindAllSubmatchIndex(text, -1)
	var out []query
	for i, h := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		out = append(out, query{string(text[h[2]:h[3]]), strings.TrimSpace(string(text[h[1]:end]))})
	}
	return out, nil
}

// generator makes the tables of a benchmark and their rows.
type generator interface {
	Schema() string
	Rows(emit func(table string, fields ...any))
}

// lines are the rows of each table as COPY reads them.
func lines(g generator) map[string]*bytes.Buffer {
	out := map[string]*bytes.Buffer{}
	g.Rows(func(table string, fields ...any) {
		b := out[table]
		if b == nil {
			b = &bytes.Buffer{}
			out[table] = b
		}
		for i, f := range fields {
			if i > 0 {
				b.WriteByte('\t')
			}
			fmt.Fprint(b, f)
		}
		b.WriteByte('\n')
	})
	return out
}
