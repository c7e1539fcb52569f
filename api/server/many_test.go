package server

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/gvpp/gvpp/api"
)

func TestThousandClients(t *testing.T) {
	const n = 1000
	large := &api.File{Name: "large"} // as many messages as VPP has: what a client keeps of its table would be seen
	for i := range 2000 {
		large.Messages = append(large.Messages, &api.Desc{Name: fmt.Sprint("large_", i), Retval: -1})
	}
	r := serve(t, func(cfg *Config) { cfg.MaxClients, cfg.Services = n, append(cfg.Services, api.Service{File: large}) })
	clients := make([]*raw, n)
	for i := range clients {
		clients[i] = hello(t, r)
		clients[i].table = clients[0].table
	}
	extra := dial(t, r)
	extra.ended()
	for i, c := range clients {
		c.write(c.request("toy_add", uint32(i), uint32(i)+100, 1))
	}
	for i, c := range clients {
		c.expect("toy_add_reply", uint32(i), 0, uint32(i)+101)
	}
	if got := r.Stats(); got.Clients != n || got.Refused != 1 {
		t.Errorf("got %+v", got)
	}
	var m runtime.MemStats
	runtime.GC()
	if runtime.ReadMemStats(&m); m.HeapInuse > n*100<<10 {
		t.Errorf("%d idle clients hold %d KiB each", n, m.HeapInuse>>10/n)
	}
	t.Logf("%d KiB a client, those of the test's own end included", m.HeapInuse>>10/n)
	indices := map[uint32]bool{}
	for _, i := range r.Clients() {
		indices[i.Index] = true
	}
	if len(indices) != n {
		t.Errorf("%d different indices of %d clients", len(indices), n)
	}
	clients[7].Close()
	eventually(t, "there is room again", func() bool { return r.Stats().Clients == n-1 })
	hello(t, r)
}
