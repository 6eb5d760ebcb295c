package testkit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/tarndb/tarn/engine"
	"github.com/tarndb/tarn/internal/psql"
	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/sql/ast"
)

// result is what the last statement of a text gave.
type result struct {
	columns []engine.ResultColumn
	rows    []row.Row // a row of weight n stands n times
	tag     string
}

// execute runs a text as a client's simple query does: as one implicit
// transaction.
func execute(ctx context.Context, s *engine.Session, text string) (*result, error) {
	statements, err := s.Parse(text)
	if err != nil {
		_ = s.EndImplicit(ctx, true)
		return nil, err
	}
	out := &result{}
	for _, st := range statements {
		if out, err = executeOne(ctx, s, st); err != nil {
			_ = s.EndImplicit(ctx, true)
			return nil, err
		}
	}
	return out, s.EndImplicit(ctx, false)
}

func executeOne(ctx context.Context, s *engine.Session, st *engine.Statement) (*result, error) {
	p, err := s.Prepare(ctx, st, nil)
	if err != nil {
		return nil, err
	}
	rows, err := s.Execute(ctx, p, nil)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := &result{columns: rows.Columns()}
	for {
		b, err := rows.Next(ctx)
		if err != nil {
			return nil, err
		}
		if b == nil {
			out.tag = rows.Tag()
			return out, nil
		}
		if err := out.add(b); err != nil {
			return nil, err
		}
	}
}

func (r *result) add(b *row.Batch) error {
	for i := range b.Len() {
		if b.Weights[i] < 0 {
			return fmt.Errorf("a row of the result has weight %d", b.Weights[i])
		}
		for range b.Weights[i] {
			made := b.Row(i)
			for c := range made {
				made[c].B = slices.Clone(made[c].B)
			}
			r.rows = append(r.rows, made)
		}
	}
	return nil
}

// rightAligned are the types that psql sets to the right.
var rightAligned = []row.Kind{row.Int2, row.Int4, row.Int8, row.Float4, row.Float8, row.Numeric, row.OID}

// text is the result as psql prints it, without the empty line behind it.
func (r *result) text(s *engine.Session, sorted bool) ([]string, error) {
	if r.columns == nil {
		return nil, fmt.Errorf("the statement gives no rows: %s", r.tag)
	}
	cols := make([]psql.Column, len(r.columns))
	for i, c := range r.columns {
		cols[i] = psql.Column{Name: c.Name, Right: slices.Contains(rightAligned, c.Type.Kind)}
	}
	cells := make([][]psql.Cell, len(r.rows))
	for i, rw := range r.rows {
		for c, d := range rw {
			cells[i] = append(cells[i], psql.Cell{Text: row.TextOf(r.columns[c].Type, d, s.Style()), Null: d.Null})
		}
	}
	if sorted {
		slices.SortFunc(cells, func(a, b []psql.Cell) int {
			return slices.CompareFunc(a, b, func(x, y psql.Cell) int { return strings.Compare(x.Text, y.Text) })
		})
	}
	var out strings.Builder
	if err := psql.Table(&out, cols, cells); err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimRight(out.String(), "\n"), "\n"), nil
}

// keepsSetting reports a statement whose effect a new session must be given again.
func keepsSetting(s *engine.Session, text string) bool {
	statements, err := s.Parse(text)
	if err != nil || len(statements) != 1 {
		return false
	}
	_, ok := statements[0].AST.(*ast.Set)
	return ok && s.TxStatus() == 'I'
}

func typesOf(r *result) []row.Type {
	out := make([]row.Type, len(r.columns))
	for i, c := range r.columns {
		out[i] = c.Type
	}
	return out
}
