# Gives .api files to VPP's own compiler, which lies in the directory sys.argv[1]; -I of the others. A line of standard input is
# "file TAB where its .api.json goes"; a line of output is "ok", or "error" and what it says.
import io
import os
import shutil
import sys
import tempfile

sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
import vppapigen  # noqa: E402

stderr = sys.stderr
scrap = tempfile.mkdtemp()
for line in sys.stdin:
    source, target = line.rstrip("\n").split("\t")
    why = ""
    sys.stderr = said = io.StringIO()
    try:
        code = vppapigen.run_vppapigen(
            input_file=source, output=target, includedir=sys.argv[2:], output_module="JSON", outputdir=scrap
        )
        if code:
            why = "exit code %s" % code
    except SystemExit as e:
        why = "exit code %s: %s" % (e.code, said.getvalue().strip())
    except BaseException as e:
        why = "%s: %s" % (type(e).__name__, e)
    sys.stderr = stderr
    print("error " + why.replace("\n", " ") if why else "ok", flush=True)
shutil.rmtree(scrap)
