package vpptests

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// sample is a log as the framework writes them, shortened.
const sample = `Config is: Namespace(failfast=False)
==============================================================================
CRUD Loopback
==============================================================================
CRUD Loopback                                                       0.17 ` + "\x1b[91mERROR\x1b[0m" + ` [ temp dir used by test case: /tmp/x ]
Other                                                               0.17 OK

==============================================================================
ERROR: Create
------------------------------------------------------------------------------
Traceback (most recent call last):
  File "/tmp/vt/W/test/test_interface_crud.py", line 99, in test_crud
    fib4_dump = self.vapi.ip_route_dump(0)
AttributeError: 'VppApiDynamicMethodHolder' object has no attribute 'ip_route_dump'

During handling of the above exception, another exception occurred:
AttributeError: 'VppPapiProvider' object has no attribute 'ip_route_dump'

==============================================================================
ERROR: Create
------------------------------------------------------------------------------
vpp_papi_exceptions.UnexpectedApiReturnValueError: pg_create_interface_v3(interface_id=1, mode=1) failed, expected 0 return value instead of -9 in x

==============================================================================
FAIL: Down
------------------------------------------------------------------------------
Traceback (most recent call last):
vpp_pg_interface.CaptureTimeoutError: No packets captured on pg1 (timeout is None)

==============================================================================
ERROR: Placeholder for a TestCase inside a result. As far as a TestResult
------------------------------------------------------------------------------
Traceback (most recent call last):
vpp_papi_exceptions.CliFailedCommandError: show: unknown input ` + "`bihash'" + `

==============================================================================
TEST RESULTS:
           Scheduled tests: 9
            Executed tests: 6
              Passed tests: ` + "\x1b[92m1\x1b[0m" + `
         Expected failures: 1
             Skipped tests: 1
        Not Executed tests: 3
                  Failures: 1
                    Errors: 3
FAILURES AND ERRORS IN TESTS:
  Testcase name: CRUD Loopback
    FAILURE: Down [test_x.TestX.test_down]
    ERROR: Create [test_x.TestX.test_create]
    ERROR: Create [test_x.TestX.test_create_2]
    ERROR: setUpClass [setUpClass (test_x.TestY)]
==============================================================================
`

func TestParse(t *testing.T) {
	r := Parse("test_x", sample)
	if r.Scheduled != 9 || r.Passed != 2 || r.Skipped != 1 || r.Failed() != 6 || r.Null != -1 {
		t.Errorf("%+v", r)
	}
	want := []Failure{
		{"TestX.test_down", "CaptureTimeoutError: No packets captured on pg1 (timeout is None)"},
		{"TestX.test_create", "message ip_route_dump is not served"},
		{"TestX.test_create_2", "message pg_create_interface_v3 is not served yet"},
		{"TestY, all of it", "command: show: unknown input `bihash'"},
	}
	if !slices.Equal(r.Failures, want) {
		t.Errorf("%q\nwant %q", r.Failures, want)
	}
}

func TestTables(t *testing.T) {
	r := Parse("test_x", sample)
	r.Null = 1
	var text, md strings.Builder
	WriteText(&text, []Result{r})
	WriteMarkdown(&md, []Result{r, {Name: "test_y", Scheduled: 2, Passed: 2, Null: -1}})
	for want, got := range map[string]string{
		"test_x                                     9       2      1       6        1\n":                     text.String(),
		"test_x: message ip_route_dump is not served: TestX.test_create\n":                                   text.String(),
		"| test_x | 9 | 2 | 1 | 6 | 1 |\n| test_y | 2 | 2 | ? | 0 | 0 |\n| **all** | 11 | 4 | 1 | 6 | 1 |\n": md.String(),
		"- **test_x**: `command: show: unknown input 'bihash'`: TestY, all of it\n":                          md.String(),
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

// FuzzParse: whatever a run prints, there is a result.
func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add("TEST RESULTS:\n Scheduled tests: 1\n ERROR:  []\n")
	f.Fuzz(func(t *testing.T, log string) {
		var out strings.Builder
		WriteMarkdown(&out, []Result{Parse("x", log)})
	})
}

// mustPass are tests of VPP's tree, and the one of ours, that run within a test here.
var mustPass = []string{"test_l2xc", "test_l2xc_multi_instance", "test_classify_l2_acl", "test_classify", "test_pg_stream", "test_ping"}

// TestVPPs runs some of VPP's tests against gvpp, where a tree of VPP's sources is.
func TestVPPs(t *testing.T) {
	tree := os.Getenv("GVPP_VPP_SRC")
	if tree == "" {
		t.Skipf("GVPP_VPP_SRC names no tree of VPP's sources: not run: %s", strings.Join(mustPass, ", "))
	}
	if testing.Short() {
		t.Skip("takes half a minute")
	}
	kept := t.TempDir()
	cmd := exec.Command("sh", append([]string{"../../scripts/vpp-tests.sh", "-k", kept, tree}, mustPass...)...)
	cmd.WaitDelay = time.Minute
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range mustPass {
		log, err := os.ReadFile(filepath.Join(kept, "logs", name+".log"))
		if err != nil {
			t.Fatal(err)
		}
		if r := Parse(name, string(log)); r.Passed == 0 || r.Failed() > 0 {
			t.Errorf("%s: %d of %d pass: %s", name, r.Passed, r.Scheduled, fmt.Sprint(r.Failures))
		}
	}
}
