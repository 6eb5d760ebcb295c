// Package spare keeps a processor of the Go runtime free for clients.
package spare

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
)

// A goroutine that computes has its processor for up to 10 ms, and while all of
// the Go runtime's have such a one, nobody looks whether a client has sent
// something. With one processor more than there are cores, one of them is always
// free to wait for the network, and the system's scheduler, which prefers who has
// waited, gives it a core at once.

var spare struct {
	once  sync.Once
	cores atomic.Int32 // 0: none is spared
}

// Processor keeps a processor of the Go runtime free for clients while epochs,
// commits and compactions use all cores. As footprint.Limit it is for programs that
// serve. It does nothing where the environment sets GOMAXPROCS.
func Processor() {
	spare.once.Do(func() {
		if os.Getenv("GOMAXPROCS") == "" {
			n := runtime.GOMAXPROCS(0)
			spare.cores.Store(int32(n))
			runtime.GOMAXPROCS(n + 1)
		}
	})
}

// Cores is how many shards can work side by side.
func Cores() int {
	if n := int(spare.cores.Load()); n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}
