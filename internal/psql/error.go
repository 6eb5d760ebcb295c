package psql

import (
	"fmt"
	"strings"
)

// Error is an error or a notice with the fields that psql prints.
type Error struct {
	Severity, Message, Detail, Hint, Context string

	Position int // the character of the query, from 1; 0: none
}

// Text is the lines that psql prints, without the last line end. The query is the
// text that was sent.
func (e *Error) Text(query string) string {
	var out strings.Builder
	out.WriteString(e.Severity + ":  " + e.Message)
	if place := excerpt(query, e.Position); place != "" {
		out.WriteString("\n" + place)
	}
	for _, field := range []struct{ name, text string }{{"DETAIL", e.Detail}, {"HINT", e.Hint}, {"CONTEXT", e.Context}} {
		if field.text != "" {
			out.WriteString("\n" + field.name + ":  " + field.text)
		}
	}
	return out.String()
}

const (
	excerptColumns = 60 // what libpq shows of a line
	marginColumns  = 10 // what it keeps to the right of the place, if there is so much
)

// excerpt is the line of the query around a character, cut as libpq cuts it, with
// a mark below that character; empty if there is no such character.
func excerpt(query string, position int) string {
	text := []rune(query)
	at := position - 1
	if at < 0 || at > len(text) {
		return ""
	}
	from, to, number := lineAround(text, at)
	column := columns(text, to)
	begun, ended := "", ""
	if column[to]-column[from] > excerptColumns {
		if column[from]+excerptColumns < column[at]+marginColumns {
			for column[to] > column[at]+marginColumns {
				to, ended = to-1, "..."
			}
			for column[to]-column[from] > excerptColumns {
				from, begun = from+1, "..."
			}
		}
		for column[to]-column[from] > excerptColumns {
			to, ended = to-1, "..."
		}
	}
	head := fmt.Sprintf("LINE %d: %s", number, begun)
	line := strings.ReplaceAll(string(text[from:to]), "\t", " ")
	return head + line + ended + "\n" + strings.Repeat(" ", len(head)+column[at]-column[from]) + "^"
}

// lineAround is where the line of a character begins and ends, and its number.
func lineAround(text []rune, at int) (from, to, number int) {
	number = 1
	for i, r := range text[:at] {
		if r != '\r' && r != '\n' {
			continue
		}
		from = i + 1
		if r == '\r' || i == 0 || text[i-1] != '\r' {
			number++
		}
	}
	for to = at; to < len(text) && text[to] != '\r' && text[to] != '\n'; to++ {
	}
	return from, to, number
}

// columns is where each character up to the one at end begins. Here characters
// that show nothing count as one column each.
func columns(text []rune, end int) []int {
	out := make([]int, end+1)
	for i, r := range text[:end] {
		out[i+1] = out[i] + max(columnsOf(r), 1)
	}
	return out
}
