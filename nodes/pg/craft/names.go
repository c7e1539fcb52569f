package craft

// etherTypes are the Ethernet types that one writes by name.
var etherTypes = map[string]uint16{
	"IP4": 0x0800, "ARP": 0x0806, "IP6": 0x86dd, "VLAN": 0x8100, "DOT1AD": 0x88a8, "DOT1AH": 0x88e7, "MPLS": 0x8847,
	"MPLS_UPSTREAM_ASSIGNED": 0x8848, "REVERSE_ARP": 0x8035, "PPPOE_DISCOVERY": 0x8863, "PPPOE_SESSION": 0x8864, "MAC_CONTROL": 0x8808,
	"SLOW_PROTOCOLS": 0x8809, "802_1_LLDP": 0x88cc, "802_1_AE_MACSEC": 0x88e5, "802_1X_AUTHENTICATION": 0x888e, "NSH": 0x894f,
	"TRANSPARENT_BRIDGING": 0x6558, "IPX": 0x8137, "CDP": 0x2000, "LOOPBACK": 0x9000, "RESERVED": 0xffff,
}

// protocols are the IP protocols by the names that VPP has for them.
var protocols = map[string]uint16{
	"IP6_HOP_BY_HOP_OPTIONS": 0, "ICMP": 1, "IGMP": 2, "GGP": 3, "IP_IN_IP": 4, "ST": 5, "TCP": 6, "CBT": 7, "EGP": 8, "IGP": 9,
	"UDP": 17, "HMP": 20, "RDP": 27, "DCCP": 33, "IPV6": 41, "SDRP": 42, "IPV6_ROUTE": 43, "IPV6_FRAGMENTATION": 44, "IDRP": 45, "RSVP": 46,
	"GRE": 47, "IPSEC_ESP": 50, "IPSEC_AH": 51, "NARP": 54, "MOBILE": 55, "ICMP6": 58, "IP6_NONXT": 59, "IP6_DESTINATION_OPTIONS": 60,
	"EIGRP": 88, "OSPF": 89, "AX": 93, "IPIP": 94, "ETHERIP": 97, "ENCAP": 98, "PIM": 103, "IPCOMP": 108, "VRRP": 112, "PGM": 113,
	"L2TP": 115, "STP": 118, "SMP": 121, "PTP": 123, "ISIS": 124, "SCTP": 132, "FC": 133, "MOBILITY": 135, "UDP_LITE": 136, "MPLS_IN_IP": 137,
	"MANET": 138, "HIP": 139, "SHIM6": 140, "WESP": 141, "ROHC": 142, "IP6_ETHERNET": 143, "EXP1": 253, "EXP2": 254, "RESERVED": 255,
}

// icmp4Names are ICMP types, and types with codes, by name: type<<8 | code.
var icmp4Names = map[string]uint16{
	"echo_reply": 0, "destination_unreachable": 3 << 8, "source_quench": 4 << 8, "redirect": 5 << 8, "alternate_host_address": 6 << 8,
	"echo_request": 8 << 8, "router_advertisement": 9 << 8, "router_solicitation": 10 << 8, "time_exceeded": 11 << 8,
	"parameter_problem": 12 << 8, "timestamp_request": 13 << 8, "timestamp_reply": 14 << 8, "information_request": 15 << 8,
	"information_reply": 16 << 8, "address_mask_request": 17 << 8, "address_mask_reply": 18 << 8, "traceroute": 30 << 8,
	"destination_unreachable_net": 3 << 8, "destination_unreachable_host": 3<<8 | 1, "protocol_unreachable": 3<<8 | 2, "port_unreachable": 3<<8 | 3,
	"fragmentation_needed_and_dont_fragment_set": 3<<8 | 4, "source_route_failed": 3<<8 | 5, "destination_network_unknown": 3<<8 | 6,
	"destination_host_unknown": 3<<8 | 7, "network_administratively_prohibited": 3<<8 | 9, "host_administratively_prohibited": 3<<8 | 10,
	"communication_administratively_prohibited": 3<<8 | 13, "network_redirect": 5 << 8, "host_redirect": 5<<8 | 1,
	"ttl_exceeded_in_transit": 11 << 8, "fragment_reassembly_time_exceeded": 11<<8 | 1, "pointer_indicates_error": 12 << 8,
	"missing_required_option": 12<<8 | 1, "bad_length": 12<<8 | 2,
}

// icmp6Names are ICMPv6 types by name: type<<8.
var icmp6Names = map[string]uint16{
	"destination_unreachable": 1 << 8, "packet_too_big": 2 << 8, "time_exceeded": 3 << 8, "parameter_problem": 4 << 8, "echo_request": 128 << 8,
	"echo_reply": 129 << 8, "multicast_listener_request": 130 << 8, "multicast_listener_report": 131 << 8, "multicast_listener_done": 132 << 8,
	"router_solicitation": 133 << 8, "router_advertisement": 134 << 8, "neighbor_solicitation": 135 << 8, "neighbor_advertisement": 136 << 8,
	"redirect": 137 << 8, "multicast_listener_report_v2": 143 << 8,
}
