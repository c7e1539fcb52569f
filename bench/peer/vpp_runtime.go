package peer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// vppNode is a line of `show runtime`.
type vppNode struct {
	name, state    string
	calls, vectors uint64
	clocks         float64 // per packet, of the TSC, three digits
}

// vppRuntime is what `show runtime` says about one thread since `clear runtime`.
type vppRuntime struct {
	thread string
	nodes  []vppNode
}

// parseRuntime reads the output of `show runtime`: a header for each thread, then a line for each node,
//
//	Thread 1 vpp_wk_0 (lcore 1)
//	             Name                 State         Calls          Vectors        Suspends      Packet-Clocks   Vectors/Call
//	ip4-input                        active            1547111         2070322               0          3.06e2            1.34
//
// where a state may be of two words, and a long name may touch it.
func parseRuntime(text string) (threads []vppRuntime, err error) {
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		switch {
		case len(words) >= 3 && words[0] == "Thread":
			threads = append(threads, vppRuntime{thread: words[2]})
			continue
		case len(words) < 7 || words[0] == "Name" || len(threads) == 0:
			continue
		}
		n, ok := parseRuntimeLine(words)
		if !ok {
			if strings.HasPrefix(line, " ") || words[0] == "Time" || words[0] == "vector" {
				continue // the thread's rates, or a node's further information
			}
			return nil, fmt.Errorf("show runtime: %q: want a node, its state and five numbers", line)
		}
		last := &threads[len(threads)-1]
		last.nodes = append(last.nodes, n)
	}
	if len(threads) == 0 {
		return nil, errors.New("show runtime: no thread in it")
	}
	return threads, nil
}

func parseRuntimeLine(words []string) (n vppNode, ok bool) {
	k := len(words) - 5
	n.name, n.state = words[0], strings.Join(words[1:k], " ")
	var e1, e2, e3 error
	n.calls, e1 = strconv.ParseUint(words[k], 10, 64)
	n.vectors, e2 = strconv.ParseUint(words[k+1], 10, 64)
	n.clocks, e3 = strconv.ParseFloat(words[k+3], 64)
	return n, e1 == nil && e2 == nil && e3 == nil
}

// worker is the part of the first worker.
func worker(threads []vppRuntime) (vppRuntime, error) {
	for _, t := range threads {
		if strings.HasPrefix(t.thread, "vpp_wk_0") {
			return t, nil
		}
	}
	return vppRuntime{}, errors.New("show runtime: no thread vpp_wk_0")
}

// node finds a node that has had packets.
func (r vppRuntime) node(name string) (vppNode, bool) {
	for _, n := range r.nodes {
		if n.name == name && n.vectors > 0 {
			return n, true
		}
	}
	return vppNode{}, false
}

// perPacket sums the clocks of the nodes that packets pass, for each packet that entered by the named node. Input nodes
// are not in it: their state is polling.
func (r vppRuntime) perPacket(entry string) (clocks float64, err error) {
	in, ok := r.node(entry)
	if !ok {
		return 0, fmt.Errorf("show runtime: no packet has passed %s", entry)
	}
	for _, n := range r.nodes {
		if n.state == "active" {
			clocks += n.clocks * float64(n.vectors)
		}
	}
	return clocks / float64(in.vectors), nil
}

// vppWindow is a time in which a vpp's worker was watched.
type vppWindow struct {
	runtime vppRuntime
	share   float64 // of its core that the worker had while it wanted it: a node's clocks run on while it waits
	huge    bool    // the heap is in huge pages
}

// watch clears the counters, lets during pass and reads what the worker's nodes have spent meanwhile.
func (p *vppProcess) watch(during func() error) (w vppWindow, err error) {
	if err := p.set([]string{"clear runtime"}); err != nil {
		return w, err
	}
	cpu0, waited0, err := p.workerTime()
	if err == nil {
		err = during()
	}
	if err != nil {
		return w, err
	}
	cpu, waited, err := p.workerTime()
	if err != nil {
		return w, err
	}
	text, err := p.run("show runtime")
	if err != nil {
		return w, err
	}
	threads, err := parseRuntime(text)
	if err != nil {
		return w, err
	}
	w.runtime, err = worker(threads)
	w.huge = p.huge
	w.share = float64(cpu-cpu0) / float64(max(1, cpu-cpu0+waited-waited0))
	return w, err
}
