package process

import (
	"fmt"
	"slices"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/resource"
)

// A Process is a handle of a process: small, to be copied and compared. It names
// this process for ever, also when that has ended; the zero Process names none.
type Process struct {
	r  *record
	id uint64 // serial number; the record may be another process's by now
}

// A record is what an Env knows of a process.
type record struct {
	env        *Env
	id         uint64
	runs       uint64 // id while the body runs and its next wait may begin
	next       func() (struct{}, bool)
	yield      func(struct{}) bool
	co         *coro
	index      int32 // in env.records
	seq        uint32
	state      state
	spawned    bool // the record is used again
	kept       bool // but not: a Combined is going to look at it
	dying      bool
	special    bool       // it is resumed for another reason than the end of its wait
	gone       bool       // it left its wait before that was over
	sealed     bool       // what it waited for can't be undone, so interrupts wait
	timer      sim.Handle // what is in the queue for it
	deadline   sim.Time   // of a Wait
	since      sim.Time   // when it began to wait
	on         waitee     // what it waits for; nil is time alone
	claim      resource.Claim
	wake       error // what the wait is to return
	interrupts []*Interrupted
	node       node
	done       event
	err        error
	name       string
	fn         func(Process) error
}

type state uint8

const (
	created state = iota
	waiting
	running // or on the way: it killed somebody who is running
	over
)

// A waitee is what a process waits for.
type waitee interface {
	// leave is told that r waits no longer, because of an interrupt, of
	// impatience or of its death: r leaves the line, or what it was given
	// goes back.
	leave(r *record)
	fmt.Stringer
}

// Go starts a process: fn runs as soon as the process that calls Go waits,
// before any other event. An error that fn returns goes to those who join it;
// if nobody does at that instant, it ends the run. The name is for errors and reports.
//
// The handle keeps the result for as long as somebody has it. See Spawn for
// crowds of short-lived processes.
func (env *Env) Go(name string, fn func(Process) error) Process {
	return env.start(new(record), name, fn)
}

// Spawn is Go for crowds: it does not allocate when ended processes are there
// whose place it can take. In return the result goes to those only who already
// wait when it ends; for later ones it is [ErrEnded].
func (env *Env) Spawn(name string, fn func(Process) error) Process {
	var r *record
	if n := len(env.spent) - 1; n >= 0 {
		r = env.spent[n]
		env.spent = env.spent[:n]
		*r = record{seq: r.seq, interrupts: r.interrupts[:0]}
	} else {
		r = new(record)
	}
	r.spawned = true
	return env.start(r, name, fn)
}

func (env *Env) start(r *record, name string, fn func(Process) error) Process {
	env.serial++
	r.env, r.id, r.name, r.fn = env, env.serial, name, fn
	r.done.env, r.done.self = env, r
	r.since = env.sim.Now()
	p := Process{r, r.id}
	if env.closed || fn == nil {
		r.state, r.err = over, ErrClosed
		if fn == nil {
			r.err = fmt.Errorf("process: %q has no body; give Go a function", name)
		}
		if !env.closed {
			r.done.trigger(r.failure(), false)
		} else {
			r.done.state, r.done.err, r.done.defused = failed, r.failure(), true
		}
		return p
	}
	if n := len(env.free) - 1; n >= 0 {
		r.index = env.free[n]
		env.free = env.free[:n]
		env.records[r.index] = r
	} else {
		r.index = int32(len(env.records))
		env.records = append(env.records, r)
	}
	env.live++
	env.hurry(r)
	return p
}

// A Task is a process with a value.
type Task[T any] struct {
	Process
	value T
}

// Go starts a process whose body returns a value.
func Go[T any](env *Env, name string, fn func(Process) (T, error)) *Task[T] {
	t := new(Task[T])
	t.Process = env.Go(name, func(p Process) error {
		v, err := fn(p)
		t.value = v
		return err
	})
	return t
}

// Join waits until the task has ended and returns what its body returned.
func (t *Task[T]) Join(p Process) (T, error) {
	err := p.Join(t.Process)
	return t.value, err
}

// Value returns what the body returned, or [ErrPending] while it runs.
func (t *Task[T]) Value() (T, error) { return t.value, t.Err() }

func (r *record) handle() Process { return Process{r, r.id} }

// arg names the wait under way, or the next one, to an event.
func (r *record) arg() uint64 { return uint64(r.seq)<<32 | uint64(uint32(r.index)) }

func (r *record) failure() error { return &Failure{r.title(), r.env.sim.Now(), r.err} }

// title is the name, and the number of a spawned process.
func (r *record) title() string {
	if r.spawned {
		return fmt.Sprintf("%s#%d", r.name, r.id)
	}
	return r.name
}

// named reports whether the handle still has its record.
func (p Process) named() bool { return p.r != nil && p.r.id == p.id }

// Name returns the name it was started under; that of a spawned process has
// its number, such as "customer#17".
func (p Process) Name() string {
	if !p.named() {
		return fmt.Sprintf("process %d (ended)", p.id)
	}
	return p.r.title()
}

// String is Name.
func (p Process) String() string { return "process " + p.Name() }

// Env returns where the process lives; nil for the zero Process.
func (p Process) Env() *Env {
	if p.r == nil {
		return nil
	}
	return p.r.env
}

// Now returns the run's time.
func (p Process) Now() sim.Time {
	if p.r == nil {
		return 0
	}
	return p.r.env.sim.Now()
}

// Alive reports whether the process has not ended and was not killed.
func (p Process) Alive() bool { return p.named() && p.r.state != over && !p.r.dying }

// Err returns how the process ended: nil, or a [Failure]; [ErrPending] while it
// is alive, and [ErrEnded] of a spawned process whose record is gone.
func (p Process) Err() error {
	switch {
	case !p.named():
		return ErrEnded
	case p.r.state != over:
		return ErrPending
	}
	return p.r.done.err
}

// Defuse makes an error of the process not end the run, even if nobody joins it.
func (p Process) Defuse() {
	if p.named() {
		p.r.done.defused = true
	}
}

// enter begins a wait: only the running process may, and an interrupt that came
// while it was on its way comes first.
func (p Process) enter() (*record, error) {
	if r := p.r; r != nil && r.runs == p.id {
		return r, nil
	}
	return nil, p.outside()
}

// outside says why a process can't wait.
func (p Process) outside() error {
	r := p.r
	if r == nil || r.env.current != r || r.id != p.id {
		return errOutside
	}
	if r.dying {
		panic(killSignal{})
	}
	return r.interrupted()
}

func (r *record) interrupted() *Interrupted {
	in := r.interrupts[0]
	r.interrupts = slices.Delete(r.interrupts, 0, 1)
	if r.runs = r.id; len(r.interrupts) > 0 {
		r.runs = 0
	}
	return in
}

// park waits until the time d has passed or, if r waits on something, until
// somebody resumes the process.
//
// All is in one function because after a switch the processor predicts no
// return: each call between a process and its coroutine costs 5 ns
// (BenchmarkSwitch). The same goes for Handle.
func (r *record) park(id uint64, d sim.Time) error {
	if r == nil || r.runs != id {
		return left(Process{r, id}.outside(), d)
	}
	env := r.env
	if r.on == nil {
		if d < 0 {
			return r.negative(d)
		}
		e := sim.Event{At: env.sim.Now().Plus(d), Rank: env.rank, To: env.id, Kind: kindWake, Arg: r.arg()}
		if !env.busy() && env.err == nil && e.At != sim.Never && env.sim.Jump(e) {
			r.seq++ // as if it had been resumed: traces are the same either way
			return nil
		}
		if err := r.sleep(e); err != nil {
			return err
		}
	}
	r.state, r.runs, r.special, r.gone, r.since = waiting, 0, false, false, env.sim.Now()
	if env.driver != nil || !env.drive(r) {
		r.yield(struct{}{})
	}
	if r.special {
		return r.parked()
	}
	r.on = nil
	return nil
}

// sleep puts the end of a Wait in the queue.
func (r *record) sleep(e sim.Event) error {
	if e.At == sim.Never {
		r.on = forever
		return nil
	}
	h, err := r.env.sim.Schedule(e)
	r.timer, r.deadline = h, e.At
	return err
}

// parked is what a wait returns to which something happened besides its end.
func (r *record) parked() error {
	if r.dying {
		r.runs = 0
		panic(killSignal{})
	}
	r.on = nil
	if r.sealed {
		r.sealed = false
		if len(r.interrupts) > 0 {
			r.runs = 0
		}
	} else if len(r.interrupts) > 0 {
		return r.interrupted()
	}
	err := r.wake
	r.wake = nil
	return err
}

// wakeUp resumes a waiting process at this instant: in its turn among the
// events, or as part of the event under way.
func (r *record) wakeUp(err error, direct bool) {
	env := r.env
	if r.timer != 0 { // patience
		env.sim.Cancel(r.timer)
		r.timer = 0
	}
	r.wake = err
	r.special = r.special || err != nil
	if direct {
		env.ready.push(ticket{r, r.seq})
		return
	}
	r.timer = env.schedule(sim.Event{At: env.sim.Now(), Rank: env.rank, To: env.id, Kind: kindWake, Arg: r.arg()})
}

// leave takes a waiting process out of its wait.
func (r *record) leave() {
	if r.timer != 0 {
		r.env.sim.Cancel(r.timer)
		r.timer = 0
	}
	if r.on != nil {
		r.on.leave(r)
		r.on = nil
	}
	r.wake, r.gone, r.special = nil, true, true
}

// byAge returns the live processes in the order they were started.
func (env *Env) byAge() []*record {
	all := make([]*record, 0, env.live)
	for _, r := range env.records {
		if r != nil {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *record) int { return int(min(1, max(-1, int64(a.id)-int64(b.id)))) })
	return all
}
