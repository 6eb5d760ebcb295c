package engine

import (
	"context"
	"fmt"
	"testing"

	"github.com/tarndb/tarn/sql/pgerr"
	"github.com/tarndb/tarn/topics"
)

// TestStartIsFixedOnce checks that every view over a source sees the same prefix,
// whatever the start mode, over restarts, idle times and new partitions.
func TestStartIsFixedOnce(t *testing.T) {
	for mode, first := range map[string]int{"earliest": 0, "latest": 3, "timestamp": 2} {
		t.Run(mode, func(t *testing.T) {
			w := newWorld(t)
			log := w.topic("events", 1)
			n := 0
			add := func() {
				log.AppendMessage(topics.Message{Value: event(n, n), Time: int64(n) * 1e6})
				n++
			}
			rows := func() []string { return lines(n-first, func(i int) string { return fmt.Sprint(i + first) }) }
			for range 3 {
				add()
			}
			extra := fmt.Sprintf(", scan.startup.mode = '%s'", mode)
			if mode == "timestamp" {
				extra += ", scan.startup.timestamp.millis = '2000'"
			}
			w.events(1, extra)
			w.crash() // the source is durable, and where it begins with it
			add()
			w.want("SELECT id FROM events", rows()...)
			w.exec("CREATE MATERIALIZED VIEW a AS SELECT id FROM events")
			w.want("SELECT id FROM a", rows()...)
			add()
			w.exec("CREATE MATERIALIZED VIEW b AS SELECT id, v FROM events")
			w.until("SELECT id FROM a", rows()...)
			w.equal(w.s, "SELECT id FROM a", "SELECT id FROM b", "SELECT id FROM events")
			w.crash()
			w.equal(w.s, "SELECT id FROM a", "SELECT id FROM b", "SELECT id FROM events")
			w.want("SELECT id FROM b", rows()...)
			w.exec("DROP MATERIALIZED VIEW a, b")
			w.want("SELECT state FROM tarn.sources", "idle")
			add()
			w.restart()
			w.want("SELECT id FROM events", rows()...)
			w.exec("CREATE MATERIALIZED VIEW a AS SELECT id FROM events")
			w.want("SELECT id FROM a", rows()...)
		})
	}
}

// TestLatestBeforeTheTopic checks that nothing of a topic that comes later than
// its source is left out.
func TestLatestBeforeTheTopic(t *testing.T) {
	w := newWorld(t)
	w.exec("CREATE SOURCE events (id bigint) WITH (connector = 'kafka', topic = 'events', scan.startup.mode = 'latest') FORMAT PLAIN ENCODE JSON")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT id FROM events")
	w.crash()
	w.wantError("SELECT * FROM v", pgerr.CannotConnectNow, "has not caught up")
	w.topic("events", 1).Append(0, nil, event(1, 1))
	w.until("SELECT * FROM v", "1")
}

// TestNewPartitions adds partitions while the engine runs and while it does not.
func TestNewPartitions(t *testing.T) {
	w := newWorld(t)
	log := w.events(1, ", scan.startup.mode = 'latest'")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT id FROM events")
	log.AddPartitions(1)
	log.Append(1, nil, event(1, 1))
	w.until("SELECT * FROM v", "1")
	w.db.Crash()
	log.AddPartitions(1)
	log.Append(2, nil, event(2, 2))
	log.Append(0, nil, event(3, 3))
	w.open()
	w.want("SELECT * FROM v", "1", "2", "3")
	w.exec("CREATE MATERIALIZED VIEW u AS SELECT id FROM events")
	w.want("SELECT * FROM u", "1", "2", "3")
}

// TestHeldReads checks that reads after a restart wait for the sources behind them,
// fail while those cannot be read, and do not concern others.
func TestHeldReads(t *testing.T) {
	w := newWorld(t)
	log := w.events(1)
	w.exec("CREATE TABLE t (k bigint)")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT id FROM events; CREATE MATERIALIZED VIEW n AS SELECT count(*) AS n FROM t")
	log.Append(0, nil, event(1, 1))
	w.until("SELECT * FROM v", "1")
	w.commit()
	log.Append(0, nil, event(2, 2))
	w.until("SELECT * FROM v", "1", "2")
	log.Fail(errDown, -1)
	w.crash()
	w.until("SELECT state FROM tarn.sources", "failing")
	w.wantError("SELECT * FROM v", pgerr.CannotConnectNow, "allow_stale_reads")
	w.want("SELECT n FROM n", "0")
	w.exec("SET tarn.allow_stale_reads = on")
	w.want("SELECT * FROM v", "1")
	w.exec("RESET tarn.allow_stale_reads")
	w.wantError("SELECT * FROM v", pgerr.CannotConnectNow, "no broker")
	log.Heal()
	w.until("SELECT * FROM v", "1", "2")
	w.want("SELECT state FROM tarn.sources", "running")
	w.restart() // nothing is new: reads must go on all the same
	w.want("SELECT * FROM v", "1", "2")

	// A block that began before has one epoch for all its reads.
	log.Fail(errDown, -1)
	w.crash()
	w.exec("BEGIN; SELECT n FROM n")
	log.Heal()
	w.eventually("the source has caught up", func() bool {
		s := w.session(w.db)
		defer s.Close()
		_, err := run(context.Background(), s, "SELECT * FROM v")
		return err == nil
	})
	w.wantError("SELECT * FROM v", pgerr.SerializationFailure, "Begin the transaction again")
	w.exec("ROLLBACK")
	w.want("SELECT * FROM v", "1", "2")
}

// TestTrimmedTopic lets retention take what is to be read next: that partition
// stops and says so, the other goes on, and no row is skipped in silence.
func TestTrimmedTopic(t *testing.T) {
	w := newWorld(t)
	log := w.events(2)
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT id FROM events")
	log.Append(0, nil, event(1, 1))
	log.Append(1, nil, event(2, 2))
	w.until("SELECT * FROM v", "1", "2")
	w.commit()
	w.db.Crash()
	for i := range 5 {
		log.Append(0, nil, event(10+i, 0))
	}
	log.Trim(0, 4)
	log.Append(1, nil, event(3, 3))
	w.open()
	w.until("SELECT state, problem LIKE '%out of range%' FROM tarn.sources", "failing|t")
	w.exec("SET tarn.allow_stale_reads = on")
	w.until("SELECT * FROM v", "1", "2", "3")
	w.want("SELECT state FROM tarn.sources", "failing")
	w.wantError("CREATE MATERIALIZED VIEW u AS SELECT id FROM events", pgerr.ConnectionFailure, "create it again")
	log.Append(0, nil, event(20, 0))
	log.Append(1, nil, event(4, 4))
	w.until("SELECT * FROM v", "1", "2", "3", "4")
	w.want("SELECT state FROM tarn.sources", "failing")
}

// TestShrunkTopic makes a topic anew with fewer messages: whoever reads it again
// from its start gets an error, and does not wait for ever.
func TestShrunkTopic(t *testing.T) {
	w := newWorld(t)
	log := w.events(1)
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT id FROM events")
	for i := range 10 {
		log.Append(0, nil, event(i, i))
	}
	w.until("SELECT count(*) FROM v", "10")
	w.mu.Lock()
	delete(w.topics, "events")
	w.mu.Unlock()
	short := w.topic("events", 1)
	short.Append(0, nil, event(0, 0))
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				short.Wake()
			}
		}
	}()
	w.wantError("SELECT count(*) FROM events", pgerr.ConnectionFailure, "out of range")
	w.wantError("CREATE MATERIALIZED VIEW u AS SELECT id FROM events", pgerr.ConnectionFailure, "out of range")
}

// TestErrorsOverRestarts checks that undecodable messages are in tarn.errors once.
func TestErrorsOverRestarts(t *testing.T) {
	w := newWorld(t)
	log := w.events(1)
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT 10 / v AS q FROM events")
	log.Append(0, nil, []byte("garbage"))
	log.Append(0, nil, event(1, 0))
	log.Append(0, nil, event(1, 5))
	w.until("SELECT * FROM v", "2")
	check := func() {
		t.Helper()
		w.want("SELECT object, kind, \"offset\", code FROM tarn.errors", "events|source|0|22P02", "v|materialized view|NULL|22012")
	}
	w.crash()
	w.want("SELECT * FROM v", "2")
	check()
	w.commit()
	w.crash()
	w.want("SELECT * FROM v", "2")
	check()
	w.exec("DROP MATERIALIZED VIEW v")
	w.exec("CREATE MATERIALIZED VIEW v AS SELECT 10 / v AS q FROM events")
	check()
}
