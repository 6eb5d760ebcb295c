package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The limits of a source file, in lines. What passes them wants a split by noun.
const (
	maxFileLines     = 800
	maxFuncLines     = 100
	maxPackageLines  = 9000 // without tests
	maxInterfaceSize = 8
)

// banned maps a call to the reason and the fix. Product code only.
var banned = map[string]string{
	"time.Sleep":    "waits a guess: wait for a condition, a channel or a timer that the caller can stop",
	"fmt.Println":   "writes past the caller: take an io.Writer, or log with slog",
	"fmt.Printf":    "writes past the caller: take an io.Writer, or log with slog",
	"log.Printf":    "is not structured: log with slog",
	"log.Fatal":     "ends the process below main: return the error",
	"os.Exit":       "ends the process below main: return the error",
	"math/rand.Int": "is not seeded: take a *rand.Rand from the caller",
}

// testBanned are calls that make a test a guess.
var testBanned = map[string]string{
	"time.Sleep": "makes a test slow or flaky: wait for a condition",
}

var badName = regexp.MustCompile(`(?i)(^|_)(utils?|helpers?|misc|common)(_test)?\.go$|_v[0-9]+\.go$`)

type source struct {
	path  string
	test  bool
	file  *ast.File
	fset  *token.FileSet
	lines int
}

func TestSource(t *testing.T) {
	perPackage := map[string]int{}
	for _, s := range sources(t) {
		if badName.MatchString(filepath.Base(s.path)) {
			t.Errorf("%s: name the file by the noun that it holds", s.path)
		}
		if s.lines > maxFileLines && !generated(s.file) {
			t.Errorf("%s has %d lines, the limit is %d: split it by noun", s.path, s.lines, maxFileLines)
		}
		if !s.test && !generated(s.file) {
			perPackage[filepath.Dir(s.path)] += s.lines
		}
		checkDecls(t, s)
		checkCalls(t, s)
	}
	for dir, n := range perPackage {
		if n > maxPackageLines {
			t.Errorf("package %s has %d lines, the limit is %d: split it by noun", dir, n, maxPackageLines)
		}
	}
}

func checkDecls(t *testing.T, s source) {
	t.Helper()
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			length := s.fset.Position(n.End()).Line - s.fset.Position(n.Pos()).Line + 1
			if length > maxFuncLines && !s.test {
				t.Errorf("%s:%d: %s has %d lines, the limit is %d: split it into steps with names", s.path, s.fset.Position(n.Pos()).Line, n.Name.Name, length, maxFuncLines)
			}
		case *ast.InterfaceType:
			if len(n.Methods.List) > maxInterfaceSize && !s.test {
				t.Errorf("%s:%d: an interface of %d methods, the limit is %d: require less, and find more powers by assertion", s.path, s.fset.Position(n.Pos()).Line, len(n.Methods.List), maxInterfaceSize)
			}
		}
		return true
	})
}

func checkCalls(t *testing.T, s source) {
	t.Helper()
	rules := banned
	if s.test {
		rules = testBanned
	}
	inMain := s.file.Name.Name == "main"
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		name := x.Name + "." + sel.Sel.Name
		if name == "os.Exit" && inMain {
			return true
		}
		if why := rules[name]; why != "" {
			t.Errorf("%s: %s %s", s.fset.Position(n.Pos()), name, why)
		}
		return true
	})
}

func generated(f *ast.File) bool { return ast.IsGenerated(f) }

// sources parses every Go file of the repository.
func sources(t *testing.T) []source {
	t.Helper()
	root := filepath.Join("..", "..")
	var out []source
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && d.Name() != "." {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, path)
		out = append(out, source{path: rel, test: strings.HasSuffix(path, "_test.go"), file: f, fset: fset, lines: strings.Count(string(text), "\n")})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
