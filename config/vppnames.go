package config

// vppStanzas are the names that VPP of August 2026 with its own plugins accepts.
var vppStanzas = map[string]bool{
	"acl-plugin": true, "api-fuzz": true, "api-queue": true, "api-segment": true, "api-trace": true, "buffers": true,
	"cnat": true, "cpu": true, "crypto-engines": true, "crypto_sw_scheduler": true, "ct6": true, "devices": true,
	"dns": true, "dpdk": true, "dsa": true, "dslite": true, "ethernet": true, "fateshare": true, "http": true,
	"interface": true, "ip": true, "ip6": true, "ipsec": true, "l2fib": true, "l2learn": true, "l2tp": true,
	"l3fib": true, "linux-cp": true, "linux-nl": true, "logging": true, "mactime": true, "mc": true, "memory": true,
	"mpls": true, "node": true, "npol-plugin": true, "nsim": true, "physmem": true, "plugin_path": true,
	"plugins": true, "punt": true, "pvti": true, "quic": true, "selog": true, "session": true, "sfdp": true,
	"socksvr": true, "statseg": true, "tcp": true, "test-proxy": true, "test_plugin_path": true, "tls": true,
	"trace": true, "tuntap": true, "udp": true, "unix": true, "unix-cli": true, "vhost-user": true, "vlib": true,
}

// KnownVPP reports whether VPP accepts a stanza of that name, so that a file written for VPP can be accepted with a notice
// where gvpp has no use for one of its stanzas.
func KnownVPP(name string) bool { return vppStanzas[name] }
