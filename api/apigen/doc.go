// Package apigen is the .api language: VPP's description of binary API messages (src/tools/vppapigen of its tree).
//
// Terms: a file is a module, named after it; an object is a type, a message, a service, an option, counters or paths; an
// imported file's types are part of the file that imports it. The CRC of a message is over its fields and, through
// imports, those of its types: two programs whose CRCs agree mean the same bytes.
//
// Invariant: what vppapigen refuses is refused, with file, line and column; what it takes is taken, with the same .api.json
// byte for byte and the same CRCs, but for what it takes by accident, which could not be sent or compiled: two messages,
// fields of a message, names of an enum or rpcs of the same name; a field _vl_msg_id; an enum's value that is not a whole
// number of its type; an array's length that is not a whole number; an array counted by what is no integer before it in
// the same block; an rpc that streams a message that is not there; digits other than ASCII's. And what would take time or
// memory without bound is refused: see the limits in compile.go.
//
// The package writes no Go code; api/apigen/gogen does.
package apigen
