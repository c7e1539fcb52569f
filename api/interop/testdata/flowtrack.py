"""Sessions: listed page by page, filtered, told as events, ended; timeouts, zones, limits."""

import ipaddress
import queue

from vpp_papi import VppEnum

from rig import client, fields, say, send

c = client("flowtrack")
KIND = VppEnum.vl_api_flowtrack_event_kind_t
MATCH = VppEnum.vl_api_flowtrack_match_t
STATE = VppEnum.vl_api_flowtrack_state_t
TIMEOUT = VppEnum.vl_api_flowtrack_timeout_t


def sessions(**given):
    cursor, out, pages = 0, [], 0
    while True:
        reply, details = c.api.flowtrack_session_get(cursor=cursor, filter=given)
        out += [d.session for d in details]
        pages += 1
        if reply.retval != -165:
            return reply.retval, out, pages
        cursor = reply.cursor


def short(s):
    return "%s:%d > %s:%d %d %s %s %s in=%d" % (s.src, s.sport, s.dst, s.dport, s.proto, s.state.name[20:], s.timeout.name[22:], s.packets, s.sw_if_index)


c.api.classify_enable_disable(sw_if_index=2, enable=True)  # sessions of b are followed from now on
say("no session", sessions())
events = queue.Queue()
c.register_event_callback(lambda name, e: events.put((name, e)))
say("want_flowtrack_events", c.api.want_flowtrack_events(enable=True, pid=77, kinds=0, filter={}).retval)
say("again", c.api.want_flowtrack_events(enable=True, pid=77, kinds=0, filter={}).retval)
send("udp 10.0.0.1:1000 > 10.0.0.2:53", "tcp 10.0.0.1:1001 > 10.0.0.2:80 [S]", "udp [2001:db8::1]:1000 > [2001:db8::2]:53")
retval, got, _ = sessions()
say("flowtrack_session_get", retval)
for line in sorted(short(s) for s in got):
    say("session", line)


def event():
    name, e = events.get(timeout=5)
    return "%s %s pid=%d %s:%d > %s:%d" % (name, e.kind.name[20:], e.pid, e.session.src, e.session.sport, e.session.dst, e.session.dport)


for line in sorted(event() for _ in range(3)):
    say("event", line)
say("by protocol", [short(s) for s in sessions(match=MATCH.FLOWTRACK_API_MATCH_PROTO, proto=6)[1]])
say("by prefix", [short(s) for s in sessions(match=MATCH.FLOWTRACK_API_MATCH_SRC, src="2001:db8::/32")[1]])
say("by port", len(sessions(match=MATCH.FLOWTRACK_API_MATCH_DPORT, dport={"first": 50, "last": 60})[1]))
say("by state", len(sessions(state=STATE.FLOWTRACK_API_STATE_ESTABLISHED)[1]))
say("a filter that is wrong", sessions(match=MATCH.FLOWTRACK_API_MATCH_DPORT, dport={"first": 60, "last": 50})[0])
cleared = c.api.flowtrack_session_clear(filter={"match": MATCH.FLOWTRACK_API_MATCH_PROTO, "proto": 6})
say("flowtrack_session_clear", fields(cleared, "retval", "count"), event(), len(sessions()[1]))
say("no more events", c.api.want_flowtrack_events(enable=False, pid=77).retval)
say("again", c.api.want_flowtrack_events(enable=False, pid=77).retval)

say("flowtrack_timeout_set", c.api.flowtrack_timeout_set(timeout=TIMEOUT.FLOWTRACK_API_TIMEOUT_UDP, zone=0, value=45000).retval)
timeouts = {t.name: t for t in c.api.flowtrack_timeout_dump()}
say("flowtrack_timeout_dump", len(timeouts), fields(timeouts["udp"], "zone", "value", "default_value"), timeouts["udp"].timeout.name)
say("too short", c.api.flowtrack_timeout_set(timeout=0, zone=0, value=1).retval)
say("flowtrack_zone_set", c.api.flowtrack_zone_set(sw_if_index=2, vlan=0, zone=5).retval)
say("flowtrack_zone_dump", [fields(z, "sw_if_index", "vlan", "zone") for z in c.api.flowtrack_zone_dump()])
say("flowtrack_zone_del", c.api.flowtrack_zone_del(sw_if_index=2, vlan=0).retval, c.api.flowtrack_zone_dump())
say("flowtrack_settings_set", c.api.flowtrack_settings_set(settings={"tcp_loose": False, "tcp_max_retrans": 5, "checksum": True}).retval)
say("flowtrack_settings_get", fields(c.api.flowtrack_settings_get().settings, "tcp_loose", "tcp_be_liberal", "tcp_max_retrans", "checksum"))
say("flowtrack_limit_zone", c.api.flowtrack_limit_zone(zone=5, sessions=1000, rate=10, burst=2).retval)
say("flowtrack_limit_zone_dump", [fields(z, "zone", "sessions", "in_use", "rate", "burst") for z in c.api.flowtrack_limit_zone_dump()])
say("flowtrack_limit_source", c.api.flowtrack_limit_source(sessions=100000).retval)
say("flowtrack_limit_get", fields(c.api.flowtrack_limit_get(), "retval", "source_sessions", "ip4_len", "ip6_len"))
say("flowtrack_stats_get", fields(c.api.flowtrack_stats_get(), "retval", "sessions_ip4", "sessions_ip6", "created", "cleared"))

# many sessions: all of them, each once
n = 9000
for first in range(0, n, 1000):
    send(*["udp 10.1.%d.%d:1000 > 10.0.0.2:53" % (i >> 8, i & 255) for i in range(first, first + 1000)])
retval, got, pages = sessions(match=MATCH.FLOWTRACK_API_MATCH_SRC, src="10.1.0.0/16")
say("9,000 sessions", retval, len(got), len({s.src for s in got}), pages > 1, type(got[0].src) is ipaddress.IPv4Address)
say("are ended", c.api.flowtrack_session_clear(filter={}).count, sessions())
c.disconnect()
