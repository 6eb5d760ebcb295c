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
	if len(cols) == 0 {
		_, err := fmt.Fprintf(w, "--\n%s\n", footer(len(rows)))
		return err
	}
	width := make([]int, len(cols))
	for i, c := range cols {
		width[i] = textWidth(c.Name)
	}
	split := make([][][]string, len(rows))
	for r, cells := range rows {
		split[r] = make([][]string, len(cells))
		for i, c := range cells {
			split[r][i] = strings.Split(c.Text, "\n")
			for l, line := range split[r][i] {
				split[r][i][l] = withoutTabs(line)
			}
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
	out.WriteString(footer(len(rows)) + "\n")
	_, err := io.WriteString(w, out.String())
	return err
}

func footer(rows int) string {
	if rows == 1 {
		return "(1 row)\n"
	}
	return fmt.Sprintf("(%d rows)\n", rows)
}

// withoutTabs puts spaces up to the next multiple of eight for each tab.
func withoutTabs(line string) string {
	if !strings.Contains(line, "\t") {
		return line
	}
	var out strings.Builder
	width := 0
	for _, r := range line {
		if r != '\t' {
			out.WriteRune(r)
			width++
			continue
		}
		n := 8 - width%8
		out.WriteString(strings.Repeat(" ", n))
		width += n
	}
	return out.String()
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
			case last && l >= len(c):
				out.WriteString(" ")
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
