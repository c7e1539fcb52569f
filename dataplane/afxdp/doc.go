// Package afxdp moves packets through AF_XDP sockets: a port.Interface for any Linux network device.
//
// Terms: the UMEM is the packet memory the kernel knows, here the arena of the dataplane's buffer.Pool, one for all
// interfaces, so that forwarding copies nothing; a socket serves one receive and one transmit queue of one interface; a
// frame address is a byte offset into the UMEM, buffer index << Pool.Shift() plus an offset; the anchor is the socket
// that registered the UMEM, every other one shares it; the XDP program runs in the kernel for each received packet and
// redirects it to the socket of its queue, unless the pass-list or a missing socket leaves it to the host.
//
//	          supply ──► fill ring ──► ┌────────┐ ──► RX ring ──► Rx
//	buffer.Cache                       │ kernel │
//	            reap ◄── completion ◄─ └────────┘ ◄── TX ring ◄── Tx, Flush (one kick until drained)
//
// Each ring has one producer and one consumer. Fill and TX are produced here, RX and completion by the kernel:
//
//	consumer ──►┌───┬───┬───┐◄── producer      0 <= producer-consumer <= entries, both modulo 2^32
//	            │ n │n+1│n+2│                  an entry is written before the producer index is released
//	            └───┴───┴───┘                  and read after it was acquired
//
// Invariant: a buffer that the kernel or a ring has is marked in its port's held set, and only there; what comes out of
// a ring without being marked is counted and dropped, never freed. Close gives back exactly what is marked.
//
// The kernel takes the program off with the process (bpf_link), however that ends. Sockets and netlink live in the
// network namespace of the thread that calls Open, Watch or Doctor.
//
// The package knows nothing of packets' contents (but for the pass-list, evaluated in the kernel), nodes or workers. It
// does not set links up, change their MTU or offloads, receive packets that span frames, or sleep on the packet path.
package afxdp
