package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// thread is a goroutine on a thread of its own whose CPU time can be read.
type thread struct {
	id   chan int
	tid  int
	done chan struct{}
}

// newThread runs f on a thread that ends with it.
func newThread(f func()) *thread {
	t := &thread{id: make(chan int), done: make(chan struct{})}
	go func() {
		defer close(t.done)
		runtime.LockOSThread()
		t.id <- unix.Gettid()
		f()
	}()
	t.tid = <-t.id
	return t
}

// newThreadOn is newThread on one core. What keeps a thread from its core keeps it from nothing else: it runs anywhere then.
func newThreadOn(core int, f func()) *thread {
	return newThread(func() {
		var set unix.CPUSet
		set.Set(core)
		_ = unix.SchedSetaffinity(0, &set)
		f()
	})
}

func (t *thread) wait() { <-t.done }

// Bits of a clock that is a thread's CPU time (Linux, include/linux/posix-timers_types.h).
const (
	clockSched     = 2
	clockPerThread = 4
)

// cpu is the thread's CPU time in nanoseconds, up to now; 0 once it has ended.
func (t *thread) cpu() int64 {
	var now unix.Timespec
	if unix.ClockGettime(int32(^t.tid<<3|clockPerThread|clockSched), &now) != nil {
		return 0
	}
	return now.Nano()
}

// cores are the core that loads and the core that is measured: the first and the last that this process may use.
func cores() (load, worker int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return 0, 0, err
	}
	load = -1
	for c := range 8 * int(unsafe.Sizeof(set)) {
		if set.IsSet(c) {
			if worker = c; load < 0 {
				load = c
			}
		}
	}
	return load, worker, nil
}

// softirqThreads are the kernel's threads for what its interrupts leave over: "ksoftirqd/0" and so on.
func softirqThreads() (stats []string) {
	names, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, name := range names {
		if text, err := os.ReadFile(name); err == nil && strings.HasPrefix(string(text), "ksoftirqd/") {
			stats = append(stats, filepath.Join(filepath.Dir(name), "schedstat"))
		}
	}
	return stats
}

// softirqCPU is the CPU time of these threads so far. The kernel brings the figure of one that runs up to date at each
// tick.
func softirqCPU(stats []string) (sum time.Duration, err error) {
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			return 0, err
		}
		var ns int64
		if _, err := fmt.Sscan(string(text), &ns); err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		sum += time.Duration(ns)
	}
	return sum, nil
}
