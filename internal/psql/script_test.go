package psql

import (
	"reflect"
	"testing"
)

func TestSplit(t *testing.T) {
	script := "-- first\nSELECT 1;\n\nSELECT ';' AS \"a;b\" -- ;\n  , E'\\';' /* ; /* ; */ ; */, $x$;$x$\n\n  , (1;\n); SELECT 2; SELECT\n3;\n SELECT 'a\n\nb';\n-- the end\n"
	want := []Unit{
		{Line: 1, Echo: []string{"-- first", "SELECT 1;"}, Statements: []string{"SELECT 1;"}},
		{Line: 4, Echo: []string{"SELECT ';' AS \"a;b\" -- ;", "  , E'\\';' /* ; /* ; */ ; */, $x$;$x$", "  , (1;", "); SELECT 2; SELECT"},
			Statements: []string{"SELECT ';' AS \"a;b\" -- ;\n  , E'\\';' /* ; /* ; */ ; */, $x$;$x$\n  , (1;\n);", "SELECT 2;"}},
		{Line: 9, Echo: []string{"3;"}, Statements: []string{"SELECT\n3;"}},
		{Line: 10, Echo: []string{" SELECT 'a", "", "b';"}, Statements: []string{"SELECT 'a\n\nb';"}},
		{Line: 13, Echo: []string{"-- the end"}},
	}
	got := Split(script)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("unit %d: got %+v, want %+v", i, got[min(i, len(got)-1):], want[min(i, len(want)-1):])
		}
	}
}

func TestSplitWithoutEnd(t *testing.T) {
	got := Split("SELECT a$1, $1 FROM e")
	want := []Unit{{Line: 1, Echo: []string{"SELECT a$1, $1 FROM e"}, Statements: []string{"SELECT a$1, $1 FROM e"}}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
