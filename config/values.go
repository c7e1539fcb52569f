package config

import (
	"errors"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

var (
	errNumber = errors.New("not a whole number")
	errBounds = errors.New("out of range")
)

// value takes the word after an option and parses it; what says what is wanted.
func (c *Cursor) value(what string, parse func(w string) error) error {
	option := c.option
	if c.hasOpen {
		return c.Errorf("%q wants %s, got a { block }", option, what)
	}
	w, ok := c.take()
	if !ok {
		return c.Errorf("%q wants %s, got nothing", option, what)
	}
	if err := parse(w); err != nil {
		return c.Errorf("%q wants %s, got %q: %w", option, what, w, err)
	}
	return nil
}

// Str takes a word.
func (c *Cursor) Str() (v string, err error) {
	err = c.value("a word", func(w string) error {
		v = w
		return nil
	})
	return v, err
}

// OneOf takes one of the words.
func (c *Cursor) OneOf(words ...string) (v string, err error) {
	err = c.value("one of "+strings.Join(words, ", "), func(w string) error {
		for _, known := range words {
			if v = w; w == known {
				return nil
			}
		}
		return errors.New("none of them")
	})
	return v, err
}

// Int takes a whole number from lo to hi; a 0x prefix is understood.
func (c *Cursor) Int(lo, hi int64) (v int64, err error) {
	err = c.value("a number from "+strconv.FormatInt(lo, 10)+" to "+strconv.FormatInt(hi, 10), func(w string) error {
		v, err = strconv.ParseInt(w, base(w), 64)
		return checkNumber(err, v < lo || v > hi)
	})
	return v, err
}

// Uint takes a whole number from lo to hi; a 0x prefix is understood.
func (c *Cursor) Uint(lo, hi uint64) (v uint64, err error) {
	err = c.value("a number"+uintBounds(lo, hi), func(w string) error {
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

// Bool takes on, yes, true, enable or 1, or off, no, false, disable or 0.
func (c *Cursor) Bool() (v bool, err error) {
	err = c.value("on or off", func(w string) error {
		switch w {
		case "on", "yes", "true", "enable", "1":
			v = true
		case "off", "no", "false", "disable", "0":
		default:
			return errors.New("neither")
		}
		return nil
	})
	return v, err
}

// Duration takes a time from lo to hi: a number of seconds ("30", "0.5") or with a unit ("1m30s", "250ms").
func (c *Cursor) Duration(lo, hi time.Duration) (v time.Duration, err error) {
	err = c.value("seconds from "+seconds(lo)+" to "+seconds(hi), func(w string) error {
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

// Size takes a number of bytes from lo to hi: "4096", "64k", "32m", "1g", of 1024 each, in either case, with or without a
// b at the end.
func (c *Cursor) Size(lo, hi uint64) (v uint64, err error) {
	err = c.value("a size"+uintBounds(lo, hi)+" bytes", func(w string) error {
		v, err = parseSize(w)
		if err == nil && (v < lo || v > hi) {
			return errBounds
		}
		return err
	})
	return v, err
}

func parseSize(w string) (uint64, error) {
	digits := strings.TrimSuffix(strings.ToLower(w), "b")
	shift := 0
	if digits != "" {
		if i := strings.IndexByte("kmgt", digits[len(digits)-1]); i >= 0 {
			shift = 10 * (i + 1)
			digits = digits[:len(digits)-1]
		}
	}
	v, err := strconv.ParseUint(digits, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), v > math.MaxUint64>>shift:
		return 0, errBounds
	case err != nil:
		return 0, errors.New("not a number with k, m, g, t or nothing behind it")
	}
	return v << shift, nil
}

// Addr takes an IPv4 or IPv6 address without a zone.
func (c *Cursor) Addr() (v netip.Addr, err error) {
	err = c.value("an address", func(w string) error {
		v, err = netip.ParseAddr(w)
		if err != nil || v.Zone() != "" {
			return errors.New("not an IPv4 or IPv6 address")
		}
		v = v.Unmap()
		return nil
	})
	return v, err
}

// Prefix takes ADDRESS/LENGTH or a bare address, which stands for itself alone. Bits beyond the length are kept.
func (c *Cursor) Prefix() (v netip.Prefix, err error) {
	err = c.value("ADDRESS/LENGTH", func(w string) error {
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

// base is what strconv is to read a number in: a leading zero does not make it octal.
func base(w string) int {
	if len(w) > 2 && w[0] == '0' && strings.IndexByte("xXbB", w[1]) >= 0 {
		return 0
	}
	return 10
}
