"""A client that has no files: it fetches the descriptions of the messages from the server."""

import inspect

from vpp_papi import VPPApiClient

from rig import client, say

if "bootstrapapi" not in inspect.signature(VPPApiClient.__init__).parameters:
    print("skip: this vpp_papi has no bootstrapapi")
    raise SystemExit

c = client("bootstrap", bootstrapapi=True)
say("show_version", c.api.show_version().program)
say("names", [i.interface_name for i in c.api.sw_interface_dump()])
say("an enum", c.api.sw_interface_dump(sw_if_index=1)[0].type.name)
files = client("files")
here = {n for n in vars(c.api) if not n.startswith("_")}
there = {n for n in vars(files.api) if not n.startswith("_")}
say("functions that only one of the two has", sorted(here ^ there), len(here) > 200)
say("error", c.api.sw_interface_set_flags(sw_if_index=99).retval)
c.disconnect()
files.disconnect()
