package replay

import (
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
