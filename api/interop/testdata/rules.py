"""Rules: the plain messages, and those that say everything."""

from vpp_papi import VppEnum

from rig import client, fields, say, send

c = client("rules")
MATCH = VppEnum.vl_api_classify_rule_match_t
ACTION = VppEnum.vl_api_classify_rule_action_t
DIRECTION = VppEnum.vl_api_classify_rule_direction_t
STATE = VppEnum.vl_api_classify_rule_state_t
PASS, DROP = ACTION.CLASSIFY_RULE_API_PASS, ACTION.CLASSIFY_RULE_API_DROP
ALL = 0xFFFFFFFF

WEB, DNS, SIX = "tcp 10.0.0.100:1000 > 10.0.0.2:80 [S]", "udp 10.0.0.1:1000 > 10.0.0.2:53", "udp [2001:db8::1]:1000 > [2001:db8::2]:53"


def passing():
    """Which of the three pass."""
    left = send(WEB, DNS, SIX)
    return [name for name, p in (("web", WEB), ("dns", DNS), ("six", SIX)) if p in left]


def rule(**given):
    """A rule of b, with the conditions that are given."""
    match = 0
    for word in given:
        match |= getattr(MATCH, "CLASSIFY_RULE_API_MATCH_" + word.upper(), MATCH(0)).value
    if "tcp_flags_mask" in given:
        match |= MATCH.CLASSIFY_RULE_API_MATCH_TCP_FLAGS.value
    r = {"sw_if_index": 2, "action": PASS, "match": match}
    r.update(given)
    return r


def ports(first, last=None):
    return {"first": first, "last": last or first}


def rules(sw_if_index=ALL):
    """All rules, page by page."""
    cursor, out, pages = 0, [], 0
    while True:
        reply, details = c.api.classify_rules_get(cursor=cursor, sw_if_index=sw_if_index)
        out += details
        pages += 1
        if reply.retval != -165:
            return reply.retval, out, pages
        cursor = reply.cursor


def short(d):
    r = d.rule
    return "%d %s %s %s>%s %d %d-%d %s %d" % (d.rule_id, r.direction.name[-3:], r.action.name[18:], r.src, r.dst, r.proto, r.dport.first, r.dport.last,
                                             r.match.value, d.packets)


# the plain messages; addresses are integers
say("classify_enable_disable", c.api.classify_enable_disable(sw_if_index=2, enable=True).retval)
say("passes", passing())
say("classify_add_rule", c.api.classify_add_rule(sw_if_index=2, src_ip=0x0A000064, dst_port=80, protocol=6, action=1).retval)
say("of no interface", c.api.classify_add_rule(sw_if_index=99, action=1).retval)
say("of no action", c.api.classify_add_rule(sw_if_index=2, action=9).retval)
say("ports without a protocol", c.api.classify_add_rule(sw_if_index=2, dst_port=80, action=1).retval)
say("passes", passing())
for d in c.api.classify_rule_dump():
    say("classify_rule_details", fields(d, "rule_index", "sw_if_index", "src_ip", "dst_ip", "src_port", "dst_port", "protocol", "action", "packet_count"))
say("classify_stats_get", fields(c.api.classify_stats_get(), "retval", "n_classified", "n_passed", "n_dropped"))
say("off", c.api.classify_enable_disable(sw_if_index=2, enable=False).retval, passing())
say("on", c.api.classify_enable_disable(sw_if_index=2, enable=True).retval, passing())
say("classify_rules_del", c.api.classify_rules_del(count=1, rule_ids=[c.api.classify_rule_dump()[0].rule_index]).retval, passing())

# the others
one = c.api.classify_rule_add(before=ALL, rule=rule(src="2001:db8::/32", proto=17, dport=ports(50, 60), action=DROP))
say("classify_rule_add", one.retval, passing())
two = c.api.classify_rule_add(before=one.rule_id, rule=rule(src="2001:db8::1/128"))
say("before that", two.retval, passing())
say("in order", [short(d) for d in rules()[1]])
say("classify_rule_del", c.api.classify_rule_del(rule_id=two.rule_id).retval, passing())
say("again", c.api.classify_rule_del(rule_id=two.rule_id).retval)
say("before one that is not there", c.api.classify_rule_add(before=two.rule_id, rule=rule()).retval)

many = c.api.classify_rules_add(count=3, rules=[
    rule(dst="10.0.0.0/24", proto=6, tcp_flags_mask=0x12, tcp_flags=0x02, action=DROP),
    rule(proto=17, sport=ports(1000, 2000), states=STATE.CLASSIFY_RULE_API_STATE_NEW, keep_state=True),
    rule(direction=DIRECTION.CLASSIFY_RULE_API_OUT, proto=1, icmp_type=8, action=DROP, **{"match": 4 | 64})])
say("classify_rules_add", many.retval, passing())
got = {d.rule_id: d.rule for d in rules()[1]}[many.first_rule_id + 1]
say("as it was given", got.states, got.keep_state, fields(got.sport, "first", "last"), got.match)
bad = c.api.classify_rules_add(count=2, rules=[rule(proto=17), rule(proto=6, dport=ports(80, 79))])
say("one of them is wrong", bad.retval < 0, len(rules()[1]))

swapped = c.api.classify_rules_replace(sw_if_index=2, count=1, rules=[rule(proto=17, action=DROP)])
say("classify_rules_replace", fields(swapped, "retval", "removed"), passing())
wrong = c.api.classify_rules_replace(sw_if_index=2, count=1, rules=[rule(sw_if_index=1)])
say("by another interface's", wrong.retval, passing())
say("default", c.api.classify_rules_set_default(sw_if_index=2, action=DROP).retval, passing())
d = c.api.classify_rules_interface_dump(sw_if_index=ALL)
say("classify_rules_interface_dump", [fields(i, "sw_if_index", "enabled", "rules_in", "rules_out") + " " + i.default_action.name[18:] for i in d], d[0].default_in.packets)
say("default", c.api.classify_rules_set_default(sw_if_index=2, action=PASS).retval, passing())
say("by none", fields(c.api.classify_rules_replace(sw_if_index=2, count=0, rules=[]), "retval", "removed"), passing(), rules()[1])

# many rules: in one message, in pages, by a dump
n = 20000
started = c.api.classify_rules_replace(sw_if_index=2, count=n, rules=[
    rule(src="10.%d.%d.%d/32" % (i >> 16, i >> 8 & 255, i & 255), proto=17, dport=ports(i + 1), action=DROP) for i in range(n)])
say("20,000 rules", fields(started, "retval", "removed"))
retval, all_rules, pages = rules(2)
say("classify_rules_get", retval, len(all_rules), pages > 1, [d.rule.dport.first for d in all_rules] == list(range(1, n + 1)),
    [d.rule_id for d in all_rules] == list(range(started.first_rule_id, started.first_rule_id + n)))
dumped = c.api.classify_rule_dump()
say("classify_rule_dump", len(dumped), [d.dst_port for d in dumped] == list(range(1, n + 1)), dumped[-1].src_ip == 0x0A000000 + n - 1)
say("a cursor that is none", c.api.classify_rules_get(cursor=123456, sw_if_index=ALL)[0].retval)
say("of no interface", c.api.classify_rules_get(cursor=0, sw_if_index=99))
say("passes", passing())
c.disconnect()
