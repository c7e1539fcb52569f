// Command macswap is gvpp with the plugin macswap: it has all of gvpp's commands. `macswap --help` teaches their use.
package main

import (
	"github.com/gvpp/gvpp/cmd/gvpp/program"
	"github.com/gvpp/gvpp/plugin"

	"example.com/macswap"
)

func main() {
	program.Main(program.Plugin{Name: "macswap", New: func() plugin.Plugin { return macswap.New() }})
}
