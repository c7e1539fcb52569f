package cli

import (
	"fmt"
	"net"

	"github.com/gvpp/gvpp/unixsock"
)

// listen makes the socket at path. It refuses one that somebody listens on and replaces one that nobody does.
func listen(path, group string) (*net.UnixListener, error) {
	l, err := unixsock.Listen(unixsock.Stream, path, group)
	if err != nil {
		return nil, fmt.Errorf("cli: %w", err)
	}
	return l.UnixListener, nil // Server.Close removes its name
}
