package twins

import (
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Digest is a streaming SHA-256 over what a run saw and did, in order: taps,
// rule firings, commands and alarms. It does not cover the plant, the truth of
// faults, or KPIs. Two runs with the same digest are the same run.
//
// A channel is written by name at its first tap and by the order of first taps
// after that, so the digest does not depend on channel numbers.
type Digest struct {
	h       hash.Hash
	buf     []byte
	indexOf []int32 // by channel: 1 + its order of first tap; 0 before
	taps    int32   // channels tapped so far
}

const digestBuffer = 4096

// The kinds of record in a digest.
const (
	digestChannel byte = 'c'
	digestTap     byte = 't'
	digestEvent   byte = 'e'
	digestBlock   byte = 'b'
)

func newDigest(channels int) Digest {
	return Digest{h: sha256.New(), buf: make([]byte, 0, digestBuffer+64), indexOf: make([]int32, channels)}
}

// tap adds a reading at the entry of Ingest.
func (d *Digest) tap(now sim.Time, r devices.Reading, names *devices.Channels) {
	k := d.indexOf[r.Channel]
	if k == 0 {
		k = d.channel(r.Channel, names)
	}
	b := append(d.buf, digestTap)
	b = binary.LittleEndian.AppendUint64(b, uint64(now))
	b = binary.LittleEndian.AppendUint32(b, uint32(k))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.At))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(r.Value))
	d.buf = binary.LittleEndian.AppendUint16(b, uint16(r.Quality))
	if len(d.buf) >= digestBuffer {
		d.flush()
	}
}

func (d *Digest) channel(c devices.ChannelID, names *devices.Channels) int32 {
	d.taps++
	d.indexOf[c] = d.taps
	d.text(digestChannel, names.Name(c))
	return d.taps
}

// block adds a waveform at the entry of IngestBlock.
func (d *Digest) block(now sim.Time, b devices.Block, names *devices.Channels) {
	d.text(digestBlock, names.Name(b.Channel))
	d.number(uint64(now))
	d.number(uint64(b.Start))
	d.number(uint64(b.Step))
	d.number(uint64(len(b.Values)))
	for _, v := range b.Values {
		d.number(math.Float64bits(v))
	}
}

// event adds a firing, a command or an alarm.
func (d *Digest) event(e Event) {
	d.text(digestEvent, e.Kind)
	d.text(digestEvent, e.Twin)
	d.text(digestEvent, e.Name)
	d.number(uint64(e.At))
	d.number(math.Float64bits(e.Value))
	if e.Kind == "command" {
		d.number(uint64(e.Span))
	}
}

func (d *Digest) text(kind byte, s string) {
	d.buf = append(d.buf, kind)
	d.buf = binary.LittleEndian.AppendUint32(d.buf, uint32(len(s)))
	d.buf = append(d.buf, s...)
	d.flush()
}

func (d *Digest) number(u uint64) {
	d.buf = binary.LittleEndian.AppendUint64(d.buf, u)
	if len(d.buf) >= digestBuffer {
		d.flush()
	}
}

func (d *Digest) flush() {
	d.h.Write(d.buf)
	d.buf = d.buf[:0]
}

// Sum returns the digest so far, in hexadecimal. The run may go on.
func (d *Digest) Sum() string {
	d.flush()
	return hex.EncodeToString(d.h.Sum(nil))
}

// JoinDigests returns the digest of several replications: the hash of theirs in
// order. Of one it is that one.
func JoinDigests(sums []string) string {
	if len(sums) == 1 {
		return sums[0]
	}
	h := sha256.New()
	for _, s := range sums {
		h.Write([]byte(s + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// save returns the state of the hash.
func (d *Digest) save() ([]byte, error) {
	d.flush()
	return d.h.(encoding.BinaryMarshaler).MarshalBinary()
}

func (d *Digest) load(state []byte) error {
	d.buf = d.buf[:0]
	return d.h.(encoding.BinaryUnmarshaler).UnmarshalBinary(state)
}
