package gvpp

import (
	"errors"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/af_xdp"
	interfaces "github.com/gvpp/gvpp/api/binapi/interface"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/l2"
	"github.com/gvpp/gvpp/api/binapi/pg"
	"github.com/gvpp/gvpp/api/binapi/vlib"
	"github.com/gvpp/gvpp/api/binapi/vpe"
	"github.com/gvpp/gvpp/plugin"
)

// The api_ files are the fronts of the dataplane's operations in the binary API, with the retvals that VPP's handlers give.

// Retvals that only VPP's own modules give.
const (
	addressLength    api.Errno = -59
	addressNotFound  api.Errno = -60
	noSuchNode2      api.Errno = -64
	invalidInterface api.Errno = -71
	ifAlreadyExists  api.Errno = -79
	addressInUse     api.Errno = -105
	endianFailed     api.Errno = -159
)

// registerAPI declares the modules that every dataplane serves.
func (b base) registerAPI(r *plugin.Registry) {
	r.API(vlib.Serve(vlibAPI{dp: b.Dataplane}))
	r.API(vpe.Serve(vpeAPI{dp: b.Dataplane}))
	i := &interfaceAPI{dp: b.Dataplane}
	b.OnInterfaceEvent(i.event)
	r.API(interfaces.Serve(i))
	r.API(l2.Serve(l2API{b.l2.Messages(), b.Dataplane}))
	r.API(af_xdp.Serve(afxdpAPI{dp: b.Dataplane}))
	r.API(pg.Serve(pgAPI{dp: b.Dataplane}))
}

// ifError gives an error of an operation on interfaces its retval.
func ifError(err error) error {
	switch {
	case errors.Is(err, ErrNoInterface), errors.Is(err, ErrInterfaceKind):
		return api.Wrap(api.InvalidSwIfIndex, err)
	case errors.Is(err, ErrInterfaceExists):
		return api.Wrap(ifAlreadyExists, err)
	}
	return err
}

// apiIndex is how the API names no interface, in the reply of a creation that has failed.
func apiIndex(swIf uint32, err error) interface_types.InterfaceIndex {
	if err != nil {
		return ^interface_types.InterfaceIndex(0)
	}
	return interface_types.InterfaceIndex(swIf)
}
