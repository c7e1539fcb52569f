// Package systest tests the program as its users have it: cmd/gvpp as a process of its own between network namespaces,
// traffic of the kernel's own between their sockets, commands over the CLI socket.
//
// Terms: a site is a lab with gvpp's namespace in the middle; client and server are hosts on the same network, with gvpp
// as the cable between them; the kernel path is a bridge in gvpp's namespace that carries the traffic while no gvpp does.
//
//	client 10.0.0.1, fd00::1 ── left │ gvpp │ right ── server 10.0.0.2, fd00::2
//
// Times are measured and logged; a test fails only where one is ten times what it should be, because the machine may be
// shared. Without root the tests are skipped. They touch nothing outside their own namespaces.
package systest
