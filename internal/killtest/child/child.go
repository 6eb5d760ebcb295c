// Package child runs the real binary as a process of its own, for tests that
// kill it, and speaks to it as any client of the wire protocol does.
package child

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Build compiles cmd/tarn into a directory that goes with the test.
func Build(tb testing.TB) string {
	tb.Helper()
	bin := filepath.Join(tb.TempDir(), "tarn")
	out, err := exec.Command("go", "build", "-o", bin, "github.com/tarndb/tarn/cmd/tarn").CombinedOutput()
	if err != nil {
		tb.Fatalf("building tarn: %v\n%s", err, out)
	}
	return bin
}

// Setting reads a number above 0 from the environment: otherwise, where name is
// not set.
func Setting(tb testing.TB, name string, otherwise int) int {
	tb.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n <= 0 {
		tb.Fatalf("%s=%q: give a number above 0", name, text)
	}
	return n
}

// FreeAddr is a loopback address that nobody listens on now.
func FreeAddr(tb testing.TB) string {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// Server is a running `tarn serve`. It ends with the test at the latest.
type Server struct {
	URL     string    // where clients connect
	Started time.Time // when the process was started

	cmd    *exec.Cmd
	stderr tail
	ended  chan struct{} // closed when the process is reaped
	err    error         // how it ended; set before ended is closed
}

// startTimeout bounds the wait for a server that accepts clients.
const startTimeout = 60 * time.Second

// Start runs `tarn serve` with the flags and returns when clients can connect.
func Start(tb testing.TB, bin string, flags ...string) *Server {
	tb.Helper()
	s := &Server{Started: time.Now(), ended: make(chan struct{})}
	s.cmd = exec.Command(bin, append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...)...)
	s.cmd.Stderr = &s.stderr
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Kill)
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if url, ok := strings.CutPrefix(lines.Text(), "Connect:"); ok {
				found <- strings.TrimSpace(url)
			}
		}
		// Wait closes the pipe: only after its end was read.
		s.err = s.cmd.Wait()
		close(s.ended)
	}()
	select {
	case s.URL = <-found:
	case <-s.ended:
		tb.Fatalf("tarn serve ended (%v) before it accepted clients:\n%s", s.err, s.stderr.String())
	case <-time.After(startTimeout):
		tb.Fatalf("tarn serve accepts no clients after %v:\n%s", startTimeout, s.stderr.String())
	}
	return s
}

// Kill is kill -9; it returns when the process is gone.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill() // it may have ended by itself
	<-s.ended
}

// CPU is the processor time that the process took, once it is gone.
func (s *Server) CPU() time.Duration {
	<-s.ended
	return s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime()
}

// Stop asks the server to end, as Ctrl-C does, and fails the test unless it does so cleanly.
func (s *Server) Stop(tb testing.TB) {
	tb.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		tb.Fatalf("stopping tarn: %v\n%s", err, s.stderr.String())
	}
	select {
	case <-s.ended:
	case <-time.After(startTimeout):
		tb.Fatalf("tarn serve still runs %v after SIGTERM:\n%s", startTimeout, s.stderr.String())
	}
	if s.err != nil {
		tb.Fatalf("tarn serve ended with %v:\n%s", s.err, s.stderr.String())
	}
}

// Ended reports a process that is gone.
func (s *Server) Ended() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// Report is how the process ended, if it did, and the last that it has logged.
func (s *Server) Report() string {
	state := "the server runs"
	if s.Ended() {
		state = fmt.Sprintf("the server ended: %v", s.err)
	}
	return state + "; its log:\n" + s.stderr.String()
}

// RSS is the memory of the process in bytes, now and at most so far; zeros where
// the system does not tell.
func (s *Server) RSS() (now, peak int64) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, 0
	}
	for line := range bytes.Lines(text) {
		f := strings.Fields(string(line))
		if len(f) < 2 {
			continue
		}
		n, _ := strconv.ParseInt(f[1], 10, 64)
		switch f[0] {
		case "VmRSS:":
			now = n << 10
		case "VmHWM:":
			peak = n << 10
		}
	}
	return now, peak
}

// Pause waits, or returns early with false when ctx ends.
func Pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailBytes = 16 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if over := len(t.buf) - tailBytes; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.buf)
}
