// Package af_xdp makes interfaces of the kernel's network devices, and gives these back.
//
// All but this comment is generated from af_xdp.api.
package af_xdp

//go:generate go run github.com/gvpp/gvpp/cmd/apigen --go . -I .. af_xdp.api
