"""Replies that come later: by the callback, by polling, by coroutines."""

import asyncio
import os
import queue

try:
    from vpp_papi.vpp_papi_async import VPPApiClient as Coroutines
except ImportError:
    print("skip: this vpp_papi has no vpp_papi_async")
    raise SystemExit

from rig import DIR, client, disconnected, fields, say

# the callback gets all replies, in the order of the calls
replies = queue.Queue()
c = disconnected()
c.register_event_callback(lambda name, r: replies.put((name, r)))
say("connect", c.connect("callback", do_async=True))
contexts = [c.api.cli_inband(cmd="echo %d" % i) for i in range(100)] + [c.api.control_ping(), c.api.sw_interface_dump()]
got = [replies.get(timeout=5) for _ in range(104)]
say("replies", [r.context for _, r in got[:101]] == contexts[:101], [r.reply.strip() for _, r in got[:100]] == [str(i) for i in range(100)])
say("then", [name for name, _ in got[100:]], [r.interface_name for _, r in got[101:]])
c.disconnect()

# events that are asked for
c = disconnected(async_thread=False)
say("connect", c.connect_sync("polling"))
c.api.want_interface_events(enable_disable=1, pid=9)
got = queue.Queue()
c.register_event_callback(lambda name, e: got.put((name, e)))
c.api.sw_interface_set_flags(sw_if_index=1, flags=0)
name, e = got.get(timeout=5)
say("event", name, fields(e, "pid", "sw_if_index"))
c.disconnect()


async def coroutines():
    a = Coroutines(server_address=os.path.join(DIR, "api.sock"))
    say("connect", await a.connect("coroutines", asyncio.Queue()))
    say("show_version", (await a.api.show_version()).program)
    many = await asyncio.gather(*[a.api.cli_inband(cmd="echo %d" % i) for i in range(200)])
    say("replies", [r.reply.strip() for r in many] == [str(i) for i in range(200)])
    for i in range(3):
        await a.api.classify_add_rule(sw_if_index=1, src_ip=i + 1, action=1)
    reply, rules = await a.api.classify_rules_get(cursor=0, sw_if_index=0xFFFFFFFF)
    say("classify_rules_get", reply.retval, [str(r.rule.src) for r in rules])
    say("an error", (await a.api.sw_interface_set_flags(sw_if_index=99)).retval)
    say("disconnect", (await a.disconnect()).response)


asyncio.run(coroutines())
