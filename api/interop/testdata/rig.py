"""What the scripts share. A script prints lines by say, and the test compares them with the text beside the script."""

import json
import os
import sys

from vpp_papi import VPPApiClient

DIR = os.environ["GVPP_DIR"]
APIDIR = os.environ["GVPP_APIDIR"]


def client(name="papi", **how):
    """A client that is connected."""
    c = disconnected(**how)
    if c.connect(name) != 0:
        sys.exit("not connected")
    return c


def disconnected(**how):
    """A client that is not yet. It knows the messages of the API directory unless it is told otherwise."""
    if not how.get("bootstrapapi"):
        how["apidir"] = APIDIR
    return VPPApiClient(server_address=os.path.join(DIR, "api.sock"), **how)


def say(what, *values):
    print(what + ":", *values, flush=True)


def fields(message, *names):
    """Some of a message's fields, as text."""
    return " ".join("%s=%s" % (n, getattr(message, n)) for n in names)


def ask(*words):
    """Have the test do something."""
    print("?", json.dumps(words), flush=True)
    return json.loads(sys.stdin.readline())


def send(*packets):
    """Packets come to interface b, which has index 2. The answer is what leaves interface a."""
    return ask("send", *packets)


def refused(call, **args):
    """What Python says of a call that it does not make."""
    try:
        return call(**args)
    except Exception as e:  # pylint: disable=broad-except
        return type(e).__name__
