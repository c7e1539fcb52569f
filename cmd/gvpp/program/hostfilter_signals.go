package program

import (
	"context"
	"errors"
	"io"
	"os/signal"
	"syscall"
	"time"
)

// ignoreTerminal keeps the terminal from stopping the process: a host whose packets go to a process that is stopped is cut
// off. In the background a read of the terminal fails then (EIO); Ctrl-Z does nothing.
func ignoreTerminal() { signal.Ignore(syscall.SIGTTIN, syscall.SIGTTOU, syscall.SIGTSTP) }

// ignorePipe keeps a long-lived command from ending without its cleanup when nobody reads its messages any more.
func ignorePipe(command string) {
	if command == "run" || command == "host-filter" {
		signal.Ignore(syscall.SIGPIPE)
	}
}

// foregroundPoll is how often a process in the background looks whether it may read the terminal now.
const foregroundPoll = 200 * time.Millisecond

// awaitEnter returns true when a byte comes, false when none can. While the process is in the background it waits for `fg`.
func awaitEnter(ctx context.Context, r io.Reader) bool {
	for ctx.Err() == nil {
		n, err := r.Read(make([]byte, 1))
		if n > 0 || !errors.Is(err, syscall.EIO) {
			return n > 0
		}
		time.Sleep(foregroundPoll)
	}
	return false
}
