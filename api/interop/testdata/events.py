"""Interface events: the callback, the process id, who has asked twice, and that they end."""

import queue

from vpp_papi import VppEnum

from rig import client, fields, say

c, other = client("listener"), client("actor")
UP = VppEnum.vl_api_if_status_flags_t.IF_STATUS_API_FLAG_ADMIN_UP
events = queue.Queue()
c.register_event_callback(lambda name, e: events.put((name, e)))


def event():
    name, e = events.get(timeout=5)
    return "%s %s %s" % (name, fields(e, "pid", "sw_if_index", "deleted"), e.flags.value)


say("want_interface_events", c.api.want_interface_events(enable_disable=1, pid=4711).retval)
say("again", c.api.want_interface_events(enable_disable=1, pid=4711).retval)
loop = other.api.create_loopback().sw_if_index
say("loopback", loop)
other.api.sw_interface_set_flags(sw_if_index=loop, flags=UP)
other.api.sw_interface_set_flags(sw_if_index=loop, flags=0)
other.api.delete_loopback(sw_if_index=loop)
for _ in range(4):
    say("event", event())
say("own deeds", c.api.sw_interface_set_flags(sw_if_index=1, flags=0).retval, event())
say("no more", c.api.want_interface_events(enable_disable=0, pid=4711).retval)
say("again", c.api.want_interface_events(enable_disable=0, pid=4711).retval)
c.api.sw_interface_set_flags(sw_if_index=1, flags=UP)
say("a ping after that", c.api.control_ping().retval)
say("events", events.qsize())

# a thousand events while the listener calls, too: none is lost, none takes a reply's place
c.api.want_interface_events(enable_disable=1, pid=1)
for i in range(500):
    other.api.sw_interface_set_flags(sw_if_index=1, flags=0)
    other.api.sw_interface_set_flags(sw_if_index=1, flags=UP)
    if i % 50 == 0 and c.api.control_ping().retval:
        say("a wrong reply")
got = [events.get(timeout=5)[1] for _ in range(1000)]
say("a thousand", [e.flags.value & UP.value for e in got] == [0, 1] * 500)

# a subscription ends with its client
c.disconnect()
other.api.sw_interface_set_flags(sw_if_index=1, flags=0)
c.connect("listener")
say("anew", c.api.want_interface_events(enable_disable=1, pid=2).retval)
other.api.sw_interface_set_flags(sw_if_index=1, flags=UP)
say("event", event(), events.qsize())
c.disconnect()
other.disconnect()
