// Package broker is a Kafka broker inside the process, so that nothing needs to
// be installed: franz-go's kfake, kept in a directory. Any Kafka client in any
// language can create topics, produce, and consume, with groups, transactions
// and compression.
//
// Durability: a message is acknowledged after it was written to its segment
// file, so what was acknowledged survives the end of the process, kill -9
// included. With Config.SyncWrites it was also synced, and survives a crash of
// the operating system, at about a third of the throughput.
package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// DefaultPartitions is what a topic gets that nobody created explicitly.
const DefaultPartitions = 4

// segmentBytes is small, since a start reads segments whole, those of all
// partitions side by side.
const segmentBytes = 8 << 20

// Config says where the broker listens and what it keeps.
type Config struct {
	// Addr is host:port. Clients are told to connect to this very host, so it
	// must be one that they can reach; port 0 picks a free one.
	Addr string
	// Dir keeps topics, groups and producers. Created if missing. Two brokers
	// must not share it: the caller holds the lock. Empty keeps all in memory.
	Dir string
	// Partitions of a topic that is created by being written to. 0 means DefaultPartitions.
	Partitions int
	// RetentionBytes is how many bytes of messages, as they were sent, are kept of each
	// partition, give or take what comes within seconds; the oldest go. 0 keeps all.
	RetentionBytes int64
	// SyncWrites syncs the file before each acknowledgement.
	SyncWrites bool
	// Log hears of the broker's own faults. nil drops them.
	Log *slog.Logger
}

// Broker is a running broker.
type Broker struct {
	cluster *kfake.Cluster
	addr    string
	stop    context.CancelFunc // of trim; more than once does nothing
	trim    sync.WaitGroup
}

// Start opens the directory, begins to listen, and returns when clients can connect.
func Start(cfg Config) (*Broker, error) {
	host, port, err := split(cfg.Addr)
	if err != nil {
		return nil, err
	}
	if cfg.Partitions == 0 {
		cfg.Partitions = DefaultPartitions
	}
	opts := []kfake.Opt{
		kfake.Ports(port),
		kfake.ListenFn(func(network, address string) (net.Listener, error) {
			// kfake asks for loopback and the port; the host is ours to choose.
			_, p, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return net.Listen(network, net.JoinHostPort(host, p))
		}),
		kfake.ClusterID("tarn"),
		kfake.DefaultNumPartitions(cfg.Partitions),
		kfake.BrokerConfigs(configs(cfg)),
	}
	if cfg.Dir != "" {
		if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("embedded broker: %w", err)
		}
		opts = append(opts, kfake.DataDir(cfg.Dir))
	}
	if cfg.SyncWrites {
		opts = append(opts, kfake.SyncWrites())
	}
	if cfg.Log != nil {
		opts = append(opts, kfake.WithLogger(logger{cfg.Log}))
	}
	c, err := open(opts, cfg.Dir != "")
	if err != nil {
		return nil, explain(cfg.Addr, err)
	}
	b := &Broker{cluster: c, addr: c.ListenAddrs()[0]}
	c.ControlKey(int16(kmsg.Metadata), b.createWanted)
	ctx, stop := context.WithCancel(context.Background())
	b.stop = stop
	if cfg.RetentionBytes > 0 {
		b.trim.Go(func() { b.applyRetention(ctx) })
	}
	return b, nil
}

// configs are kfake's, in Kafka's names.
func configs(cfg Config) map[string]string {
	out := map[string]string{"log.segment.bytes": strconv.Itoa(segmentBytes)}
	if cfg.RetentionBytes > 0 {
		out["log.retention.bytes"] = strconv.FormatInt(cfg.RetentionBytes, 10)
	}
	return out
}

// trimInterval is how often what is older than what is retained is removed.
const trimInterval = 5 * time.Second

// applyRetention does what kfake does by itself only for topics that have a retention of
// their own, and once an hour.
func (b *Broker) applyRetention(ctx context.Context) {
	tick := time.NewTicker(trimInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			b.cluster.ApplyRetention()
		}
	}
}

// openPercent is the garbage collector's while a directory is opened: segments are
// read whole and dropped again, so little of the heap lives.
const openPercent = 20

// open starts the cluster. What reading a directory took is given back to the
// system at once: a process should not look as large as its topics.
func open(opts []kfake.Opt, dir bool) (*kfake.Cluster, error) {
	if dir {
		before := debug.SetGCPercent(openPercent)
		defer func() {
			debug.SetGCPercent(before)
			debug.FreeOSMemory()
		}()
	}
	return kfake.NewCluster(opts...)
}

// createWanted runs before each metadata request is answered, and creates the
// topics that a producer is about to write to. kfake would create them itself
// when told to, but forgets such topics, and with them all their messages, if
// the process is killed before its Close: only topics that were created by a
// request for it are recorded at once.
func (b *Broker) createWanted(r kmsg.Request) (kmsg.Response, error, bool) {
	req, ok := r.(*kmsg.MetadataRequest)
	if ok && req.AllowAutoTopicCreation && len(req.Topics) > 0 {
		// Creating needs kfake's loop, which waits for this function unless it sleeps.
		b.cluster.SleepControl(func() {
			for _, t := range req.Topics {
				if t.Topic != nil && *t.Topic != "" {
					// An error (it exists, the name is bad) is what the answer will tell.
					_ = b.cluster.CreateTopic(*t.Topic, 0, nil)
				}
			}
		})
	}
	return nil, nil, false
}

// Addr is the host:port that clients connect to.
func (b *Broker) Addr() string { return b.addr }

// Close stops listening, ends all connections, and saves what a quick start
// next time needs. It returns when the directory is at rest.
func (b *Broker) Close() error {
	b.stop()
	b.trim.Wait()
	b.cluster.Close()
	return nil
}

func split(addr string) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, fmt.Errorf("--embedded-broker %q: give host:port, for example 127.0.0.1:9092", addr)
	}
	port, err = strconv.Atoi(p)
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("--embedded-broker %q: port %q is not a number from 0 to 65535", addr, p)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		return "", 0, fmt.Errorf("--embedded-broker %q: name one address; clients are told to connect to it, and cannot connect to all of them", addr)
	}
	return host, port, nil
}

func explain(addr string, err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("--embedded-broker %s: the port is in use; stop the other broker, choose another port with --embedded-broker HOST:PORT, or leave the flag out", addr)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Errorf("--embedded-broker %s: this machine has no such address", addr)
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("--embedded-broker %s: not allowed to listen there", addr)
	}
	return fmt.Errorf("embedded broker at %s: %w", addr, err)
}

// logger hands kfake's faults on; its chatter about requests is dropped.
type logger struct{ log *slog.Logger }

func (l logger) Logf(level kfake.LogLevel, format string, args ...any) {
	switch level {
	case kfake.LogLevelError:
		l.log.Error("embedded broker", "msg", fmt.Sprintf(format, args...))
	case kfake.LogLevelWarn:
		l.log.Warn("embedded broker", "msg", fmt.Sprintf(format, args...))
	}
}
