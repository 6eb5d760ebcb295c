package psql

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// columnsOf is how many columns of a terminal a character takes: two if it is wide,
// none if it goes over the character before it, -1 if it cannot be shown.
func columnsOf(r rune) int {
	switch {
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return -1
	case r < utf8.RuneSelf:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// textWidth is the columns that a text takes in a terminal.
func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += max(columnsOf(r), 0)
	}
	return n
}

// shown is a line of a cell with what a terminal would not show written out, and
// spaces up to the next multiple of eight for each tab.
func shown(line string) string {
	if !strings.ContainsFunc(line, func(r rune) bool { return columnsOf(r) < 0 }) {
		return line
	}
	var out strings.Builder
	at := 0
	for _, r := range line {
		text := string(r)
		switch {
		case r == '\t':
			text = strings.Repeat(" ", 8-at%8)
		case r == '\r':
			text = `\r`
		case columnsOf(r) < 0 && r < utf8.RuneSelf:
			text = fmt.Sprintf(`\x%02X`, r)
		case columnsOf(r) < 0:
			text = fmt.Sprintf(`\u%04X`, r)
		}
		out.WriteString(text)
		at += textWidth(text)
	}
	return out.String()
}
