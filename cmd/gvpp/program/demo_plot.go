package program

// The demo's addresses. Bob and carol have the same ones: carol stands in for bob where gvpp says so. Dave is in a network of his own.
const (
	aliceAddr, bobAddr   = "10.9.0.1", "10.9.0.2"
	aliceAddr6, bobAddr6 = "fd09::1", "fd09::2"
	daveAddr             = "192.0.2.1"
	gateway, daveGateway = "10.9.0.254", "192.0.2.254"
)

const demoDrawing = `
   alice 10.9.0.1 ──── alice │      │ bob ────── bob   10.9.0.2
                             │ gvpp │
                             │      │ carol ──── carol 10.9.0.2   stands in for bob
                             │      │ dave ───── dave  192.0.2.1  in another network
`

// act is a step of the story as both tellings have it: what an operator types. Rule numbers start at 0.
type act struct {
	title, words string
	lines        []string
}

var (
	actCable = act{"A cable", "Everything that alice sends comes out at bob, and back.",
		[]string{"set interface l2 xconnect alice bob"}}
	actDrop = act{"A rule that drops", "No more ping from alice; everything else goes on.",
		[]string{"classify add rule alice proto icmp drop"}}
	actSessions = act{"Sessions", "Alice may open connections; bob may only answer.",
		[]string{"clear flowtrack", "classify del rule 0", "classify add rule alice keep-state pass", "classify default bob drop"}}
	actRedirect = act{"A redirect", "Connections to ports 8080 to 8089 of bob go to carol instead. Her answers find their way back; else she may say nothing.",
		[]string{"classify default carol drop", "classify add rule alice before 1 proto tcp dport 8080-8089 keep-state redirect carol"}}
	actTracking = act{"Tracking", "What forged packets claim is compared with what the hosts have sent. Fragments and ICMP errors belong to their sessions.",
		[]string{"classify add rule bob state invalid drop"}}
	actRouter = act{"A switch and a router", "Alice and bob are on a switch now. A loopback on it is their gateway to dave's network. The rules stay as they are.",
		[]string{"create bridge-domain 1", "set interface l2 bridge alice 1", "set interface l2 bridge bob 1", "create loopback interface", "set interface l2 bridge loop0 1 bvi",
			"set interface state loop0 up", "set interface ip address loop0 " + gateway + "/24", "set interface ip address dave " + daveGateway + "/24"}}
)

// Rules by their numbers, as the acts add them.
const (
	ruleDrop, ruleSessions, ruleRedirect, ruleInvalid = 0, 1, 2, 3
)
