package operators

import (
	"context"
	"testing"

	"github.com/tarndb/tarn/row"
)

func TestLastStep(t *testing.T) {
	c := NewCircuit(Config{Shards: 2})
	in := mustAdd(t, c, Input{Types: pairCols})
	ex := mustAdd(t, c, Exchange{In: in, Key: []int{0}})
	a := mustAdd(t, c, Arrange{In: ex, Key: []int{0}, State: 1})
	out := mustAdd(t, c, Arrange{In: ex, Key: []int{0}, State: 2})
	mustAdd(t, c, Join{Left: a, Right: a})
	c.MarkOutput(out)
	b := row.NewBatch(pairCols, 0)
	for i := range int64(10) {
		b.AppendRow(row.Row{row.IntDatum(i), row.IntDatum(i)}, 1)
	}
	for range 2 {
		if err := c.Step(context.Background(), map[NodeID]row.Delta{in: {b}}); err != nil {
			t.Fatal(err)
		}
		got := c.LastStep()
		if got.RowsIn[ExchangeWork] != 10 || got.RowsOut[ExchangeWork] != 10 || got.RowsOut[OutputWork] != 10 || got.RowsIn[LinearWork] != 0 || got.RowsIn[StateWork] != 30 {
			t.Errorf("a step of 10 rows counted %+v", got)
		}
	}
}
