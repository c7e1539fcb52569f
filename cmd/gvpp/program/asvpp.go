package program

import (
	"path/filepath"
	"strings"
)

// vppName is the name under which the program takes VPP's command line: a link to gvpp, or a copy, that is called so.
const vppName = "vpp"

// vppArgs is what the program's own command line would be for one of VPP's, the name of the program included. ok is false where
// the program is not called as VPP.
//
// VPP joins its arguments with blanks and reads the result as it reads startup.conf, so that an argument may hold several words,
// `api-fuzz {` and `plugin x_plugin.so {enable}`; an empty one means nothing. Its words end where they are known, so that its tests
// can write "per-node-counters onupdate-interval 0.05". -c FILE stands for all of it. Without workers VPP has one thread, and its clients look for it in row 0.
func vppArgs(args []string) (own []string, ok bool) {
	if len(args) == 0 || filepath.Base(args[0]) != vppName {
		return nil, false
	}
	args = args[1:]
	if len(args) > 0 {
		switch args[0] {
		case "-h", "--help":
			return []string{"run", "--help"}, true
		case "-v", "--version":
			return []string{"version"}, true
		case "-c", "--config":
			return append([]string{"run"}, args...), true
		case "-i", "--interactive":
			args = args[1:] // a terminal is `gvpp ctl`'s
		}
	}
	text := strings.NewReplacer("{", " { ", "}", " } ", "onupdate-interval", "on update-interval").Replace(strings.Join(args, " "))
	return append(strings.Fields("run cpu { workers 0 }"), strings.Fields(text)...), true
}
