package randomsql

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tarndb/tarn"
	"github.com/tarndb/tarn/internal/testkit"
	"github.com/tarndb/tarn/sql/pgerr"
)

var (
	count = flag.Int("randomsql.n", 150, "how many queries are tried")
	seed  = flag.Uint64("randomsql.seed", 1, "the seed of the first case; each case has the next one")
	only  = flag.String("randomsql.config", "", "the only configuration to use")
	keep  = flag.Bool("randomsql.keepgoing", false, "go on after a failure")
	show  = flag.Bool("randomsql.show", false, "print the queries that fail in Tarn or PostgreSQL alone")
)

const perCase = 6

// ways are the configurations that cases take in turn.
func ways() []testkit.Config {
	var out []testkit.Config
	for _, c := range testkit.Configs() {
		switch c.Name {
		case "default", "shards", "tiny-memory", "rules-off":
			if *only == "" || *only == c.Name {
				out = append(out, c)
			}
		}
	}
	return out
}

func options(seed uint64) Options {
	return Options{Queries: perCase, Changes: 4 + int(seed%5), Failing: seed%3 == 0}
}

// TestViews runs queries as views made before the data and after it, and by
// themselves, with the oracle looking on. Each configuration has its own cases.
func TestViews(t *testing.T) {
	configs := ways()
	for k, cfg := range configs {
		t.Run(cfg.Name, func(t *testing.T) {
			t.Parallel()
			v := &viewTest{t: t, ctx: context.Background(), cfg: cfg}
			for i := k; i*perCase < *count && (*keep || !t.Failed()); i += len(configs) {
				v.seed(*seed + uint64(i))
			}
			t.Logf("%d queries as views; in %d cases other rows failed", v.queries, v.others)
		})
	}
}

type viewTest struct {
	t               *testing.T
	ctx             context.Context
	cfg             testkit.Config
	queries, others int
}

// seed runs one case.
func (v *viewTest) seed(seed uint64) {
	c := Make(seed, options(seed))
	dropRefused(v.t, v.ctx, c)
	v.queries += len(c.views())
	err := v.run(c)
	if err == nil {
		return
	}
	class := classOf(err)
	if class == otherErrors || !v.judged(c) {
		v.others++
		return
	}
	Reduce(c, 600, func(c *Case) bool { return classOf(v.run(c)) == class && v.judged(c) })
	v.t.Errorf("seed %d, configuration %s: %v\n%s", seed, v.cfg.Name, v.run(c), c.Script())
}

func (v *viewTest) run(c *Case) error { return runLogic(v.t, v.ctx, c, v.cfg, false) }

// dropRefused leaves out the queries that are not supported. Any other refusal
// is for PostgreSQL to judge.
func dropRefused(t *testing.T, ctx context.Context, c *Case) {
	db := open(t)
	defer closeDB(t, db)
	for _, n := range c.Tables {
		if err := db.Exec(ctx, n.String()); err != nil {
			t.Fatalf("%s: %v", n, err)
		}
	}
	for i, q := range c.Queries {
		err := db.Exec(ctx, fmt.Sprintf("CREATE MATERIALIZED VIEW v%d AS %s", i, q))
		if err == nil {
			continue
		}
		q.Gone = true
		if e, ok := pgerr.As(err); !ok || e.Code == pgerr.InternalError {
			t.Errorf("%v\n%s", err, c.Script())
		}
	}
}

func open(t *testing.T) *tarn.DB {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "db")
	if err != nil {
		t.Fatal(err)
	}
	db, err := tarn.Open(tarn.Options{Dir: dir, Shards: 1, CommitInterval: time.Hour, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func closeDB(t *testing.T, db *tarn.DB) {
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

// judged reports that the oracle's word counts. The rules leave expressions out
// whose values nobody needs, and with them the failures that would have taken a
// row away; the oracle computes them. So with rules, only cases count in which
// nothing fails.
func (v *viewTest) judged(c *Case) bool {
	if v.cfg.RulesOff {
		return true
	}
	err := runLogic(v.t, v.ctx, c, testkit.Config{Name: "rules-off", RulesOff: true}, true)
	return err == nil || !strings.Contains(err.Error(), "the result is") && classOf(err) != otherErrors
}

// runLogic runs the case; clean also wants that nothing fails on any row.
func runLogic(t *testing.T, ctx context.Context, c *Case, cfg testkit.Config, clean bool) (err error) {
	dir, err := os.MkdirTemp(t.TempDir(), "case")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "case.slt")
	if err := os.WriteFile(path, []byte(c.logic(clean)), 0o644); err != nil {
		return err
	}
	db := filepath.Join(dir, "db")
	if err := os.Mkdir(db, 0o755); err != nil {
		return err
	}
	return testkit.Run(ctx, path, db, cfg)
}

var position = regexp.MustCompile(`\S*case\.slt(:\d+|, at the end)?: `)
var names = regexp.MustCompile(`\b(v|again_|[a-z])\d+\b|\d+`)

// otherErrors are failures of expressions whose values nobody needs: the rules may
// leave them out, and the oracle does not.
const otherErrors = "rows in tarn.errors"

// classOf is what two failures that are the same have in common.
func classOf(err error) string {
	if err == nil {
		return ""
	}
	line, _, _ := strings.Cut(position.ReplaceAllString(err.Error(), ""), "\n")
	for _, known := range []string{"is wrong", "there is the state", "differs from the view", otherErrors} {
		if strings.Contains(line, known) {
			return known
		}
	}
	return names.ReplaceAllString(line, "#")
}
