package psql

import (
	"strings"
	"testing"
)

func TestErrorText(t *testing.T) {
	long := "SELECT " + strings.Repeat("a, ", 40) + "nope, " + strings.Repeat("b, ", 40) + "c"
	tests := []struct {
		name, query string
		e           Error
		want        string
	}{
		{"message alone", "SELECT 1", Error{Severity: "ERROR", Message: "m"}, "ERROR:  m"},
		{"all fields", "SELECT 1", Error{Severity: "WARNING", Message: "m", Detail: "D.", Hint: "H.", Context: "C", Position: 8},
			"WARNING:  m\nLINE 1: SELECT 1\n               ^\nDETAIL:  D.\nHINT:  H.\nCONTEXT:  C"},
		{"second line, a tab", "SELECT 1,\n\tnope", Error{Severity: "ERROR", Message: "m", Position: 12}, "ERROR:  m\nLINE 2:  nope\n         ^"},
		{"line ends of two characters", "SELECT 1,\r\nnope", Error{Severity: "ERROR", Message: "m", Position: 12}, "ERROR:  m\nLINE 2: nope\n        ^"},
		{"behind the end", "SELECT", Error{Severity: "ERROR", Message: "m", Position: 7}, "ERROR:  m\nLINE 1: SELECT\n              ^"},
		{"nowhere", "SELECT", Error{Severity: "ERROR", Message: "m", Position: 9}, "ERROR:  m"},
		{"wide characters before it", "SELECT '\u65e5\u672c', nope", Error{Severity: "ERROR", Message: "m", Position: 14}, "ERROR:  m\nLINE 1: SELECT '\u65e5\u672c', nope\n                       ^"},
		{"cut on the right", long, Error{Severity: "ERROR", Message: "m", Position: 8},
			"ERROR:  m\nLINE 1: SELECT a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a,...\n               ^"},
		{"cut on both sides", long, Error{Severity: "ERROR", Message: "m", Position: 128},
			"ERROR:  m\nLINE 1: ..., a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, nope, b, b...\n                                                             ^"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.e.Text(test.query); got != test.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, test.want)
			}
		})
	}
}
