package oracle

import "math/rand/v2"

// errorAbout is an ICMP error that quotes the datagram p, to its sender; often enough with something wrong about it.
func errorAbout(r *rand.Rand, p []byte) []byte {
	t, is4 := tuple{}, p[0]>>4 == 4
	if _, ok := t.network(p); !ok {
		return nil
	}
	e := ends{}
	e.addr[0], e.addr[1] = t.Dst, t.Src
	kinds, proto := []byte{3, 3, 4, 5, 11, 12}, uint8(protoICMP)
	if !is4 {
		kinds, proto = []byte{1, 1, 2, 3, 4, 100, 5}, protoICMPv6
	}
	if r.IntN(3) == 0 { // a router's
		e.addr[0] = outsider(is4)
	}
	if r.IntN(20) == 0 { // to somebody else
		e.addr[1] = outsider(is4)
	}
	quote := append([]byte(nil), p...)
	switch r.IntN(8) {
	case 0, 1, 2: // as routers cut it
		quote = quote[:min(len(quote), len(p)-len(l4Of(p))+8)]
	case 3: // and as they must not
		quote = quote[:r.IntN(min(len(quote), 60))]
	case 4:
		quote[r.IntN(min(len(quote), 40))] ^= 1 << r.IntN(8)
	case 5:
		quote = errorBody(r, kinds, quote) // an error about an error
		quote = (&ends{addr: e.addr}).datagram(0, proto, quote, network{})
	}
	l4 := errorBody(r, kinds, quote)
	if r.IntN(20) == 0 {
		l4 = l4[:r.IntN(len(l4))]
	}
	e.sealed(proto, l4)
	if r.IntN(20) == 0 && len(l4) > 3 {
		l4[3] ^= 4
	}
	return e.datagram(0, proto, l4, network{})
}

func l4Of(p []byte) []byte {
	t := tuple{}
	l4, _ := t.network(p)
	return l4
}

func errorBody(r *rand.Rand, kinds, quote []byte) []byte {
	return append([]byte{kinds[r.IntN(len(kinds))], byte(r.IntN(6)), 0, 0, 0, 0, 5, 0}, quote...)
}
