package rules

import (
	"math"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// A Context is a [State] made ready for evaluation at one instant after another.
// It belongs to one run; an [Expr] may be shared between runs.
type Context struct {
	mem      [2][]float64 // by Space: Values, Params
	at       [64]int      // bases: 0, then Channel, Param, Word of each twin of the instance
	flags    []devices.Quality
	heard    []sim.Time
	words    []string
	bad      devices.Quality
	now      sim.Time
	clock    clock
	late     bool    // clock has to be refreshed for now
	item     float64 // # of the innermost predicate
	err      *Error  // the first of the evaluation under way
	scratch  []float64
	machines map[*Expr]*machine
}

// NewContext returns a context at time 0.
func NewContext(s State) *Context {
	c := &Context{
		mem:   [2][]float64{s.Values, s.Params},
		flags: s.Flags, heard: s.Heard, words: s.Words, bad: s.Bad,
		clock: clock{calendar: s.Calendar},
	}
	c.Set(0)
	return c
}

// Set moves the context to the time now. It costs next to nothing.
func (c *Context) Set(now sim.Time) {
	c.now = now
	c.late = now < c.clock.from || now >= c.clock.until
}

// Now returns the time that was set last.
func (c *Context) Now() sim.Time { return c.now }

// field returns a field of the calendar now.
func (c *Context) field(f field) int {
	if c.late {
		c.refresh()
	}
	return c.clock.value[f]
}

func (c *Context) refresh() {
	c.clock.refresh(c.now)
	c.late = false
}

// fail notes an error; the first of an evaluation counts, as in expr.
func (c *Context) fail(err *Error) {
	if c.err == nil {
		c.err = err
	}
}

// A place is where an operand lies: c.mem[mem][c.at[base]+off].
type place struct {
	mem  uint8
	base uint8
	off  int32
}

// load is small enough to be inlined and has no branch: it serves absolute,
// relative and parameter slots alike.
func (p place) load(c *Context) float64 {
	return c.mem[p.mem&1][c.at[p.base&63]+int(p.off)]
}

// slot returns the slot of p under the bases of the evaluation under way.
func (p place) slot(c *Context) int { return c.at[p.base&63] + int(p.off) }

// usable reports whether the channel in p has a known value.
func (p place) usable(c *Context) bool { return c.flags[p.slot(c)]&c.bad == 0 }

// placeOf returns where ref lies.
func placeOf(ref Ref) place {
	p := place{mem: uint8(ref.Space), off: ref.Slot}
	if ref.Base >= 0 {
		p.base = uint8(1 + 3*ref.Base + int(ref.Space))
	}
	return p
}

// age returns how long the channel in p has been silent, in seconds.
func (p place) age(c *Context) float64 { return (c.now - c.heard[p.slot(c)]).Seconds() }

// whole converts a slot of type Whole. What no int can hold becomes the nearest
// one, NaN 0: Go leaves it to the processor.
func whole(x float64) int {
	switch {
	case x != x:
		return 0
	case x >= math.MaxInt:
		return math.MaxInt
	case x <= math.MinInt:
		return math.MinInt
	}
	return int(x)
}
