package sim

import (
	"fmt"
	"math"
	"time"
)

// Time is a point in simulated time or a span of it, in nanoseconds. As a point
// it counts from the run's epoch; what the epoch means on a calendar is the
// business of whoever reads it. An int64 reaches 292 years.
type Time int64

// Spans.
const (
	Nanosecond  Time = 1
	Microsecond      = 1000 * Nanosecond
	Millisecond      = 1000 * Microsecond
	Second           = 1000 * Millisecond
	Minute           = 60 * Second
	Hour             = 60 * Minute
	Day              = 24 * Hour
)

// Never is later than any event.
const Never Time = math.MaxInt64

// Seconds returns t in seconds.
func (t Time) Seconds() float64 { return float64(t) / float64(Second) }

// Days returns t in days.
func (t Time) Days() float64 { return float64(t) / float64(Day) }

// String formats t as a duration, such as "1h30m0s".
func (t Time) String() string {
	if t == Never {
		return "never"
	}
	return time.Duration(t).String()
}

// Plus returns t + span, or Never if that is beyond all time. A span that a user
// may have written as "for ever" is added with it.
func (t Time) Plus(span Time) Time {
	if span > 0 && t > Never-span {
		return Never
	}
	return t + span
}

// FromSeconds converts a span in seconds, rounding to the nearest nanosecond.
// NaN, infinities and spans beyond 292 years are errors, so that a bad delay
// can't become a time.
func FromSeconds(seconds float64) (Time, error) {
	ns := math.Round(seconds * 1e9)
	if !(ns >= math.MinInt64 && ns < math.MaxInt64) {
		return 0, fmt.Errorf("sim: %v s is not a span of time: want a number between -9.2e9 and 9.2e9", seconds)
	}
	return Time(ns), nil
}
