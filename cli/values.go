package cli

import (
	"errors"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// value takes the next word and parses it; parse returns what is wrong with it, or nil.
func (a *Args) value(what string, parse func(w string) error) error {
	w, err := a.Word(what)
	if err != nil {
		return err
	}
	if err := parse(w); err != nil {
		return a.Errorf("expected %s, got %q: %w", what, w, err)
	}
	return nil
}

var (
	errNumber  = errors.New("not a whole number")
	errBounds  = errors.New("out of range")
	errAddress = errors.New("not an IPv4 or IPv6 address")
)

// Int takes a whole number from lo to hi; 0x and 0b prefixes are understood.
func (a *Args) Int(what string, lo, hi int64) (v int64, err error) {
	err = a.value(what+" from "+strconv.FormatInt(lo, 10)+" to "+strconv.FormatInt(hi, 10), func(w string) error {
		v, err = strconv.ParseInt(w, base(w), 64)
		return checkNumber(err, v < lo || v > hi)
	})
	return v, err
}

// Uint takes a whole number from lo to hi; 0x and 0b prefixes are understood.
func (a *Args) Uint(what string, lo, hi uint64) (v uint64, err error) {
	err = a.value(what+uintBounds(lo, hi), func(w string) error {
		v, err = strconv.ParseUint(w, base(w), 64)
		return checkNumber(err, v < lo || v > hi)
	})
	return v, err
}

func uintBounds(lo, hi uint64) string {
	return " from " + strconv.FormatUint(lo, 10) + " to " + strconv.FormatUint(hi, 10)
}

func checkNumber(err error, outside bool) error {
	switch {
	case errors.Is(err, strconv.ErrRange), err == nil && outside:
		return errBounds
	case err != nil:
		return errNumber
	}
	return nil
}

// Range takes "N" (N to N) or "LO-HI", both within lo and hi.
func (a *Args) Range(what string, lo, hi uint64) (from, to uint64, err error) {
	err = a.value(what+" (N or LO-HI)"+uintBounds(lo, hi), func(w string) error {
		first, last, isRange := strings.Cut(w, "-")
		if !isRange {
			last = first
		}
		var err1, err2 error
		from, err1 = strconv.ParseUint(first, base(first), 64)
		to, err2 = strconv.ParseUint(last, base(last), 64)
		if err := checkNumber(errors.Join(err1, err2), from < lo || to > hi); err != nil {
			return err
		}
		if from > to {
			return errors.New("its start is above its end")
		}
		return nil
	})
	return from, to, err
}

// Addr takes an IPv4 or IPv6 address without a zone; an IPv4 address written as IPv6 becomes IPv4.
func (a *Args) Addr(what string) (v netip.Addr, err error) {
	err = a.value(what, func(w string) error {
		v, err = netip.ParseAddr(w)
		if err != nil || v.Zone() != "" {
			return errAddress
		}
		v = v.Unmap()
		return nil
	})
	return v, err
}

// Prefix takes ADDRESS/LENGTH or a bare address, which stands for itself alone. Bits beyond the length are kept, so that
// the command can decide whether 10.0.0.1/8 is an interface address or a mistake.
func (a *Args) Prefix(what string) (v netip.Prefix, err error) {
	err = a.value(what, func(w string) error {
		if v, err = netip.ParsePrefix(w); err == nil {
			return nil
		}
		addr, err := netip.ParseAddr(w)
		if err != nil || addr.Zone() != "" {
			return errors.New("not ADDRESS/LENGTH or an address, IPv4 or IPv6")
		}
		addr = addr.Unmap()
		v = netip.PrefixFrom(addr, addr.BitLen())
		return nil
	})
	return v, err
}

// Duration takes a time from lo to hi: a number of seconds ("30", "0.5") or with a unit ("1m30s", "250ms").
func (a *Args) Duration(what string, lo, hi time.Duration) (v time.Duration, err error) {
	err = a.value(what+" (seconds, from "+seconds(lo)+" to "+seconds(hi)+")", func(w string) error {
		v, err = parseDuration(w)
		if err == nil && (v < lo || v > hi) {
			return errBounds
		}
		return err
	})
	return v, err
}

func parseDuration(w string) (time.Duration, error) {
	if d, err := time.ParseDuration(w); err == nil {
		return d, nil
	}
	s, err := strconv.ParseFloat(w, 64)
	if err != nil || strings.Trim(w, "+-0123456789.") != "" {
		return 0, errors.New("not a number of seconds")
	}
	if math.Abs(s) > math.MaxInt64/float64(time.Second)-1 {
		return 0, errBounds
	}
	return time.Duration(math.Round(s * float64(time.Second))), nil
}

// seconds writes a bound the way a value is given.
func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }

// base is what strconv is to read a number in: a leading zero does not make it octal.
func base(w string) int {
	if len(w) > 2 && w[0] == '0' && strings.IndexByte("xXbB", w[1]) >= 0 {
		return 0
	}
	return 10
}
