"""The program gvpp, as an operator runs it."""

import os

from vpp_papi.vpp_stats import VPPStats

from rig import DIR, client, fields, say

for how in ({}, {"bootstrapapi": True}):
    c = client("program", **how)
    say("show_version", c.api.show_version().program)
    say("show_threads", [t.name for t in c.api.show_threads().thread_data])
    c.disconnect()
c = client("program")
say("interfaces", [i.interface_name for i in c.api.sw_interface_dump()])
say("create_loopback", fields(c.api.create_loopback(), "retval", "sw_if_index"))
pg = [c.api.pg_create_interface_v3(interface_id=i).sw_if_index for i in range(2)]
say("pg_create_interface_v3", pg)
say("sw_interface_set_l2_xconnect", [c.api.sw_interface_set_l2_xconnect(rx_sw_if_index=a, tx_sw_if_index=b, enable=True).retval for a, b in (pg, pg[::-1])])
say("flags", [c.api.sw_interface_set_flags(sw_if_index=i, flags=1).retval for i in pg])
say("classify_add_rule", c.api.classify_add_rule(sw_if_index=pg[0], src_ip=0x0A000001, protocol=17, dst_port=53, action=1).retval)
say("classify_rule_dump", [fields(d, "sw_if_index", "src_ip", "dst_port", "protocol", "action") for d in c.api.classify_rule_dump()])
say("show classify", "10.0.0.1" in c.api.cli_inband(cmd="show classify").reply)
say("show api clients", "program" in c.api.cli_inband(cmd="show api clients").reply)
s = VPPStats(socketname=os.path.join(DIR, "stats.sock"))
s.connect()
say("/if/names", s["/if/names"])
say("workers", s["/sys/num_worker_threads"], len(s["/if/rx"]))
s.disconnect()
c.disconnect()
