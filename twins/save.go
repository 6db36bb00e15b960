package twins

import (
	"fmt"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// hubVersion is the format of savedHub.
const hubVersion = 1

// hubState is a hub that saves and loads itself: by channel name, since a fork
// may number channels otherwise.
type hubState Hub

type savedHub struct {
	Channels        []savedChannel
	Tapped, Cleaned Counts
	Alarms, Blocks  uint64
	Digest          []byte
	Taps            int32
	Up              []string // names of the alarms that are up
	Stale           []savedSilence
}

type savedChannel struct {
	Name    string
	Value   float64 // in the channel's unit
	Arrived sim.Time
	Quality devices.Quality
	Known   bool
	Tap     int32  // in the digest
	Ordinal uint64 // of distortions
}

// MarshalBinary returns the state of the hub.
func (v *hubState) MarshalBinary() ([]byte, error) {
	h := (*Hub)(v)
	out := savedHub{
		Tapped: h.Tapped, Cleaned: h.Cleaned, Alarms: h.Alarms, Blocks: h.Blocks,
		Taps: h.digest.taps, Stale: h.stale.save(),
	}
	var err error
	if out.Digest, err = h.digest.save(); err != nil {
		return nil, err
	}
	for i := range h.State.Value {
		c := devices.ChannelID(i)
		if h.State.blank(c) && h.digest.indexOf[i] == 0 {
			continue
		}
		s := savedChannel{
			Name: h.channels.Name(c), Value: h.State.Value[i],
			Arrived: h.State.Arrived[i], Quality: h.State.Quality[i], Known: h.State.Known[i], Tap: h.digest.indexOf[i],
		}
		if d := h.distort[c]; d != nil {
			s.Ordinal = d.Ordinal
		}
		out.Channels = append(out.Channels, s)
	}
	for i, up := range h.alarms.Up {
		if up {
			out.Up = append(out.Up, h.alarms.names[i])
		}
	}
	return Marshal(hubVersion, out)
}

// UnmarshalBinary puts the hub into a saved state; channels and alarms that are
// no longer there are passed over and counted.
func (v *hubState) UnmarshalBinary(data []byte) error {
	h := (*Hub)(v)
	var in savedHub
	if err := Unmarshal(data, hubVersion, &in); err != nil {
		return fmt.Errorf("twins: hub: %w", err)
	}
	if err := h.digest.load(in.Digest); err != nil {
		return fmt.Errorf("twins: the saved digest is damaged: %w", err)
	}
	h.digest.taps = in.Taps
	h.Tapped, h.Cleaned, h.Alarms, h.Blocks = in.Tapped, in.Cleaned, in.Alarms, in.Blocks
	h.State.reset() // in place: rules hold the slices
	clear(h.digest.indexOf)
	h.gone = 0
	for _, s := range in.Channels {
		c, ok := h.channels.Lookup(s.Name)
		if !ok {
			h.gone++
			continue
		}
		h.State.Value[c], h.State.Arrived[c] = s.Value, s.Arrived
		h.State.Quality[c], h.State.Known[c], h.digest.indexOf[c] = s.Quality, s.Known, s.Tap
		if d := h.distort[c]; d != nil {
			d.Ordinal = s.Ordinal
		}
	}
	up := make(map[string]bool, len(in.Up))
	for _, name := range in.Up {
		up[name] = true
	}
	h.gone += len(up)
	for i, name := range h.alarms.names {
		if h.alarms.Up[i] = up[name]; up[name] {
			h.gone--
		}
	}
	h.stale.load(in.Stale)
	return nil
}

// Dropped returns how many channels and alarms the loaded state had that this run
// does not have.
func (v *hubState) Dropped() int { return v.gone }
