"""VPP's access lists: made, put on an interface, met by packets, replaced, dumped, taken away."""

from rig import client, fields, say, send

NEW = 0xFFFFFFFF
DENY, PERMIT, REFLECT = 0, 1, 2


def rule(action, dst="0.0.0.0/0", proto=0, first=0, last=65535):
    any_ = "::/0" if ":" in dst else "0.0.0.0/0"
    return {"is_permit": action, "src_prefix": any_, "dst_prefix": dst, "proto": proto, "srcport_or_icmptype_first": 0,
            "srcport_or_icmptype_last": 65535, "dstport_or_icmpcode_first": first, "dstport_or_icmpcode_last": last}


def add(index, tag, *rules):
    return fields(c.api.acl_add_replace(acl_index=index, tag=tag, count=len(rules), r=rules), "retval", "acl_index")


def apply(sw_if_index, inputs, outputs=()):
    acls = list(inputs) + list(outputs)
    return c.api.acl_interface_set_acl_list(sw_if_index=sw_if_index, count=len(acls), n_input=len(inputs), acls=acls).retval


def lists(index):
    return ["%d %s %d %s" % (x.acl_index, x.tag, x.count, [(r.is_permit.value, str(r.dst_prefix)) for r in x.r]) for x in c.api.acl_dump(acl_index=index)]


def applied(sw_if_index):
    return [(x.sw_if_index, x.count, x.n_input, x.acls) for x in c.api.acl_interface_list_dump(sw_if_index=sw_if_index)]


WEB, DNS, SSH = "tcp 10.0.0.1:1000 > 10.0.0.2:80 [S]", "udp 10.0.0.1:1000 > 10.0.0.2:53", "tcp 10.0.0.1:1000 > 10.0.0.2:22 [S]"


def passing():
    """Which of the three pass."""
    return [line.split(">")[1].split()[0].split(":")[1] for line in send(WEB, DNS, SSH)]


c = client("acl")
say("acl_plugin_get_version", fields(c.api.acl_plugin_get_version(), "major", "minor"))
say("without lists pass", passing())
say("acl_add_replace", add(NEW, "web", rule(PERMIT, "10.0.0.0/24", 6, 80, 80), rule(DENY, "fd00::/8")))
say("acl_add_replace", add(NEW, "dns", rule(REFLECT, "10.0.0.0/24", 17, 53, 53)))
say("acl_add_replace of an index that is none", add(77, "none"))
say("acl_dump", lists(NEW))
say("acl_dump of one", lists(1))
say("acl_dump of none", lists(77))
say("acl_interface_set_acl_list", apply(2, [0]))
say("now pass", passing())
say("acl_interface_set_acl_list", apply(2, [0, 1], []), applied(2))
say("now pass", passing())
say("and on what a sends", apply(1, [], [0]), applied(1))
say("now pass", passing())
say("all interfaces", applied(NEW))
say("replaced", add(0, "ssh", rule(PERMIT, proto=6, first=22, last=22)), lists(0))
say("now pass", passing())
say("acl_del of a list in use", c.api.acl_del(acl_index=0).retval)
say("to an interface that is none", apply(99, [0]))
say("of a list that is none", apply(2, [0, 77]), applied(2))
say("acl_interface_add_del", c.api.acl_interface_add_del(is_add=False, is_input=False, sw_if_index=1, acl_index=0).retval, applied(1))
say("now pass", passing())
say("none", apply(2, []), applied(2))
say("now pass", passing())
say("acl_del", [c.api.acl_del(acl_index=i).retval for i in (0, 1, 0)], lists(NEW))

# a list as long as control planes make them, both ways
many = [rule(PERMIT if i % 2 else DENY, "10.%d.%d.0/24" % (i // 256, i % 256), 6, i, i + 1) for i in range(25000)]
say("25,000 rules", add(NEW, "many", *many))
back = c.api.acl_dump(acl_index=0)[0]
say("are dumped", back.count, all(
    (b.is_permit.value, str(b.dst_prefix), b.dstport_or_icmpcode_first) == (m["is_permit"], m["dst_prefix"], m["dstport_or_icmpcode_first"])
    for b, m in zip(back.r, many)))

# parts of the plugin that gvpp has not
say("macip_acl_add", fields(c.api.macip_acl_add(tag="x", count=0, r=[]), "retval", "acl_index"))
say("macip_acl_interface_get", c.api.macip_acl_interface_get().count)
c.disconnect()
