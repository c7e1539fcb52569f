"""Strings, unions, enums, addresses, there and back."""

import ipaddress

from vpp_papi import VppEnum

from rig import client, refused, say

c = client("values")
ACTION = VppEnum.vl_api_acl_action_t

# strings without an end in the message, long ones, and ones that hold what looks like a command's end
for text in ("", "x", "two words", "x" * 5000):
    reply = c.api.cli_inband(cmd="echo " + text)
    say("cli_inband", len(text), reply.retval, reply.reply == text + "\n", "" if len(text) > 20 else repr(reply.reply))

# strings of a fixed length: 63 characters and a NUL
for text in ("", "a", "x" * 63):
    n = c.api.acl_add_replace(acl_index=0xFFFFFFFF, tag=text, count=0, r=[]).acl_index
    say("tag", n, c.api.acl_dump(acl_index=n)[0].tag == text)
say("a tag of 64", refused(c.api.acl_add_replace, acl_index=0xFFFFFFFF, tag="x" * 64, count=0, r=[]))

# unions: an address is of either family
for src, dst in (("10.0.0.0/8", "192.168.1.2/32"), ("0.0.0.0/0", "255.255.255.255/32"), ("fd00::/8", "2001:db8::1/128"), ("::/0", "::ffff:0:0/96")):
    rule = {
        "is_permit": ACTION.ACL_ACTION_API_PERMIT_REFLECT, "src_prefix": ipaddress.ip_network(src), "dst_prefix": dst, "proto": 6,
        "srcport_or_icmptype_first": 0, "srcport_or_icmptype_last": 65535, "dstport_or_icmpcode_first": 80, "dstport_or_icmpcode_last": 443,
        "tcp_flags_mask": 0x12, "tcp_flags_value": 0x02,
    }
    made = c.api.acl_add_replace(acl_index=0xFFFFFFFF, tag="t", count=1, r=[rule])
    r = c.api.acl_dump(acl_index=made.acl_index)[0].r[0]
    say("rule", made.retval, r.is_permit.name, r.src_prefix, r.dst_prefix, r.proto.name, r.srcport_or_icmptype_first, r.srcport_or_icmptype_last,
        r.dstport_or_icmpcode_first, r.dstport_or_icmpcode_last, r.tcp_flags_mask, r.tcp_flags_value)
say("an enum's wrong value", refused(c.api.acl_add_replace, acl_index=0xFFFFFFFF, tag="t", count=1, r=[{"is_permit": 9, "src_prefix": "0.0.0.0/0", "dst_prefix": "0.0.0.0/0"}]).retval)
say("a prefix that is none", refused(c.api.acl_add_replace, acl_index=0xFFFFFFFF, tag="t", count=1, r=[
    {"is_permit": 1, "src_prefix": {"address": {"af": 0, "un": {"ip4": "1.2.3.4"}}, "len": 99}, "dst_prefix": "0.0.0.0/0"}]).retval)
say("a family that is none", refused(c.api.acl_add_replace, acl_index=0xFFFFFFFF, tag="t", count=1, r=[
    {"is_permit": 1, "src_prefix": {"address": {"af": 7, "un": {"ip4": "1.2.3.4"}}, "len": 0}, "dst_prefix": "0.0.0.0/0"}]).retval)
c.disconnect()
