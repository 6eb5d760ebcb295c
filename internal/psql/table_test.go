package psql

import (
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	cols := []Column{{Name: "n", Right: true}, {Name: "name"}}
	rows := [][]Cell{{{Text: "1"}, {Text: "one"}}, {{Text: "1000"}, {Null: true}}, {{Text: "2"}, {Text: "a\nlonger"}}}
	var out strings.Builder
	if err := Table(&out, cols, rows); err != nil {
		t.Fatal(err)
	}
	want := `  n   |  name  
------+--------
    1 | one
 1000 | 
    2 | a     +
      | longer
(3 rows)

`
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}
