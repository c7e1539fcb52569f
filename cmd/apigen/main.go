// Command apigen is `gvpp apigen` alone, for `go generate`: see package compile.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"github.com/gvpp/gvpp/cmd/apigen/compile"
)

func main() {
	var c compile.Command
	kong.Parse(&c, kong.Name("apigen"), kong.Description("Compile .api files: JSON for VPP's tools, Go code, CRCs."))
	err := c.Compile(os.Stdout, os.Stderr)
	if err == nil {
		return
	}
	if errors.As(err, &compile.Plain{}) {
		fmt.Fprintln(os.Stderr, err)
	} else {
		fmt.Fprintln(os.Stderr, "apigen:", err)
	}
	if errors.As(err, &compile.Usage{}) {
		os.Exit(2)
	}
	os.Exit(1)
}
