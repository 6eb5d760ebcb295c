package killtest

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// compare holds the rows that the database gave for a view to the model, and
// describes the first differences, or gives "".
func compare(m *model, v *view, got [][]string, full bool) string {
	switch {
	case v.text != nil:
		return compareText(m, v, got)
	case v.large && !full:
		return compareBags(got, func(emit func(...int64)) { checksum(m, v, emit) })
	}
	return compareBags(got, func(emit func(...int64)) { v.ints(m, emit) })
}

// compareBags compares multisets of rows.
func compareBags(got [][]string, want func(emit func(...int64))) string {
	counts := make(map[string]int, len(got))
	for _, r := range got {
		counts[strings.Join(r, "\t")]++
	}
	expected := 0
	want(func(row ...int64) {
		cells := make([]string, len(row))
		for i, n := range row {
			cells[i] = text(n)
		}
		counts[strings.Join(cells, "\t")]--
		expected++
	})
	var d differences
	for row, n := range counts {
		if n != 0 {
			d.add("%+d times (%s)", n, strings.ReplaceAll(row, "\t", ", "))
		}
	}
	return d.text(len(got), expected)
}

// compareText compares rows with the same first column, cell by cell.
func compareText(m *model, v *view, got [][]string) string {
	rows := make(map[string][]string, len(got))
	var d differences
	for _, r := range got {
		if rows[r[0]] != nil {
			d.add("(%s) is there twice", r[0])
		}
		rows[r[0]] = r
	}
	expected := 0
	v.text(m, func(want ...string) {
		expected++
		have := rows[want[0]]
		delete(rows, want[0])
		if len(have) != len(want) {
			d.add("(%s) is %v, must be %v", want[0], have, want)
			return
		}
		for i := range want {
			if !sameCell(have[i], want[i]) {
				d.add("column %d of (%s) is %s, must be %s", i, want[0], have[i], want[i])
			}
		}
	})
	for first := range rows {
		d.add("(%s) is too many", first)
	}
	return d.text(len(got), expected)
}

// fraction is a cell that holds a quotient, with any number of digits.
func fraction(sum, count int64) string { return fmt.Sprintf("%d/%d", sum, count) }

// sameCell compares a cell with the expected one. A fraction must be there with
// at least 16 digits that count, and rounded rightly to those it has.
func sameCell(have, want string) bool {
	if !strings.Contains(want, "/") {
		return have == want
	}
	exact, ok := new(big.Rat).SetString(want)
	whole, decimals, _ := strings.Cut(have, ".")
	return ok && len(whole)+len(decimals) >= 16 && exact.FloatString(len(decimals)) == have
}

type differences struct {
	n     int
	first []string
}

func (d *differences) add(format string, args ...any) {
	if d.n++; d.n <= 5 {
		d.first = append(d.first, fmt.Sprintf(format, args...))
	}
}

func (d *differences) text(got, want int) string {
	if d.n == 0 {
		return ""
	}
	return fmt.Sprintf("%d rows, must be %d; %d differences, such as %s", got, want, d.n, strings.Join(d.first, "; "))
}

// TestCompare proves that the comparison can fail: every view of a small model
// is equal to itself, and unequal after any one message more.
func TestCompare(t *testing.T) {
	small := func() *model {
		m := newModel(clusterOf("127.0.0.1:1"))
		t.Cleanup(m.close)
		for _, msg := range []string{
			`person {"id":1}`, `person {"id":2}`, `auction {"id":5,"seller":1,"category":3}`,
			`bid {"auction":5,"bidder":2,"price":95000000,"channel":"a","date_time":"2026-01-01T00:00:00.100000Z"}`,
			`bid {"auction":5,"bidder":2,"price":1,"channel":"a","date_time":"2026-01-01T00:00:00.000000Z"}`,
		} {
			topic, value, _ := strings.Cut(msg, " ")
			m.add(topic, []byte(value))
		}
		m.watch = map[int64]watchRow{5: {1, 100}, 6: {2, 50}}
		return m
	}
	m, other := small(), small()
	other.add("person", []byte(`{"id":3}`))
	other.add("auction", []byte(`{"id":7,"seller":3,"category":4}`))
	other.add("bid", []byte(`{"auction":5,"bidder":1,"price":96000000,"channel":"a","date_time":"2026-01-01T00:00:01Z"}`))
	for i := range views {
		v := &views[i]
		for _, full := range []bool{true, false} {
			got := written(m, v, full)
			if len(got) == 0 {
				t.Errorf("%s: the model has no rows", v.name)
			}
			if d := compare(m, v, got, full); d != "" {
				t.Errorf("%s, full %v: not equal to itself: %s", v.name, full, d)
			}
			if d := compare(other, v, got, full); d == "" {
				t.Errorf("%s, full %v: messages are missing, and nothing is said", v.name, full)
			}
			if d := compare(m, v, append(got, got[0]), full); d == "" {
				t.Errorf("%s, full %v: a row is there twice, and nothing is said", v.name, full)
			}
		}
	}
}

// written is what a database that agrees with the model gives for a view.
func written(m *model, v *view, full bool) [][]string {
	var rows [][]string
	ints := func(row ...int64) {
		var cells []string
		for _, n := range row {
			cells = append(cells, text(n))
		}
		rows = append(rows, cells)
	}
	switch {
	case v.text != nil:
		v.text(m, func(row ...string) {
			for i, c := range row {
				if sum, count, ok := strings.Cut(c, "/"); ok {
					exact, _ := new(big.Rat).SetString(sum + "/" + count)
					row[i] = exact.FloatString(16)
				}
			}
			rows = append(rows, row)
		})
	case v.large && !full:
		checksum(m, v, ints)
	default:
		v.ints(m, ints)
	}
	return rows
}
