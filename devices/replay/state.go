package replay

import (
	"fmt"
	"slices"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Row is what one row of the file says.
type Row struct {
	At       sim.Time          // the stamp, in run time
	Arrival  sim.Time          // max(At, Arrival of the row before)
	Number   int64             // of the row, from 0, without comments and empty rows
	Line     int64             // in the file, from 1
	Readings []devices.Reading // one a column, in the order of the config; reused by the next call
}

// State is all that changes while a file is read: the place in it, the clocks
// and the counters. It is plain data, so that it can be saved.
type State struct {
	Begun    bool  // the heading was passed
	Done     bool  // the file has ended
	Offset   int64 // byte in the unpacked file at which the next row begins
	Line     int64 // its line
	Ordinal  int64 // Number of the next row
	HasEpoch bool
	Epoch    int64    // ns since 1970 of the stamp at Config.Start
	From     sim.Time // rows before it are left out until a row has come
	HasRow   bool     // a row has come
	Arrival  sim.Time // of the latest row
	Clocks   []Clock  // by group of columns with one Match
	Counters Counters
	Problems []Problem // the first few
	Waiting  bool      // Pending was read and not yet handed on
	Pending  Row
}

// Clone returns a copy that shares nothing with s.
func (s *State) Clone() State {
	c := *s
	c.Clocks = slices.Clone(s.Clocks)
	c.Problems = slices.Clone(s.Problems)
	c.Pending.Readings = slices.Clone(s.Pending.Readings)
	return c
}

// StartNamed is [Source.Start], but a snapshot has the row that waits by the names
// of channels, and the clocks by Match: it can be loaded into a run that numbers its
// channels otherwise, or replays fewer or more of them.
func (s *Source) StartNamed(run *sim.Sim, emit devices.Emit, channels *devices.Channels) error {
	a := &player{source: s, r: s.r, emit: emit}
	id, err := run.Add(s.name, a)
	if err != nil {
		return err
	}
	a.id = id
	return run.Keep(s.name, &named{r: s.r, channels: channels})
}

// named is a reader's state that saves and loads itself.
type named struct {
	r        *Reader
	channels *devices.Channels
	gone     int // readings and clocks of the loaded state without a place
}

type savedState struct {
	State   State
	Names   []string // of the channels, by State.Pending.Readings
	Matches []string // by State.Clocks
}

// MarshalBinary returns the state.
func (v *named) MarshalBinary() ([]byte, error) {
	out := savedState{State: v.r.st.Clone()}
	if !out.State.Waiting {
		out.State.Pending = Row{}
	}
	for i := range out.State.Pending.Readings {
		x := &out.State.Pending.Readings[i]
		out.Names = append(out.Names, v.channels.Name(x.Channel))
		x.Channel = 0
	}
	for i := range out.State.Clocks {
		out.Matches = append(out.Matches, v.r.groups[i].match)
	}
	return sim.Marshal(&out)
}

// UnmarshalBinary puts the reader into a saved state. What is of no column of this
// reader is passed over and counted; new columns begin with the next row.
func (v *named) UnmarshalBinary(data []byte) error {
	var in savedState
	err := sim.Unmarshal(data, &in)
	if n := len(in.State.Pending.Readings); err == nil && (n != len(in.Names) || len(in.State.Clocks) != len(in.Matches)) {
		err = fmt.Errorf("%d names for %d readings, %d for %d clocks", len(in.Names), n, len(in.Matches), len(in.State.Clocks))
	}
	if err != nil {
		return fmt.Errorf("replay: %s: the saved state is damaged: %w", v.r.cfg.label(), err)
	}
	readings, clocks := v.place(&in)
	v.gone = len(in.Names) - len(readings) + len(in.Matches)
	for i := range v.r.groups {
		if slices.Contains(in.Matches, v.r.groups[i].match) {
			v.gone--
		}
	}
	*v.r.st = in.State
	v.r.st.Pending.Readings, v.r.st.Clocks = readings, clocks
	return nil
}

// place puts the waiting readings and the clocks in the order of this reader's
// columns.
func (v *named) place(in *savedState) (readings []devices.Reading, clocks []Clock) {
	waiting := make(map[string][]devices.Reading, len(in.Names))
	for i, name := range in.Names {
		waiting[name] = append(waiting[name], in.State.Pending.Readings[i])
	}
	old := make(map[string]int, len(in.Matches))
	for i, match := range in.Matches {
		old[match] = i
	}
	if len(in.Matches) > 0 { // else the file was not yet read
		clocks = make([]Clock, len(v.r.groups))
	}
	for i := range v.r.groups {
		g := &v.r.groups[i]
		if k, ok := old[g.match]; ok {
			clocks[i] = in.State.Clocks[k]
		}
		for _, c := range g.columns {
			name := v.channels.Name(c.channel)
			if list := waiting[name]; len(list) > 0 {
				waiting[name] = list[1:]
				list[0].Channel = c.channel
				readings = append(readings, list[0])
			}
		}
	}
	return readings, clocks
}

// Dropped returns how many readings and clocks of the loaded state this reader has
// no column for.
func (v *named) Dropped() int { return v.gone }

// recall is how many stamps a clock remembers, to tell a repeated stamp from
// one that is merely early.
const recall = 64

// A Clock is what is known of the stamps of a group of columns.
type Clock struct {
	Count  int64            // stamps later than all before
	Recent [recall]sim.Time // the last of them, Recent[(Count-1)%recall] being the latest
}

// latest returns the latest stamp; Count must not be 0.
func (c *Clock) latest() sim.Time { return c.Recent[uint64(c.Count-1)%recall] }

func (c *Clock) advance(at sim.Time) {
	c.Recent[uint64(c.Count)%recall] = at
	c.Count++
}

// late says what is wrong with a stamp that is not later than the latest.
func (c *Clock) late(at sim.Time) devices.Quality {
	var q devices.Quality
	if at < c.latest() {
		q = devices.Disordered
	}
	for _, t := range c.Recent[:min(c.Count, recall)] {
		if t == at {
			q |= devices.Repeated
			break
		}
	}
	return q
}
