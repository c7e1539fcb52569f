package client_test

import (
	"path/filepath"
	"testing"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/apitest"
	"github.com/gvpp/gvpp/api/client"
	"github.com/gvpp/gvpp/api/server"
)

func benchmark(b *testing.B) *client.Client {
	path := filepath.Join(b.TempDir(), "api.sock")
	s, err := server.New(server.Config{Path: path, Services: []api.Service{new(apitest.Toy).Service()}})
	if err != nil {
		b.Fatal(err)
	}
	go s.Serve(b.Context())
	c, err := client.Dial(b.Context(), path, "bench")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	b.ReportAllocs()
	return c
}

// BenchmarkCall is a request and its reply, one after the other.
func BenchmarkCall(b *testing.B) {
	c := benchmark(b)
	for b.Loop() {
		if _, err := c.Invoke(b.Context(), apitest.AddMethod, apitest.New(apitest.Add, 1, 2), nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCalls is 64 callers on one connection.
func BenchmarkCalls(b *testing.B) {
	c := benchmark(b)
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Invoke(b.Context(), apitest.AddMethod, apitest.New(apitest.Add, 1, 2), nil); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// BenchmarkDetail is one of a dump's details, of 100 bytes and some.
func BenchmarkDetail(b *testing.B) {
	c := benchmark(b)
	n := 0
	_, err := c.Invoke(b.Context(), apitest.CountMethod, apitest.New(apitest.Count, uint32(b.N)), func(api.Message) error { n++; return nil })
	if err != nil || n != b.N {
		b.Errorf("%d details, %v", n, err)
	}
}
