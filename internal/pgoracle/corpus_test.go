package pgoracle

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tarndb/tarn/internal/psql"
)

// sample is a text of the repository, and the file that it is in.
type sample struct{ file, text string }

// corpus is all SQL of the repository's scripts and golden tests.
func corpus(t testing.TB) []sample {
	t.Helper()
	var out []sample
	add := func(pattern string, read func(string) ([]string, error)) {
		files, err := filepath.Glob(filepath.Join("..", "..", pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			texts, err := read(file)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			name, _ := filepath.Rel(filepath.Join("..", ".."), file)
			for _, text := range texts {
				if strings.ContainsRune(text, 0) || !utf8.ValidString(text) {
					continue // to C the text ends there; the server looks at the encoding before the grammar does
				}
				out = append(out, sample{filepath.ToSlash(name), text})
			}
		}
	}
	for _, scripts := range []string{"internal/postgres/testdata/*.sql", "planner/testdata/*.sql", "internal/warehouse/testdata/*.sql",
		"internal/psqltest/testdata/*.sql", "cmd/tarn/*.sql", "cmd/tarn/testdata/run/*.sql", "cmd/tarn/bench/queries/*.sql", "docs/*.sql"} {
		add(scripts, statements)
	}
	for _, records := range []string{"internal/testkit/testdata/logic/*.slt", "planner/testdata/*.txt", "planner/bind/testdata/*.txt"} {
		add(records, bodies)
	}
	add("sql/parser/*_test.go", goldens)
	return out
}

// statements are those of a script of psql's, without its own commands.
func statements(file string) ([]string, error) {
	b, err := os.ReadFile(file)
	var script []string
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, `\`) {
			script = append(script, line)
		}
	}
	var out []string
	for _, u := range psql.Split(strings.Join(script, "")) {
		out = append(out, u.Statements...)
	}
	return out, err
}

// bodies are the statements of a file of records: blocks with empty lines between,
// whose first line says what they are, up to a line of dashes.
func bodies(file string) ([]string, error) {
	b, err := os.ReadFile(file)
	var out []string
	for block := range strings.SplitSeq(string(b), "\n\n") {
		lines := strings.Split(strings.Trim(block, "\n"), "\n")
		for len(lines) > 0 && (strings.HasPrefix(lines[0], "#") || lines[0] == "keep" || lines[0] == "loose" ||
			strings.HasPrefix(lines[0], "only ") || strings.HasPrefix(lines[0], "skip ")) {
			lines = lines[1:]
		}
		if len(lines) < 2 {
			continue
		}
		switch kind, _, _ := strings.Cut(lines[0], " "); kind {
		case "statement", "query", "adhoc", "bind", "decorrelate", "incremental", "peek", "plan", "write":
			body, _, _ := strings.Cut(strings.Join(lines[1:], "\n"), "\n----")
			out = append(out, body)
		}
	}
	return out, err
}

// goldens are the texts of the parser's golden tests. Some are of an expression, or
// of what follows FROM, which the function at the end of the call says.
func goldens(file string) ([]string, error) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 3 {
			return true
		}
		kind, _ := call.Args[2].(*ast.Ident)
		cases, _ := call.Args[1].(*ast.CompositeLit)
		if kind == nil || cases == nil {
			return true
		}
		prefix, ok := map[string]string{"exprText": "SELECT ", "fromText": "SELECT FROM ", "stmtText": ""}[kind.Name]
		if !ok {
			return true
		}
		for _, e := range cases.Elts {
			if lit, ok := e.(*ast.CompositeLit); ok && len(lit.Elts) == 2 {
				if sql, ok := lit.Elts[0].(*ast.BasicLit); ok && sql.Kind == token.STRING {
					if text, err := strconv.Unquote(sql.Value); err == nil {
						out = append(out, prefix+text)
					}
				}
			}
		}
		return true
	})
	return out, nil
}
