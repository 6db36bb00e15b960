package hil

import (
	"context"
	"math"
	"sync/atomic"
	"time"

	"github.com/twinsim/twinsim/sim"
)

// A Wall is the clock of a run that keeps to real time, or a multiple of it.
// The first Wait anchors it; every later instant is measured from that anchor,
// so that small delays do not add up to a drift. The zero Wall runs at real
// time from the run's epoch. It belongs to the goroutine of the run, but for
// Show; its fields are not to be changed after the first Wait.
type Wall struct {
	// Speed is how many simulated seconds pass in one real second; 0 is 1.
	Speed float64
	// From is the simulated time that the anchor stands for: 0 for a new run,
	// Now of a run that was loaded.
	From sim.Time
	// Slack is how late an instant may be before it counts as late; 0 is 1 ms.
	Slack time.Duration

	anchor atomic.Pointer[time.Time]
	timer  *time.Timer
	lag    Lag
	last   sim.Time // instant that the last step was for
	late   bool     // it was counted as late
}

// Lag is how well a wall clock kept time. An instant that many events share is
// one step.
type Lag struct {
	Steps uint64        // instants that were waited for
	Late  uint64        // of these, reached later than the slack allows
	Max   time.Duration // the longest delay, in real time
	MaxAt sim.Time      // the instant it happened at
}

const defaultSlack = time.Millisecond

// Wait returns when the wall clock has reached at, when wake has something, or
// when ctx ends. An instant that has passed already is returned at once, with
// the time that the clock shows.
func (w *Wall) Wait(ctx context.Context, at sim.Time, wake <-chan struct{}) (sim.Time, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	anchor := w.anchor.Load()
	if anchor == nil {
		now := time.Now()
		anchor = &now
		w.anchor.Store(anchor)
		w.last = -1
	}
	elapsed := time.Since(*anchor)
	due := w.real(at)
	if elapsed >= due {
		return w.reached(at, elapsed, due), nil
	}
	var alarm <-chan time.Time
	if due != math.MaxInt64 {
		alarm = w.alarm(due - elapsed)
	}
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-wake:
	case <-alarm:
	}
	elapsed = time.Since(*anchor)
	if elapsed >= due {
		return w.reached(at, elapsed, due), nil
	}
	return min(w.simulated(elapsed), at-1), nil
}

// Show returns the time that the clock shows; From before the first Wait. Any
// goroutine may call it: posts are stamped with it as they arrive.
func (w *Wall) Show() sim.Time {
	anchor := w.anchor.Load()
	if anchor == nil {
		return w.From
	}
	return w.simulated(time.Since(*anchor))
}

// Lag returns how well the clock has kept time so far.
func (w *Wall) Lag() Lag { return w.lag }

// reached counts a step and returns what the clock shows, which rounding must
// not let fall short of at.
func (w *Wall) reached(at sim.Time, elapsed, due time.Duration) sim.Time {
	lag := elapsed - due
	if at != w.last {
		w.last, w.late = at, false
		w.lag.Steps++
	}
	if lag > w.lag.Max {
		w.lag.Max, w.lag.MaxAt = lag, at
	}
	slack := w.Slack
	if slack == 0 {
		slack = defaultSlack
	}
	if lag > slack && !w.late {
		w.late = true
		w.lag.Late++
	}
	return max(at, w.simulated(elapsed))
}

// alarm sets the one timer of the clock.
func (w *Wall) alarm(d time.Duration) <-chan time.Time {
	if w.timer == nil {
		w.timer = time.NewTimer(d)
	} else {
		w.timer.Reset(d)
	}
	return w.timer.C
}

func (w *Wall) speed() float64 {
	if w.Speed <= 0 {
		return 1
	}
	return w.Speed
}

// real returns how long after the anchor the clock shows at; MaxInt64 for
// never, or for later than can be told.
func (w *Wall) real(at sim.Time) time.Duration {
	span := at - w.From
	if at == sim.Never || span < 0 && at > w.From {
		return math.MaxInt64
	}
	speed := w.speed()
	if speed == 1 {
		return time.Duration(span)
	}
	ns := math.Ceil(float64(span) / speed)
	if ns >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(ns)
}

// simulated returns the time that the clock shows a while after the anchor.
func (w *Wall) simulated(elapsed time.Duration) sim.Time {
	speed := w.speed()
	if speed == 1 {
		return w.From + sim.Time(elapsed)
	}
	span := math.Floor(float64(elapsed) * speed)
	if span >= float64(sim.Never-w.From) {
		return sim.Never - 1
	}
	return w.From + sim.Time(span)
}
