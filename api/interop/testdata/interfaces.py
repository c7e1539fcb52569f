"""Interfaces: dumps, loopbacks, flags, tags, cross-connects, packet generator's, and what is refused."""

from vpp_papi import MACAddress, VppEnum

from rig import client, fields, say

c = client("interfaces")


def dump(**args):
    return " ".join("%d:%s" % (i.sw_if_index, i.interface_name) for i in c.api.sw_interface_dump(**args))


def flags(index):
    return c.api.sw_interface_dump(sw_if_index=index)[0].flags.value


UP = VppEnum.vl_api_if_status_flags_t.IF_STATUS_API_FLAG_ADMIN_UP

say("all", dump())
say("one", dump(sw_if_index=1))
say("none", repr(dump(sw_if_index=99)))
say("by name", dump(name_filter_valid=True, name_filter="oca"))
say("the name's filter is not on", dump(name_filter_valid=False, name_filter="oca"))
a = c.api.sw_interface_dump(sw_if_index=1)[0]
say("a", fields(a, "sw_if_index", "sup_sw_if_index", "interface_name", "tag", "link_mtu", "sub_id"), type(a.l2_address).__name__)

loop = c.api.create_loopback()
say("create_loopback", fields(loop, "retval", "sw_if_index"))
mac = "02:00:00:00:00:07"
seven = c.api.create_loopback_instance(is_specified=True, user_instance=7, mac_address=mac)
say("create_loopback_instance", fields(seven, "retval", "sw_if_index"))
say("again", fields(c.api.create_loopback_instance(is_specified=True, user_instance=7), "retval", "sw_if_index"))
say("all", dump())
say("address", c.api.sw_interface_get_mac_address(sw_if_index=seven.sw_if_index).mac_address == MACAddress(mac))
say("flags", flags(seven.sw_if_index))
say("up", c.api.sw_interface_set_flags(sw_if_index=seven.sw_if_index, flags=UP).retval, UP in c.api.sw_interface_dump(sw_if_index=seven.sw_if_index)[0].flags)
say("down", c.api.sw_interface_set_flags(sw_if_index=seven.sw_if_index, flags=0).retval, flags(seven.sw_if_index))
say("of none", c.api.sw_interface_set_flags(sw_if_index=99, flags=UP))
for tag in ("uplink", "", "x" * 63):
    say("tag", c.api.sw_interface_tag_add_del(sw_if_index=seven.sw_if_index, tag=tag, is_add=True).retval,
        c.api.sw_interface_dump(sw_if_index=seven.sw_if_index)[0].tag)
say("no tag", c.api.sw_interface_tag_add_del(sw_if_index=seven.sw_if_index, is_add=False).retval,
    repr(c.api.sw_interface_dump(sw_if_index=seven.sw_if_index)[0].tag))

pg = c.api.pg_create_interface_v3(interface_id=3)
say("pg_create_interface_v3", fields(pg, "retval", "sw_if_index"), dump(sw_if_index=pg.sw_if_index))
say("sw_interface_set_l2_xconnect", c.api.sw_interface_set_l2_xconnect(rx_sw_if_index=pg.sw_if_index, tx_sw_if_index=seven.sw_if_index, enable=True).retval)
say("l2_xconnect_dump", [(x.rx_sw_if_index, x.tx_sw_if_index) for x in c.api.l2_xconnect_dump()])
say("to none", c.api.sw_interface_set_l2_xconnect(rx_sw_if_index=pg.sw_if_index, tx_sw_if_index=99, enable=True).retval)
say("delete_loopback", c.api.delete_loopback(sw_if_index=seven.sw_if_index).retval)
say("again", c.api.delete_loopback(sw_if_index=seven.sw_if_index).retval)
say("that is none", c.api.delete_loopback(sw_if_index=1).retval)
say("l2_xconnect_dump", [(x.rx_sw_if_index, x.tx_sw_if_index) for x in c.api.l2_xconnect_dump()])
say("pg_delete_interface", c.api.pg_delete_interface(sw_if_index=pg.sw_if_index).retval)
say("all", dump())
new = c.api.create_loopback()
say("an index is free again or new", new.retval, dump(sw_if_index=new.sw_if_index))
c.disconnect()
