package flow

import "unsafe"

// The stages of Lookup in Go, for any processor; lookup_amd64.s has the same for one. Each is a function of its own, so
// that its values stay in registers. They know keys as words and nothing of tables, so that they are plain functions: a
// generic one cannot inline what depends on its type. The sums they return keep the touching loads alive.

//go:noinline
func hash4Go(s *seeds, v *view, keys []words4, hash []uint64) (sink uint64) {
	hash = hash[:len(keys)]
	base, mask := v.base, v.mask // in registers
	for i := range keys {
		h := hash4(s, &keys[i])
		hash[i] = h
		sink ^= peek64((*uint64)(unsafe.Add(base, h&mask)))
	}
	return sink
}

//go:noinline
func hash6Go(s *seeds, v *view, keys []words6, hash []uint64) (sink uint64) {
	hash = hash[:len(keys)]
	base, mask := v.base, v.mask // in registers
	for i := range keys {
		h := tail6(s, head6(s, &keys[i]), &keys[i])
		hash[i] = h
		sink ^= peek64((*uint64)(unsafe.Add(base, h&mask)))
	}
	return sink
}

//go:noinline
func probeGo(v *view, lines unsafe.Pointer, shift uintptr, hash []uint64, index []uint32) (sink uint64) {
	index = index[:len(hash)]
	base, mask := v.base, v.mask // in registers
	for i, h := range hash {
		b := (*bucket)(unsafe.Add(base, h&mask))
		c := peek32(b.at(lane(b.first(pattern(h)))))
		index[i] = c
		line := c &^ uint32(int32(c)>>31) // a link touches line 0, which is always at hand
		sink ^= *(*uint64)(unsafe.Add(lines, uintptr(line)<<(shift&63)))
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
func resolve6Go(lines unsafe.Pointer, keys []words6, index []uint32, pending *[MaxBatch]uint32) (walks uint, sink uint64) {
	index = index[:len(keys)]
	for i := range keys {
		c := index[i]
		if c == 0 {
			index[i] = None
			continue
		}
		line := unsafe.Add(lines, uintptr(c&^overflow)<<7)
		if c >= overflow || differ6((*words6)(line), &keys[i]) {
			pending[walks%MaxBatch] = uint32(i)
			walks++
			continue
		}
		sink ^= peek64((*uint64)(unsafe.Add(line, unsafe.Offsetof(line6{}.counters)))) // its counters' line is wanted next
	}
	return walks, sink
}
