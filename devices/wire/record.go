package wire

import (
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// Version is the version of the recording format that [NewWriter] writes and
// the newest that [NewReader] reads.
const Version = 1

const (
	magic      = "twinrec1"
	headerSize = len(magic) + 4
	frameHead  = 8        // bytes before a payload
	frameFull  = 8 << 10  // payload size, in bytes, at which a frame is written: about what a file that is cut off can lose
	maxPayload = 64 << 20 // largest payload, in bytes; it bounds what a reader allocates
	maxName    = 64 << 10 // longest name, unit, key or string of an event, in bytes
	maxShared  = 1 << 16  // entries in the table of repeated strings
	sharedLen  = 256      // longest string, in bytes, worth a place in that table
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Kind says what a [Record] holds.
type Kind uint8

// The kinds of records.
const (
	KindNone    Kind = iota // the zero Record
	KindChannel             // Reading.Channel, Name, Unit: a channel and its index
	KindTap                 // Now, Reading
	KindBlock               // Now, Block
	KindMeta                // Now, Name (the key), Data
	KindEvent               // Now, Event
	KindEnd                 // Now, Data (the digest): the run ended in order
)

var kindNames = [...]string{"none", "channel", "tap", "block", "meta", "event", "end"}

// String returns the name of the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// EventKind says what an [Event] tells of.
type EventKind uint8

// The kinds of events. The zero value is not an event.
const (
	RuleFired    EventKind = iota + 1 // Subject: the rule; Object: the twin it was for
	CommandGiven                      // Subject: the twin; Verb: what to do; Value: its argument; Span: for how long
	AlarmRaised                       // Subject: the alarm; Object: the twin or channel; Value: the score
	AlarmCleared                      // the same
	FaultBegan                        // Subject: the fault; Verb: its kind; Object: the channel; Value: severity
	FaultEnded                        // the same
	InputTaken                        // a decision of the bench that depended on the wall clock
)

// An Event is something that happened in a run besides a reading, kept for
// comparing runs and for asking why.
type Event struct {
	Kind    EventKind
	Subject string
	Verb    string
	Object  string
	Value   float64  // in whatever unit the kind and verb imply
	Span    sim.Time // how long; 0 is open
}

// A Record is one entry of a recording. Kind says which fields are set; the
// others hold what an earlier record left there.
type Record struct {
	Kind Kind
	// Now is the instant at which the run took the reading in.
	Now sim.Time
	// Reading of a tap. Its Channel is the index into [Reader.Channels], not a
	// number of the present run; of a channel record only Channel is set.
	Reading devices.Reading
	// Block of a block record, Channel as above. Values is valid until the next
	// call of Next.
	Block devices.Block
	// Name is the channel's name or the key of a meta record.
	Name string
	// Unit is the channel's unit.
	Unit string
	// Data is the value of a meta record or the digest of the end record. It is
	// valid until the next call of Next.
	Data []byte
	// Event of an event record.
	Event Event
}

// A Channel is what a recording says of one of its channels.
type Channel struct {
	Name string // "twin.attribute"
	Unit string // as in devices.Attr
}

// ErrNotRecording is returned for bytes that don't begin as a recording does.
var ErrNotRecording = errors.New("wire: not a recording: it does not begin with " + magic +
	"; want one that a run with an output folder has written, such as inputs.rec")

// A VersionError is returned for a recording of a newer format.
type VersionError struct {
	Got uint32 // the file's version
}

// Error says which version was found and what to do.
func (e *VersionError) Error() string {
	return fmt.Sprintf("wire: the recording has format version %d, this program reads versions 1 to %d: read it with a newer program",
		e.Got, Version)
}

// A Truncated error says where a recording stops being readable. What came
// before it is intact.
type Truncated struct {
	Offset  int64  // bytes of the file that are whole frames; cutting it there loses nothing readable
	Records int64  // records returned before this error
	Damaged bool   // bytes are there but wrong; false: the file merely ends early
	Reason  string // what was expected
}

// Error describes the place and the cause.
func (e *Truncated) Error() string {
	what := "ends early"
	if e.Damaged {
		what = "is damaged"
	}
	return fmt.Sprintf("wire: the recording %s at byte %d, after %d whole records: %s", what, e.Offset, e.Records, e.Reason)
}

// A slot is what both sides remember of a channel to predict its next tap.
type slot struct {
	bits    uint64 // last value
	lag     int64  // now - at, in ns
	decimal int64  // last value as decimal/10^exp
	next    int32  // the slot that followed this one
	seq     uint32
	step    uint32 // last difference of seq
	quality devices.Quality
	exp     int8  // decimal digits of the last decimal
	skip    uint8 // writer only: taps to let pass before looking for a decimal again
}

// Tags of taps: the highest bit, then which fields follow.
const (
	tagTap     = 0x80
	hasNow     = 0x01
	hasChannel = 0x02
	hasLag     = 0x04
	hasQuality = 0x08
	hasSeq     = 0x10
	valueMask  = 0x60
	valueSame  = 0x00 // nothing follows
	valueForm  = 0x20 // a form byte, then a decimal or a float32
	valueDelta = 0x40 // a decimal with the exponent as before
	valueRaw   = 0x60 // 8 bytes
)

// Forms of values, in a tap after valueForm and in a block.
const (
	maxExp    = 6  // forms 0 to maxExp are decimals with as many digits
	formFloat = 32 // float32
	formRaw   = 64 // float64
)

var pow10 = [maxExp + 1]float64{1, 10, 100, 1e3, 1e4, 1e5, 1e6}
