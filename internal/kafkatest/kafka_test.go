// Package kafkatest runs the real server over a real Apache Kafka: what the
// embedded broker answers is no proof of what Kafka answers.
package kafkatest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tarndb/tarn/internal/killtest/child"
	"github.com/tarndb/tarn/topics/kafka"
)

const jarsVariable = "TARN_KAFKA_JARS"

// patience bounds every wait for something that must happen.
const patience = time.Minute

// site is everything that runs in the test.
type site struct {
	whole  *testing.T // what is started ends with it
	t      *testing.T // the step that runs
	bin    string
	data   string
	kafka  *cluster
	world  *world
	server *child.Server
	client *child.Client
}

func TestKafka(t *testing.T) {
	jars := os.Getenv(jarsVariable)
	if jars == "" {
		t.Skip(jarsVariable + " is not set: run make test-kafka")
	}
	s := &site{whole: t, t: t, bin: child.Build(t), data: t.TempDir(), kafka: newCluster(t, jars)}
	s.kafka.start()
	s.world = &world{t: t, rng: rand.New(rand.NewPCG(1, 1)), c: s.kafka.client(), partitions: 4,
		orders: map[int64]account{}, customers: map[int64]string{}}
	s.start()
	for _, topic := range []string{"orders", "customers", "payments"} {
		s.world.c.do("topic", topic, "4")
	}
	// In order, each on what the one before has left.
	steps := []struct {
		name string
		run  func(*site)
	}{
		{"views over messages that are there", created},
		{"every codec while it runs", codecs},
		{"a message that is no row", undecodable},
		{"clean restart", func(s *site) { restarted(s, func() { s.server.Stop(s.t) }) }},
		{"kill -9", func(s *site) { restarted(s, func() { s.server.Kill() }) }},
		{"broker restarts", func(s *site) { brokerRestarted(s, syscall.SIGTERM) }},
		{"broker is killed", func(s *site) { brokerRestarted(s, syscall.SIGKILL) }},
		{"partitions are added", partitionsAdded},
		{"a topic that is missing", missingTopic},
		{"a broker that is missing", missingBroker},
		{"restart without a broker", restartedAlone},
		{"sources are what the views say", adHoc},
	}
	for _, step := range steps {
		began := time.Now()
		ok := t.Run(step.name, func(t *testing.T) {
			s.in(t)
			step.run(s)
			t.Logf("%.1f s, %d messages produced so far", time.Since(began).Seconds(), s.world.next)
		})
		s.in(t)
		if !ok {
			t.Fatalf("stopped; %s", s.server.Report())
		}
	}
	s.server.Stop(t)
}

// in makes t the test that failures belong to.
func (s *site) in(t *testing.T) { s.t, s.world.t = t, t }

func (s *site) start() {
	s.t.Helper()
	s.server = child.Start(s.whole, s.bin, "--data", s.data)
	s.client = child.Connect(s.whole, s.whole.Context(), s.server.URL)
}

// await waits until the views are as expected.
func (s *site) await() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for {
		d, err := s.world.differs(s.client)
		if err != nil {
			s.t.Fatal(err)
		}
		if d == "" {
			return
		}
		if !child.Pause(ctx, 50*time.Millisecond) {
			s.t.Fatalf("after %v: %s\nsources: %v", patience, d, s.show())
		}
	}
}

// atOnce is await without patience: the very first reads must be right.
func (s *site) atOnce() {
	s.t.Helper()
	d, err := s.world.differs(s.client)
	if err != nil {
		s.t.Fatal(err)
	}
	if d != "" {
		s.t.Fatal(d)
	}
}

// offsets waits until tarn.offsets holds what Kafka says the topics' ends are.
func (s *site) offsets() {
	s.t.Helper()
	want := map[string]bool{}
	for _, topic := range []string{"orders", "customers", "payments"} {
		log := kafka.Open(kafka.Config{Brokers: []string{s.kafka.addr}}, topic)
		bounds, err := log.Bounds(s.t.Context())
		log.Close()
		if err != nil {
			s.t.Fatal(err)
		}
		for p, r := range bounds {
			want[fmt.Sprintf("%s/%d at %d", topic, p, r.End)] = true
		}
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for {
		rows := s.client.Must(s.t, ctx, `SELECT source, partition, "offset" FROM tarn.offsets WHERE source IN ('orders', 'customers', 'payments')`)
		var wrong []string
		for _, r := range rows {
			if got := fmt.Sprintf("%s/%s at %s", r[0], r[1], r[2]); !want[got] {
				wrong = append(wrong, got)
			}
		}
		if len(wrong) == 0 && len(rows) == len(want) {
			return
		}
		if !child.Pause(ctx, 50*time.Millisecond) {
			s.t.Fatalf("%d partitions, must be %d; wrong: %v; Kafka says %v", len(rows), len(want), wrong, want)
		}
	}
}

// show is SHOW SOURCES: the state of each, with the problem if there is one.
func (s *site) show() map[string]string {
	s.t.Helper()
	out := map[string]string{}
	for _, r := range s.client.Must(s.t, s.t.Context(), "SHOW SOURCES") {
		if out[r[0]] = r[3]; r[4] != child.Null {
			out[r[0]] += ": " + r[4]
		}
	}
	return out
}

// shows waits until SHOW SOURCES says something of each of the sources.
func (s *site) shows(text string, sources ...string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for {
		all, said := s.show(), true
		for _, name := range sources {
			said = said && strings.Contains(all[name], text)
		}
		if said {
			return
		}
		if !child.Pause(ctx, 50*time.Millisecond) {
			s.t.Fatalf("SHOW SOURCES does not say %q of %v: %v", text, sources, all)
		}
	}
}

func created(s *site) {
	s.world.produce("none", 3000)
	for _, sql := range declare(s.kafka.addr) {
		s.client.Must(s.t, s.t.Context(), sql)
	}
	s.await()
	s.offsets()
	s.shows("running", "orders", "customers", "payments")
}

func codecs(s *site) {
	for _, codec := range []string{"gzip", "snappy", "lz4", "zstd"} {
		s.world.produce(codec, 3000)
	}
	s.await()
	s.offsets()
}

func undecodable(s *site) {
	s.world.c.do("producer", "none")
	for range 3 {
		s.world.order("-")
		s.world.garbage()
		s.world.order("-")
	}
	s.world.c.do("flush")
	s.await()
	rows := s.client.Must(s.t, s.t.Context(), "SELECT DISTINCT value FROM tarn.errors")
	if want := fmt.Sprintf(`\x%x`, `{"id":"many"}`); len(rows) != 1 || rows[0][0] != want {
		s.t.Errorf("tarn.errors holds %v, the message was %s", rows, want)
	}
	s.offsets()
}

// restarted produces right before the end and while the server is down: the
// first reads afterwards must have all of it.
func restarted(s *site, end func()) {
	for range 3 {
		s.world.produce("lz4", 500)
		s.client.Close()
		end()
		s.world.produce("none", 500)
		s.start()
		s.atOnce()
		s.offsets()
	}
}

func brokerRestarted(s *site, sig syscall.Signal) {
	s.world.produce("snappy", 500)
	s.await()
	s.kafka.stop(sig)
	s.shows("failing: ", "orders", "customers", "payments")
	s.atOnce() // the views are what they were
	s.t.Logf("meanwhile: %v", s.show())
	s.kafka.start()
	s.world.produce("zstd", 500)
	s.await()
	s.shows("running", "orders", "customers", "payments")
	s.offsets()
}

func partitionsAdded(s *site) {
	s.world.c.do("partitions", "orders", "6")
	s.world.c.do("producer", "gzip")
	for _, p := range []string{"4", "5", "0"} {
		for range 100 {
			s.world.order(p)
		}
	}
	s.world.c.do("flush")
	s.await()
	s.offsets()
	restarted(s, func() { s.server.Kill() })
}

// source makes a source that cannot be read yet. It keeps its rows, so that it
// reads without a view.
func (s *site) source(name, topic, addr string) {
	s.t.Helper()
	s.client.Must(s.t, s.t.Context(), fmt.Sprintf(`CREATE SOURCE %s (id bigint PRIMARY KEY, name text) INCLUDE key AS id
		WITH (connector = 'kafka', topic = '%s', properties.bootstrap.server = '%s') FORMAT UPSERT ENCODE JSON`, name, topic, addr))
}

func missingTopic(s *site) {
	s.source("later", "later", s.kafka.addr)
	s.shows(`failing: topic "later" does not exist`, "later")
	s.shows("running", "orders", "customers", "payments")
	s.atOnce()
	s.world.c.do("topic", "later", "4")
	s.world.c.do("producer", "none")
	s.world.c.do("send", "later", "-", "7", `{"name":"seven"}`)
	s.world.c.do("flush")
	s.shows("running", "later")
	if rows := s.client.Must(s.t, s.t.Context(), "SELECT id, name FROM later"); len(rows) != 1 || rows[0][0] != "7" || rows[0][1] != "seven" {
		s.t.Errorf("the topic came, and its source holds %v", rows)
	}
	s.client.Must(s.t, s.t.Context(), "DROP SOURCE later")
}

func missingBroker(s *site) {
	addr := child.FreeAddr(s.t)
	s.source("lost", "orders", addr)
	s.shows("failing: no broker answers at "+addr, "lost")
	s.shows("running", "orders", "customers", "payments")
	s.atOnce()
	s.client.Must(s.t, s.t.Context(), "DROP SOURCE lost")
}

// restartedAlone: without the broker nobody knows how far the topics go, so
// reads are refused, unless the client says that the last commit will do.
func restartedAlone(s *site) {
	s.await()
	s.client.Close()
	s.server.Stop(s.t)
	s.kafka.stop(syscall.SIGTERM)
	s.start()
	s.shows("failing: no broker answers", "orders", "customers", "payments")
	if _, err := s.client.Query(s.t.Context(), "SELECT * FROM order_totals"); child.SQLState(err) != "57P03" {
		s.t.Errorf("a read that nobody knows to be new enough: %v", err)
	}
	s.client.Must(s.t, s.t.Context(), "SET tarn.allow_stale_reads = on")
	s.atOnce()
	s.client.Must(s.t, s.t.Context(), "SET tarn.allow_stale_reads = off")
	s.kafka.start()
	s.world.produce("lz4", 200)
	s.shows("running", "orders", "customers", "payments")
	s.await()
	s.offsets()
}

func adHoc(s *site) {
	for view, sql := range map[string]string{
		"order_totals": "SELECT customer, count(*), sum(amount), max(amount) FROM orders GROUP BY customer ORDER BY 1",
		"paid":         "SELECT id, amount, k, part, origin, at > '2020-01-01', off >= 0 FROM payments ORDER BY 1",
	} {
		stored := s.client.Must(s.t, s.t.Context(), "SELECT * FROM "+view+" ORDER BY 1")
		fresh := s.client.Must(s.t, s.t.Context(), sql)
		if fmt.Sprint(stored) != fmt.Sprint(fresh) {
			s.t.Errorf("%s and its query over the topic differ:\n%v\n%v", view, stored, fresh)
		}
	}
}
