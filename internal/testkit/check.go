package testkit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/internal/oracle"
	"github.com/tarndb/tarn/planner"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/pgerr"
)

// CheckViews compares every materialized view with what its query means over
// the contents of its inputs at the same epoch. It needs a session of its own,
// outside a transaction. loose: see the package comment.
func CheckViews(ctx context.Context, s *engine.Session, loose bool) error {
	return until(ctx, "the sources have caught up", func() (bool, error) {
		if _, err := execute(ctx, s, "BEGIN"); err != nil {
			return false, err
		}
		err := checkEpoch(ctx, s, loose)
		if _, e := execute(ctx, s, "ROLLBACK"); err == nil {
			err = e
		}
		// After a restart an epoch may be read only once the sources have caught up.
		if pgerr.Code(err) == pgerr.SerializationFailure {
			return false, nil
		}
		return true, err
	})
}

func checkEpoch(ctx context.Context, s *engine.Session, loose bool) error {
	c := &checker{s: s, read: map[string][]row.Row{}, loose: loose}
	// The first read fixes the epoch.
	if err := c.readErrors(ctx); err != nil {
		return err
	}
	views, err := s.Meanings(ctx)
	if err != nil {
		return fmt.Errorf("reading the views' meanings: %w", err)
	}
	for _, v := range views {
		if v.Problem != nil {
			return fmt.Errorf("view %s has stopped: %w", v.Name, v.Problem)
		}
		if err := c.view(ctx, v); err != nil {
			return err
		}
	}
	return nil
}

type checker struct {
	s      *engine.Session
	read   map[string][]row.Row
	errors map[string]int64 // how many rows each view has in tarn.errors
	loose  bool
}

func (c *checker) readErrors(ctx context.Context) error {
	r, err := execute(ctx, c.s, `SELECT object, count(*) FROM tarn.errors WHERE kind = 'materialized view' GROUP BY object`)
	if err != nil {
		return fmt.Errorf("reading tarn.errors: %w", err)
	}
	c.errors = map[string]int64{}
	for _, rw := range r.rows {
		c.errors[string(rw[0].B)] = rw[1].I
	}
	return nil
}

// rows reads a relation in the transaction.
func (c *checker) rows(ctx context.Context, schema, name string) ([]row.Row, error) {
	full := quote(schema) + "." + quote(name)
	if rows, ok := c.read[full]; ok {
		return rows, nil
	}
	r, err := execute(ctx, c.s, "SELECT * FROM "+full)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", full, err)
	}
	c.read[full] = r.rows
	return r.rows, nil
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (c *checker) view(ctx context.Context, v engine.Meaning) error {
	read := func(rel *planner.Relation) ([]row.Row, error) { return c.rows(ctx, rel.Schema, rel.Name) }
	want, err := oracle.Eval(v.Query, read, v.Context)
	if pgerr.Code(err) == pgerr.ConnectionFailure {
		return nil // a topic that is not there cannot be read for comparison
	}
	if err != nil {
		return fmt.Errorf("view %s: %w", v.Name, err)
	}
	got, err := c.rows(ctx, v.Schema, v.Name)
	if err != nil {
		return err
	}
	if diff := difference(want.Types, got, want.Rows); diff != "" {
		return fmt.Errorf("view %s is wrong:\n%s%s", v.Name, diff, planner.Text(v.Query.Root))
	}
	count := c.errors[v.Name]
	exact := !c.loose && !want.Dependent
	if exact && count != int64(want.Failed) || (count > 0) != (want.Failed > 0) {
		return fmt.Errorf("view %s has %d rows in tarn.errors, and evaluation fails %d times: %v\n%s",
			v.Name, count, want.Failed, want.Errors, planner.Text(v.Query.Root))
	}
	return nil
}

// maxShown bounds the rows that a message lists of a difference.
const maxShown = 10

// difference says how two bags of rows differ; nothing if they do not.
func difference(types []row.Type, got, want []row.Row) string {
	count, text := map[string]int{}, map[string]string{}
	note := func(rows []row.Row, by int) {
		for _, r := range rows {
			var key []byte
			for i, t := range types {
				key = row.AppendValueDatum(key, t, r[i])
			}
			count[string(key)] += by
			text[string(key)] = rowText(types, r)
		}
	}
	note(got, 1)
	note(want, -1)
	var lines []string
	for k, n := range count {
		if n != 0 {
			lines = append(lines, fmt.Sprintf("%+d times %s", n, text[k]))
		}
	}
	if len(lines) == 0 {
		return ""
	}
	slices.Sort(lines)
	more := ""
	if len(lines) > maxShown {
		more = fmt.Sprintf("... and %d more\n", len(lines)-maxShown)
		lines = lines[:maxShown]
	}
	return fmt.Sprintf("it has %d rows, and should have %d\n%s\n%s", len(got), len(want), strings.Join(lines, "\n"), more)
}

func rowText(types []row.Type, r row.Row) string {
	parts := make([]string, len(r))
	for i, d := range r {
		if parts[i] = "NULL"; !d.Null {
			parts[i] = fmt.Sprintf("%q", row.TextOf(types[i], d, nil))
		}
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
