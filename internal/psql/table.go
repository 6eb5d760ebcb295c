// Package psql prints results as psql 15 does in its aligned format.
package psql

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Column is a column of a result.
type Column struct {
	Name  string
	Right bool // numbers and the like stand to the right
}

// numbers are the types that psql sets to the right, by OID: the numbers, and oid,
// xid, cid, money and xid8.
var numbers = []uint32{20, 21, 23, 700, 701, 1700, 26, 28, 29, 790, 5069}

// Right reports whether values of a type stand to the right.
func Right(oid uint32) bool { return slices.Contains(numbers, oid) }

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
	names := make([][]string, len(cols))
	width := make([]int, len(cols))
	for i, c := range cols {
		names[i] = cellLines(c.Name)
		width[i] = widest(names[i])
	}
	split := make([][][]string, len(rows))
	for r, cells := range rows {
		split[r] = make([][]string, len(cells))
		for i, c := range cells {
			split[r][i] = cellLines(c.Text)
			width[i] = max(width[i], widest(split[r][i]))
		}
	}
	var out strings.Builder
	header(&out, names, width)
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

func cellLines(text string) []string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = shown(line)
	}
	return lines
}

func widest(lines []string) int {
	n := 0
	for _, line := range lines {
		n = max(n, textWidth(line))
	}
	return n
}

// header prints the names, which may have several lines, in the middle of their
// columns.
func header(out *strings.Builder, names [][]string, width []int) {
	height := 1
	for _, name := range names {
		height = max(height, len(name))
	}
	for l := range height {
		for i, name := range names {
			if i > 0 {
				out.WriteByte('|')
			}
			text, end := "", " "
			if l < len(name) {
				text = name[l]
			}
			if l+1 < len(name) {
				end = "+"
			}
			space := width[i] - textWidth(text)
			out.WriteString(" " + strings.Repeat(" ", space/2) + text + strings.Repeat(" ", space-space/2) + end)
		}
		out.WriteByte('\n')
	}
	for i := range names {
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
