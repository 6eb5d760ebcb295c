package kafkatest

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tarndb/tarn/internal/killtest/child"
)

// startTimeout bounds the wait for a Java process.
const startTimeout = 2 * time.Minute

// cluster is one Apache Kafka node, broker and controller in one process, with
// a directory that outlives the process.
type cluster struct {
	t          *testing.T
	jars       string
	dir        string
	addr       string
	properties string
	log        string

	cmd   *exec.Cmd
	ended chan struct{}
}

const propertiesText = `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@%[2]s
listeners=PLAINTEXT://%[1]s,CONTROLLER://%[2]s
advertised.listeners=PLAINTEXT://%[1]s
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=%[3]s
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=2
`

// newCluster formats a directory for a cluster.
func newCluster(t *testing.T, jars string) *cluster {
	t.Helper()
	dir := t.TempDir()
	c := &cluster{t: t, jars: jars, dir: dir, addr: child.FreeAddr(t),
		properties: filepath.Join(dir, "server.properties"), log: filepath.Join(dir, "server.log")}
	text := fmt.Sprintf(propertiesText, c.addr, child.FreeAddr(t), filepath.Join(dir, "data"))
	if err := os.WriteFile(c.properties, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := c.java("kafka.tools.StorageTool", "format", "-t", "dGFybi1rYWZrYS10ZXN0MA", "-c", c.properties).CombinedOutput()
	if err != nil {
		t.Fatalf("formatting Kafka's directory: %v\n%s", err, out)
	}
	return c
}

func (c *cluster) java(args ...string) *exec.Cmd {
	cmd := exec.Command("java", append([]string{"-Xmx512m", "-XX:TieredStopAtLevel=1", "-cp", filepath.Join(c.jars, "*")}, args...)...)
	cmd.Dir = c.dir
	return cmd
}

// start runs the node and returns when it accepts connections.
func (c *cluster) start() {
	c.t.Helper()
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.t.Fatal(err)
	}
	defer log.Close()
	cmd := c.java("kafka.Kafka", c.properties)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // a broker that was told to stop exits with 143
		close(ended)
	}()
	c.cmd, c.ended = cmd, ended
	c.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may be gone
		<-ended
	})
	ctx, cancel := context.WithTimeout(c.t.Context(), startTimeout)
	defer cancel()
	for {
		conn, err := net.Dial("tcp", c.addr)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-ended:
			c.t.Fatalf("Kafka has ended:\n%s", c.logText())
		default:
		}
		if !child.Pause(ctx, 100*time.Millisecond) {
			c.t.Fatalf("Kafka accepts no connections:\n%s", c.logText())
		}
	}
}

// stop ends the node with a signal, SIGTERM or SIGKILL, and waits for its end.
func (c *cluster) stop(sig syscall.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(sig); err != nil {
		c.t.Fatal(err)
	}
	select {
	case <-c.ended:
	case <-time.After(startTimeout):
		c.t.Fatalf("Kafka does not stop:\n%s", c.logText())
	}
}

func (c *cluster) logText() string {
	text, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-8<<10):])
}

// client is the official Java client; see testdata/Client.java for its commands.
type client struct {
	t    *testing.T
	in   *bufio.Writer
	out  *bufio.Scanner
	sent []string
}

func (c *cluster) client() *client {
	c.t.Helper()
	source, err := filepath.Abs(filepath.Join("testdata", "Client.java"))
	if err != nil {
		c.t.Fatal(err)
	}
	cmd := c.java(source, c.addr)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if c.t.Failed() && stderr.Len() > 0 {
			text := stderr.String()
			c.t.Logf("the Java client said:\n%s", text[max(0, len(text)-4<<10):])
		}
	})
	return &client{t: c.t, in: bufio.NewWriter(in), out: bufio.NewScanner(out)}
}

// do runs a command and all that wait before it.
func (c *client) do(fields ...string) {
	c.t.Helper()
	c.later(fields...)
	c.wait()
}

// later queues a command: its failure shows at the next do.
func (c *client) later(fields ...string) {
	c.t.Helper()
	line := strings.Join(fields, "\t")
	if _, err := c.in.WriteString(line + "\n"); err != nil {
		c.t.Fatalf("the Java client is gone: %v", err)
	}
	// Few enough that neither side's pipe is ever full while the other waits.
	if c.sent = append(c.sent, line); len(c.sent) == 1000 {
		c.wait()
	}
}

func (c *client) wait() {
	c.t.Helper()
	if err := c.in.Flush(); err != nil {
		c.t.Fatalf("the Java client is gone: %v", err)
	}
	for _, line := range c.sent {
		if !c.out.Scan() {
			c.t.Fatalf("the Java client ended at %q", line)
		}
		if answer := c.out.Text(); answer != "ok" {
			c.t.Fatalf("the Java client: %q: %s", line, answer)
		}
	}
	c.sent = c.sent[:0]
}
