"""Every message gets a whole answer, whatever it asks for: one that lacked a byte would end in struct.error here."""

from rig import client, fields, say

# these end the connection, have no reply, or belong to the transport by shared memory
BESIDES = ("sockclnt_create", "sockclnt_delete", "memclnt_create", "memclnt_create_v2", "memclnt_delete", "sock_init_shm")

# its reply of seven bytes is too short for vpp_papi, which takes it for an event, from VPP as from here
SHORT = ("acl_plugin_use_hash_lookup_get",)

# what vpp_papi cannot make up
ARGUMENTS = {"sw_interface_set_mtu": {"mtu": [0, 0, 0, 0]}}

c = client("errors")
tx = c.api.sw_interface_tx_placement_get(sw_if_index=1)
say("sw_interface_tx_placement_get", fields(tx[0], "retval", "cursor"), tx[1])
say("create_vlan_subif", fields(c.api.create_vlan_subif(sw_if_index=1, vlan_id=7), "retval", "sw_if_index"))
say("get_node_graph", c.api.get_node_graph().retval)
say("bridge_domain_dump", c.api.bridge_domain_dump())

retvals, wrong = {}, []
for name in sorted(c.services):
    if name in BESIDES + SHORT or not hasattr(c.api, name) or c.services[name]["reply"] == "null":
        continue
    try:
        reply = getattr(c.api, name)(_timeout=5, **ARGUMENTS.get(name, {}))
    except Exception as e:  # pylint: disable=broad-except
        wrong.append("%s: %s %s" % (name, type(e).__name__, e))
        continue
    if isinstance(reply, tuple) and isinstance(reply[-1], list):
        reply = reply[0]
    if hasattr(reply, "retval"):
        retvals.setdefault(reply.retval, []).append(name)
say("wrong answers", wrong)
say("not handled", len(retvals[-9]) > 50)
say("unknown errors", sorted(r for r in retvals if r > 0 or r < -170))
say("a ping after that", c.api.control_ping().retval)
c.disconnect()
