package gvpp

import (
	"context"
	"errors"
	"fmt"
	"math/bits"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/af_xdp"
	"github.com/gvpp/gvpp/api/binapi/interface_types"
	"github.com/gvpp/gvpp/api/binapi/pg"
	"github.com/gvpp/gvpp/dataplane/afxdp"
	generator "github.com/gvpp/gvpp/nodes/pg"
)

// afxdpAPI serves AF_XDP interfaces, as VPP's af_xdp plugin does. They are down until their flags are set.
type afxdpAPI struct {
	af_xdp.Unimplemented
	dp *Dataplane
}

// allQueues as a number of queues means all.
const allQueues = 65535

// AfXdpCreateV3 implements af_xdp.Service. The flags no-syscall-lock and mac-reuse ask for what always is so.
func (a afxdpAPI) AfXdpCreateV3(ctx context.Context, m *af_xdp.AfXdpCreateV3) (*af_xdp.AfXdpCreateV3Reply, error) {
	swIf, err := a.create(ctx, m)
	return &af_xdp.AfXdpCreateV3Reply{SwIfIndex: apiIndex(swIf, err)}, err
}

func (a afxdpAPI) create(ctx context.Context, m *af_xdp.AfXdpCreateV3) (swIf uint32, err error) {
	opts, err := afxdpOptions(m)
	if err != nil {
		return 0, err
	}
	modes := []afxdp.Mode{afxdp.Auto}
	switch m.Mode {
	case af_xdp.AF_XDP_API_MODE_ZERO_COPY:
		modes = []afxdp.Mode{afxdp.ZeroCopy}
	case af_xdp.AF_XDP_API_MODE_COPY: // in the driver if it can, else behind it
		modes = []afxdp.Mode{afxdp.NativeCopy, afxdp.GenericCopy}
	}
	for _, mode := range modes {
		swIf, err = a.dp.AddInterfaceDown(ctx, afxdp.Interface(m.HostIf, append(opts, afxdp.WithMode(mode))...))
		if !errors.Is(err, afxdp.ErrMode) {
			break
		}
	}
	return swIf, afxdpError(err)
}

// afxdpOptions is what a request asks for; its error has the retval.
func afxdpOptions(m *af_xdp.AfXdpCreateV3) (opts []afxdp.Option, err error) {
	refuse := func(e api.Errno, format string, v ...any) ([]afxdp.Option, error) {
		return nil, api.Wrap(e, fmt.Errorf("gvpp: af_xdp_create: "+format, v...))
	}
	switch size := max(m.RxqSize, m.TxqSize); {
	case m.HostIf == "":
		return refuse(api.InvalidValue, "no host interface is named")
	case m.Prog != "":
		return refuse(api.Unimplemented, "program %q: gvpp loads its own; leave it out", m.Prog)
	case m.Netns != "":
		return refuse(api.Unimplemented, "network namespace %q: gvpp opens interfaces of its own; leave it out", m.Netns)
	case m.Flags&af_xdp.AF_XDP_API_FLAGS_MULTI_BUFFER != 0:
		return refuse(api.Unimplemented, "multi-buffer: a packet has one buffer; leave it out")
	case m.Mode > af_xdp.AF_XDP_API_MODE_ZERO_COPY:
		return refuse(api.InvalidValue, "mode %d: want 0 to 2", uint32(m.Mode))
	case bits.OnesCount16(m.RxqSize) > 1, bits.OnesCount16(m.TxqSize) > 1:
		return refuse(api.InvalidValue, "queue sizes %d and %d: want powers of two", m.RxqSize, m.TxqSize)
	case size != 0: // one size serves both directions
		opts = append(opts, afxdp.RingSize(int(size)))
	}
	if m.Name != "" {
		opts = append(opts, afxdp.WithName(m.Name))
	}
	queues := int(max(m.RxqNum, 1))
	if queues == allQueues {
		queues = 0
	}
	return append(opts, afxdp.Queues(queues)), nil
}

// afxdpError gives a failure of Open its retval.
func afxdpError(err error) error {
	switch {
	case errors.Is(err, afxdp.ErrNoInterface), errors.Is(err, afxdp.ErrQueues), errors.Is(err, afxdp.ErrRingSize), errors.Is(err, afxdp.ErrMode):
		return api.Wrap(api.InvalidValue, err)
	case errors.As(err, new(*afxdp.Error)):
		return api.Wrap(api.SyscallError1, err)
	}
	return ifError(err)
}

// AfXdpDelete implements af_xdp.Service.
func (a afxdpAPI) AfXdpDelete(ctx context.Context, m *af_xdp.AfXdpDelete) (*af_xdp.AfXdpDeleteReply, error) {
	err := a.dp.DeleteAFXDP(ctx, uint32(m.SwIfIndex))
	if errors.Is(err, ErrNoInterface) || errors.Is(err, ErrInterfaceKind) {
		err = api.Wrap(invalidInterface, err)
	}
	return nil, err
}

// pgAPI serves the interfaces of the packet generator.
type pgAPI struct {
	pg.Unimplemented
	dp *Dataplane
}

var errOffloads = api.Wrap(api.Unimplemented, errors.New("gvpp: pg_create_interface: offloads (csum-offload, gso, coalesce) are not there: leave the flags out"))

// create makes an interface, or finds it.
func (a pgAPI) create(ctx context.Context, id interface_types.InterfaceIndex, offloads bool, mode pg.PgInterfaceMode) (interface_types.InterfaceIndex, error) {
	if offloads {
		return apiIndex(0, errOffloads), errOffloads
	}
	swIf, err := a.dp.CreateGeneratorMode(ctx, uint32(id), generator.Mode(mode))
	return apiIndex(swIf, err), ifError(err)
}

// PgCreateInterface implements pg.Service.
func (a pgAPI) PgCreateInterface(ctx context.Context, m *pg.PgCreateInterface) (*pg.PgCreateInterfaceReply, error) {
	swIf, err := a.create(ctx, m.InterfaceID, m.GsoEnabled, pg.PG_API_MODE_ETHERNET)
	return &pg.PgCreateInterfaceReply{SwIfIndex: swIf}, err
}

// PgCreateInterfaceV2 implements pg.Service.
func (a pgAPI) PgCreateInterfaceV2(ctx context.Context, m *pg.PgCreateInterfaceV2) (*pg.PgCreateInterfaceV2Reply, error) {
	swIf, err := a.create(ctx, m.InterfaceID, m.GsoEnabled, m.Mode)
	return &pg.PgCreateInterfaceV2Reply{SwIfIndex: swIf}, err
}

// PgCreateInterfaceV3 implements pg.Service.
func (a pgAPI) PgCreateInterfaceV3(ctx context.Context, m *pg.PgCreateInterfaceV3) (*pg.PgCreateInterfaceV3Reply, error) {
	swIf, err := a.create(ctx, m.InterfaceID, m.PgFlags != 0, m.Mode)
	return &pg.PgCreateInterfaceV3Reply{SwIfIndex: swIf}, err
}

// PgDeleteInterface implements pg.Service.
func (a pgAPI) PgDeleteInterface(ctx context.Context, m *pg.PgDeleteInterface) (*pg.PgDeleteInterfaceReply, error) {
	return nil, ifError(a.dp.DeleteGenerator(ctx, uint32(m.SwIfIndex)))
}

// PgEnableDisable implements pg.Service.
func (a pgAPI) PgEnableDisable(ctx context.Context, m *pg.PgEnableDisable) (*pg.PgEnableDisableReply, error) {
	do := a.dp.pg.Disable
	if m.IsEnabled {
		do = a.dp.pg.Enable
	}
	err := do(ctx, m.StreamName)
	if errors.Is(err, generator.ErrNoStream) {
		err = api.Wrap(api.NoSuchEntry, err)
	}
	return nil, err
}

// noPcapFile is VPP's retval for a capture that cannot be made.
const noPcapFile api.Errno = -93

// PgCapture implements pg.Service.
func (a pgAPI) PgCapture(ctx context.Context, m *pg.PgCapture) (*pg.PgCaptureReply, error) {
	name := fmt.Sprintf("pg%d", m.InterfaceID)
	var err error
	if m.IsEnabled {
		err = a.dp.pg.CaptureFile(ctx, name, m.PcapFileName, uint64(m.Count))
	} else {
		err = a.dp.pg.EndCapture(ctx, name)
	}
	switch {
	case errors.Is(err, generator.ErrNoInterface):
		err = api.Wrap(api.InvalidSwIfIndex, err)
	case err != nil:
		err = api.Wrap(noPcapFile, err)
	}
	return nil, err
}
