package bench

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress is one line that says what is being done: on a terminal it is
// rewritten, elsewhere there is a line every few seconds. Safe for all goroutines.
type progress struct {
	w        io.Writer
	terminal bool

	mu   sync.Mutex
	last time.Time
	open bool // a line on the terminal has no end yet
}

func newProgress(o Output) *progress { return &progress{w: o.Progress, terminal: o.Terminal} }

// say shows a state that the next one replaces.
func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	every := 5 * time.Second
	if p.terminal {
		every = 100 * time.Millisecond
	}
	if time.Since(p.last) < every {
		return
	}
	p.last = time.Now()
	text := fmt.Sprintf(format, args...)
	if p.terminal {
		p.open = true
		fmt.Fprintf(p.w, "\r\x1b[K%s", text)
		return
	}
	fmt.Fprintln(p.w, text)
}

// end takes the line away.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.open = false
	}
	p.last = time.Time{}
}

// count writes a number so that it can be read: 950, 18.4 k, 20.0 M.
func count(n float64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.2f G", n/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.2f M", n/1e6)
	case n >= 1e4:
		return fmt.Sprintf("%.1f k", n/1e3)
	}
	return fmt.Sprintf("%.0f", n)
}
