package planner_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/planner/rules"
	"github.com/tarndb/tarn/sql/ast"
	"github.com/tarndb/tarn/sql/parser"
	"github.com/tarndb/tarn/sql/pgerr"
)

var rewrite = flag.Bool("rewrite", false, "write the plans that the tests find into testdata")

// TestGolden runs the files of testdata: blocks of a directive, SQL, "----" and
// the text expected. The directives are bind (the algebra as bound), decorrelate
// (without rules), plan (optimised; with expect=Rule the rule must have fired),
// incremental, adhoc, peek and write.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	cat := newTestCatalog(userRelations + strings.TrimSpace(catalogRelations))
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, block := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
				out = append(out, runBlock(t, cat, block))
			}
			if *rewrite {
				if err := os.WriteFile(file, []byte(strings.Join(out, "\n\n")+"\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func runBlock(t *testing.T, cat planner.Catalog, block string) string {
	t.Helper()
	var comments []string
	for strings.HasPrefix(block, "#") {
		line, rest, _ := strings.Cut(block, "\n")
		comments, block = append(comments, line), rest
	}
	if block == "" {
		return strings.Join(comments, "\n")
	}
	head, want, _ := strings.Cut(block+"\n", "\n----\n")
	directive, sql, _ := strings.Cut(head, "\n")
	got := strings.TrimSpace(runDirective(t, cat, strings.Fields(directive), sql))
	want = strings.TrimSpace(want)
	if got != want && !*rewrite {
		t.Errorf("%s\n%s\ngot:\n%s\nwant:\n%s", directive, sql, got, want)
	}
	return strings.Join(append(comments, head, "----", got), "\n")
}

func runDirective(t *testing.T, cat planner.Catalog, words []string, sql string) string {
	t.Helper()
	list, err := parser.Parse(sql)
	if err != nil {
		return errorText(err, sql)
	}
	opts := planner.BindOptions{Catalog: cat, Database: "tarn", SearchPath: []string{"public"}}
	if words[0] == "write" {
		return writeText(list[0].Node, opts, sql)
	}
	q, err := planner.Bind(list[0].Node.(*ast.Select), opts)
	if err != nil {
		return errorText(err, sql)
	}
	if words[0] == "bind" {
		return planner.Explain(q)
	}
	list2 := rules.All()
	if words[0] == "decorrelate" {
		list2 = rules.None()
	}
	if err := planner.Optimize(q, list2, nil); err != nil {
		return errorText(err, sql)
	}
	for _, w := range words[1:] {
		if name, ok := strings.CutPrefix(w, "expect="); ok && !strings.Contains(planner.ExplainRules(q), name) {
			t.Errorf("%s\nrule %s did not fire", sql, name)
		}
	}
	switch words[0] {
	case "plan":
		return planner.Explain(q) + planner.ExplainRules(q)
	case "peek":
		return peekText(planner.AsPeek(q, nil))
	case "incremental", "adhoc":
		p, err := planner.Incremental(q, planner.LowerOptions{AdHoc: words[0] == "adhoc"})
		if err != nil {
			return errorText(err, sql)
		}
		return p.Text()
	}
	return planner.Explain(q)
}

func errorText(err error, sql string) string {
	e, ok := pgerr.As(err)
	if !ok {
		return "internal error: " + err.Error()
	}
	e.Locate(sql)
	out := "error " + e.Code + ": " + e.Message
	if e.Position > 0 {
		out += " at " + strings.SplitN(sql[e.Position-1:], "\n", 2)[0]
	}
	if e.Detail != "" {
		out += "\ndetail: " + e.Detail
	}
	if e.Hint != "" {
		out += "\nhint: " + e.Hint
	}
	return out
}
