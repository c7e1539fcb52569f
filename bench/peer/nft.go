package peer

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// nftRules is what the kernel checks of each packet that it forwards: the counterpart of a keep-state rule for DNS and a
// default drop. It lives in the site's namespace and goes with it.
const nftRules = `table inet filter {
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established accept
		udp dport 53 accept
		drop
	}
}
`

// KernelNFT is the kernel's own forwarding with connection tracking. The site's devices need addresses, and routes and
// neighbours for what is sent; forwarding is switched on here. It has no thread: the kernel forwards in whoever's time the
// packet arrives.
func KernelNFT(s Site) Forwarder {
	f := Forwarder{Name: "kernel-nft"}
	if err := startNFT(s); err != nil {
		f.Skip = err.Error()
	}
	return f
}

func startNFT(s Site) error {
	nft, err := exec.LookPath("nft")
	if errors.Is(err, exec.ErrNotFound) {
		nft, err = exec.LookPath("/usr/sbin/nft")
	}
	if err != nil {
		return errors.New("no nft; install the Debian package nftables")
	}
	if err := s.Host.Sysctl("ipv4/ip_forward", "1"); err != nil {
		return err
	}
	return s.Host.Do(func() error { return loadRules(nft, nftRules) })
}

// loadRules gives a rule set to nft, in the namespace of the calling thread.
func loadRules(nft, rules string) error {
	cmd := exec.Command(nft, "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s; the kernel needs CONFIG_NF_TABLES and CONFIG_NFT_CT", err, firstLines(string(out), 2))
	}
	return nil
}
