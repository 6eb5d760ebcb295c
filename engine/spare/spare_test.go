package spare

import (
	"runtime"
	"sync"
	"testing"
)

// TestProcessor: what is kept free for clients is no shard.
func TestProcessor(t *testing.T) {
	t.Setenv("GOMAXPROCS", "")
	n := runtime.GOMAXPROCS(0)
	defer func() {
		spare.once = sync.Once{}
		spare.cores.Store(0)
		runtime.GOMAXPROCS(n)
	}()
	for range 2 {
		Processor()
		if got := runtime.GOMAXPROCS(0); got != n+1 {
			t.Errorf("%d processors, want %d", got, n+1)
		}
		if got := Cores(); got != n {
			t.Errorf("%d cores, want %d", got, n)
		}
	}
}
