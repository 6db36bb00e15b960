package twins

import (
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// Unseen is the arrival time of a channel that no reading came on yet; its quality is Missing.
const Unseen sim.Time = 0

// A State is what is known of all twins of a run: by channel, the last usable
// value and how it came. Rules and models see it, never the plant.
type State struct {
	Value   []float64         // in the channel's unit; the last usable one
	Arrived []sim.Time        // when the last usable reading came; Unseen before
	Quality []devices.Quality // of the last reading, usable or not; Missing before the first
	Known   []bool            // a usable reading has come
}

func newState(channels int) State {
	s := State{
		Value:   make([]float64, channels),
		Arrived: make([]sim.Time, channels),
		Quality: make([]devices.Quality, channels),
		Known:   make([]bool, channels),
	}
	s.reset()
	return s
}

// reset makes every channel one that no reading came on yet.
func (s *State) reset() {
	for i := range s.Value {
		s.Value[i], s.Arrived[i], s.Quality[i] = 0, Unseen, devices.Missing
		s.Known[i] = false
	}
}

// set takes a reading over. A missing one changes the quality only.
func (s *State) set(now sim.Time, r devices.Reading) {
	c := r.Channel
	if !r.Quality.Usable() {
		s.Quality[c] = r.Quality | s.Quality[c]&devices.Stale // only a value ends silence
		return
	}
	s.Quality[c] = r.Quality
	s.Value[c], s.Arrived[c], s.Known[c] = r.Value, now, true
}

// blank reports whether nothing at all came on a channel.
func (s *State) blank(c devices.ChannelID) bool {
	return !s.Known[c] && s.Quality[c] == devices.Missing
}

// Counts says how many readings came and what is known against them. A reading
// with two flags counts under both.
type Counts struct {
	Readings uint64
	Good     uint64
	Flags    [16]uint64 // by bit of devices.Quality
}

func (c *Counts) add(q devices.Quality) {
	c.Readings++
	if q == devices.Good {
		c.Good++
		return
	}
	for i := 0; q != 0; i, q = i+1, q>>1 {
		if q&1 != 0 {
			c.Flags[i]++
		}
	}
}

// Map returns the counts by name: "good" and every flag that occurred.
func (c *Counts) Map() map[string]uint64 {
	m := map[string]uint64{"good": c.Good}
	for i, name := range devices.QualityNames() {
		if c.Flags[i] > 0 {
			m[name] = c.Flags[i]
		}
	}
	return m
}
