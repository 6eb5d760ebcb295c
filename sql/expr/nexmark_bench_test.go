package expr

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tarndb/tarn/row"
)

// bidRows is a batch of bids with the benchmark's shares: half of them through
// one of four channels whose URL names no number.
func bidRows() (*row.Batch, map[string]*ColRef) {
	names := []string{"auction", "bidder", "price", "channel", "url", "date_time", "extra"}
	types := []row.Type{row.T(row.Int8), row.T(row.Int8), row.T(row.Int8), row.T(row.Text), row.T(row.Text), row.T(row.Timestamp), row.T(row.Text)}
	b := row.NewBatch(types, row.BatchRows)
	rnd := rand.New(rand.NewPCG(1, 2))
	letters := func(n int) string {
		out := make([]byte, n)
		for i := range out {
			out[i] = 'a' + byte(rnd.IntN(26))
		}
		return string(out)
	}
	for i := range row.BatchRows {
		channel := []string{"Google", "Facebook", "Baidu", "Apple"}[rnd.IntN(4)]
		url := "https://www.nexmark.com/" + letters(5) + "/" + letters(5) + "/" + letters(5) + "/item.htm?query=1"
		if rnd.IntN(2) == 0 {
			n := rnd.IntN(10000)
			channel = fmt.Sprintf("channel-%d", n)
			url += fmt.Sprintf("&channel_id=%d", n)
		}
		price := int64(100)
		for range rnd.IntN(7) {
			price *= 10
		}
		b.AppendRow(row.Row{
			row.IntDatum(1000 + rnd.Int64N(100000)), row.IntDatum(rnd.Int64N(1000)), row.IntDatum(price + rnd.Int64N(900)), row.StringDatum(channel), row.StringDatum(url),
			row.IntDatum(750000000000000 + int64(i)*100000), row.StringDatum(letters(30)),
		}, 1)
	}
	cols := map[string]*ColRef{}
	for i, name := range names {
		cols[name] = &ColRef{Index: i, Typ: types[i], Name: name}
	}
	return b, cols
}

// BenchmarkNexmark is the maps of the benchmark's stateless queries, and what the
// others compute for each bid.
func BenchmarkNexmark(b *testing.B) {
	in, cols := bidRows()
	const euros = "0.908 * price"
	const channelID = "(regexp_match(url, '(&|^)channel_id=([^&]*)'))[2]"
	for _, q := range []struct {
		name, filter string
		project      []string
	}{
		{"q0", "", []string{"auction", "bidder", "price", "date_time", "extra"}},
		{"q1", "", []string{"auction", "bidder", euros, "date_time", "extra"}},
		{"q2", "mod(auction, 123) = 0", []string{"auction", "price"}},
		{"q14", euros + " > 1000000 AND " + euros + " < 50000000", []string{
			"auction", "bidder", euros,
			"CASE WHEN extract(hour from date_time) >= 8 AND extract(hour from date_time) <= 18 THEN 'dayTime' WHEN extract(hour from date_time) <= 6 OR extract(hour from date_time) >= 20 THEN 'nightTime' ELSE 'otherTime' END",
			"date_time", "extra", "length(extra) - length(replace(extra, 'c', ''))",
		}},
		{"q14 all", euros + " > 1", []string{
			"CASE WHEN extract(hour from date_time) >= 8 AND extract(hour from date_time) <= 18 THEN 'dayTime' WHEN extract(hour from date_time) <= 6 OR extract(hour from date_time) >= 20 THEN 'nightTime' ELSE 'otherTime' END",
			"length(extra) - length(replace(extra, 'c', ''))",
		}},
		{"q15", "", []string{"to_char(date_time, 'YYYY-MM-DD')", "price < 10000", "price >= 10000 AND price < 1000000", "price >= 1000000"}},
		{"q16", "", []string{"to_char(date_time, 'YYYY-MM-DD')", "to_char(date_time, 'HH24:MI')"}},
		{"q21", channelID + " IS NOT NULL OR lower(channel) IN ('apple', 'google', 'facebook', 'baidu')", []string{
			"auction", "bidder", "price", "channel",
			"CASE WHEN lower(channel) = 'apple' THEN '0' WHEN lower(channel) = 'google' THEN '1' WHEN lower(channel) = 'facebook' THEN '2' WHEN lower(channel) = 'baidu' THEN '3' ELSE " + channelID + " END",
		}},
		{"q22", "", []string{"auction", "bidder", "price", "channel", "split_part(url, '/', 4)", "split_part(url, '/', 5)", "split_part(url, '/', 6)"}},
	} {
		b.Run(q.name, func(b *testing.B) {
			var filter, project []Expr
			read := func(src string) Expr {
				e, err := readSQL(src, Typing{}, cols)
				if err != nil {
					b.Fatal(src, err)
				}
				return e
			}
			if q.filter != "" {
				filter = append(filter, read(q.filter))
			}
			for _, src := range q.project {
				project = append(project, read(src))
			}
			tr, err := NewTransform(filter, project, &Context{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				tr.Apply(in, func(int, error) { b.Fatal("a row failed") })
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/row.BatchRows, "ns/row")
		})
	}
}
