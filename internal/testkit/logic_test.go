package testkit

import (
	"context"
	"flag"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "replace the expected results of the scripts by what the default configuration gives")

// TestLogic runs every script in every configuration.
func TestLogic(t *testing.T) {
	paths, err := filepath.Glob("testdata/logic/*.slt")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".slt")
		if *rewrite {
			t.Run("rewrite/"+name, func(t *testing.T) {
				if err := Rewrite(context.Background(), path, t.TempDir()); err != nil {
					t.Errorf("%v", err)
				}
			})
			continue
		}
		for _, cfg := range Configs() {
			t.Run(cfg.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				if err := Run(context.Background(), path, t.TempDir(), cfg); err != nil {
					t.Fatal(err)
				}
			})
		}
	}
}
