// Package api is VPP's binary API as Go sees it: messages, the codec that generated code calls, services and errors.
//
// Terms: a module is one .api file; api/apigen compiles it to a package with a struct per message and a Desc for each.
// A message travels as a header, which its Kind lays out, and a body: its fields, packed, big endian (but f64: little
// endian). A method is a request with its reply, its stream of details, or both; a handler serves one method; a service
// is a module with the handlers for some of its methods. A caller is who sent a request. retval is the signed number in a
// reply that says how the request fared: 0, or an Errno.
//
// Invariants: decoding any bytes never panics and allocates no more than a small multiple of their length; what has been
// encoded decodes to an equal value; a Desc is immutable.
//
// The package opens no socket (api/server and api/client do), and publishes nothing: a handler is a thin front over a
// plugin's operation.
package api
