"""The server ends and begins again while a client is connected."""

from rig import ask, client, fields, refused, say

c = client("restart")
say("create_loopback", fields(c.api.create_loopback(), "retval", "sw_if_index"))
c.api.want_interface_events(enable_disable=1, pid=1)
ask("restart")
say("a call", refused(c.api.control_ping))
say("disconnect", c.disconnect())
say("connect", c.connect("restart"))
say("show_version", c.api.show_version().program)
say("interfaces", [i.interface_name for i in c.api.sw_interface_dump()])
say("events anew", c.api.want_interface_events(enable_disable=1, pid=1).retval)
c.disconnect()
