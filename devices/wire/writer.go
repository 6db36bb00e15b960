package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Writer writes a recording. Records gather in a frame that is handed to the
// underlying writer, in one Write, when it is full and at Flush. After an error
// of the underlying writer every call returns that error. A Writer is not safe
// for concurrent use.
type Writer struct {
	w      io.Writer
	buf    []byte // frameHead bytes of room, then the payload
	crc    uint32 // of all frames so far
	err    error
	ended  bool
	slots  []slot
	slotOf []int32 // by ChannelID; slot+1, 0 is none
	prev   int32   // slot of the last tap
	now    sim.Time
	step   sim.Time // last change of now
	shared map[string]uint64
	taps   uint64
}

// NewWriter writes the header of a recording to w.
func NewWriter(w io.Writer) (*Writer, error) {
	head := binary.LittleEndian.AppendUint32([]byte(magic), Version)
	if err := writeAll(w, head); err != nil {
		return nil, fmt.Errorf("wire: writing the header of a recording: %w", err)
	}
	return &Writer{
		w:      w,
		buf:    make([]byte, frameHead, frameHead+frameFull+1024),
		crc:    crc32.Checksum(head, castagnoli),
		shared: make(map[string]uint64),
	}, nil
}

// Channel gives a channel its place in the recording, the next index from 0,
// and must come before the channel's first tap or block.
func (w *Writer) Channel(ch devices.ChannelID, name, unit string) error {
	if err := w.ready(); err != nil {
		return err
	}
	switch {
	case ch < 0:
		return fmt.Errorf("wire: channel %q has number %d: want one from devices.Channels", name, ch)
	case w.slot(ch) >= 0:
		return fmt.Errorf("wire: channel %d (%q) is in the recording already", ch, name)
	case len(name) > maxName || len(unit) > maxName:
		return fmt.Errorf("wire: channel %d: name or unit is longer than %d bytes", ch, maxName)
	}
	for int(ch) >= len(w.slotOf) {
		w.slotOf = append(w.slotOf, 0)
	}
	w.slots = append(w.slots, newSlot(len(w.slots)))
	w.slotOf[ch] = int32(len(w.slots))
	w.buf = append(w.buf, byte(KindChannel))
	w.str(name)
	w.str(unit)
	return w.full()
}

// newSlot expects channels to be read out in the order of their definition.
func newSlot(i int) slot { return slot{next: int32(i) + 1} }

// Has reports whether ch has been defined with Channel.
func (w *Writer) Has(ch devices.ChannelID) bool { return w.slot(ch) >= 0 }

func (w *Writer) slot(ch devices.ChannelID) int32 {
	if uint(ch) >= uint(len(w.slotOf)) {
		return -1
	}
	return w.slotOf[ch] - 1
}

// Tap records a reading that the run took in at now.
func (w *Writer) Tap(now sim.Time, r devices.Reading) error {
	if err := w.ready(); err != nil {
		return err
	}
	i := w.slot(r.Channel)
	if i < 0 {
		return w.undefined(r.Channel)
	}
	b, tag := append(w.buf, 0), byte(tagTap)
	at := len(w.buf)
	if now != w.now {
		tag |= hasNow
		b = w.appendNow(b, now)
	}
	if i != w.successor() {
		tag |= hasChannel
		b = binary.AppendUvarint(b, uint64(i))
	}
	w.follow(i)
	s := &w.slots[i]
	if lag := int64(now) - int64(r.At); lag != s.lag {
		tag |= hasLag
		b = binary.AppendUvarint(b, zigzag(lag-s.lag))
		s.lag = lag
	}
	if r.Quality != s.quality {
		tag |= hasQuality
		b = binary.AppendUvarint(b, uint64(r.Quality))
		s.quality = r.Quality
	}
	if r.Seq != s.seq+s.step {
		tag |= hasSeq
		s.step = r.Seq - s.seq
		b = binary.AppendUvarint(b, zigzag(int64(int32(s.step))))
	}
	s.seq = r.Seq
	b, form := s.appendValue(b, r.Value)
	b[at] = tag | form
	w.buf = b
	w.taps++
	if len(b) < frameFull {
		return nil
	}
	return w.Flush()
}

// appendNow appends the change of now; 0 stands for the same change as last
// time, since no change has no place here.
func (w *Writer) appendNow(b []byte, now sim.Time) []byte {
	step := now - w.now
	w.now = now
	if step == w.step {
		return append(b, 0)
	}
	w.step = step
	return binary.AppendUvarint(b, zigzag(int64(step)))
}

// successor predicts the slot of the next tap; -1 if nothing can be predicted.
func (w *Writer) successor() int32 {
	if w.taps == 0 {
		return 0
	}
	return w.slots[w.prev].next
}

func (w *Writer) follow(i int32) {
	if w.taps > 0 {
		w.slots[w.prev].next = i
	}
	w.prev = i
}

// Block records a block that the run took in at now.
func (w *Writer) Block(now sim.Time, b devices.Block) error {
	if err := w.ready(); err != nil {
		return err
	}
	i := w.slot(b.Channel)
	if i < 0 {
		return w.undefined(b.Channel)
	}
	if limit := maxPayload/10 - frameFull; len(b.Values) > limit {
		return fmt.Errorf("wire: a block of %d samples on channel %d does not fit into a recording: cut it to at most %d",
			len(b.Values), b.Channel, limit)
	}
	form := blockForm(b.Values)
	w.tag(KindBlock, now)
	w.uint(uint64(i))
	w.uint(zigzag(int64(now) - int64(b.Start)))
	w.uint(zigzag(int64(b.Step)))
	w.uint(uint64(len(b.Values)))
	w.buf = appendValues(append(w.buf, form), b.Values, form)
	return w.full()
}

// Meta records a value under a key, such as the scenario's name or the seed.
func (w *Writer) Meta(now sim.Time, key string, value []byte) error {
	if err := w.ready(); err != nil {
		return err
	}
	if limit := maxPayload / 2; len(key) > maxName || len(value) > limit {
		return fmt.Errorf("wire: meta %.40q: the key may have %d bytes and the value %d", key, maxName, limit)
	}
	w.tag(KindMeta, now)
	w.str(key)
	w.uint(uint64(len(value)))
	w.buf = append(w.buf, value...)
	return w.full()
}

// Event records a rule's firing, a command, an alarm or the like.
func (w *Writer) Event(now sim.Time, e Event) error {
	if err := w.ready(); err != nil {
		return err
	}
	if e.Kind == 0 {
		return errors.New("wire: an event needs a kind, such as wire.RuleFired")
	}
	if max(len(e.Subject), len(e.Verb), len(e.Object)) > maxName {
		return fmt.Errorf("wire: an event of %.40q has a string longer than %d bytes", e.Subject, maxName)
	}
	w.tag(KindEvent, now)
	w.buf = append(w.buf, byte(e.Kind))
	w.sharedStr(e.Subject)
	w.sharedStr(e.Verb)
	w.sharedStr(e.Object)
	w.uint(zigzag(int64(e.Span)))
	w.buf = binary.LittleEndian.AppendUint64(w.buf, math.Float64bits(e.Value))
	return w.full()
}

// End records that the run ended in order, with the digest of what it took in,
// and flushes. Nothing can be written after it.
func (w *Writer) End(now sim.Time, digest []byte) error {
	if err := w.ready(); err != nil {
		return err
	}
	if len(digest) > maxName {
		return fmt.Errorf("wire: a digest of %d bytes is longer than %d", len(digest), maxName)
	}
	w.tag(KindEnd, now)
	w.uint(w.taps)
	w.uint(uint64(len(digest)))
	w.buf = append(w.buf, digest...)
	if err := w.Flush(); err != nil {
		return err
	}
	w.ended = true
	return nil
}

// Flush hands what has been recorded to the underlying writer as a frame. With
// nothing recorded since the last frame it does nothing.
func (w *Writer) Flush() error {
	if w.err != nil {
		return w.err
	}
	payload := len(w.buf) - frameHead
	if payload == 0 {
		return nil
	}
	binary.LittleEndian.PutUint32(w.buf, uint32(payload))
	w.crc = crc32.Update(w.crc, castagnoli, w.buf[:4])
	w.crc = crc32.Update(w.crc, castagnoli, w.buf[frameHead:])
	binary.LittleEndian.PutUint32(w.buf[4:], w.crc)
	if err := writeAll(w.w, w.buf); err != nil {
		w.err = fmt.Errorf("wire: writing a recording: %w", err)
		return w.err
	}
	w.buf = w.buf[:frameHead]
	return nil
}

func (w *Writer) ready() error {
	if w.err == nil && w.ended {
		return errors.New("wire: the recording has ended: start another with NewWriter")
	}
	return w.err
}

func (w *Writer) undefined(ch devices.ChannelID) error {
	return fmt.Errorf("wire: channel %d is not in the recording: call Channel with its name first", ch)
}

func (w *Writer) full() error {
	if len(w.buf) < frameFull {
		return nil
	}
	return w.Flush()
}

// tag begins a record other than a tap.
func (w *Writer) tag(k Kind, now sim.Time) {
	w.buf = append(w.buf, byte(k))
	w.uint(zigzag(int64(now) - int64(w.now)))
	w.now = now
}

func (w *Writer) uint(x uint64) { w.buf = binary.AppendUvarint(w.buf, x) }

func (w *Writer) str(s string) {
	w.uint(uint64(len(s)))
	w.buf = append(w.buf, s...)
}

// sharedStr writes a string that is likely to come again: 0 and the string the
// first time, its place in the table of strings thereafter.
func (w *Writer) sharedStr(s string) {
	if i, ok := w.shared[s]; ok {
		w.uint(i)
		return
	}
	w.uint(0)
	w.str(s)
	if len(s) <= sharedLen && len(w.shared) < maxShared {
		w.shared[s] = uint64(len(w.shared)) + 1
	}
}

// writeAll writes b and makes a short write an error, as io.Writer demands but
// not every writer does.
func writeAll(w io.Writer, b []byte) error {
	n, err := w.Write(b)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	return err
}
