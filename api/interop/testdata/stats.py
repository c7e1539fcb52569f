"""The statistics segment."""

import os
import time

from vpp_papi.vpp_stats import VPPStats

from rig import DIR, client, say, send

s = VPPStats(socketname=os.path.join(DIR, "stats.sock"))
s.connect()
c = client("stats")


def until(what, ready):
    """The control goroutine writes what is not counted by workers every second."""
    for _ in range(1000):
        if ready():
            return True
        time.sleep(0.01)
    return "never: " + what


def scalar(name):
    """vpp_papi keeps numbers that stand in the directory itself until that changes."""
    s.refresh()
    return s[name]


say("version", s.version)
names = s.ls(["/"])
say("names", len(names) > 200, len(names) == len(set(names)))
for n in ("/sys/heartbeat", "/sys/num_worker_threads", "/if/names", "/if/rx", "/if/drops", "/node/errors", "/sys/node/names", "/buffer-pools", "/classify/rules",
          "/flowtrack/created", "/err/error-drop", "/interfaces/b/rx", "/nodes/ethernet-input/vectors"):
    say("ls", n, bool(s.ls([n])))
say("patterns", sorted(s.ls(["/if/(names|tx)$", "/sys/num_worker"])))
say("no pattern", s.ls([]), s.ls(["/nothing"]))
everything = s.dump(names)
say("all can be read", len(everything) == len(names))
say("/if/names", s["/if/names"])
say("/sys/num_worker_threads", s.get_counter("/sys/num_worker_threads"))
say("/sys/node/names", "ethernet-input" in s["/sys/node/names"])

before = scalar("/sys/heartbeat")
say("the heart beats", until("a heartbeat", lambda: scalar("/sys/heartbeat") > before))

c.api.cli_inband(cmd="classify enable b")  # its sessions are followed from now on
n = 60  # and two frames that are marks, each time
packets = ["udp 10.0.0.1:1000 > 10.0.0.2:%d" % (53 + i) for i in range(n)]
say("packets", len(send(*packets)))
say("/if/rx of b", until("rx of b", lambda: s["/if/rx"][:, 2].sum_packets() == n + 2), s["/if/rx"][:, 2].sum_octets() > n * 28)
say("/if/tx of a", until("tx of a", lambda: s["/if/tx"][:, 1].sum_packets() == n + 2))
say("/interfaces/b/rx", s["/interfaces/b/rx"].sum_packets(), s.get_counter("/interfaces/b/rx").packets()[1])
say("/if/drops of b", s["/if/drops"][:, 2].sum())
say("/flowtrack/created", until("sessions", lambda: scalar("/flowtrack/created") == n))

# what packets are dropped for
say("nothing is dropped", s.set_errors())
say("classify default", c.api.cli_inband(cmd="classify default b drop").retval)
say("pass", len(send(*["udp 10.0.0.3:1000 > 10.0.0.2:53"] * 7)))
dropped = "/err/pkt-classify/dropped by the interface's default"
say("dropped", until("drops", lambda: s.get_err_counter(dropped) == 7), s.set_errors())
say("/if/drops of b", until("drops of b", lambda: s["/if/drops"][:, 2].sum() == 7))

# the directory changes while it is read
loop = c.api.create_loopback().sw_if_index
say("a new interface", until("its name", lambda: "loop0" in s["/if/names"]), s["/if/names"], s["/if/rx"][:, loop].sum_packets(), s["/interfaces/loop0/rx"].sum_packets())
before = s.epoch
c.api.delete_loopback(sw_if_index=loop)
say("is gone", until("it gone", lambda: s.epoch != before and not s.ls(["/interfaces/loop0"])))
again = VPPStats(socketname=os.path.join(DIR, "stats.sock"))
again.connect()
for i in range(200):
    n = c.api.create_loopback().sw_if_index
    again.dump(again.ls(["/if/", "/interfaces/"]))
    c.api.delete_loopback(sw_if_index=n)
say("two hundred times", again["/if/rx"][:, 2].sum_packets() == s["/if/rx"][:, 2].sum_packets(), again.in_progress)
again.disconnect()
s.disconnect()
s.connect()
say("connected again", s["/if/names"][:3])
s.disconnect()
c.disconnect()
