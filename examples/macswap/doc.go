// Package macswap sends packets back: it swaps source and destination of the Ethernet header and sends the packet out by the interface
// that it came from, as the sample plugin of VPP does.
//
//	ethernet-input ──> arcs l2-input, ip4-unicast, ip6-unicast ──> macswap ──> arc interface-output ──> the same interface
//
// It is an example of a plugin outside of gvpp's tree: a module of its own, with a program of its own, cmd/macswap, which is gvpp with
// this plugin. README.md says how to begin one. What it does is done where the feature is enabled, and nowhere else costs anything.
package macswap
