package main

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/dolthub/swiss"

	"github.com/gvpp/gvpp/bench/measure"
	"github.com/gvpp/gvpp/dataplane/epoch"
	"github.com/gvpp/gvpp/dataplane/flow"
)

// newTableSubject is the product's table, with the code for this processor or with the portable code.
func newTableSubject[K flow.Key](stream *keyStream[K], s tableSetting, portable bool) (measure.Subject, error) {
	name := map[bool]string{false: "gvpp", true: "gvpp-portable"}[portable]
	t, err := flow.New[K](flow.Config{MaxFlows: s.flows, Seed: 9, Epochs: epoch.New(0), Portable: portable})
	if err != nil {
		return measure.Subject{}, err
	}
	if err := fillTable(t, s.flows); err != nil {
		return measure.Subject{}, errors.Join(err, t.Close())
	}
	batch, memory := new(flow.Batch[K]), float64(t.Stats().Bytes)/float64(s.flows)
	lookup := func(keys []K, tick uint32) (found int) {
		copy(batch.Keys[:], keys)
		t.Lookup(batch, flow.MaxBatch)
		for _, i := range batch.Index[:] {
			if i == flow.None {
				continue
			}
			found++
			s, c := t.State(i), t.Counters(i)
			s.LastSeen = tick
			c.Packets[0]++
			c.Bytes[0] += 64
		}
		return found
	}
	return measure.Subject{Name: name, Close: t.Close, Round: tableRound(stream, s, lookup, memory)}, nil
}

// fillTable inserts the flows and lets the table grow to its size.
func fillTable[K flow.Key](t *flow.Table[K], flows int) error {
	for i := range flows {
		k := flowKey[K](uint32(i))
		if _, r := t.Insert(&k, t.Hash(&k), flow.State{}, flow.Origin{}); r != flow.Inserted {
			return fmt.Errorf("flow %d of %d: %v", i, flows, r)
		}
		if i%256 == 0 {
			t.Maintain(256)
		}
	}
	for t.Maintain(1 << 20) {
	}
	return nil
}

// tableRound tells the memory with the cost.
func tableRound[K flow.Key](stream *keyStream[K], s tableSetting, lookup func([]K, uint32) int, memory float64) func() ([]measure.Sample, error) {
	return func() ([]measure.Sample, error) {
		out, err := stream.round(lookup, s)
		return append(out, measure.Sample{Metric: "memory", Unit: "B/flow", Value: memory}), err
	}
}

// newMapSubject is Go's map to the index of a record: nothing in it for the collector to follow.
func newMapSubject[K flow.Key](stream *keyStream[K], s tableSetting) measure.Subject {
	before := heapInUse()
	m, records := make(map[K]uint32, s.flows), make([]record, s.flows)
	for i := range uint32(s.flows) {
		m[flowKey[K](i)] = i
	}
	memory := float64(heapInUse()-before) / float64(s.flows)
	batch := new([flow.MaxBatch]K)
	lookup := func(keys []K, tick uint32) (found int) {
		copy(batch[:], keys)
		for i := range batch {
			if x, ok := m[batch[i]]; ok {
				records[x].update(tick)
				found++
			}
		}
		return found
	}
	return measure.Subject{Name: "go-map", Round: tableRound(stream, s, lookup, memory)}
}

// newSwissSubject is dolthub/swiss's map, likewise.
func newSwissSubject[K flow.Key](stream *keyStream[K], s tableSetting) measure.Subject {
	before := heapInUse()
	m, records := swiss.NewMap[K, uint32](uint32(s.flows)), make([]record, s.flows)
	for i := range uint32(s.flows) {
		m.Put(flowKey[K](i), i)
	}
	memory := float64(heapInUse()-before) / float64(s.flows)
	batch := new([flow.MaxBatch]K)
	lookup := func(keys []K, tick uint32) (found int) {
		copy(batch[:], keys)
		for i := range batch {
			if x, ok := m.Get(batch[i]); ok {
				records[x].update(tick)
				found++
			}
		}
		return found
	}
	return measure.Subject{Name: "swiss", Round: tableRound(stream, s, lookup, memory)}
}

// heapInUse is the bytes of live objects.
func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// A record is what the product keeps in a flow's line behind an IPv4 key.
var _ [48]byte = [unsafe.Sizeof(record{})]byte{}
