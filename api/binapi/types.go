package binapi

import (
	"embed"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/acl_types"
	"github.com/gvpp/gvpp/api/binapi/ethernet_types"
	"github.com/gvpp/gvpp/api/binapi/fib_types"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/ip_types"
	"github.com/gvpp/gvpp/api/binapi/mfib_types"
	"github.com/gvpp/gvpp/api/binapi/vpe_types"
)

// Types are the modules without messages. No service stands for them, and clients need their descriptions all the same: other
// modules import them, and VPP's Python client does not start without ip_types.
func Types() []*api.File {
	return []*api.File{vpe_types.File, ethernet_types.File, interface_types.File, ip_types.File, acl_types.File, fib_types.File, mfib_types.File}
}

// Sources is the modules' .api files, as MODULE/MODULE.api.
//
//go:embed */*.api
var Sources embed.FS
