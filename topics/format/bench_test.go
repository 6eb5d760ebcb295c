package format

import (
	"strings"
	"testing"

	"github.com/tarndb/tarn/row"
	"github.com/tarndb/tarn/topics"
)

// bid is about 200 bytes, as a producer without a schema writes it.
const bid = `{"auction":1234567,"bidder":7654321,"price":129900,"channel":"channel-4711",` +
	`"url":"https://www.nexmark.com/abc/def/ghi/item.htm?query=1&channel_id=12345","date_time":"2024-01-02T03:04:05.678Z","extra":"JKLSMKJdmsa"}`

func bidColumns() []Column {
	return []Column{
		{Name: "auction", Type: row.T(row.Int8)},
		{Name: "bidder", Type: row.T(row.Int8)},
		{Name: "price", Type: row.T(row.Int8)},
		{Name: "channel", Type: row.T(row.Text)},
		{Name: "url", Type: row.T(row.Text)},
		{Name: "date_time", Type: row.T(row.Timestamptz)},
		{Name: "extra", Type: row.T(row.Text)},
	}
}

func BenchmarkBid(b *testing.B) {
	spaced := strings.NewReplacer(`":`, `": `, `,"`, `, "`).Replace(bid)
	for _, tc := range []struct {
		name   string
		wanted []int
		value  string
	}{
		{"all", nil, bid},
		{"three", []int{0, 2, 5}, bid},
		{"reordered", nil, `{"extra":"x",` + bid[1:]},
		{"spaced", nil, spaced},
	} {
		b.Run(tc.name, func(b *testing.B) {
			d, err := NewDecoder(Spec{Columns: bidColumns(), Wanted: tc.wanted})
			if err != nil {
				b.Fatal(err)
			}
			m := topics.Message{Value: []byte(tc.value)}
			batch := d.NewBatch(row.BatchRows)
			b.SetBytes(int64(len(m.Value)))
			b.ReportAllocs()
			for range b.N {
				if batch.Len() == row.BatchRows {
					batch.Reset()
				}
				if _, err := d.Decode(&m, batch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
