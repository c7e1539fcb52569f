package program

import (
	"os"
	"runtime"
	"runtime/debug"
)

// heapGrowth is GOGC where the environment does not say. Sessions, buffers and rings are not on Go's heap, which has some
// megabytes: letting it grow to five times what lives costs little, and a collection that marks on a worker's core stops
// that worker for milliseconds. Measured, 10,000 rules replaced under load: two collections and a gap of 6 ms with 100,
// none and 13 us with 400.
const heapGrowth = 400

// besideWorkers is how many goroutines can run beside the workers at least, whatever the number of cores: on a host with hardly
// more cores than workers the kernel then shares them out, which wakes who answers a client at once, and not Go's scheduler, which
// does so every 10 ms and takes a worker's turn for that. Measured with one worker on two cores, more packets than it can forward, and
// 100,000 rules replaced again and again (4 runs each): one ping in a hundred waits 12-15 ms with 2 threads in all, 4-5 ms with 3 or 4;
// a replacement takes 209-287 ms, then 189-224; 18-45 % of the packets are lost, then 6-32 %.
const besideWorkers = 2

// tune sets what Go's runtime does as suits a program whose workers never rest, where the environment does not say.
func tune(workers int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(max(runtime.NumCPU(), max(workers, 1)+besideWorkers))
	}
}
