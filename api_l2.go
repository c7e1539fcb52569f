package gvpp

import (
	"context"
	"fmt"

	"github.com/gvpp/gvpp/api"
	"github.com/gvpp/gvpp/api/binapi/l2"
	"github.com/gvpp/gvpp/nodes/ethernet"
	l2node "github.com/gvpp/gvpp/nodes/l2"
)

// l2API serves VPP's module l2: what nodes/l2 does, and what VPP has beside that in its module.
type l2API struct {
	l2node.Messages
	dp *Dataplane
}

// BviCreate implements l2.Service.
func (a l2API) BviCreate(ctx context.Context, m *l2.BviCreate) (*l2.BviCreateReply, error) {
	var instance *uint32
	if m.UserInstance != ^uint32(0) {
		instance = &m.UserInstance
	}
	swIf, err := a.dp.CreateBVI(ctx, apiMAC(m.Mac), instance)
	if err != nil {
		err = api.Wrap(api.InvalidRegistration, err)
	}
	return &l2.BviCreateReply{SwIfIndex: apiIndex(swIf, err)}, err
}

// BviDelete implements l2.Service.
func (a l2API) BviDelete(ctx context.Context, m *l2.BviDelete) (*l2.BviDeleteReply, error) {
	return nil, ifError(a.dp.DeleteBVI(ctx, uint32(m.SwIfIndex)))
}

// L2InterfaceVlanTagRewrite implements l2.Service.
func (a l2API) L2InterfaceVlanTagRewrite(ctx context.Context, m *l2.L2InterfaceVlanTagRewrite) (*l2.L2InterfaceVlanTagRewriteReply, error) {
	if _, err := a.dp.InterfaceStatus(uint32(m.SwIfIndex)); err != nil {
		return nil, ifError(err)
	}
	if m.Tag1 > ethernet.MaxVLAN || m.Tag2 > ethernet.MaxVLAN {
		return nil, api.Wrap(api.InvalidValue, fmt.Errorf("gvpp: l2_interface_vlan_tag_rewrite: tags %d and %d: want 0 to %d", m.Tag1, m.Tag2, ethernet.MaxVLAN))
	}
	r := ethernet.Rewrite{Op: ethernet.RewriteOp(m.VtrOp), Dot1Q: m.PushDot1q != 0, Tag1: uint16(m.Tag1), Tag2: uint16(m.Tag2)}
	return nil, subError(a.dp.ether.SetRewrite(ctx, uint32(m.SwIfIndex), r))
}
