// Package interop tests gvpp with the clients that people own for VPP. It is a module of its own, so that programs which embed
// gvpp do not inherit them.
//
// Its bindings are made by GoVPP's generator from gvpp's .api.json files, as a user's would be, before the tests are built:
//
//	go generate . && go test .
package interop

//go:generate go run ./bindings
