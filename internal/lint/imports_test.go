// Package lint holds the rules of the repository that a machine can check. They
// run as tests; each message names the fix.
package lint

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/tarndb/tarn"

// layers says which of our packages each package may import, by longest prefix.
// A package may always import the packages below itself.
var layers = map[string][]string{
	"row":                {},
	"storage":            {"row"},
	"topics":             {"row"},
	"sql/pgerr":          {},
	"sql/ast":            {"row"},
	"sql/parser":         {"sql/ast", "sql/pgerr"},
	"sql/expr":           {"row", "sql/pgerr"},
	"operators":          {"row", "storage"},
	"planner":            {"row", "sql"},
	"planner/bind":       {"planner", "row", "sql"},
	"planner/plantest":   {"planner", "row", "sql"},
	"planner/rules":      {"planner", "row", "sql"},
	"planner/build":      {"planner", "operators", "sql/expr", "sql/pgerr", "row", "storage"},
	"engine":             {"row", "sql", "planner", "operators", "storage", "topics"},
	"engine/ingest":      {"row", "topics"},
	"pgwire":             {"engine", "row", "sql/pgerr"},
	"internal/oracle":    {"row", "sql", "planner"},
	"internal/testkit":   {"", "row", "sql", "planner", "operators", "storage", "topics", "engine", "pgwire", "internal/oracle", "internal/psql"},
	"internal/killtest":  {"topics"},
	"internal/kafkatest": {"topics"},
	"internal/soak":      {"topics", "internal/killtest"},
	"internal/wiretest":  {"", "pgwire"},
	"internal/psqltest":  {"internal/wiretest"},
	"internal/randomsql": {"", "row", "sql/pgerr", "internal/testkit"},
	"internal/postgres":  {},
	"internal/warehouse": {},
	"internal/lint":      {},
	"cmd":                {"", "row", "sql/pgerr", "engine", "pgwire", "topics", "internal/psql"},
	"internal/psql":      {},
	"":                   {"row", "sql", "engine", "topics"},
}

// owners names the one package that may import a foreign library.
var owners = map[string]string{
	"github.com/pingcap/tidb/":           "sql/parser",
	"github.com/cockroachdb/pebble/":     "storage",
	"github.com/segmentio/kafka-go":      "topics/kafka",
	"github.com/jackc/pgx/v5/pgproto3":   "pgwire",
	"github.com/twmb/franz-go/pkg/kfake": "topics/broker",
	"github.com/cockroachdb/apd/":        "row",
}

type pkg struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func TestImports(t *testing.T) {
	for _, p := range list(t) {
		rel := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		allowed, layer := layerOf(rel)
		if allowed == nil {
			t.Errorf("package %q belongs to no layer: add it to layers in internal/lint with what it may import, and to ARCHITECTURE.md", rel)
			continue
		}
		for _, imp := range p.Imports {
			checkImport(t, rel, layer, allowed, imp)
		}
	}
}

func checkImport(t *testing.T, rel, layer string, allowed []string, imp string) {
	t.Helper()
	if imp == module || strings.HasPrefix(imp, module+"/") {
		target := strings.TrimPrefix(strings.TrimPrefix(imp, module), "/")
		if layer != "" && below(target, layer) {
			return
		}
		for _, a := range allowed {
			if a == target || a != "" && below(target, a) {
				return
			}
		}
		t.Errorf("%s imports %s: its layer may import only %v; move the code to the layer that owns it, or pass it in through an interface", rel, target, allowed)
		return
	}
	for lib, owner := range owners {
		if strings.HasPrefix(imp, lib) && !below(rel, owner) {
			t.Errorf("%s imports %s: only %s may; use what that package offers", rel, imp, owner)
		}
	}
}

func layerOf(rel string) (allowed []string, layer string) {
	best := -1
	for l, a := range layers {
		if (l == rel || l != "" && below(rel, l)) && len(l) > best {
			best, layer, allowed = len(l), l, a
		}
	}
	return allowed, layer
}

func below(p, root string) bool { return p == root || strings.HasPrefix(p, root+"/") }

// list asks the go command for our packages and their imports, without tests.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Standard", module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			return pkgs
		} else if err != nil {
			t.Fatal(err)
		}
		pkgs = append(pkgs, p)
	}
}
