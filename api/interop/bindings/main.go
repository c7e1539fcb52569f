// Command bindings makes the Go bindings that the tests use, as a user of GoVPP would: GoVPP's generator, fed with gvpp's own
// .api.json files. It writes the folder binapi, which is not checked in.
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
	"github.com/gvpp/gvpp/nodes/classify/classifyapi"
	"github.com/gvpp/gvpp/nodes/flowtrack/flowtrackapi"
)

// out is where the bindings lie, and what their import paths end in.
const out = "binapi"

func main() {
	log.SetFlags(0)
	if err := generate(memclnt.File, classifyapi.File, flowtrackapi.File); err != nil {
		log.Fatal("bindings: ", err)
	}
}

// generate makes the bindings of modules and of the types that they import.
func generate(modules ...*api.File) error {
	dir, err := os.MkdirTemp("", "gvpp-api-json-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, f := range append(binapi.Types(), modules...) {
		if err := os.WriteFile(filepath.Join(dir, f.Name+".api.json"), []byte(f.JSON), 0o644); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	args := []string{"tool", "binapi-generator", "--input", dir, "--output-dir", out, "--import-prefix", "github.com/gvpp/gvpp/api/interop/" + out}
	for _, f := range modules {
		args = append(args, f.Name)
	}
	if text, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("GoVPP's generator: %w\n%s", err, text)
	}
	return nil
}
