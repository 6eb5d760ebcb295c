package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asTarn in the environment makes the test binary be tarn, for the tests that
// need a process to kill.
const asTarn = "TARN_TEST_AS_TARN"

func TestMain(m *testing.M) {
	if os.Getenv(asTarn) != "" {
		main()
	}
	os.Exit(m.Run())
}

// patience is how long a test waits for what must happen soon.
const patience = 60 * time.Second

// screen is a process's output, that a test can wait for.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed at the next write
}

func newScreen() *screen { return &screen{more: make(chan struct{})} }

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(b)
	close(s.more)
	s.more = make(chan struct{})
	return len(b), nil
}

func (s *screen) read() (string, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String(), s.more
}

func (s *screen) String() string { text, _ := s.read(); return text }

// await returns when the output contains the words.
func (s *screen) await(t *testing.T, words string) {
	t.Helper()
	limit := time.After(patience)
	for {
		text, more := s.read()
		if strings.Contains(text, words) {
			return
		}
		select {
		case <-more:
		case <-limit:
			t.Fatalf("%q does not appear in:\n%s", words, text)
		}
	}
}

// after is the rest of the line that follows a word.
func (s *screen) after(t *testing.T, word string) string {
	t.Helper()
	_, rest, ok := strings.Cut(s.String(), word)
	if !ok {
		t.Fatalf("no %q in:\n%s", word, s)
	}
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}

// call runs a command line to its end.
func call(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out, errs strings.Builder
	code = dispatch(ctx, env{strings.NewReader(stdin), &out, &errs}, args)
	return code, out.String(), errs.String()
}

// running is a command that runs beside the test.
type running struct {
	out, errs *screen
	stop      context.CancelFunc
	done      chan int
}

// start runs a command line until the test, or stop, ends it.
func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	r := &running{out: newScreen(), errs: newScreen(), stop: stop, done: make(chan int, 1)}
	go func() { r.done <- dispatch(ctx, env{strings.NewReader(""), r.out, r.errs}, args) }()
	t.Cleanup(func() { r.end(t) })
	return r
}

// end stops the command and gives its exit code.
func (r *running) end(t *testing.T) int {
	t.Helper()
	r.stop()
	select {
	case code := <-r.done:
		r.done <- code
		return code
	case <-time.After(patience):
		t.Fatalf("it does not stop; it said:\n%s%s", r.out, r.errs)
		return -1
	}
}

// process is a tarn of its own.
type process struct {
	cmd       *exec.Cmd
	out, errs *screen
	done      chan error
}

func startProcess(t *testing.T, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0], args...), out: newScreen(), errs: newScreen(), done: make(chan error, 1)}
	p.cmd.Env = append(os.Environ(), asTarn+"=1")
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.errs
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.done <- p.cmd.Wait() }()
	t.Cleanup(func() { p.signal(t, syscall.SIGKILL) })
	return p
}

// signal sends a signal and gives the exit code that follows, -1 for a kill.
func (p *process) signal(t *testing.T, s syscall.Signal) int {
	t.Helper()
	_ = p.cmd.Process.Signal(s)
	select {
	case err := <-p.done:
		p.done <- err
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatalf("%v does not stop it; it said:\n%s%s", s, p.out, p.errs)
		return -1
	}
}
