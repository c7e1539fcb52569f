package peer

import (
	"fmt"
	"os"
	"strings"
)

// hugeHeapPages is how many free huge pages of 2 MiB the heap, the hash tables and the buffers want.
const hugeHeapPages = 2048

// vppHeapPages puts the heap into huge pages where the operator has reserved enough of them (sysctl vm.nr_hugepages):
// VPP does not ask for transparent ones. It takes small pages by default.
func vppHeapPages() string {
	var free int
	text, _ := os.ReadFile("/proc/meminfo")
	for _, line := range strings.Split(string(text), "\n") {
		if n, err := fmt.Sscanf(line, "HugePages_Free: %d", &free); n == 1 && err == nil && free >= hugeHeapPages {
			return "main-heap-page-size 2M default-hugepage-size 2M "
		}
	}
	return ""
}

// hugePages is the kernel's count of reserved huge pages. A vpp that finds too few raises it, and does not lower it again.
const hugePages = "/proc/sys/vm/nr_hugepages"

// reservedPages is the count; 0 where there is none.
func reservedPages() (n int) {
	text, _ := os.ReadFile(hugePages)
	_, _ = fmt.Sscan(string(text), &n)
	return n
}

// returnPages takes back what the vpp has added to the count.
func (p *vppProcess) returnPages() error {
	if p.pages <= 0 {
		return nil
	}
	left := max(0, reservedPages()-p.pages)
	p.pages = 0
	return os.WriteFile(hugePages, []byte(fmt.Sprint(left)), 0)
}
