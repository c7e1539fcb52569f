// Package client calls the API of a gvpp, or a VPP, over its socket.
//
// Client is an api.Conn: the clients that are generated for each module take it.
//
//	c, err := client.Dial(ctx, "/run/gvpp/api.sock", "my program")
//	reply, err := vpe.NewClient(c).ShowVersion(ctx, &vpe.ShowVersion{})
//
// Terms: a frame is a message with the 16 bytes that say its length. The table maps names with CRC to the server's message
// ids; Dial learns it.
//
// One goroutine reads, and hands each message to the call whose context it has; calls write in turns. So calls overlap, also
// calls made while the details of another come. Contexts are numbered so that each call is a channel of its own, in the upper
// 15 bits: the server answers pings past the requests of other channels, see package server.
//
// Invariants: no call waits for another's details to be taken; what waits for those who take it is bounded; a connection that
// is lost ends all calls with the reason, and is not made anew: dial again.
package client
