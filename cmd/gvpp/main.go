// Command gvpp is the dataplane as a program. `gvpp --help` teaches its use; package program is what it does.
package main

import "github.com/gvpp/gvpp/cmd/gvpp/program"

// plugins are those of this tree that package program does not have already. `gvpp new plugin` says what to add here.
var plugins []program.Plugin

func main() { program.Main(plugins...) }
