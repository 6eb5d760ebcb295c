package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tarndb/tarn/topics/kafka"
)

// block is a fenced block of a page.
type block struct{ kind, text string }

// tourBlocks are the blocks of the README's tour.
func tourBlocks(t *testing.T) []block {
	t.Helper()
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, tour, ok := strings.Cut(string(page), "\n## A tour")
	tour, _, ok2 := strings.Cut(tour, "\n## ")
	if !ok || !ok2 {
		t.Fatal("the README has no tour")
	}
	parts := strings.Split("\n"+tour, "\n```")
	var out []block
	for i := 1; i+1 < len(parts); i += 2 {
		kind, text, _ := strings.Cut(parts[i], "\n")
		out = append(out, block{kind, text + "\n"})
	}
	return out
}

// TestTour does what the README's tour tells its reader to do, and compares what
// it shows with what the README shows.
func TestTour(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "tarn-data")
	args := []string{"--data", dir, "--embedded-broker", "127.0.0.1:0"}
	p, url := serveProcess(t, args...)
	blocks := tourBlocks(t)
	seen := map[string]int{}
	for i, b := range blocks {
		seen[b.kind]++
		switch {
		case b.kind == "sql" && i+1 < len(blocks) && blocks[i+1].kind == "text":
			showsAs(t, url, b.text, blocks[i+1].text)
		case b.kind == "sql":
			if code, _, stderr := call(t, b.text, "run", "--url", url, "-"); code != 0 {
				t.Fatalf("%s\nends with %s", b.text, stderr)
			}
		case strings.HasPrefix(b.text, "kcat"):
			produce(t, strings.Fields(p.out.after(t, "Kafka:"))[0], b.text)
		case strings.HasPrefix(b.text, "kill -9"):
			p.signal(t, syscall.SIGKILL)
			p, url = serveProcess(t, args...)
		}
	}
	if seen["sql"] < 9 || seen["text"] < 7 || seen["sh"] != 4 {
		t.Errorf("the tour has lost something: %v", seen)
	}
	if code := p.signal(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// showsAs runs statements until they show what is wanted: messages are on their
// way. Those that change something show it at once.
func showsAs(t *testing.T, url, sql, want string) {
	t.Helper()
	want = strings.TrimSpace(want)
	for limit := time.Now().Add(patience); ; {
		code, stdout, stderr := call(t, sql, "run", "--url", url, "-")
		switch got := strings.TrimSpace(stdout); {
		case code != 0:
			t.Fatalf("%s\nends with %s", sql, stderr)
		case got == want:
			return
		case !strings.HasPrefix(sql, "S") || time.Now().After(limit):
			t.Fatalf("%s\nshows\n%s\nthe README has\n%s", sql, got, want)
		}
	}
}

// produce writes the lines of a here-document to a topic.
func produce(t *testing.T, broker, command string) {
	t.Helper()
	_, text, _ := strings.Cut(command, "<<'END'\n")
	text, _, _ = strings.Cut(text, "END\n")
	var records []kafka.Record
	for line := range strings.Lines(text) {
		records = append(records, kafka.Record{Value: []byte(strings.TrimSuffix(line, "\n"))})
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cluster := kafka.Config{Brokers: []string{broker}}
	if err := kafka.CreateTopic(ctx, cluster, "orders", 4); err != nil {
		t.Fatal(err)
	}
	p := kafka.NewProducer(kafka.ProducerConfig{Config: cluster})
	defer p.Close()
	if err := p.Produce(ctx, "orders", records); err != nil {
		t.Fatal(err)
	}
}

// TestTourOfTables runs the tour for those without a Kafka client.
func TestTourOfTables(t *testing.T) {
	golden(t, "../../docs/tour.sql", "testdata/tour.out")
}
