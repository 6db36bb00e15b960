package resource

import (
	"fmt"

	"github.com/twinsim/twinsim/sim"
)

// A Shift is a span with a capacity.
type Shift struct {
	From, To sim.Time // from From to just before To
	Capacity int64
}

// A Calendar says how much capacity there is when: shifts that come again every
// week (or Period), and exceptions. Of the shifts that cover an instant the last in
// the list counts, so a break is a shift with less capacity further down. An
// exception counts before all shifts of the week; of several the last one. Where
// nothing is said, the capacity is Otherwise.
//
// Times are spans of the run's time, without time zones: a day has 24 hours.
type Calendar struct {
	Period     sim.Time // 0 is 7 days
	Origin     sim.Time // when some week began, on the run's clock; may be before 0
	Week       []Shift  // on the clock of the week: from 0 to Period
	Exceptions []Shift  // on the run's clock: holidays, extra shifts
	Otherwise  int64
}

// Check says what is wrong with the calendar, or nil.
func (c *Calendar) Check() error {
	if c.Period < 0 || c.Otherwise < 0 || c.Otherwise >= noLimit {
		return fmt.Errorf("calendar: period %v, capacity %d otherwise; want 0 or more, a capacity below 2^62", c.Period, c.Otherwise)
	}
	for i, s := range c.Week {
		if s.From < 0 || s.From >= s.To || s.To > c.period() || s.Capacity < 0 || s.Capacity >= noLimit {
			return fmt.Errorf("calendar: shift %d from %v to %v with capacity %d; want 0 <= from < to <= %v, capacity 0 or more, below 2^62 (split a shift that goes on into the next period)",
				i+1, s.From, s.To, s.Capacity, c.period())
		}
	}
	for i, s := range c.Exceptions {
		if s.From >= s.To || s.Capacity < 0 || s.Capacity >= noLimit {
			return fmt.Errorf("calendar: exception %d from %v to %v with capacity %d; want from < to, capacity 0 or more, below 2^62", i+1, s.From, s.To, s.Capacity)
		}
	}
	return nil
}

func (c *Calendar) period() sim.Time {
	if c.Period == 0 {
		return 7 * sim.Day
	}
	return c.Period
}

// clock returns how far into its week t is.
func (c *Calendar) clock(t sim.Time) sim.Time {
	p := c.period()
	// Each is brought into the week first, so that the difference can't overflow.
	return ((t%p-c.Origin%p)%p + p) % p
}

// At returns the capacity at time t.
func (c *Calendar) At(t sim.Time) int64 {
	for i := len(c.Exceptions) - 1; i >= 0; i-- {
		if s := &c.Exceptions[i]; s.From <= t && t < s.To {
			return s.Capacity
		}
	}
	at := c.clock(t)
	for i := len(c.Week) - 1; i >= 0; i-- {
		if s := &c.Week[i]; s.From <= at && at < s.To {
			return s.Capacity
		}
	}
	return c.Otherwise
}

// Next returns the first time after t at which the capacity changes, or
// [sim.Never] if it doesn't.
func (c *Calendar) Next(t sim.Time) sim.Time {
	now := c.At(t)
	limit := t.Plus(c.period()) // a week without a change has none after it
	for _, s := range c.Exceptions {
		if s.To > t {
			limit = max(limit, s.To.Plus(c.period()))
		}
	}
	for t = c.edge(t); t < sim.Never && t <= limit; t = c.edge(t) {
		if c.At(t) != now {
			return t
		}
	}
	return sim.Never
}

// edge returns the first time after t at which a shift begins or ends.
func (c *Calendar) edge(t sim.Time) sim.Time {
	first := sim.Never
	at, p := c.clock(t), c.period()
	consider := func(span sim.Time) { // until an edge, on the clock of the week
		if span <= 0 {
			span += p
		}
		first = min(first, t.Plus(span))
	}
	for _, s := range c.Week {
		consider(s.From - at)
		consider(s.To - at)
	}
	for _, s := range c.Exceptions {
		if s.From > t {
			first = min(first, s.From)
		}
		if s.To > t {
			first = min(first, s.To)
		}
	}
	return first
}

// Daily returns a shift on each of the given days of a week whose first day is
// 0, from and to as spans since midnight. It is one row of a plan: append
// several to [Calendar.Week].
func Daily(from, to sim.Time, capacity int64, days ...int) []Shift {
	all := make([]Shift, len(days))
	for i, d := range days {
		start := sim.Time(d) * sim.Day
		all[i] = Shift{start + from, start + to, capacity}
	}
	return all
}
