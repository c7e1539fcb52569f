// Package apigen is the .api language: VPP's description of binary API messages (src/tools/vppapigen of its tree).
//
// Terms: a file is a module, named after it; an object is a type, a message, a service, an option, counters or paths; an
// imported file's types are part of the file that imports it. The CRC of a message is over its fields and, through
// imports, those of its types: two programs whose CRCs agree mean the same bytes.
//
// Invariant: what vppapigen takes is taken, with the same .api.json byte for byte and the same CRCs; what it refuses is
// refused, with file, line and column.
//
// The package writes no Go code; api/apigen/gogen does.
package apigen
