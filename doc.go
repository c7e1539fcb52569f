// Package gvpp assembles a packet dataplane: interfaces, plugins and workers. It is what a program embeds.
//
//	block := new(portblock.Plugin)
//	dp, err := gvpp.New(gvpp.Config{
//		Workers:    2,
//		Interfaces: []gvpp.Interface{afxdp.Interface("eth1"), afxdp.Interface("eth2")},
//		Plugins:    []plugin.Plugin{block},
//	})
//	…
//	err = dp.Run(ctx)
//
// Terms: an interface is opened by its driver and gets a sw_if_index, from 1 on, never used again; the control goroutine
// does the plugins' periodic work and follows interfaces that go and come back; an operation is a method that changes
// something and returns when all workers act on it.
//
// Invariants: New opens what it is given or gives all of it back; Run ends with every interface detached, whatever ends
// it; a panic in control work is logged and never stops a worker; packets are never held up by an operation but for the
// barrier, which serves one case: the packet memory becoming AF_XDP's when the first such interface is opened.
//
// The package does not parse command lines (cmd/gvpp does), listens where Serve is told to only, and knows no protocol.
package gvpp
