package engine

import (
	"fmt"
	"testing"

	"github.com/tarndb/tarn/topics/memlog"
)

func at(id int, clock string) []byte {
	return fmt.Appendf(nil, `{"id":%d,"at":"2026-01-01 %s"}`, id, clock)
}

func (w *world) clockSource(partitions int) *memlog.Log {
	l := w.topic("clock", partitions)
	w.exec("CREATE SOURCE clock (id bigint, at timestamp, WATERMARK FOR at AS at - INTERVAL '10 seconds')" +
		" WITH (connector = 'kafka', topic = 'clock') FORMAT PLAIN ENCODE JSON")
	return l
}

const lateErrors = `SELECT partition, "offset", code, error FROM tarn.errors`

// TestWaterline checks what is late, that it is a matter of each partition's own
// order, and that a view made later, and a restart, judge in the same way.
func TestWaterline(t *testing.T) {
	w := newWorld(t)
	l := w.clockSource(2)
	for i, c := range []string{"10:00:00", "10:01:00", "10:00:50", "10:00:49.9", "10:00:30", "10:01:05"} {
		l.Append(0, nil, at(i, c))
	}
	l.Append(0, nil, []byte(`{"id":6}`)) // NULL is never late
	l.Append(1, nil, at(10, "09:00:00"))
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT id FROM clock")
	right := []string{"0", "1", "2", "5", "6", "10"}
	w.until("SELECT * FROM v", right...)
	late := []string{
		"0|3|22000|the row is late: its event time 2026-01-01 10:00:49.9 is before the waterline 2026-01-01 10:00:50",
		"0|4|22000|the row is late: its event time 2026-01-01 10:00:30 is before the waterline 2026-01-01 10:00:50",
	}
	w.want(lateErrors, late...)
	w.want("SELECT waterline FROM tarn.sources", "2026-01-01 08:59:50+00")
	w.want("SELECT id FROM clock", right...) // ad hoc, from the topic
	w.exec("CREATE MATERIALIZED VIEW later AS SELECT id, at FROM clock")
	w.want("SELECT id FROM later", right...)
	w.crash()
	w.until("SELECT * FROM v", right...)
	w.want(lateErrors, late...)
	w.commit()
	w.crash()
	l.Append(0, nil, at(7, "10:00:54.9"))
	l.Append(0, nil, at(8, "10:00:55"))
	w.until("SELECT * FROM v", append(right, "8")...)
	w.want("SELECT id FROM later", append(right, "8")...)
	w.want(lateErrors, append(late,
		"0|7|22000|the row is late: its event time 2026-01-01 10:00:54.9 is before the waterline 2026-01-01 10:00:55")...)
}

// TestWaterlineOfNewPartition: what a partition that joins late has before the
// waterline was promised not to come.
func TestWaterlineOfNewPartition(t *testing.T) {
	w := newWorld(t)
	l := w.clockSource(1)
	l.Append(0, nil, at(0, "10:00:00"))
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT id FROM clock")
	w.until("SELECT * FROM v", "0")
	l.AddPartitions(1)
	l.Append(1, nil, at(1, "09:59:49"))
	l.Append(1, nil, at(2, "09:59:50"))
	w.until("SELECT * FROM v", "0", "2")
	w.exec("CREATE MATERIALIZED VIEW later AS SELECT id FROM clock")
	w.want("SELECT * FROM later", "0", "2")
	w.commit()
	w.crash()
	w.until("SELECT * FROM v", "0", "2")
	w.want("SELECT id FROM clock", "0", "2")
}

func TestWaterlineErrors(t *testing.T) {
	w := newWorld(t)
	w.topic("clock", 1)
	for _, c := range []struct{ element, format, code, part string }{
		{"WATERMARK FOR nothing AS nothing", "PLAIN", "42703", `column "nothing" named in WATERMARK does not exist`},
		{"WATERMARK FOR id AS id", "PLAIN", "42804", `column "id" of WATERMARK is of type bigint`},
		{"WATERMARK FOR at AS at + INTERVAL '1 second'", "PLAIN", "0A000", "Write at, or at - INTERVAL '5 seconds'."},
		{"WATERMARK FOR at AS at - INTERVAL '1 month'", "PLAIN", "22023", "must be a positive one of days or less"},
		{"WATERMARK FOR at AS at - INTERVAL '-1 second'", "PLAIN", "22023", "must be a positive one of days or less"},
		{"WATERMARK FOR at AS at, WATERMARK FOR at AS at", "PLAIN", "42P16", "at most one WATERMARK"},
		{"PRIMARY KEY (id), WATERMARK FOR at AS at", "UPSERT", "0A000", "WATERMARK is not supported on sources of FORMAT UPSERT"},
	} {
		w.wantError("CREATE SOURCE clock (id bigint, at timestamp, "+c.element+") WITH (connector = 'kafka', topic = 'clock') FORMAT "+
			c.format+" ENCODE JSON", c.code, c.part)
	}
}

// TestWaterlineEndsState checks that the state of closed windows is given up, that
// the view keeps its rows, and that both are so after a restart.
func TestWaterlineEndsState(t *testing.T) {
	w := newWorld(t)
	l := w.clockSource(1)
	w.exec("CREATE SOURCE unmarked (id bigint, at timestamp) WITH (connector = 'kafka', topic = 'clock') FORMAT PLAIN ENCODE JSON")
	for view, source := range map[string]string{"perminute": "clock", "forever": "unmarked"} {
		w.exec(fmt.Sprintf(`CREATE MATERIALIZED VIEW %s AS SELECT window_start, count(*) AS n, count(DISTINCT id %% 3) AS kinds
			FROM TUMBLE(%s, at, INTERVAL '1 minute') GROUP BY window_start`, view, source))
	}
	const minutes = 30
	for m := range minutes {
		for i := range 6 {
			l.Append(0, nil, at(i, fmt.Sprintf("10:%02d:%02d", m, i*5)))
		}
	}
	rows := lines(minutes, func(m int) string { return fmt.Sprintf("2026-01-01 10:%02d:00|6|3", m) })
	w.until("SELECT * FROM perminute", rows...)
	w.until("SELECT * FROM forever", rows...)
	w.commit()
	state := func(view string) (n int64) {
		query := fmt.Sprintf("SELECT sum(rows) FROM tarn.arrangements WHERE object = '%s' AND operator <> 'output'", view)
		if _, err := fmt.Sscan(w.exec(query), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	// The last window, and perhaps the one before: a group, and a block of its values.
	if kept, all := state("perminute"), state("forever"); kept == 0 || kept > 4 || all < 2*minutes {
		t.Fatalf("%d rows of state with a waterline, %d without", kept, all)
	}
	w.want("SELECT * FROM perminute", rows...)
	w.crash()
	w.want("SELECT * FROM perminute", rows...)
	l.Append(0, nil, at(7, "10:05:00")) // late: its window must not be opened again
	l.Append(0, nil, at(8, "10:29:40"))
	rows[minutes-1] = "2026-01-01 10:29:00|7|3"
	w.until("SELECT * FROM perminute", rows...)
	w.want("SELECT count(*) FROM tarn.errors", "1")
}
