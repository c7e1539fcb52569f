#!/bin/sh
# VPP's own Python test framework, unmodified, against gvpp: copies it, starts gvpp as its vpp, and prints a table.
# Usage: scripts/vpp-tests.sh [-n] [-d] [-k DIR] [TREE [TEST ...]]
#   TREE  VPP's sources, else $GVPP_VPP_SRC
#   TEST  test_l2xc, test_l2xc.TestL2xc, test_l2xc.TestL2xc.test_l2xc_dl …; without any, those of docs/vpp-tests.md
#   -n    runs each also against a server that forwards nothing, and counts what passes there
#   -d    writes the results into docs/vpp-tests.md
#   -k    keeps logs and the framework's own files there
# The exit code is 0 when all tests have passed that have to ($must below), as far as they were run.
# Debian's packages of what the framework imports are installed where they are missing and it can; else their names are printed.
set -eu
cd "$(dirname "$0")/.."

must="test_l2xc test_l2xc_multi_instance test_pg_stream test_interface_crud test_ping test_classify test_classify_l2_acl test_classifier_ip6
test_acl_plugin test_acl_plugin_l2l3 test_pg_capture test_l2bd test_l2_fib test_l2_flood test_vtr test_endian"
all="test_l2xc test_l2xc_multi_instance test_pg_stream test_interface_crud test_ping test_classifier test_classifier_ip6 test_classify_l2_acl
test_acl_plugin test_acl_plugin_l2l3 test_acl_plugin_macip test_ip4 test_stats_client test_trace_filter test_classify
test_pg_capture test_l2bd test_l2_fib test_l2_flood test_neighbor test_vtr test_cli test_endian"

null= doc= keep=
while getopts ndk: o; do
	case $o in
	n) null=1 ;;
	d) doc=docs/vpp-tests.md ;;
	k) keep=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
tree=${1:-${GVPP_VPP_SRC:-}}
[ $# -eq 0 ] || shift
if [ ! -f "$tree/test/run_tests.py" ]; then
	echo "vpp-tests.sh: no tree of VPP's sources: name one that has test/run_tests.py, here or as GVPP_VPP_SRC; got \"$tree\"" >&2
	exit 2
fi
tree=$(cd "$tree" && pwd)
tests=${*:-$all}

# The Python that has what the framework imports.
modules="scapy psutil parameterized sh cryptography deprecation six jsonschema objgraph pexpect"
lacks() { for m in $modules; do "$1" -c "import $m" 2>/dev/null || printf ' %s' "$m"; done; }
find_python() {
	for python in ${PYTHON:-python3 /usr/bin/python3}; do
		command -v "$python" >/dev/null && missing=$(lacks "$python") && [ -z "$missing" ] && return 0
	done
	return 1
}
if ! find_python; then
	packages=$(for m in $missing; do printf ' python3-%s' "$m"; done)
	if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
		export DEBIAN_FRONTEND=noninteractive
		# shellcheck disable=SC2086 # words
		apt-get install -y -qq --no-install-recommends $packages >/dev/null 2>&1 || { apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages; } >&2
	fi
	find_python || { echo "vpp-tests.sh: $python lacks$missing; Debian has them as$packages" >&2; exit 2; }
fi

made=${keep:-$(mktemp -d /tmp/gvpp-vpp-tests.XXXXXX)}
mkdir -p "$made/api" "$made/logs/null"
made=$(cd "$made" && pwd)
[ -n "$keep" ] || trap 'rm -rf "$made"' EXIT

go build -o "$made/gvpp/" ./cmd/gvpp
[ -z "$null" ] || go build -o "$made/null/gvpp" ./internal/vpptests/null
# A link called vpp takes VPP's command line. Frames of the tests have up to 9 KiB, and gvpp's are whole in one buffer. VPP's access lists
# do not put datagrams together, and tests send first fragments without the others.
for server in gvpp null; do
	mkdir -p "$made/$server"
	ln -sf gvpp "$made/$server/vpp"
	printf '#!/bin/sh\nexec "%s/vpp" "buffers { data-size 16384 } plugins { plugin reassembly { disable } }" "$@"\n' "$made/$server" >"$made/$server/start"
	chmod +x "$made/$server/start"
done
# The messages are described by VPP's files: what gvpp serves has to have their CRCs. Its own modules are described by gvpp.
"$made/gvpp/gvpp" api-json "$made/api" >/dev/null
find "$tree/src" -name '*.api' -exec "$made/gvpp/gvpp" apigen --json "$made/api" -I "$tree/src" {} + 2>"$made/apigen.log" || { cat "$made/apigen.log" >&2; exit 1; }

# end_servers ends those that a class has left behind which could not be set up: none but what was started from here.
end_servers() {
	for p in /proc/[0-9]*; do
		case $(readlink "$p/exe" 2>/dev/null) in "$made"/*) kill "${p#/proc/}" 2>/dev/null || : ;; esac
	done
}

# run SERVER TEST LOG: the framework imports every test below its folder, so there is only the one that is to run.
run() {
	work=$made/work
	file=${2%%.*}
	rm -rf "$work"
	mkdir -p "$work/src/vpp-api" "$work/test" "$work/tmp"
	ln -s "$tree/src/vpp-api/python" "$work/src/vpp-api/python"
	for f in "$tree"/test/*.py; do
		case $(basename "$f") in test_result_code.py | "$file.py") ;; test_*) continue ;; esac
		cp "$f" "$work/test/"
	done
	[ ! -f "$tree/test/asf/$file.py" ] || cp "$tree/test/asf/$file.py" "$work/test/"
	[ ! -f "internal/vpptests/testdata/$file.py" ] || cp "internal/vpptests/testdata/$file.py" "$work/test/"
	cp -r "$tree/test/scripts" "$work/test/" 2>/dev/null || :
	(cd "$work/test" && PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$work/src/vpp-api/python:$work/test" "$python" run_tests.py --vpp-ws-dir "$work" \
		--vpp-tag vpp --vpp "$made/$1/start" --vpp-install-dir "$made/api" --tmp-dir "$work/tmp" --failed-dir "$work/tmp" \
		--filter "$2" --jobs 1 --decode-pcaps none --timeout "${GVPP_VPP_TIMEOUT:-600}") >"$3" 2>&1 || :
	end_servers
	grep -q 'TEST RESULTS:' "$3" || { echo "vpp-tests.sh: the framework did not come to results with $2:" >&2; tail -n 20 "$3" >&2; exit 1; }
}

: >"$made/logs/order"
for t in $tests; do
	echo "$t" >&2
	run gvpp "$t" "$made/logs/$t.log"
	echo "$t" >>"$made/logs/order"
	[ -z "$null" ] || run null "$t" "$made/logs/null/$t.log"
done
go run ./internal/vpptests/report ${doc:+-doc "$doc"} -must "$must" "$made/logs"
