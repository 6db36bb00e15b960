package twins

import (
	"errors"
	"fmt"
	"math"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Sink looks on: at what comes in, what is made of it, and what happens. It
// gets values only, so it can't disturb a run.
type Sink interface {
	// Tap is called with every reading at the entry of Ingest. What all taps of a
	// run got is its recording.
	Tap(now sim.Time, r devices.Reading)
	// Value is called with what a pipe put out, and with what a fault after the tap
	// made of a reading.
	Value(now sim.Time, r devices.Reading)
	// Event is called with firings, commands, alarms and the truth of faults.
	Event(e Event)
}

// A BlockSink is a sink that also looks at waveforms.
type BlockSink interface {
	// Block is called with every block at the entry of IngestBlock. Its values
	// must not be kept.
	Block(now sim.Time, b devices.Block)
}

// A Watcher is told whenever the state of a channel changed; the rules are one.
type Watcher interface {
	Changed(c devices.ChannelID)
}

// A Distortion is what faults make of a reading after the tap, over replayed or
// live data. The ordinal counts the readings tapped on that channel.
type Distortion func(now sim.Time, ordinal uint64, r devices.Reading) devices.Reading

// A Hub is where the twins of a run take what the devices say. Every reading of
// every source passes Ingest: tap, pipe, state, rules.
type Hub struct {
	State   State
	Tapped  Counts // at the entry
	Cleaned Counts // what pipes put out
	Alarms  uint64 // raised
	Blocks  uint64 // waveforms that came in

	sim      *sim.Sim
	channels *devices.Channels
	digest   Digest
	sinks    []Sink
	watcher  Watcher
	entries  []entry // by channel
	distort  map[devices.ChannelID]*distorted
	stale    staleness
	orders   orders
	alarms   alarms
	held     []holder
	gone     int // channels and alarms of the loaded state that this run does not have
}

// An entry is the way of a channel's readings behind the tap.
type entry struct {
	pipe func(devices.Reading) // nil is straight to the state
	raw  bool                  // the state takes what came in, too: the pipe's result has another name
}

type distorted struct {
	by      Distortion
	Ordinal uint64
}

// NewHub returns a hub for the channels of a run. It adds its own actors to s
// and hands its state to Keep.
func NewHub(s *sim.Sim, channels *devices.Channels, sinks ...Sink) (*Hub, error) {
	n := channels.Len()
	h := &Hub{
		State: newState(n), sim: s, channels: channels, digest: newDigest(n), sinks: sinks,
		entries: make([]entry, n), distort: make(map[devices.ChannelID]*distorted),
	}
	h.stale.hub, h.orders.hub = h, h
	var err error
	if h.stale.id, err = s.Add("twins/stale", &h.stale); err != nil {
		return nil, err
	}
	if h.orders.id, err = s.Add("twins/orders", &h.orders); err != nil {
		return nil, err
	}
	return h, errors.Join(
		s.Keep("twins/hub", (*hubState)(h)),
		s.Keep("twins/orders", &h.orders),
	)
}

// Watch makes w the one that is told of changes.
func (h *Hub) Watch(w Watcher) { h.watcher = w }

// AddSink makes k look on.
func (h *Hub) AddSink(k Sink) { h.sinks = append(h.sinks, k) }

// Distort makes d act on the readings of a channel after the tap.
func (h *Hub) Distort(c devices.ChannelID, d Distortion) { h.distort[c] = &distorted{by: d} }

// Ingest takes a reading, whatever its source. It must be called on the run's
// goroutine, in an event of sim.RankInput.
func (h *Hub) Ingest(r devices.Reading) {
	now := h.sim.Now()
	if r.Value-r.Value != 0 { // NaN or infinite: no value, whoever sent it
		r.Value, r.Quality = 0, r.Quality|devices.Missing|devices.Suspect
	}
	h.digest.tap(now, r, h.channels)
	h.Tapped.add(r.Quality)
	for _, k := range h.sinks {
		k.Tap(now, r)
	}
	e := &h.entries[r.Channel]
	if len(h.distort) > 0 {
		if d := h.distort[r.Channel]; d != nil {
			r = d.by(now, d.Ordinal, r)
			d.Ordinal++
			if e.pipe == nil || e.raw {
				for _, k := range h.sinks {
					k.Value(now, r)
				}
			}
		}
	}
	if e.pipe == nil || e.raw {
		h.set(now, r)
	}
	if e.pipe != nil {
		e.pipe(r)
	}
}

// IngestBlock takes a waveform, at the time of its last sample. It is tapped
// like a reading; the channel's state becomes the last sample. Pipes and faults
// are for readings: a channel with one takes no blocks.
func (h *Hub) IngestBlock(b devices.Block) error {
	now := h.sim.Now()
	switch {
	case len(b.Values) == 0 || b.Step <= 0:
		return fmt.Errorf("twins: block on %s with %d values %v apart; want some, and a step above 0", h.channels.Name(b.Channel), len(b.Values), b.Step)
	case b.End() > now:
		return fmt.Errorf("twins: block on %s ends at %v, it is %v; hand it over at its last sample", h.channels.Name(b.Channel), b.End(), now)
	case h.entries[b.Channel].pipe != nil || h.distort[b.Channel] != nil:
		return fmt.Errorf("twins: %s takes waveforms, which pass no pipe and no fault yet; take those off it", h.channels.Name(b.Channel))
	}
	for i, v := range b.Values {
		if v-v != 0 {
			return fmt.Errorf("twins: block on %s: value %d is %v; leave out what is missing", h.channels.Name(b.Channel), i, v)
		}
	}
	h.digest.block(now, b, h.channels)
	h.Blocks++
	for _, k := range h.sinks {
		if k, ok := k.(BlockSink); ok {
			k.Block(now, b)
		}
	}
	h.set(now, devices.Reading{At: b.End(), Value: b.Values[len(b.Values)-1], Channel: b.Channel})
	return nil
}

// Replaced reports whether a pipe or a fault puts its result in the place of the
// readings of a channel.
func (h *Hub) Replaced(c devices.ChannelID) bool {
	return h.entries[c].pipe != nil && !h.entries[c].raw || h.distort[c] != nil
}

// put takes what a pipe put out on its channel.
func (h *Hub) put(r devices.Reading) {
	now := h.sim.Now()
	h.Cleaned.add(r.Quality)
	for _, k := range h.sinks {
		k.Value(now, r)
	}
	h.set(now, r)
}

func (h *Hub) set(now sim.Time, r devices.Reading) {
	h.State.set(now, r)
	h.stale.arm(now, r.Channel)
	if h.watcher != nil {
		h.watcher.Changed(r.Channel)
	}
}

// Set makes a rule's result the value of a channel. What is no finite number is
// a missing value.
func (h *Hub) Set(c devices.ChannelID, value float64) {
	r := devices.Reading{At: h.sim.Now(), Channel: c, Value: value}
	if !(math.Abs(value) <= math.MaxFloat64) {
		r.Value, r.Quality = 0, devices.Missing|devices.Suspect
	}
	h.put(r)
}

// Note passes an event to the sinks without making it part of the digest: the
// truth of faults, what the plant did.
func (h *Hub) Note(e Event) {
	for _, k := range h.sinks {
		k.Event(e)
	}
}

// Record passes an event to the sinks and makes it part of the digest: rule
// firings, commands, alarms.
func (h *Hub) Record(e Event) {
	h.digest.event(e)
	h.Note(e)
}

// Digest returns the digest of all that was recorded so far, in hexadecimal.
func (h *Hub) Digest() string { return h.digest.Sum() }

// Channels returns the channels of the run.
func (h *Hub) Channels() *devices.Channels { return h.channels }
