package cli

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/report"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// An entry is one thing that a digest covers: a reading or a waveform at the tap,
// or a firing, a command or an alarm.
type entry struct {
	now     sim.Time
	channel string // of a reading or a waveform; "" for an event
	reading devices.Reading
	block   *devices.Block // nil for a reading
	event   twins.Event
}

// covered reports whether events of a kind are part of the digest; the truth of
// faults and what the plant did are not.
func covered(kind string) bool {
	switch kind {
	case "rule", "command", "alarm", "alarm end":
		return true
	}
	return false
}

// same reports whether the digest can't tell two entries apart.
func (e entry) same(o entry) bool {
	if e.channel != o.channel || e.now != o.now {
		return false
	}
	if e.block != nil || o.block != nil {
		return e.block != nil && o.block != nil && sameBlock(e.block, o.block)
	}
	if e.channel == "" {
		return e.event.Kind == o.event.Kind && e.event.Twin == o.event.Twin && e.event.Name == o.event.Name &&
			math.Float64bits(e.event.Value) == math.Float64bits(o.event.Value) && e.event.Span == o.event.Span
	}
	a, b := e.reading, o.reading
	return a.At == b.At && a.Quality == b.Quality && math.Float64bits(a.Value) == math.Float64bits(b.Value)
}

func sameBlock(a, b *devices.Block) bool {
	return a.Start == b.Start && a.Step == b.Step && len(a.Values) == len(b.Values) && firstSample(a, b) == len(a.Values)
}

// firstSample returns the place of the first sample in which two blocks differ.
func firstSample(a, b *devices.Block) int {
	n := min(len(a.Values), len(b.Values))
	for i := range n {
		if math.Float64bits(a.Values[i]) != math.Float64bits(b.Values[i]) {
			return i
		}
	}
	return n
}

// String shows an entry with everything that may differ.
func (e entry) String() string {
	if e.channel == "" {
		lasts := ""
		if e.event.Span > 0 {
			lasts = ", for " + scenarios.ShowDuration(e.event.Span)
		}
		return fmt.Sprintf("%s  %s %q of %q, value %v%s", scenarios.ShowDuration(e.now), e.event.Kind, e.event.Name, e.event.Twin, e.event.Value, lasts)
	}
	if b := e.block; b != nil {
		return fmt.Sprintf("%s  %s: %s from %s, %s apart", scenarios.ShowDuration(e.now), e.channel,
			plural(len(b.Values), "sample"), scenarios.ShowDuration(b.Start), scenarios.ShowDuration(b.Step))
	}
	return fmt.Sprintf("%s  %s = %v (measured at %s, %v)",
		scenarios.ShowDuration(e.now), e.channel, e.reading.Value, scenarios.ShowDuration(e.reading.At), e.reading.Quality)
}

// next reads the next entry of a recording.
func (r *recording) next(e *entry) error {
	var rec wire.Record
	for {
		if err := r.record(&rec); err != nil {
			return err
		}
		switch rec.Kind {
		case wire.KindTap:
			*e = entry{now: rec.Now, channel: r.Channels()[rec.Reading.Channel].Name, reading: rec.Reading}
			return nil
		case wire.KindBlock:
			*e = blockEntry(rec.Now, r.Channels()[rec.Block.Channel].Name, rec.Block)
			return nil
		case wire.KindEvent:
			ev := report.FromWire(rec.Now, rec.Event)
			if covered(ev.Kind) {
				*e = entry{now: rec.Now, event: ev}
				return nil
			}
		}
	}
}

// blockEntry is the entry of a waveform, whose values are copied: they are lent.
func blockEntry(now sim.Time, channel string, b devices.Block) entry {
	b.Values = slices.Clone(b.Values)
	return entry{now: now, channel: channel, block: &b}
}

// A difference is the first entry in which two runs differ; nil stands for the
// end of one of them.
type difference struct {
	index       uint64
	left, right *entry
}

func (d *difference) show(w io.Writer, left, right string) {
	width := max(len(left), len(right))
	side := func(name, text string) {
		if text == "" {
			text = "nothing more"
		}
		fmt.Fprintf(w, "  %-*s  %s\n", width, name, text)
	}
	l, r := d.sides()
	side(left, l)
	side(right, r)
}

// sides shows both entries, "" for the end; of two waveforms also the first sample
// in which they differ.
func (d *difference) sides() (left, right string) {
	if d.left != nil {
		left = d.left.String()
	}
	if d.right != nil {
		right = d.right.String()
	}
	if d.left == nil || d.right == nil || d.left.block == nil || d.right.block == nil {
		return left, right
	}
	a, b := d.left.block, d.right.block
	i := firstSample(a, b)
	sample := func(x *devices.Block) string {
		if i >= len(x.Values) {
			return ""
		}
		return fmt.Sprintf("; sample %d, of %s, is %v", i+1, scenarios.ShowDuration(x.Start+sim.Time(i)*x.Step), x.Values[i])
	}
	return left + sample(a), right + sample(b)
}

// A witness is a sink that compares a run with a recording as it goes.
type witness struct {
	rec      *recording
	names    *devices.Channels
	index    uint64   // entries that were the same
	until    sim.Time // of the last of them
	diff     *difference
	over     error // how the recording ended, once it has
	expected entry
}

// Tap compares a reading.
func (w *witness) Tap(now sim.Time, r devices.Reading) {
	if w.diff != nil || w.over != nil {
		return
	}
	w.compare(entry{now: now, channel: w.names.Name(r.Channel), reading: r})
}

// Block compares a waveform.
func (w *witness) Block(now sim.Time, b devices.Block) {
	if w.diff != nil || w.over != nil {
		return
	}
	w.compare(blockEntry(now, w.names.Name(b.Channel), b))
}

// Value does nothing: what pipes put out follows from what came in.
func (w *witness) Value(sim.Time, devices.Reading) {}

// Event compares an event.
func (w *witness) Event(e twins.Event) {
	if w.diff != nil || w.over != nil || !covered(e.Kind) {
		return
	}
	w.compare(entry{now: e.At, event: e})
}

func (w *witness) compare(got entry) {
	if err := w.rec.next(&w.expected); err != nil {
		w.over = err
		if err == io.EOF { // it ended in order, so the run should have too
			w.diff = &difference{w.index, nil, &got}
		}
		return
	}
	if !w.expected.same(got) {
		left := w.expected
		w.diff = &difference{w.index, &left, &got}
		return
	}
	w.index++
	w.until = got.now
}

// end compares the end of the run with that of the recording.
func (w *witness) end() {
	if w.diff != nil || w.over != nil {
		return
	}
	if w.over = w.rec.next(&w.expected); w.over == nil {
		left := w.expected
		w.diff = &difference{w.index, &left, nil}
	}
}
