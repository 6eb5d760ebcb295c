package tarn_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/tarndb/tarn"
	"github.com/tarndb/tarn/pgwire/pgcatalog"
	"github.com/tarndb/tarn/sql/expr/fn"
	"github.com/tarndb/tarn/sql/pgerr"
)

var rewrite = flag.Bool("rewrite", false, "write docs/functions.md anew, and drop the reasons that nothing needs from testdata/functions.txt")

const functionsFile = "testdata/functions.txt"

// functionList is testdata/functions.txt.
type functionList struct {
	chapters []*chapter
	why      map[string]string // "type money", "name" or a signature -> the reason
	used     map[string]bool
}

type chapter struct {
	title   string
	entries []*entry
}

// entry is one row of the table: all signatures of a name.
type entry struct {
	name   string
	syntax string // an example; empty for a function or operator
	forms  []form
}

// form is one signature.
type form struct {
	kind   string // function, aggregate, window, operator
	system bool   // it asks the server, which has an answer only for values
	name   string
	args   []string
	set    bool // of rows
	result string
}

func (f form) String() string { return "(" + strings.Join(f.args, ", ") + ")" }

var signature = regexp.MustCompile(`^(function|aggregate|window|operator) (\S+?) ?\((.*)\) (setof )?(.*?)(?: \[(\d)\])?$`)

func readFunctions(t *testing.T) *functionList {
	t.Helper()
	text, err := os.ReadFile(functionsFile)
	if err != nil {
		t.Fatal(err)
	}
	l := &functionList{why: map[string]string{}, used: map[string]bool{}}
	for _, line := range strings.Split(string(text), "\n") {
		if title, ok := strings.CutPrefix(line, "# "); ok {
			l.chapters = append(l.chapters, &chapter{title: title})
			continue
		}
		if why, ok := strings.CutPrefix(line, "why "); ok {
			what, reason, _ := strings.Cut(why, ": ")
			l.why[what] = reason
			continue
		}
		if len(l.chapters) > 0 && line != "" {
			l.chapters[len(l.chapters)-1].add(t, line)
		}
	}
	return l
}

func (c *chapter) add(t *testing.T, line string) {
	t.Helper()
	if syntax, ok := strings.CutPrefix(line, "syntax "); ok {
		name, example, _ := strings.Cut(syntax, " | ")
		c.entries = append(c.entries, &entry{name: name, syntax: example})
		return
	}
	m := signature.FindStringSubmatch(line)
	if m == nil {
		t.Fatalf("testdata/functions.txt: %s", line)
	}
	i := slices.IndexFunc(c.entries, func(e *entry) bool { return e.name == m[2] && e.syntax == "" })
	if i < 0 {
		i = len(c.entries)
		c.entries = append(c.entries, &entry{name: m[2]})
	}
	args := strings.Split(m[3], ", ")
	if m[3] == "" {
		args = nil
	}
	least := len(args)
	if m[6] != "" {
		least, _ = strconv.Atoi(m[6])
	}
	for n := least; n <= len(args); n++ {
		c.entries[i].forms = append(c.entries[i].forms, form{kind: m[1], system: strings.HasPrefix(c.title, "9.26") || strings.HasPrefix(c.title, "9.27"), name: m[2], args: args[:n], set: m[4] != "", result: m[5]})
	}
}

// standIns are the types for which the polymorphic ones stand in the calls below.
var standIns = map[string]string{
	"anyenum": "mood", "anyelement": "integer", "anynonarray": "integer", "anycompatible": "integer", "anycompatiblenonarray": "integer", `"any"`: "integer",
	"anyarray": "integer[]", "anycompatiblearray": "integer[]",
}

// samples are values of the types that the system's functions take.
var samples = map[string]string{
	"integer": "1", "smallint": "1", "bigint": "1", "oid": "1", "text": "'pair'", "name": "'pair'", "boolean": "true", "regclass": "'pair'",
}

// query is a statement that uses the form.
func (f form) query() string {
	args := make([]string, len(f.args))
	for i, a := range f.args {
		a = strings.TrimPrefix(a, "VARIADIC ")
		if f.args[i] != a {
			a = strings.TrimSuffix(a, "[]")
		}
		if s, ok := standIns[a]; ok {
			a = s
		}
		switch args[i] = "NULL::" + a; {
		case a == "record":
			args[i] = "ROW(1)"
		case f.system && samples[a] != "":
			args[i] = samples[a] + "::" + a
		}
	}
	switch {
	case f.kind == "operator" && len(args) == 1:
		return "SELECT " + f.name + " " + args[0]
	case f.kind == "operator":
		return "SELECT " + args[0] + " " + f.name + " " + args[1]
	case f.kind == "aggregate" && len(args) == 0:
		return "SELECT " + f.name + "(*)"
	}
	// Quoted, as some names have a syntax of their own.
	call := `"` + f.name + `"(` + strings.Join(args, ", ") + ")"
	if f.set {
		return "SELECT * FROM " + call
	}
	return "SELECT " + call
}

// exists reports that a statement is understood; NULLs may make it fail.
func exists(db *tarn.DB, query string) (result string, ok bool) {
	r, err := db.Query(context.Background(), query)
	switch pgerr.Code(err) {
	case pgerr.UndefinedFunction, pgerr.FeatureNotSupported, pgerr.SyntaxError, pgerr.InternalError, pgerr.AmbiguousFunction:
		return err.Error(), false
	case pgerr.UndefinedObject:
		if strings.HasPrefix(err.Error(), "type ") {
			return err.Error(), false
		}
	}
	if err == nil && len(r.Columns) == 1 {
		result = fn.TypeName(r.Columns[0].Type)
	}
	return result, true
}

// TestFunctions tries every function and operator of the manual's chapters and
// keeps docs/functions.md true. What is not supported must have a reason.
func TestFunctions(t *testing.T) {
	l := readFunctions(t)
	db := open(t, tarn.Options{Dir: t.TempDir(), System: pgcatalog.Tables(), SystemCall: pgcatalog.Call})
	if err := db.Exec(context.Background(), "CREATE TABLE pair (a int, b text); CREATE TYPE mood AS ENUM ('sad', 'ok')"); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	out.WriteString(functionsHead)
	for _, c := range l.chapters {
		fmt.Fprintf(&out, "\n## %s\n\n| name | supported | what is missing, and why |\n|---|---|---|\n", c.title)
		for _, e := range c.entries {
			supported, missing := l.row(t, db, e)
			fmt.Fprintf(&out, "| %s | %s | %s |\n", code(e.name), supported, missing)
		}
	}
	if *rewrite {
		l.dropUnused(t)
		if err := os.WriteFile("docs/functions.md", []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for what := range l.why {
		if !l.used[what] {
			t.Errorf("testdata/functions.txt says why %s is not supported, but nothing needs it: -rewrite drops it", what)
		}
	}
	if have, err := os.ReadFile("docs/functions.md"); err != nil || string(have) != out.String() {
		t.Errorf("docs/functions.md is not what the database has (%v): run go test -run TestFunctions -rewrite . and look at the difference", err)
	}
}

// dropUnused removes the reasons that nothing needs any more.
func (l *functionList) dropUnused(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(functionsFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
		why, ok := strings.CutPrefix(line, "why ")
		what, _, _ := strings.Cut(why, ": ")
		return ok && !l.used[what]
	})
	if err := os.WriteFile(functionsFile, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}

const functionsHead = `# Functions and operators

What the chapters of PostgreSQL 15's manual list, by its numbers, and what Tarn has of it. A test tries each of them and keeps this page
true. "All" is all signatures that PostgreSQL's catalog has; where some are missing the last column says which, by the type of an argument
that does not exist here, or by the signature. Regular expressions have neither back references nor look-around.
`

func code(s string) string { return "`" + strings.ReplaceAll(s, "|", "\\|") + "`" }

// row is what the table says of an entry.
func (l *functionList) row(t *testing.T, db *tarn.DB, e *entry) (supported, missing string) {
	if e.syntax != "" {
		text, ok := exists(db, e.syntax)
		if ok {
			return "yes", ""
		}
		return "no", l.reason(t, e.name, text, e.name)
	}
	byReason := map[string][]string{}
	var order []string
	found := 0
	for _, f := range e.forms {
		what, why := l.missing(t, db, f)
		if why == "" {
			found++
			continue
		}
		if byReason[why] == nil {
			order = append(order, why)
		}
		if !slices.Contains(byReason[why], what) {
			byReason[why] = append(byReason[why], what)
		}
	}
	for i, why := range order {
		if i > 0 {
			missing += "; "
		}
		if found > 0 {
			missing += strings.Join(byReason[why], ", ") + ": "
		}
		missing += why
	}
	switch {
	case found == 0:
		return "no", missing
	case len(order) == 0 && found == 1:
		return "yes", ""
	case len(order) == 0:
		return fmt.Sprintf("all %d", found), ""
	}
	return fmt.Sprintf("%d of %d", found, len(e.forms)), missing
}

// missing is empty for a form that there is; otherwise what is missing of it, a type
// or the form itself, and why.
func (l *functionList) missing(t *testing.T, db *tarn.DB, f form) (what, why string) {
	for _, a := range f.args {
		a = strings.TrimPrefix(a, "VARIADIC ")
		if reason, ok := l.why["type "+a]; ok {
			l.used["type "+a] = true
			return code(a), reason
		}
	}
	text, ok := exists(db, f.query())
	if !ok {
		return code(f.String()), l.reason(t, f.name+f.String(), text, f.name+f.String(), f.name)
	}
	if want, plain := plainResult(f.result); plain && text != "" && text != want {
		return code(f.String()), l.reason(t, f.name+f.String(), "its result is "+text+", not "+want, f.name+f.String(), f.name)
	}
	return "", ""
}

// plainResult is the type of a result where the signature says it.
func plainResult(name string) (string, bool) {
	switch name {
	case "void", "record", "anyelement", "anyarray", "anycompatible", "anycompatiblearray", "anynonarray", "anyenum":
		return "", false
	}
	return name, true
}

// reason is why something is missing: the first of the keys that the list knows.
func (l *functionList) reason(t *testing.T, what, text string, keys ...string) string {
	for _, k := range keys {
		if why, ok := l.why[k]; ok {
			l.used[k] = true
			return why
		}
	}
	t.Errorf("%s is not supported (%s) and testdata/functions.txt does not say why", what, text)
	return "?"
}
