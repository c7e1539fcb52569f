#!/bin/sh
# VPP's own clients against gvpp: vpp_papi, vppctl, vpp_get_stats and vpp_prometheus_export, and which of them are not here.
# Usage: scripts/papi.sh [SOURCES [INSTALLED]]
# SOURCES is a tree of VPP's sources (else $GVPP_VPP_SRC); of it alone, vpp_papi runs. INSTALLED is where VPP is installed, by
# default /usr: its programs run too, and the two of the statistics are compiled from SOURCES when the installation lacks them.
set -eu
cd "$(dirname "$0")/.."

src=${1:-${GVPP_VPP_SRC:-}}
installed=${2:-/usr}
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
infra=$(find "$installed/lib" -name libvppinfra.so 2>/dev/null | head -n 1)

# compile makes one of VPP's programs from files of its sources, unless it is installed or cannot be made.
compile() {
	program=$1
	shift
	[ ! -x "$installed/bin/$program" ] && [ -n "$infra" ] && [ -d "$src/src/vpp/app" ] || return 0
	dir=$(dirname "$infra")
	(cd "$src/src/vpp/app" && cc -w -O1 -march=native -I"$src/src" -I"$installed/include" -o "$made/$program" "$@" ../../vpp-api/client/stat_client.c \
		-L"$dir" -Wl,-rpath,"$dir" -lvppinfra) || echo "$program does not compile" >&2
}
compile vpp_get_stats vpp_get_stats.c
compile vpp_prometheus_export vpp_prometheus_export.c dump_metrics.c

cd api/interop
go generate .
GVPP_VPP_SRC=$src GVPP_VPP_BIN=$installed/bin:$made:${GVPP_VPP_BIN:-} go test -count=1 -v -run 'PAPI|VPP' .
