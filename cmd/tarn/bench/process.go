package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cpu is CPU time.
type cpu struct{ user, system time.Duration }

func (c cpu) total() time.Duration { return c.user + c.system }

func (c cpu) since(began cpu) cpu { return cpu{c.user - began.user, c.system - began.system} }

// cpuTime is that of the whole process so far: what the collector, commits and
// compactions take is in it.
func cpuTime() (cpu, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return cpu{}, fmt.Errorf("reading the CPU time of the process: %w", err)
	}
	return cpu{time.Duration(u.Utime.Nano()), time.Duration(u.Stime.Nano())}, nil
}

// settle gives memory back that the last run has left, and begins a new peak.
func settle() {
	debug.FreeOSMemory()
	// Where it is refused, or there is no such file, the peak is that of the
	// process so far, which is no less.
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

// peakMemory is the most memory that the process had since settle; 0 where the
// system does not say.
func peakMemory() int64 { return statusBytes("VmHWM:") }

func statusBytes(field string) int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(field)); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(string(rest)), "kB")), 10, 64)
			return n << 10
		}
	}
	return 0
}

// machine is what figures are of.
type machine struct {
	CPU       string `json:"cpu"`
	Cores     int    `json:"cores"`
	OS        string `json:"os"`
	GoVersion string `json:"go"`
}

func thisMachine() machine {
	m := machine{Cores: runtime.GOMAXPROCS(0), OS: runtime.GOOS + "/" + runtime.GOARCH, GoVersion: runtime.Version()}
	text, _ := os.ReadFile("/proc/cpuinfo") // without it the machine has no name
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			m.CPU = strings.TrimSpace(value)
			break
		}
	}
	return m
}

// buildCommit is the commit that the binary was built from, as the go command
// stamped it; empty where it did not.
func buildCommit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	var commit, dirty string
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	return commit + dirty
}

// profileTo writes a CPU profile until the returned function is called; an empty
// name writes none.
func profileTo(name string) (stop func() error, err error) {
	if name == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}

// child is a process of this very program that runs beside it, so that its CPU
// time is not the database's. It ends when its standard input does.
type child struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	Lines  *bufio.Scanner // its output
	stderr bytes.Buffer
}

// childCommand makes the command for a child with the arguments of `tarn bench`.
type childCommand func(args ...string) (*exec.Cmd, error)

// self runs the program that is running.
func self(args ...string) (*exec.Cmd, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding the program to run beside this one: %w", err)
	}
	return exec.Command(exe, append([]string{"bench"}, args...)...), nil
}

func startChild(make childCommand, args ...string) (*child, error) {
	cmd, err := make(args...)
	if err != nil {
		return nil, err
	}
	c := &child{cmd: cmd}
	cmd.Stderr = &c.stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", cmd, err)
	}
	c.stdin, c.Lines = in, bufio.NewScanner(out)
	c.Lines.Buffer(nil, 1<<20)
	return c, nil
}

// line reads a line of the child's output.
func (c *child) line() (string, error) {
	if c.Lines.Scan() {
		return c.Lines.Text(), nil
	}
	if err := c.stop(); err != nil {
		return "", err
	}
	return "", fmt.Errorf("%s ended too early", c.cmd)
}

// stop ends the child and waits for it.
func (c *child) stop() error {
	_ = c.stdin.Close() // it may have ended by itself
	for c.Lines.Scan() {
		continue
	}
	if err := c.cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w: %s", c.cmd, err, strings.TrimSpace(c.stderr.String()))
	}
	return nil
}
