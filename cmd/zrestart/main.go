package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/tarndb/tarn"
)

func main() {
	t0 := time.Now()
	dir, n := os.Args[1], os.Args[2]
	lim := int64(0)
	if len(os.Args) > 3 {
		fmt.Sscan(os.Args[3], &lim)
		lim <<= 20
	}
	ctx := context.Background()
	db, err := tarn.Open(tarn.Options{Dir: dir, MemoryLimit: lim, Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		panic(err)
	}
	fmt.Println("open", time.Since(t0))
	q := func(s string) {
		t := time.Now()
		r, err := db.Query(ctx, s)
		if err != nil {
			fmt.Println(s, err)
			return
		}
		var cells []string
		for i := range min(len(r.Rows), 12) {
			for c := range r.Columns {
				x, _ := r.Text(i, c)
				cells = append(cells, x)
			}
			cells = append(cells, ";")
		}
		fmt.Printf("%8.1fms at %8.1fms %s -> %s\n", float64(time.Since(t).Microseconds())/1000, float64(time.Since(t0).Microseconds())/1000, s, strings.Join(cells, " "))
	}
	if n != "0" {
		q(fmt.Sprintf("CREATE SOURCE bid WITH (connector = 'nexmark', nexmark.table.type = 'bid', nexmark.event.num = %s)", n))
		q("CREATE MATERIALIZED VIEW rowsv AS SELECT auction, bidder, price, date_time, channel FROM bid")
		q("CREATE MATERIALIZED VIEW groups AS SELECT auction, bidder, count(*) AS n, max(price) AS hi FROM bid GROUP BY auction, bidder")
		q("CREATE MATERIALIZED VIEW dist AS SELECT bidder, count(DISTINCT auction) AS n FROM bid GROUP BY bidder")
		q("SELECT count(*) FROM rowsv")
		q("SELECT max(auction) FROM rowsv")
		q("SELECT epoch, milliseconds, freeze_ms, write_ms, stall_ms, rows, bytes, sublevels FROM tarn.commits ORDER BY epoch DESC LIMIT 12")
		q("SELECT object, part, rows, memory_bytes, disk_bytes FROM tarn.arrangements")
		fmt.Println("killing")
		p, _ := os.FindProcess(os.Getpid())
		p.Kill()
		select {}
	}
	q("SELECT epoch FROM tarn.status")
	q("SELECT * FROM groups WHERE auction = 1500 AND bidder = 1500 ")
	q("SELECT * FROM rowsv WHERE auction = 20000 LIMIT 1")
	q("SELECT * FROM dist WHERE bidder = 2000")
	q("SELECT name, state, lag FROM tarn.sources")
	p, _ := os.FindProcess(os.Getpid())
	p.Kill()
	select {}
}
