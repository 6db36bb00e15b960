package wire

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Reader reads a recording from front to back. It is not safe for concurrent
// use.
type Reader struct {
	r        *bufio.Reader
	c        cursor // over the present frame's payload
	crc      uint32
	intact   int64 // bytes of whole frames that have been read
	start    int64 // offset of the present frame
	records  int64
	err      error // what Next returns from now on
	ended    bool
	slots    []slot
	channels []Channel
	prev     int32
	now      sim.Time
	step     sim.Time
	shared   []string
	taps     uint64
	head     [frameHead]byte
	values   []float64 // reused for blocks
}

// NewReader reads the header of a recording. The error is [ErrNotRecording], a
// [*VersionError], a [*Truncated] for a file that ends within its header, or
// that of r.
func NewReader(r io.Reader) (*Reader, error) {
	rd := &Reader{r: bufio.NewReaderSize(r, 64<<10)}
	head := make([]byte, headerSize)
	n, err := io.ReadFull(rd.r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("wire: reading the header of a recording: %w", err)
	}
	if m := min(n, len(magic)); string(head[:m]) != magic[:m] {
		return nil, ErrNotRecording
	}
	if err != nil {
		return nil, &Truncated{Reason: fmt.Sprintf("want a header of %d bytes, there are %d", headerSize, n)}
	}
	if v := binary.LittleEndian.Uint32(head[len(magic):]); v == 0 || v > Version {
		return nil, &VersionError{Got: v}
	}
	rd.crc = crc32.Checksum(head, castagnoli)
	rd.intact = int64(headerSize)
	return rd, nil
}

// Channels returns the channels defined so far, by index. The slice must not be
// changed.
func (r *Reader) Channels() []Channel { return r.channels }

// Offset returns how many bytes of the file have been read as whole frames.
func (r *Reader) Offset() int64 { return r.intact }

// Next reads the next record into rec. It returns [io.EOF] after the end
// record; a [*Truncated] if the recording stops before that, which is how one
// looks whose process was killed; or the error of the underlying reader.
func (r *Reader) Next(rec *Record) error {
	if r.c.i >= len(r.c.b) {
		if err := r.frame(); err != nil {
			return err
		}
	}
	tag := r.c.b[r.c.i]
	r.c.i++
	if tag >= tagTap {
		r.tap(rec, tag)
	} else {
		r.other(rec, Kind(tag))
	}
	if r.c.bad != "" {
		// The checksum was right, so this was written so: no use in going on.
		r.intact = r.start
		return r.stop(true, "the frame's checksum is right but its content isn't: want "+r.c.bad)
	}
	r.records++
	return nil
}

// stop makes err the end of the recording.
func (r *Reader) stop(damaged bool, reason string) error {
	r.err = &Truncated{Offset: r.intact, Records: r.records, Damaged: damaged, Reason: reason}
	r.c = cursor{}
	return r.err
}

// frame reads the next frame.
func (r *Reader) frame() error {
	if r.err != nil {
		return r.err
	}
	n, err := io.ReadFull(r.r, r.head[:])
	switch {
	case err == io.EOF && r.ended:
		r.err = io.EOF
		return r.err
	case err == io.EOF:
		return r.stop(false, "it has no end record; the run was cut off, or is still going on")
	case err == io.ErrUnexpectedEOF:
		return r.stop(r.ended, fmt.Sprintf("want a frame header of %d bytes, there are %d", frameHead, n))
	case err != nil:
		return r.fail(err)
	case r.ended:
		return r.stop(true, "there are bytes after the end record")
	}
	size := binary.LittleEndian.Uint32(r.head[:])
	if size == 0 || size > maxPayload {
		return r.stop(true, fmt.Sprintf("a frame says that it has %d bytes: want 1 to %d", size, maxPayload))
	}
	payload, err := r.payload(int(size))
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return r.stop(false, fmt.Sprintf("want a frame of %d bytes, there are %d", size, len(payload)))
	}
	if err != nil {
		return r.fail(err)
	}
	crc := crc32.Update(r.crc, castagnoli, r.head[:4])
	crc = crc32.Update(crc, castagnoli, payload)
	if crc != binary.LittleEndian.Uint32(r.head[4:]) {
		return r.stop(true, fmt.Sprintf("the checksum of a frame of %d bytes is wrong", size))
	}
	r.crc = crc
	r.start = r.intact
	r.intact += int64(frameHead) + int64(size)
	r.c = cursor{b: payload}
	return nil
}

func (r *Reader) fail(err error) error {
	r.err = fmt.Errorf("wire: reading a recording at byte %d: %w", r.intact, err)
	return r.err
}

// payload reads size bytes into the buffer of the frame before. It grows with
// what is really there, not with what a damaged length claims.
func (r *Reader) payload(size int) ([]byte, error) {
	const chunk = 1 << 20
	b := r.c.b[:0]
	r.c = cursor{}
	for len(b) < size {
		n := min(size-len(b), chunk)
		have := len(b)
		if cap(b) < have+n {
			b = append(make([]byte, 0, max(have+n, 2*have)), b...)
		}
		b = b[:have+n]
		m, err := io.ReadFull(r.r, b[have:])
		if err != nil {
			return b[:have+m], err
		}
	}
	return b, nil
}

func (r *Reader) tap(rec *Record, tag byte) {
	c := &r.c
	if tag&hasNow != 0 {
		if d := unzigzag(c.uvarint()); d != 0 {
			r.step = sim.Time(d)
		}
		r.now += r.step
	}
	i := int32(0)
	if r.taps > 0 {
		i = r.slots[r.prev].next
	}
	if tag&hasChannel != 0 {
		i = int32(min(c.uvarint(), math.MaxInt32))
	}
	if int(i) >= len(r.slots) {
		c.fail("a tap of a channel that was defined")
		return
	}
	if r.taps > 0 {
		r.slots[r.prev].next = i
	}
	r.prev = i
	r.taps++
	s := &r.slots[i]
	if tag&hasLag != 0 {
		s.lag += unzigzag(c.uvarint())
	}
	if tag&hasQuality != 0 {
		s.quality = devices.Quality(c.uvarint())
	}
	if tag&hasSeq != 0 {
		s.step = uint32(unzigzag(c.uvarint()))
	}
	s.seq += s.step
	rec.Kind = KindTap
	rec.Now = r.now
	rec.Reading = devices.Reading{
		At:      r.now - sim.Time(s.lag),
		Value:   s.value(c, tag),
		Channel: devices.ChannelID(i),
		Tag:     devices.Tag{Seq: s.seq, Quality: s.quality},
	}
}

// other reads a record that is not a tap.
func (r *Reader) other(rec *Record, k Kind) {
	c := &r.c
	rec.Kind = k
	if k != KindChannel {
		r.now += sim.Time(unzigzag(c.uvarint()))
	}
	rec.Now = r.now
	switch k {
	case KindChannel:
		rec.Name, rec.Unit = string(c.bytes(maxName)), string(c.bytes(maxName))
		rec.Reading = devices.Reading{Channel: devices.ChannelID(len(r.slots))}
		if c.bad == "" {
			r.slots = append(r.slots, newSlot(len(r.slots)))
			r.channels = append(r.channels, Channel{rec.Name, rec.Unit})
		}
	case KindBlock:
		r.block(rec)
	case KindMeta:
		rec.Name, rec.Data = string(c.bytes(maxName)), c.bytes(maxPayload)
	case KindEvent:
		rec.Event = Event{Kind: EventKind(c.byte()), Subject: r.sharedStr(), Verb: r.sharedStr(), Object: r.sharedStr()}
		rec.Event.Span = sim.Time(unzigzag(c.uvarint()))
		rec.Event.Value = math.Float64frombits(c.u64())
		if rec.Event.Kind == 0 {
			c.fail("an event with a kind")
		}
	case KindEnd:
		if n := c.uvarint(); n != r.taps {
			c.fail(fmt.Sprintf("%d taps before the end record, there were %d", n, r.taps))
		}
		rec.Data = c.bytes(maxName)
		if c.i < len(c.b) {
			c.fail("nothing after the end record")
		}
		r.ended = true
	default:
		c.fail("a kind of record that exists")
	}
}

func (r *Reader) block(rec *Record) {
	c := &r.c
	i := c.uvarint()
	if i >= uint64(len(r.slots)) {
		c.fail("a block of a channel that was defined")
		return
	}
	start := r.now - sim.Time(unzigzag(c.uvarint()))
	step := sim.Time(unzigzag(c.uvarint()))
	n := c.uvarint()
	form := c.byte()
	r.values = c.values(r.values[:0], n, form)
	rec.Block = devices.Block{Channel: devices.ChannelID(i), Start: start, Step: step, Values: r.values}
}

func (r *Reader) sharedStr() string {
	i := r.c.uvarint()
	if i > uint64(len(r.shared)) {
		r.c.fail("a string that was given before")
		return ""
	}
	if i > 0 {
		return r.shared[i-1]
	}
	s := string(r.c.bytes(maxName))
	if r.c.bad == "" && len(s) <= sharedLen && len(r.shared) < maxShared {
		r.shared = append(r.shared, s)
	}
	return s
}

// A cursor reads fields from a payload. After the first thing that is wrong it
// returns zeros, and bad says what was expected.
type cursor struct {
	b   []byte
	i   int
	bad string
}

func (c *cursor) fail(want string) {
	if c.bad == "" {
		c.bad = want
	}
	c.i = len(c.b)
}

func (c *cursor) byte() byte {
	if c.i >= len(c.b) {
		c.fail("a whole record")
		return 0
	}
	c.i++
	return c.b[c.i-1]
}

func (c *cursor) uvarint() uint64 {
	if c.i < len(c.b) {
		if x := c.b[c.i]; x < 0x80 { // most are one byte
			c.i++
			return uint64(x)
		}
	}
	x, n := binary.Uvarint(c.b[min(c.i, len(c.b)):])
	if n <= 0 {
		c.fail("a whole number")
		return 0
	}
	c.i += n
	return x
}

func (c *cursor) u64() uint64 {
	if len(c.b)-c.i < 8 {
		c.fail("8 bytes of a value")
		return 0
	}
	c.i += 8
	return binary.LittleEndian.Uint64(c.b[c.i-8:])
}

func (c *cursor) u32() uint32 {
	if len(c.b)-c.i < 4 {
		c.fail("4 bytes of a value")
		return 0
	}
	c.i += 4
	return binary.LittleEndian.Uint32(c.b[c.i-4:])
}

func (c *cursor) bytes(limit uint64) []byte {
	n := c.uvarint()
	if n > limit || n > uint64(len(c.b)-c.i) {
		c.fail("a whole string")
		return nil
	}
	c.i += int(n)
	return c.b[c.i-int(n) : c.i]
}

// IsTruncated reports whether err says that a recording stopped early but what
// came before is intact, and if so, where.
func IsTruncated(err error) (*Truncated, bool) {
	var t *Truncated
	ok := errors.As(err, &t)
	return t, ok
}
