"""A client asks for much while another pings: the ping does not wait for that."""

import threading
import time

from rig import client, say

NEW = 0xFFFFFFFF
a, b = client("much"), client("pings")
rules = [{"is_permit": 1, "src_prefix": "0.0.0.0/0", "dst_prefix": "10.%d.%d.0/24" % (i >> 8, i & 255), "proto": 6, "srcport_or_icmptype_last": 65535,
          "dstport_or_icmpcode_last": 65535} for i in range(5000)]
say("a list", a.api.acl_add_replace(acl_index=NEW, tag="much", count=len(rules), r=rules).retval)
done, dumps = threading.Event(), []


def ask():
    for _ in range(3):
        dumps.append(a.api.acl_dump(acl_index=NEW)[0].count)
        a.api.cli_inband(cmd="show runtime")
    done.set()


t = threading.Thread(target=ask)
t.start()
pings, worst = 0, 0.0
while not done.is_set() or pings < 100:
    begin = time.monotonic()
    if b.api.control_ping().retval:
        say("a wrong reply")
    worst = max(worst, time.monotonic() - begin)
    pings += 1
t.join()
say("dumps", dumps)
say("pings", pings >= 100, worst < 2.5)
a.disconnect()
b.disconnect()
