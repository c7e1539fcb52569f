package fib

import "encoding/binary"

// Key is a domain (1 to 65535) and an address: domain<<48 | address, the address's first byte highest. It is never 0.
type Key uint64

// NewKey makes a key of a domain and the first 6 bytes of mac.
func NewKey(domain uint16, mac []byte) Key {
	_ = mac[5]
	return Key(domain)<<48 | Key(binary.BigEndian.Uint16(mac))<<32 | Key(binary.BigEndian.Uint32(mac[2:]))
}

// DestinationKey is NewKey of the destination of an Ethernet frame, of 8 bytes at least.
func DestinationKey(domain uint16, frame []byte) Key {
	return Key(domain)<<48 | Key(binary.BigEndian.Uint64(frame)>>16)
}

// SourceKey is NewKey of the source of an Ethernet frame, of 14 bytes at least.
func SourceKey(domain uint16, frame []byte) Key {
	return Key(domain)<<48 | Key(binary.BigEndian.Uint64(frame[6:])>>16)
}

// Domain is the key's domain.
func (k Key) Domain() uint16 { return uint16(k >> 48) }

// MAC is the key's address.
func (k Key) MAC() (mac [6]byte) {
	binary.BigEndian.PutUint16(mac[:], uint16(k>>32))
	binary.BigEndian.PutUint32(mac[2:], uint32(k))
	return mac
}

// Entry is what is known of an address. The zero value stands for none.
//
//	port 16 bits | seen 16 | 0 24 | flags 8
type Entry uint64

// Flags of an Entry.
const (
	Valid   Entry = 1 << iota // every entry has it
	Static                    // neither moved nor aged
	Filter                    // frames from and to it are dropped; it has no port
	BVI                       // it is the bridge's own
	Learned                   // nobody has entered it by hand
	Fresh                     // learned, and nobody has been told of that
	Moved                     // of a Fresh one: it was learned elsewhere before
)

// NewEntry makes an entry with flags, of a port below 65536, seen at a time.
func NewEntry(port uint32, at Time, flags Entry) Entry {
	return Entry(uint16(port))<<48 | Entry(at)<<32 | flags | Valid
}

// Port is the sw_if_index that frames to the address leave by; NoPort where it has none.
func (e Entry) Port() uint32 { return uint32(e >> 48) }

// NoPort is the Port of a Filter.
const NoPort = 1<<16 - 1

// Is reports whether a flag is set.
func (e Entry) Is(flag Entry) bool { return e&flag != 0 }

// Time is a moment, as entries keep it, in seconds.
type Time uint16

// At is a moment of a clock in nanoseconds.
func At(now int64) Time { return Time(now / 1e9) }

// Age is how many seconds ago the address was seen, give or take refreshSeconds, if that is less than 18 hours.
func (e Entry) Age(now Time) uint32 { return uint32(now - Time(e>>32)) }

// refreshSeconds is how old Age may be before a frame refreshes it. Lower, and every address costs a write a second; higher, and
// ages are less exact.
const refreshSeconds = 4

// Stale says that a frame of the address is to refresh the entry.
func (e Entry) Stale(now Time) bool { return e.Age(now) >= refreshSeconds }

// Expired says that the entry was not used for a number of minutes.
func (e Entry) Expired(now Time, minutes uint8) bool {
	return e.Age(now) >= uint32(minutes)*60+refreshSeconds
}

// Refresh is the entry seen now.
func (e Entry) Refresh(now Time) Entry { return e&^(0xffff<<32) | Entry(now)<<32 }
