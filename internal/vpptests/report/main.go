// Command report reads the logs of runs of VPP's tests, DIR/test_x.log and DIR/null/test_x.log, and prints a table of them; with
// -doc it also replaces the part of a document behind its line <!-- results -->. scripts/vpp-tests.sh calls it. It fails when a
// test of -must has not passed in whole.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gvpp/gvpp/internal/vpptests"
)

// mark is the line of the document behind which everything is written anew.
const mark = "<!-- results -->\n"

func main() {
	doc := flag.String("doc", "", "document to update")
	must := flag.String("must", "", "tests that have to pass, separated by blanks")
	flag.Parse()
	if err := run(flag.Arg(0), *doc, strings.Fields(*must)); err != nil {
		fmt.Fprintln(os.Stderr, "vpp-tests:", err)
		os.Exit(1)
	}
}

func run(dir, doc string, must []string) error {
	list, err := results(dir)
	if err != nil {
		return err
	}
	vpptests.WriteText(os.Stdout, list)
	if doc != "" {
		text, err := os.ReadFile(doc)
		if err != nil {
			return err
		}
		head, _, ok := strings.Cut(string(text), mark)
		if !ok {
			return fmt.Errorf("%s has no line %q", doc, strings.TrimSpace(mark))
		}
		var out strings.Builder
		out.WriteString(head + mark + "\n")
		vpptests.WriteMarkdown(&out, list)
		if err := os.WriteFile(doc, []byte(out.String()), 0o644); err != nil { //nolint:gosec // a document
			return err
		}
	}
	for _, r := range list {
		if slices.Contains(must, r.Name) && (r.Failed() > 0 || r.Passed == 0) {
			return fmt.Errorf("%s: %d of %d pass: it is one that all of have to", r.Name, r.Passed, r.Scheduled)
		}
	}
	return nil
}

// results reads the logs in the order in which they were written.
func results(dir string) (list []vpptests.Result, err error) {
	order, err := os.ReadFile(filepath.Join(dir, "order"))
	if err != nil {
		return nil, err
	}
	for _, name := range strings.Fields(string(order)) {
		log, err := os.ReadFile(filepath.Join(dir, name+".log"))
		if err != nil {
			return nil, err
		}
		r := vpptests.Parse(name, string(log))
		if log, err := os.ReadFile(filepath.Join(dir, "null", name+".log")); err == nil {
			r.Null = vpptests.Parse(name, string(log)).Passed
		}
		list = append(list, r)
	}
	return list, nil
}
