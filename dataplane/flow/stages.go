package flow

import "unsafe"

// The stages of Lookup in Go, for any processor; lookup_amd64.s has the same for one. Each is a function of its own, so
// that its values stay in registers. They know keys as words and nothing of tables, so that they are plain functions: a
// generic one cannot inline what depends on its type.
//
// A line is touched by a load, and the sums that are returned keep the loads alive. A load that misses stays in the
// processor's window until its line has come, and what comes behind it must fit in there, too: so touching is a loop of
// its own, of few instructions, and more misses are under way at once. Measured at 1 M flows, ns a key: 30 against 50
// with the touch among the rest of its stage (IPv6 58 against 78).

//go:noinline
func hash4Go(s *seeds, v *view, keys []words4, hash []uint64) (sink uint64) {
	hash = hash[:len(keys)]
	for i := range keys {
		hash[i] = hash4(s, &keys[i])
	}
	return touchBuckets(v, hash)
}

//go:noinline
func hash6Go(s *seeds, v *view, keys []words6, hash []uint64) (sink uint64) {
	hash = hash[:len(keys)]
	for i := range keys {
		hash[i] = tail6(s, head6(s, &keys[i]), &keys[i])
	}
	return touchBuckets(v, hash)
}

//go:noinline
func touchBuckets(v *view, hash []uint64) (sink uint64) {
	base, mask := v.base, v.mask // in registers
	for _, h := range hash {
		sink ^= peek64((*uint64)(unsafe.Add(base, h&mask)))
	}
	return sink
}

//go:noinline
func probeGo(v *view, hash []uint64, index []uint32) {
	index = index[:len(hash)]
	base, mask := v.base, v.mask // in registers
	for i, h := range hash {
		b := (*bucket)(unsafe.Add(base, h&mask))
		index[i] = peek32(b.at(lane(b.first(pattern(h)))))
	}
}

// touch4Go and touch6Go end the probe: they touch the lines of the candidates; in a link's stead line 0, which is always
// at hand.
//
//go:noinline
func touch4Go(lines unsafe.Pointer, index []uint32) (sink uint64) {
	for _, c := range index {
		sink ^= peek64((*uint64)(unsafe.Add(lines, uintptr(c&^uint32(int32(c)>>31))<<6)))
	}
	return sink
}

//go:noinline
func touch6Go(lines unsafe.Pointer, index []uint32) (sink uint64) {
	for _, c := range index {
		line := unsafe.Add(lines, uintptr(c&^uint32(int32(c)>>31))<<7)
		sink ^= peek64((*uint64)(line)) ^ peek64((*uint64)(unsafe.Add(line, unsafe.Offsetof(line6{}.counters))))
	}
	return sink
}

//go:noinline
func resolve4Go(lines unsafe.Pointer, keys []words4, index []uint32, pending *[MaxBatch]uint32) (walks uint) {
	index = index[:len(keys)]
	for i := range keys {
		c := index[i]
		if c == 0 {
			index[i] = None
		} else if c >= overflow || *(*words4)(unsafe.Add(lines, uintptr(c)<<6)) != keys[i] {
			pending[walks%MaxBatch] = uint32(i)
			walks++
		}
	}
	return walks
}

//go:noinline
func resolve6Go(lines unsafe.Pointer, keys []words6, index []uint32, pending *[MaxBatch]uint32) (walks uint) {
	index = index[:len(keys)]
	for i := range keys {
		c := index[i]
		if c == 0 {
			index[i] = None
		} else if c >= overflow || differ6((*words6)(unsafe.Add(lines, uintptr(c)<<7)), &keys[i]) {
			pending[walks%MaxBatch] = uint32(i)
			walks++
		}
	}
	return walks
}
