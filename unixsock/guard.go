package unixsock

import (
	"fmt"
	"log/slog"
	"runtime/debug"
)

// Guard runs f, which serves a client, and makes an error of its panic: that ends the client's connection, and must not end the
// program, whose workers forward packets.
func Guard(log *slog.Logger, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			log.Error("panic in a client's connection, which ends; all others go on", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}
