package gvpp_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"sync/atomic"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/dataplane/buffer"
	"github.com/gvpp/gvpp/dataplane/port"
	"github.com/gvpp/gvpp/graph"
	"github.com/gvpp/gvpp/internal/packetline"
	"github.com/gvpp/gvpp/plugin"
)

// portblock drops packets sent to blocked TCP and UDP ports; examples/portblock has it as a module of its own.
type portblock struct{ bits [1 << 16 / 64]atomic.Uint64 }

const (
	nextPass graph.Next = iota
	nextDrop
)

const errBlocked graph.Counter = iota

// Register implements plugin.Plugin.
func (p *portblock) Register(r *plugin.Registry) {
	r.Node(graph.Spec{
		Name:     "portblock",
		Nexts:    graph.Nexts{nextPass: graph.Continue, nextDrop: graph.ErrorDrop},
		Counters: graph.Counters{errBlocked: "packets to a blocked port"},
		Arc:      graph.Arc{Name: "ip4-unicast", Before: "ip4-lookup"},
		New:      func(*graph.Worker) graph.Processor { return &portblockNode{p} },
	})
}

// Add blocks a port.
func (p *portblock) Add(port uint16) { p.bits[port/64].Or(1 << (port % 64)) }

type portblockNode struct{ *portblock }

func (n *portblockNode) Process(w *graph.Worker, f *graph.Frame) {
	blocked := 0
	bufs, nexts := f.Vector()
	for i, b := range bufs {
		m := w.Meta(b)
		if m.HasPorts && n.bits[m.DstPort/64].Load()&(1<<(m.DstPort%64)) != 0 {
			nexts[i] = nextDrop
			blocked++
		}
	}
	w.Count(errBlocked, blocked)
}

// A program that embeds a dataplane: two interfaces, here in memory, and a plugin of its own between them.
func Example() {
	ctx, stop := context.WithCancel(context.Background())
	left, right := port.NewMemory("left", 1), port.NewMemory("right", 1)
	right.OnTx = func(p *buffer.Pool, b buffer.Index) {
		fmt.Println("right sends", packetline.String(p.Bytes(b)))
		stop()
	}
	block := new(portblock)
	dp, err := gvpp.New(gvpp.Config{
		Interfaces: []gvpp.Interface{left, right},
		Plugins:    []plugin.Plugin{block},
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := dp.CrossConnect(ctx, "left", "right"); err != nil {
		log.Fatal(err)
	}
	swIf, _ := dp.Interface("left")
	if _, err := dp.SetFeature("ip4-unicast", "portblock", swIf, true); err != nil {
		log.Fatal(err)
	}
	block.Add(53)
	left.Inject(0,
		packetline.MustBuild("udp 10.0.0.1:1000 > 10.0.0.2:53"),
		packetline.MustBuild("tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]"),
	)
	if err := dp.Run(ctx); err != nil {
		log.Fatal(err)
	}
	if err := dp.CLI().Run(context.Background(), "show errors", false, os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// right sends tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]
	//    Count                  Node                              Reason               Severity
	//          1             portblock                  packets to a blocked port        error
}
