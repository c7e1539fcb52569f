package program

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gvpp/gvpp"
	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi"
	"github.com/gvpp/gvpp/api/binapi/memclnt"
	"github.com/gvpp/gvpp/internal/wholefile"
)

type apiJSONCommand struct {
	Dir string `arg:"" help:"Directory for them, made if missing."`
}

// Help is the part of --help that goes beyond the flags.
func (c *apiJSONCommand) Help() string {
	return `One file per module, named as VPP names them: memclnt.api.json, interface.api.json, … Clients made for VPP read them:

  gvpp api-json /usr/share/gvpp/api
  python3 -c 'from vpp_papi import VPPApiClient; VPPApiClient(apidir="/usr/share/gvpp/api", server_address="/run/gvpp/api.sock")'
  binapi-generator --input=/usr/share/gvpp/api --output-dir=binapi`
}

// Run is gvpp api-json.
func (c *apiJSONCommand) Run(s *streams) error {
	modules, err := apiModules(s.plugins...)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return fmt.Errorf("api-json: %w", err)
	}
	for _, f := range modules {
		if err := wholefile.Replace(filepath.Join(c.Dir, f.Name+".api.json"), []byte(f.JSON)); err != nil {
			return fmt.Errorf("api-json: %w", err)
		}
	}
	fmt.Fprintf(s.out, "%d modules in %s\n", len(modules), c.Dir)
	return nil
}

// apiModules is every module that this program serves, and those of types that they import, each once.
func apiModules(extra ...Plugin) (list []*api.File, err error) {
	dp, err := gvpp.New(gvpp.Config{Plugins: (&startup{extra: extra}).compiledIn(), Buffers: apiBuffers})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dp.Close()) }()
	list = append(list, memclnt.File) // the socket's own
	for _, s := range dp.API() {
		list = append(list, s.File)
	}
	list = append(list, binapi.Types()...)
	seen := map[string]*api.File{}
	once := list[:0]
	for _, f := range list {
		switch seen[f.Name] {
		case nil:
			once = append(once, f)
		case f:
		default:
			return nil, fmt.Errorf("api-json: two modules are called %s", f.Name)
		}
		seen[f.Name] = f
	}
	return once, nil
}

// apiBuffers is as few as New takes: no packet comes.
const apiBuffers = 1024
