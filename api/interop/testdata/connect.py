"""Connects; asks for what every client asks; connects again; two clients at once."""

import json
import os
import threading

from rig import APIDIR, client, fields, refused, say


def basics(c):
    v = c.api.show_version()
    say("show_version", v.retval, v.program, v.version != "")
    ping = c.api.control_ping()
    say("control_ping", ping.retval, ping.vpe_pid == os.getppid(), ping.client_index == c.transport.socket_index)
    say("f64", c.api.get_f64_endian_value(f64_one=1.0).f64_one_result, c.api.get_f64_increment_by_one(f64_value=41.5).f64_value)
    text = c.api.cli_inband(cmd="show interface a")
    say("cli_inband", text.retval, text.reply.split()[:2])
    wrong = c.api.cli_inband(cmd="show nothing")
    say("a wrong command", wrong.retval, wrong.reply.strip())
    say("memclnt_keepalive", c.api.memclnt_keepalive().retval)
    say("show_threads", [(t.id, t.name) for t in c.api.show_threads().thread_data])
    node = c.api.get_node_index(node_name="ip4-input")
    say("get_node_index", node.retval, node.node_index > 0)
    say("of a node that is not there", c.api.get_node_index(node_name="nothing").retval)
    versions = {v.name: "%d.%d.%d" % (v.major, v.minor, v.patch) for v in c.api.api_versions().api_versions}
    say("api_versions", {n: versions.get(n + ".api") for n in ("memclnt", "vlib", "vpe", "interface", "acl")})


c = client("connect")
basics(c)

# the message table has what the files have
lacking, n = [], 0
for name in sorted(os.listdir(APIDIR)):
    with open(os.path.join(APIDIR, name)) as f:
        module = json.load(f)
    names = [m[0] + "_" + m[-1]["crc"][2:] for m in module["messages"]]
    n += len(names)
    lacking += c.validate_message_table(names)
    if names:
        first = c.api.get_first_msg_id(name="%s_%08x" % (name.split(".")[0], int(module["vl_api_version"], 16)))
        if name.split(".")[0] != "memclnt" and (first.retval or first.first_msg_id != c.transport.get_msg_index(names[0])):
            say("get_first_msg_id of", name, first)
say("of all messages lack", lacking, n > 250)
say("get_first_msg_id of nothing", fields(c.api.get_first_msg_id(name="nothing_01234567"), "retval", "first_msg_id"))

say("disconnect", c.disconnect().response)
say("a call after that", refused(c.api.control_ping))
say("connect", c.connect("again"))
basics(c)
say("disconnect", c.disconnect().response)

# two clients at once, each with its own answers
a, b = client("first"), client("second")
say("two clients", a.transport.socket_index != b.transport.socket_index)
wrong = []


def many(c, name):
    for i in range(200):
        word = "%s%d" % (name, i)
        reply = c.api.cli_inband(cmd="echo " + word).reply
        if reply.strip() != word or c.api.control_ping().retval:
            wrong.append((word, reply))


threads = [threading.Thread(target=many, args=x) for x in ((a, "a"), (b, "b"))]
for t in threads:
    t.start()
for t in threads:
    t.join()
say("wrong answers", wrong)
a.disconnect()
say("the other one", b.api.control_ping().retval)
b.disconnect()
