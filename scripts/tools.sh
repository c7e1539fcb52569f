#!/bin/sh
# Installs the programs of others that tests look at our files with, where they are missing: tshark, which reads captures.
# Usage: scripts/tools.sh. Debian's and Ubuntu's packages, as root; elsewhere the tests that want them are skipped by name.
set -eu

command -v tshark >/dev/null && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
	echo "tools.sh: tshark is missing, and only apt-get as root can install it from here" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
find_lists() { find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' 2>/dev/null | head -n 1; }
[ -n "$(find_lists)" ] || apt-get update -qq >&2
apt-get install -y -qq --no-install-recommends tshark >&2 || { apt-get update -qq >&2 && apt-get install -y -qq --no-install-recommends tshark >&2; }
