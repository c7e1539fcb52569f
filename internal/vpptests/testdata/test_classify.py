#!/usr/bin/env python3
"""gvpp's classifier in VPP's test framework: packets that a rule passes arrive, packets that it drops do not.

It is the test of the course chapter on plugins, adapted where that cannot run: packet-generator interfaces instead of loopbacks,
which can neither resolve addresses nor be sent by; addresses as integers, as the messages have them; and the two messages that
the chapter's test calls and its .api lacks, classify_enable_disable and classify_stats_get.
"""

import ipaddress
import unittest

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from asfframework import VppTestRunner
from framework import VppTestCase

PASS, DROP = 0, 1
PACKETS = 10


class TestClassify(VppTestCase):
    """Classifier plugin"""

    @classmethod
    def setUpClass(cls):
        super(TestClassify, cls).setUpClass()
        try:
            cls.create_pg_interfaces(range(2))
            for i in cls.pg_interfaces:
                i.admin_up()
                i.config_ip4()
                i.resolve_arp()
        except Exception:
            cls.tearDownClass()
            raise

    def setUp(self):
        super(TestClassify, self).setUp()
        self.enable(True)

    def tearDown(self):
        super(TestClassify, self).tearDown()
        self.enable(False)

    def enable(self, on):
        self.vapi.papi.classify_enable_disable(
            sw_if_index=self.pg0.sw_if_index, enable=on
        )

    def add_rule(self, src, dport, action):
        rv = self.vapi.papi.classify_add_rule(
            sw_if_index=self.pg0.sw_if_index,
            src_ip=int(ipaddress.IPv4Address(src)),
            dst_ip=0,
            src_port=0,
            dst_port=dport,
            protocol=17,
            action=action,
            redirect_sw_if_index=0,
        )
        self.assertEqual(rv.retval, 0)

    def stats(self):
        rv = self.vapi.papi.classify_stats_get()
        self.assertEqual(rv.retval, 0)
        return rv.n_classified, rv.n_passed, rv.n_dropped

    def packets(self, src, dport):
        return [
            Ether(src=self.pg0.remote_mac, dst=self.pg0.local_mac)
            / IP(src=src, dst=self.pg1.remote_ip4)
            / UDP(sport=1024 + n, dport=dport)
            / Raw(b"\xa5" * 64)
            for n in range(PACKETS)
        ]

    def assert_counted(self, before, passed, dropped):
        after = self.stats()
        self.assertEqual(
            tuple(a - b for a, b in zip(after, before)),
            (passed + dropped, passed, dropped),
        )

    def test_classify_pass(self):
        """Packets that a rule passes are routed on"""
        self.add_rule("10.0.0.100", 80, PASS)
        before = self.stats()
        sent = self.packets("10.0.0.100", 80)
        received = self.send_and_expect(self.pg0, sent, self.pg1)
        for s, r in zip(sent, received):
            self.assertEqual(r[Ether].dst, self.pg1.remote_mac)
            self.assertEqual(r[IP].ttl, s[IP].ttl - 1)
            self.assertEqual(bytes(r[UDP]), bytes(s[UDP]))
        self.assert_counted(before, PACKETS, 0)

    def test_classify_drop(self):
        """Packets that a rule drops do not, and others do"""
        self.add_rule("10.0.0.200", 443, DROP)
        before = self.stats()
        self.send_and_assert_no_replies(self.pg0, self.packets("10.0.0.200", 443))
        self.assert_counted(before, 0, PACKETS)
        self.send_and_expect(self.pg0, self.packets("10.0.0.200", 444), self.pg1)
        self.assert_counted(before, PACKETS, PACKETS)
        rules = self.vapi.papi.classify_rule_dump()
        dropped = [r for r in rules if r.action == DROP]
        self.assertEqual([r.packet_count for r in dropped], [PACKETS])


if __name__ == "__main__":
    unittest.main(testRunner=VppTestRunner)
