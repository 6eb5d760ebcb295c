package operators

import (
	"errors"
	"fmt"
	"sort"
	"testing"

	"github.com/tarndb/tarn/row"
)

// ahead gives each row its number and how many rows are behind it; it fails on the
// third row of partitions of more than three.
type ahead struct{}

var errThird = errors.New("third")

func (ahead) Types() []row.Type { return []row.Type{intT, intT} }

func (ahead) Apply(in *row.Batch, errs ErrorFunc, _ func(int) error) ([]row.Column, error) {
	out := []row.Column{row.NewColumn(intT, 0), row.NewColumn(intT, 0)}
	for i := range in.Len() {
		if i == 2 && in.Len() > 3 {
			errs(i, errThird)
		}
		out[0].AppendInt(int64(i))
		out[1].AppendInt(int64(in.Len() - i - 1))
	}
	return out, nil
}

func TestOver(t *testing.T) {
	var twins []twin
	for _, part := range [][]int{{}, {0}, {2, 0}} {
		for _, order := range [][]OrderBy{nil, {{Col: 1, Order: row.Order{Desc: true, NullsFirst: true}}, {Col: 2}}} {
			twins = append(twins, overTwin(threeCols, Over{Partition: part, Order: order, F: ahead{}, State: 1}))
		}
	}
	runTwins(t, twins)
}

func overTwin(types []row.Type, s Over) twin {
	l := row.NewLayout(types, sortKey(types, s.Partition, s.Order), false)
	parts := func(ins []bag) (out bag, errs []string) {
		rows := append(bag{}, ins[0]...)
		key := func(r row.Row) string {
			b := row.NewBatch(types, 1)
			b.AppendRow(r, 1)
			k, _ := l.Encode(nil, nil, b, 0)
			return string(k)
		}
		sort.Slice(rows, func(i, j int) bool { return key(rows[i]) < key(rows[j]) })
		count, seen := map[string]int64{}, map[string]int64{}
		for _, r := range rows {
			count[keyOf(types, r, s.Partition)]++
		}
		for _, r := range rows {
			p := keyOf(types, r, s.Partition)
			at := seen[p]
			seen[p]++
			if at == 2 && count[p] > 3 {
				errs = append(errs, "third "+show(types, r))
				continue
			}
			out = append(out, append(r[:len(r):len(r)], row.IntDatum(at), row.IntDatum(count[p]-at-1)))
		}
		return out, errs
	}
	return twin{
		name: fmt.Sprintf("over %v by %d", s.Partition, len(s.Order)),
		ins:  [][]row.Type{types},
		build: func(t *testing.T, c *Circuit, ins []NodeID) NodeID {
			s.In = mustAdd(t, c, Gather{In: ins[0]})
			if len(s.Partition) > 0 {
				s.In = hashed(t, c, ins[0], s.Partition...)
			}
			return mustAdd(t, c, s)
		},
		meaning: func(ins []bag) bag { out, _ := parts(ins); return out },
		errors:  func(ins []bag) []string { _, errs := parts(ins); return errs },
	}
}
