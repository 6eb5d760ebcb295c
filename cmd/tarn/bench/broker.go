package bench

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tarndb/tarn/topics/broker"
	"github.com/tarndb/tarn/topics/kafka"
	"github.com/tarndb/tarn/topics/nexmark"
)

// BrokerOptions are the flags of `tarn bench broker`.
type BrokerOptions struct {
	events, rate int64
	seed         uint64
	partitions   int
}

// Flags defines the flags.
func (o *BrokerOptions) Flags(f *flag.FlagSet) {
	f.Int64Var(&o.events, "events", 1_000_000, "`N` events to write")
	f.Int64Var(&o.rate, "rate", 0, "`EVENTS` a second, from the first line on standard input on; 0 writes them all before the broker is ready")
	f.Uint64Var(&o.seed, "seed", 1, "`N` that makes the data")
	f.IntVar(&o.partitions, "partitions", 4, "`N` partitions of each topic")
}

// The words between the bench and its broker.
const (
	wordReady    = "ready"    // with the address
	wordAppended = "appended" // events so far, and the time in microseconds
	wordWritten  = "written"  // the last event is
	wordCPU      = "cpu"      // asks for the seconds that the process has taken, and answers
	wordGo       = "go"       // write now
)

// Broker is the broker of mode kafka, in memory, with the auction's events in its
// topics. It ends when its input does.
func Broker(ctx context.Context, o BrokerOptions, in io.Reader, out io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	b, err := broker.Start(broker.Config{Addr: "127.0.0.1:0", Partitions: o.partitions})
	if err != nil {
		return err
	}
	writer := nexmark.NewWriter(nexmark.WriterConfig{
		Config:  nexmark.Config{Seed: o.seed, Base: nexmarkStart, EventsPerSecond: 10_000},
		Cluster: kafka.Config{Brokers: []string{b.Addr()}}, Rate: o.rate, Limit: o.events, Partitions: o.partitions,
	})
	if err = fillSide(ctx, b.Addr()); err == nil {
		if o.rate == 0 {
			err = writer.Run(ctx)
		} else {
			err = createTopics(ctx, b.Addr(), o.partitions)
		}
	}
	if err == nil {
		fmt.Fprintln(out, wordReady, b.Addr())
		err = obey(ctx, writer, in, out)
	}
	return errors.Join(err, b.Close())
}

// fillSide writes what lies beside the stream.
func fillSide(ctx context.Context, addr string) error {
	c := kafka.Config{Brokers: []string{addr}}
	if err := kafka.CreateTopic(ctx, c, sideInput, 1); err != nil {
		return err
	}
	p := kafka.NewProducer(kafka.ProducerConfig{Config: c})
	defer p.Close()
	var records []kafka.Record
	for n := range sideRows {
		records = append(records, kafka.Record{Value: fmt.Appendf(nil, `{"key":%d,"value":%q}`, n, sideValue(n))})
	}
	return p.Produce(ctx, sideInput, records)
}

func createTopics(ctx context.Context, addr string, partitions int) error {
	for k := nexmark.PersonKind; k <= nexmark.BidKind; k++ {
		if err := kafka.CreateTopic(ctx, kafka.Config{Brokers: []string{addr}}, k.Topic(), partitions); err != nil {
			return err
		}
	}
	return nil
}

// obey does what each line of input says.
func obey(ctx context.Context, w *nexmark.Writer, in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		switch lines.Text() {
		case wordCPU:
			t, err := cpuTime()
			if err != nil {
				return err
			}
			fmt.Fprintln(out, wordCPU, t.total().Seconds())
		case wordGo:
			if err := writePaced(ctx, w, out); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

// writePaced writes all events and tells when how many were acknowledged.
func writePaced(ctx context.Context, w *nexmark.Writer, out io.Writer) error {
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	told := int64(0)
	tell := func() {
		if n := w.Written(); n > told {
			told = n
			fmt.Fprintln(out, wordAppended, n, time.Now().UnixMicro())
		}
	}
	for {
		select {
		case <-tick.C:
			tell()
		case err := <-done:
			tell()
			fmt.Fprintln(out, wordWritten)
			return err
		}
	}
}

// word reads a line of the child's that starts with a word, and gives what follows.
func (c *child) word(want string) (string, error) {
	line, err := c.line()
	if err != nil {
		return "", err
	}
	word, rest, _ := strings.Cut(line, " ")
	if word != want {
		return "", fmt.Errorf("%s says %q where %q was expected", c.cmd, line, want)
	}
	return rest, nil
}

// askCPU asks a broker for the CPU time that it has taken.
func (c *child) askCPU() (float64, error) {
	if _, err := fmt.Fprintln(c.stdin, wordCPU); err != nil {
		return 0, err
	}
	text, err := c.word(wordCPU)
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(text, 64)
}
