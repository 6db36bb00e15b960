package scenarios

import (
	"time"

	"github.com/twinsim/twinsim/sim"
)

// A calendarClock strikes at times of the run that follow the calendar: daily
// at a time of day, whatever daylight saving does, or at equal spans.
type calendarClock struct {
	epoch time.Time // calendar time of run time 0, in the run's zone
	first time.Time // first strike
	days  int       // strikes so many days apart, at a time of day; or
	clock sim.Time  // the time of day
	every sim.Time  // so long apart; both 0 is once
	until sim.Time  // last strike; 0 is never
}

// at returns the time of the n-th strike, from 0, and false if there is none.
func (c *calendarClock) at(n int) (sim.Time, bool) {
	if n > 0 && c.days == 0 && c.every == 0 {
		return 0, false
	}
	when := c.first
	if c.days > 0 {
		when = onDay(when, n*c.days, c.clock, when.Location())
	}
	at := sim.Time(when.Sub(c.epoch)) + sim.Time(n)*c.every
	return at, c.until == 0 || at <= c.until
}

// before returns how many strikes lie before now.
func (c *calendarClock) before(now sim.Time) int {
	n := 0
	if first, ok := c.at(0); ok && first < now && c.days == 0 && c.every > 0 {
		n = int((now - first - 1) / c.every) // without a loop: it may be every second since 1970
	}
	for {
		at, ok := c.at(n)
		if !ok || at >= now {
			return n
		}
		n++
	}
}

// newClock returns the clock that at and every of a rule or an event describe.
// With a time of day alone, it strikes every day; every then counts in whole days.
func newClock(epoch time.Time, at Instant, every sim.Time) *calendarClock {
	c := &calendarClock{epoch: epoch, first: epoch}
	switch {
	case !at.Given():
		c.first = epoch.Add(time.Duration(every))
	case !at.Date.IsZero():
		c.first = at.Date
	default:
		c.first = epoch.Add(time.Duration(at.After))
		if at.HasClock {
			c.clock = at.Clock
			c.first = onDay(c.first, 0, at.Clock, c.first.Location())
			if !at.HasAfter && c.first.Before(epoch) {
				c.first = onDay(c.first, 1, at.Clock, c.first.Location())
			}
		}
	}
	daily := at.HasClock && !at.HasAfter
	switch {
	case daily && every == 0:
		c.days = 1
	case at.HasClock && every > 0 && every%sim.Day == 0:
		c.days = int(every / sim.Day)
	default:
		c.every = every
	}
	return c
}
