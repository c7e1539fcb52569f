module github.com/gvpp/gvpp

go 1.26.0

require (
	github.com/alecthomas/kong v1.17.0
	github.com/asavie/xdp v0.3.3
	github.com/cilium/ebpf v0.22.0
	github.com/dolthub/swiss v0.2.1
	github.com/gaissmai/bart v0.30.0
	github.com/google/gopacket v1.1.19
	github.com/vishvananda/netlink v1.3.1
	github.com/vishvananda/netns v0.0.5
	golang.org/x/mod v0.42.0
	golang.org/x/sys v0.49.0
	golang.org/x/term v0.47.0
)

require (
	github.com/dolthub/maphash v0.1.0 // indirect
	golang.org/x/net v0.62.0 // indirect
)
