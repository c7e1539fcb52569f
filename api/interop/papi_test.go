package interop

import (
	"testing"
)

// run runs a script against a dataplane of its own.
func (p python) run(t *testing.T, name string) {
	t.Helper()
	r := newRig(t)
	p.script(t, name, r.dir, r.answer)
}

// Requests, replies, the command line, connecting again, two clients at once.
func TestPAPIConnect(t *testing.T) { papi(t).run(t, "connect") }

// A client without files.
func TestPAPIBootstrap(t *testing.T) { papi(t).run(t, "bootstrap") }

// Interfaces of all kinds.
func TestPAPIInterfaces(t *testing.T) { papi(t).run(t, "interfaces") }

// Interface events, in the order of what happens.
func TestPAPIEvents(t *testing.T) { papi(t).run(t, "events") }

// Every message gets a whole answer.
func TestPAPIErrors(t *testing.T) { papi(t).run(t, "errors") }

// Strings, unions and enums, there and back.
func TestPAPIValues(t *testing.T) { papi(t).run(t, "values") }

// VPP's access lists, and packets that meet them.
func TestPAPIACL(t *testing.T) { papi(t).run(t, "acl") }

// The statistics segment, through vpp_papi's reader.
func TestPAPIStats(t *testing.T) { papi(t).run(t, "stats") }

// Rules, by the plain messages and by those that say everything, and packets that meet them.
func TestPAPIRules(t *testing.T) { papi(t).run(t, "rules") }

// Sessions, their events and settings.
func TestPAPIFlowtrack(t *testing.T) { papi(t).run(t, "flowtrack") }

// A client that asks for much does not hold up another.
func TestPAPITogether(t *testing.T) { papi(t).run(t, "together") }

// The server restarts under a client.
func TestPAPIRestart(t *testing.T) { papi(t).run(t, "restart") }

// The three ways in which vpp_papi does not wait for replies.
func TestPAPIAsynchronous(t *testing.T) { papi(t).run(t, "asynchronous") }
