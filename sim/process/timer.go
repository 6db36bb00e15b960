package process

import (
	"fmt"

	"github.com/twinsim/twinsim/sim"
)

// An alarm is what is in the queue of the run for others than processes.
type alarm interface {
	fmt.Stringer
	fire()
	forget() // its event is gone
}

// enqueue puts an alarm in the queue.
func (env *Env) enqueue(a alarm, at sim.Time) (place int32, h sim.Handle) {
	if n := len(env.lull) - 1; n >= 0 {
		place = env.lull[n]
		env.lull = env.lull[:n]
		env.alarms[place] = a
	} else {
		place = int32(len(env.alarms))
		env.alarms = append(env.alarms, a)
	}
	return place, env.schedule(sim.Event{At: at, Rank: env.rank, To: env.id, Kind: kindAlarm, Arg: uint64(place)})
}

func (env *Env) vacate(place int32) {
	env.alarms[place] = nil
	env.lull = append(env.lull, place)
}

// A Timer calls a function when its time has come, unless it is set again or
// stopped before: a watchdog. It is one event in the queue of the run while it is
// set, and none otherwise, however often it is set.
type Timer struct {
	env    *Env
	name   string
	f      func() error
	at     sim.Time // when it goes off
	queued sim.Time // when its event is, not later
	place  int32
	handle sim.Handle
}

// NewTimer returns a timer that is not set. The name is for errors; an error of
// f ends the run. To stop a process, let f interrupt it.
func (env *Env) NewTimer(name string, f func() error) *Timer {
	return &Timer{env: env, name: name, f: f}
}

// Set makes it go off d from now, and not when it was set to before.
//
// To put it off costs nothing: its event stays where it is and moves on when
// its turn comes. Of one instant, a timer goes off in the order of that move.
func (t *Timer) Set(d sim.Time) error {
	if d < 0 {
		return fmt.Errorf("process: timer %s is set to %v; a delay must not be negative", t.name, d)
	}
	t.at = t.env.sim.Now().Plus(d)
	if t.handle != 0 && t.queued <= t.at {
		return nil
	}
	t.Stop()
	t.enqueue()
	return nil
}

func (t *Timer) enqueue() {
	t.queued = t.at
	t.place, t.handle = t.env.enqueue(t, t.at)
}

// Stop makes it not go off, and reports whether it was set.
func (t *Timer) Stop() bool {
	if t.handle == 0 {
		return false
	}
	t.env.sim.Cancel(t.handle)
	t.env.vacate(t.place)
	t.handle = 0
	return true
}

// String returns the name.
func (t *Timer) String() string { return "timer " + t.name }

func (t *Timer) forget() { t.handle = 0 }

func (t *Timer) fire() {
	t.env.vacate(t.place)
	t.handle = 0
	if t.at > t.env.sim.Now() {
		t.enqueue()
		return
	}
	if err := t.f(); err != nil {
		t.env.stop(fmt.Errorf("timer %s: %w", t.name, err))
	}
}
