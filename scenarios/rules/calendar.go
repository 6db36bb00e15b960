package rules

import (
	"time"

	"github.com/twinsim/twinsim/sim"
)

// A Calendar says what the run's times mean to people. The zero value is UTC
// from the year 1.
type Calendar struct {
	Epoch time.Time      // calendar time of sim.Time 0
	Zone  *time.Location // nil is UTC
}

// field is what one of the calendar functions returns.
type field uint8

const (
	minute field = iota
	hour
	day
	weekday
	month
	dayofyear
	fields
)

var calendarFields = map[string]field{
	"minute": minute, "hour": hour, "day": day, "weekday": weekday, "month": month, "dayofyear": dayofyear,
}

// at returns the calendar time of now.
func (k Calendar) at(now sim.Time) time.Time {
	zone := k.Zone
	if zone == nil {
		zone = time.UTC
	}
	return k.Epoch.Add(time.Duration(now)).In(zone)
}

// next returns when the field can change next, after now. It may be early (a
// month is looked at every midnight, and everything when the clocks change),
// never late.
func (k Calendar) next(f field, now sim.Time) sim.Time {
	at := k.at(now)
	h, m, s := at.Clock()
	past := time.Duration(s)*time.Second + time.Duration(at.Nanosecond())
	step := time.Minute
	if f != minute {
		past += time.Duration(m) * time.Minute
		step = time.Hour
	}
	if f > hour {
		past += time.Duration(h) * time.Hour
		step = 24 * time.Hour
	}
	next := step - past
	if _, end := at.ZoneBounds(); !end.IsZero() {
		if d := end.Sub(at); d > 0 && d < next {
			next = d
		}
	}
	return now + sim.Time(next)
}

// clock is the calendar at the current minute, computed when first asked for.
type clock struct {
	calendar    Calendar
	from, until sim.Time // of the minute that value is for
	value       [fields]int
}

// refresh computes the fields for now.
func (k *clock) refresh(now sim.Time) {
	at := k.calendar.at(now)
	h, m, s := at.Clock()
	_, mon, d := at.Date()
	k.from = now - sim.Time(s)*sim.Second - sim.Time(at.Nanosecond())
	k.until = k.from + sim.Minute
	if start, end := at.ZoneBounds(); !start.IsZero() || !end.IsZero() {
		// Zones before about 1900 changed at odd seconds.
		if back := sim.Time(at.Sub(start)); !start.IsZero() && now-k.from > back {
			k.from = now - back
		}
		if ahead := sim.Time(end.Sub(at)); !end.IsZero() && k.until-now > ahead {
			k.until = now + ahead
		}
	}
	k.value = [fields]int{minute: m, hour: h, day: d, weekday: int(at.Weekday()), month: int(mon), dayofyear: at.YearDay()}
}
