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

func TestTableEdges(t *testing.T) {
	tests := []struct {
		name string
		cols []Column
		rows [][]Cell
		want string
	}{
		{"no columns", nil, [][]Cell{{}, {}}, "--\n(2 rows)\n\n"},
		{"a tab", []Column{{Name: "t"}}, [][]Cell{{{Text: "ab\tc"}}}, "     t     \n-----------\n ab      c\n(1 row)\n\n"},
		{"what does not show", []Column{{Name: "t"}, {Name: "n"}}, [][]Cell{{{Text: "a\r\x01\x7f\u0085"}, {Text: "x"}}},
			"         t         | n \n-------------------+---\n a\\r\\x01\\x7F\\u0085 | x\n(1 row)\n\n"},
		{"wide and combining", []Column{{Name: "\u65e5"}, {Name: "n"}}, [][]Cell{{{Text: "e\u0301"}, {Text: "x"}}},
			" \u65e5 | n \n----+---\n e\u0301  | x\n(1 row)\n\n"},
		{"names of two lines", []Column{{Name: "a\nlong"}, {Name: "n"}}, [][]Cell{{{Text: "x"}, {Text: "y"}}},
			"  a  +| n \n long |   \n------+---\n x    | y\n(1 row)\n\n"},
		{"the last column ends first", []Column{{Name: "t"}, {Name: "num", Right: true}}, [][]Cell{{{Text: "a\nb"}, {Text: "1"}}},
			" t | num \n---+-----\n a+|   1\n b | \n(1 row)\n\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			if err := Table(&out, test.cols, test.rows); err != nil {
				t.Fatal(err)
			}
			if out.String() != test.want {
				t.Errorf("got:\n%q\nwant:\n%q", out.String(), test.want)
			}
		})
	}
}
