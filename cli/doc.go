// Package cli is gvpp's command line: the tree of commands, the socket that serves it and the client that talks to it.
//
// Terms: a command has a path ("classify add rule"), a usage, a line of help and a Handler. A line is the command's words,
// each of which may be cut to an unambiguous prefix, followed by arguments, which may not. A Call is one run of a handler.
// A session is one connection to the CLI socket; how it talks depends on the terminal type it announces (protocol.go):
//
//	vppctl, one-shot or piped     plain lines, no echo, one NUL after every command
//	gvppctl, this package's       frames: JSON on request, success told from failure, completion
//	a terminal (xterm, tmux, …)   a prompt, an editor for the line, a pager for the output
//	none, but a line at once      plain lines
//	none within a second          a terminal, of which nothing is known
//
// Invariants: a handler's panic is an error of that one command; every session is bounded in the length of a line, in the
// time it may stay idle and in the time it may take to read what it asked for, and sessions are bounded in number.
//
// The package knows no command of its own but help. It publishes nothing: handlers call a plugin's operation and print.
package cli
