package cli

import (
	"fmt"
	"io"
	"math"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/report"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// An entry is one thing that a digest covers: a reading at the tap, or a
// firing, a command or an alarm.
type entry struct {
	now     sim.Time
	channel string // of a reading; "" for an event
	reading devices.Reading
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
	if e.channel == "" {
		return e.event.Kind == o.event.Kind && e.event.Twin == o.event.Twin && e.event.Name == o.event.Name &&
			math.Float64bits(e.event.Value) == math.Float64bits(o.event.Value) && e.event.Span == o.event.Span
	}
	a, b := e.reading, o.reading
	return a.At == b.At && a.Quality == b.Quality && math.Float64bits(a.Value) == math.Float64bits(b.Value)
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
			var sum float64 // enough to see a difference
			for _, v := range rec.Block.Values {
				sum += v
			}
			*e = entry{now: rec.Now, channel: r.Channels()[rec.Block.Channel].Name,
				reading: devices.Reading{At: rec.Block.Start, Value: sum, Tag: devices.Tag{Seq: uint32(len(rec.Block.Values))}}}
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

// A difference is the first entry in which two runs differ; nil stands for the
// end of one of them.
type difference struct {
	index       uint64
	left, right *entry
}

func (d *difference) show(w io.Writer, left, right string) {
	width := max(len(left), len(right))
	side := func(name string, e *entry) {
		if e == nil {
			fmt.Fprintf(w, "  %-*s  nothing more\n", width, name)
			return
		}
		fmt.Fprintf(w, "  %-*s  %v\n", width, name, e)
	}
	side(left, d.left)
	side(right, d.right)
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
