// Package psql prints results as psql 15 does in its aligned format.
package psql

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Column is a column of a result.
type Column struct {
	Name  string
	Right bool // numbers and the like stand to the right
}

// Cell is a value's text form; Null prints as nothing.
type Cell struct {
	Text string
	Null bool
}

// Table prints a result with its header and row count.
func Table(w io.Writer, cols []Column, rows [][]Cell) error {
	width := make([]int, len(cols))
	for i, c := range cols {
		width[i] = textWidth(c.Name)
	}
	split := make([][][]string, len(rows))
	for r, cells := range rows {
		split[r] = make([][]string, len(cells))
		for i, c := range cells {
			split[r][i] = strings.Split(c.Text, "\n")
			for _, line := range split[r][i] {
				width[i] = max(width[i], textWidth(line))
			}
		}
	}
	var out strings.Builder
	header(&out, cols, width)
	for _, cells := range split {
		lines(&out, cols, width, cells)
	}
	plural := "s"
	if len(rows) == 1 {
		plural = ""
	}
	fmt.Fprintf(&out, "(%d row%s)\n\n", len(rows), plural)
	_, err := io.WriteString(w, out.String())
	return err
}

func header(out *strings.Builder, cols []Column, width []int) {
	for i, c := range cols {
		if i > 0 {
			out.WriteByte('|')
		}
		space := width[i] - textWidth(c.Name)
		out.WriteString(" " + strings.Repeat(" ", space/2) + c.Name + strings.Repeat(" ", space-space/2) + " ")
	}
	out.WriteByte('\n')
	for i := range cols {
		if i > 0 {
			out.WriteByte('+')
		}
		out.WriteString(strings.Repeat("-", width[i]+2))
	}
	out.WriteByte('\n')
}

// lines prints one row, whose cells may have several lines.
func lines(out *strings.Builder, cols []Column, width []int, cells [][]string) {
	height := 1
	for _, c := range cells {
		height = max(height, len(c))
	}
	for l := range height {
		for i, c := range cells {
			if i > 0 {
				out.WriteByte('|')
			}
			text, more := "", false
			if l < len(c) {
				text, more = c[l], l+1 < len(c)
			}
			pad := strings.Repeat(" ", width[i]-textWidth(text))
			last := i == len(cells)-1
			switch {
			case cols[i].Right:
				out.WriteString(" " + pad + text)
			case last && !more:
				out.WriteString(" " + text)
			default:
				out.WriteString(" " + text + pad)
			}
			switch {
			case more:
				out.WriteByte('+')
			case !last:
				out.WriteByte(' ')
			}
		}
		out.WriteByte('\n')
	}
}

// textWidth is the columns that a text takes in a terminal, wide characters
// counting as one.
func textWidth(s string) int { return utf8.RuneCountInString(s) }
