package gvpp

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/vlib"
)

// vlibAPI serves the command line, the graph's nodes and the threads.
type vlibAPI struct {
	vlib.Unimplemented
	dp *Dataplane
}

// CliInband implements vlib.Service. What the command has printed comes with an error's text, too.
func (a vlibAPI) CliInband(ctx context.Context, m *vlib.CliInband) (*vlib.CliInbandReply, error) {
	out, err := a.dp.tree.RunText(ctx, m.Cmd)
	return &vlib.CliInbandReply{Reply: out}, api.Wrap(api.Unspecified, err)
}

// node finds a node by name.
func (a vlibAPI) node(name string, e api.Errno) (uint16, error) {
	id, ok := a.dp.graph.Plan.NodeID(name)
	if !ok {
		return 0, api.Wrap(e, fmt.Errorf("gvpp: no node %q; see `show graph`", name))
	}
	return id, nil
}

// none is how the API says that there is no such index.
const none = ^uint32(0)

// GetNodeIndex implements vlib.Service.
func (a vlibAPI) GetNodeIndex(_ context.Context, m *vlib.GetNodeIndex) (*vlib.GetNodeIndexReply, error) {
	id, err := a.node(m.NodeName, api.NoSuchNode)
	if err != nil {
		return &vlib.GetNodeIndexReply{NodeIndex: none}, err
	}
	return &vlib.GetNodeIndexReply{NodeIndex: uint32(id)}, nil
}

// next finds the slot that leads from one node to another.
func (a vlibAPI) next(from, to string) (uint32, error) {
	f, err := a.node(from, api.NoSuchNode)
	if err != nil {
		return none, err
	}
	t, err := a.node(to, noSuchNode2)
	if err != nil {
		return none, err
	}
	n, ok := a.dp.graph.Plan.NextTo(f, t)
	if !ok {
		return none, api.Wrap(api.NoSuchEntry, fmt.Errorf("gvpp: node %q does not lead to %q; see `show graph`", from, to))
	}
	return uint32(n), nil
}

// GetNextIndex implements vlib.Service.
func (a vlibAPI) GetNextIndex(_ context.Context, m *vlib.GetNextIndex) (*vlib.GetNextIndexReply, error) {
	n, err := a.next(m.NodeName, m.NextName)
	return &vlib.GetNextIndexReply{NextIndex: n}, err
}

// AddNodeNext implements vlib.Service: it finds edges that there are. A graph gets no others once it stands.
func (a vlibAPI) AddNodeNext(_ context.Context, m *vlib.AddNodeNext) (*vlib.AddNodeNextReply, error) {
	n, err := a.next(m.NodeName, m.NextName)
	if errors.Is(err, api.NoSuchEntry) {
		err = api.Wrap(api.Unimplemented, errors.New("gvpp: a graph gets no new edges once it stands: declare the next in the node's Spec"))
	}
	return &vlib.AddNodeNextReply{NextIndex: n}, err
}

// GetF64EndianValue implements vlib.Service.
func (a vlibAPI) GetF64EndianValue(_ context.Context, m *vlib.GetF64EndianValue) (*vlib.GetF64EndianValueReply, error) {
	var err error
	if m.F64One != 1 {
		err = api.Wrap(endianFailed, fmt.Errorf("gvpp: %v is not 1: the client writes numbers in another byte order", m.F64One))
	}
	return &vlib.GetF64EndianValueReply{F64OneResult: 1}, err
}

// GetF64IncrementByOne implements vlib.Service.
func (a vlibAPI) GetF64IncrementByOne(_ context.Context, m *vlib.GetF64IncrementByOne) (*vlib.GetF64IncrementByOneReply, error) {
	return &vlib.GetF64IncrementByOneReply{F64Value: m.F64Value + 1}, nil
}

// ShowThreads implements vlib.Service: the program's first thread, then the workers' by number.
func (a vlibAPI) ShowThreads(context.Context, *vlib.ShowThreads) (*vlib.ShowThreadsReply, error) {
	r := &vlib.ShowThreadsReply{ThreadData: []vlib.ThreadData{thread(0, "gvpp_main", "", os.Getpid(), -1)}}
	for i := range a.dp.config.Workers {
		core := -1
		if i < len(a.dp.config.Cores) {
			core = a.dp.config.Cores[i]
		}
		r.ThreadData = append(r.ThreadData, thread(i+1, fmt.Sprintf("gvpp_wk_%d", i), "workers", a.dp.graph.Thread(i), core))
	}
	return r, nil
}

// thread describes a thread by the kernel's number; without a core that it is pinned to, by where it ran last.
func thread(id int, name, kind string, tid, cpu int) vlib.ThreadData {
	t := vlib.ThreadData{ID: uint32(id), Name: name, Type: kind, PID: uint32(tid)}
	if cpu < 0 {
		cpu = lastCPU(tid)
	}
	topology := fmt.Sprintf("/sys/devices/system/cpu/cpu%d/topology/", cpu)
	t.CPUID, t.Core, t.CPUSocket = uint32(cpu), fileNumber(topology+"core_id"), fileNumber(topology+"physical_package_id")
	return t
}

// lastCPU is where a thread ran last, 0 where the kernel does not tell.
func lastCPU(tid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/stat", tid))
	_, rest, _ := strings.Cut(string(b), ") ") // behind the name, which may hold anything
	f := strings.Fields(rest)
	if len(f) < 37 {
		return 0
	}
	n, _ := strconv.Atoi(f[36])
	return n
}

// fileNumber is the number that a file of the kernel's holds, 0 where there is none.
func fileNumber(path string) uint32 {
	b, _ := os.ReadFile(path)
	n, _ := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 32)
	return uint32(n)
}
