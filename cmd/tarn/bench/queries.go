package bench

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/topics"
)

//go:embed queries/*.sql
var queryFiles embed.FS

// all is the name of the run in which all views are there at once.
const all = "all"

// queryNames lists the queries, by number.
func queryNames() []string {
	files, err := queryFiles.ReadDir("queries")
	if err != nil {
		panic(err) // they are part of the binary
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".sql"))
	}
	slices.SortFunc(names, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	return names
}

// querySQL is the statement that makes a query's view, which has the query's name.
func querySQL(name string) string {
	text, err := queryFiles.ReadFile("queries/" + name + ".sql")
	if err != nil {
		panic(err) // the names come from queryNames
	}
	return string(text)
}

// chooseQueries reads a list of names; empty means every query, q0 also with its
// rows stored where it is not anyway, and then all at once.
func chooseQueries(list, output string) ([]string, error) {
	known := queryNames()
	if output == checked {
		for _, name := range stateless {
			i := slices.Index(known, name)
			known = slices.Insert(known, i+1, name+storedSuffix)
		}
	}
	known = append(known, all, spill)
	if list == "" {
		return slices.DeleteFunc(known, func(name string) bool {
			return name == spill || strings.HasSuffix(name, storedSuffix) && name != "q0"+storedSuffix
		}), nil
	}
	var out []string
	for name := range strings.SplitSeq(list, ",") {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("--queries: there is no query %q; there are %s", name, strings.Join(known, ", "))
		}
		out = append(out, name)
	}
	return out, nil
}

// views are the views of a run.
func views(query string) []string {
	if query == all {
		return queryNames()
	}
	return []string{strings.TrimSuffix(query, storedSuffix)}
}

// sourceSQL declares a source with the given columns. A key is a promise that no
// two rows agree in it: people and auctions, for instance, are made once.
func sourceSQL(name, key string, fields []topics.Field, broker string) string {
	var cols []string
	for _, f := range fields {
		col := f.Name + " " + f.Type.String()
		if f.Name == key {
			col += " PRIMARY KEY"
		}
		cols = append(cols, col)
	}
	return fmt.Sprintf("CREATE SOURCE %s (%s) WITH (connector = 'kafka', topic = '%s', properties.bootstrap.server = '%s') FORMAT PLAIN ENCODE JSON",
		name, strings.Join(cols, ", "), name, broker)
}
