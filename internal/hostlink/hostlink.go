// Package hostlink reads and changes the host's network devices for the program: what `gvpp run` has to know before it
// opens one, and what `gvpp host-filter` sets up and takes down again.
package hostlink

import "os"

// RxQueues is the number of receive queues of a device, at least 1 whatever is known of it.
func RxQueues(name string) (n int) {
	list, _ := os.ReadDir("/sys/class/net/" + name + "/queues")
	for _, e := range list {
		if len(e.Name()) > 3 && e.Name()[:3] == "rx-" {
			n++
		}
	}
	return max(1, n)
}
