package classify

// fresh remembers which sessions have come into being since flow-lookup has seen the vector: their packets further back in
// it must be asked about again. It is a filter by Meta.Flow's tags: a packet that it does not know has no such session, one
// that it knows may have. With a whole vector of new sessions, it knows one packet in 16 for nothing.
type fresh struct {
	bits [64]uint64
	any  bool
}

func (f *fresh) reset() {
	if f.any {
		*f = fresh{}
	}
}

func (f *fresh) add(tag uint32) {
	f.bits[tag>>6&63] |= 1 << (tag & 63)
	f.any = true
}

func (f *fresh) has(tag uint32) bool { return f.any && f.bits[tag>>6&63]>>(tag&63)&1 != 0 }
