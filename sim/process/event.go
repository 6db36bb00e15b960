package process

import (
	"fmt"

	"github.com/twinsim/twinsim/sim"
)

// An Awaitable is what a process can wait for with WaitFor, alone or as part
// of [Env.AnyOf] and [Env.AllOf]: an [Event], a [Timeout], a [Process] or
// [Task], a [Combined], and a [Getting], [Putting] or [Asking].
type Awaitable interface {
	core() *event
}

// An event is what all Awaitables have in common: it happens once.
type event struct {
	env         *Env
	self        inner
	state       eventState
	defused     bool // somebody took notice of the error
	err         error
	first, last *node
}

type eventState uint8

const (
	pending eventState = iota
	succeeded
	failed
)

// inner is what the kinds of Awaitables do in their own way.
type inner interface {
	fmt.Stringer
	arm()       // somebody waits now
	disarm()    // nobody waits any more
	withdraw()  // nobody wants it any more: what it was given goes back
	deliver()   // somebody has it
	value() any // when done
}

// A node is one subscription to an event: of a process, a Combined, or a callback.
type node struct {
	ev         *event // nil: not in a list
	prev, next *node
	r          *record
	c          *Combined
	call       func(error)
}

func (ev *event) core() *event { return ev }

// Done reports whether it has happened, well or not.
func (ev *event) Done() bool { return ev.state != pending }

// Err returns the error it failed with, nil if it succeeded, and [ErrPending]
// before.
func (ev *event) Err() error {
	if ev.state == pending {
		return ErrPending
	}
	return ev.err
}

// Defuse makes a failure that nobody waits for not end the run.
func (ev *event) Defuse() { ev.defused = true }

// OnDone calls f once it has happened, as an event of its own, in its turn among
// those who wait. It counts as taking notice of a failure.
func (ev *event) OnDone(f func(error)) { ev.onDone(f) }

func (ev *event) onDone(f func(error)) *node {
	if ev.state == pending && ev.first == nil && ev.self != nil {
		ev.self.arm()
	}
	if ev.state != pending {
		ev.defused = true
		err := ev.err
		ev.env.callLater(func() { f(err) })
		return nil
	}
	n := &node{call: f}
	ev.add(n)
	return n
}

func (env *Env) callLater(f func()) {
	env.calls.push(f)
	env.schedule(sim.Event{At: env.sim.Now(), Rank: env.rank, To: env.id, Kind: kindCall})
}

func (ev *event) add(n *node) {
	n.ev, n.prev, n.next = ev, ev.last, nil
	if ev.last == nil {
		ev.first = n
	} else {
		ev.last.next = n
	}
	ev.last = n
}

// unlink takes a node out of the list.
func (ev *event) unlink(n *node) {
	if n.prev == nil {
		ev.first = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		ev.last = n.prev
	} else {
		n.next.prev = n.prev
	}
	n.ev, n.prev, n.next = nil, nil, nil
}

// drop is unlink for those who give up; the last disarms the event.
func (ev *event) drop(n *node) {
	ev.unlink(n)
	if ev.first == nil && ev.state == pending && ev.self != nil {
		ev.self.disarm()
	}
}

// trigger makes it happen and tells those who wait, in order. With direct, they
// are part of the event under way instead of events of this instant.
func (ev *event) trigger(err error, direct bool) {
	ev.state, ev.err = succeeded, err
	if err != nil {
		ev.state = failed
	}
	told := ev.first != nil
	for ev.first != nil {
		n := ev.first
		ev.unlink(n)
		ev.defused = true
		switch {
		case n.r != nil:
			if c, ok := ev.self.(*Combined); ok {
				c.owed++
			}
			n.r.wakeUp(err, direct)
		case n.c != nil:
			n.c.tell(ev, direct)
		default:
			ev.env.callLater(func() { n.call(err) })
		}
	}
	if err != nil && !told && !ev.defused {
		ev.env.checks.push(ev)
		ev.env.schedule(sim.Event{At: ev.env.sim.Now(), Rank: ev.env.rank, To: ev.env.id, Kind: kindCheck})
	}
}

// leave is for a process that waits for the event: see waitee.
func (ev *event) leave(r *record) {
	if r.node.ev == ev {
		ev.drop(&r.node)
		return
	}
	if c, ok := ev.self.(*Combined); ok {
		c.owed--
		c.withdraw()
	}
}

// String says what it is.
func (ev *event) String() string {
	if ev.self == nil {
		return "an event"
	}
	return ev.self.String()
}

// WaitFor waits until a has happened and returns the error it failed with. If it
// has happened already it returns at once.
func (p Process) WaitFor(a Awaitable) error {
	if a == nil {
		return errNil
	}
	return p.waitFor(a.core())
}

func (p Process) waitFor(ev *event) error {
	r := p.r
	if r == nil || r.runs != p.id {
		if c, ok := ev.self.(*Combined); ok && r != nil && r.env.current == r && r.id == p.id {
			c.withdraw() // an interrupt came before the wait began
		}
		return p.outside()
	}
	if ev.env == nil && ev.state == pending {
		return errUnmade
	}
	if ev.env != r.env && ev.env != nil {
		return fmt.Errorf("process: %s waits for %v of another environment; make both with one Env", r.title(), ev)
	}
	if ev.state == pending && ev.first == nil && ev.self != nil {
		ev.self.arm()
	}
	if ev.state == pending {
		r.node.r = r
		ev.add(&r.node)
		r.on = ev
		err := r.park(r.id, 0)
		if c, ok := ev.self.(*Combined); ok && !r.gone {
			c.owed--
		}
		if err == nil {
			ev.self.deliver()
		}
		return err // and not ev's: if it is of a spawned process, it may be another's by now
	}
	ev.defused = true
	if ev.err == nil && ev.self != nil {
		ev.self.deliver()
	}
	return ev.err
}

// An Event is something that somebody makes happen, once, with a value.
type Event[T any] struct {
	event
	name string
	v    T
}

// NewEvent returns an event that has not happened. The name is for reports.
func NewEvent[T any](env *Env, name string) *Event[T] {
	e := &Event[T]{name: name}
	e.env, e.self = env, e
	return e
}

// Succeed makes it happen with a value: those who wait go on at this instant,
// in the order in which they began to wait.
func (e *Event[T]) Succeed(v T) error {
	if e.env == nil {
		return errUnmade
	}
	if e.state != pending {
		return fmt.Errorf("%v: %w", e, ErrDone)
	}
	e.v = v
	e.trigger(nil, false)
	return nil
}

// Fail makes it happen with an error, which those who wait get. If nobody does,
// and nobody begins to at this instant, it ends the run; see Defuse.
func (e *Event[T]) Fail(err error) error {
	if e.env == nil {
		return errUnmade
	}
	if e.state != pending {
		return fmt.Errorf("%v: %w", e, ErrDone)
	}
	if err == nil {
		return fmt.Errorf("process: %v fails with a nil error; use Succeed", e)
	}
	e.trigger(err, false)
	return nil
}

// Wait waits until it has happened and returns the value or the error.
func (e *Event[T]) Wait(p Process) (T, error) {
	err := p.waitFor(&e.event)
	return e.v, err
}

// Value returns the value, or the error it failed with, or [ErrPending].
func (e *Event[T]) Value() (T, error) { return e.v, e.Err() }

// String returns the name.
func (e *Event[T]) String() string { return "event " + e.name }

func (e *Event[T]) arm()       {}
func (e *Event[T]) disarm()    {}
func (e *Event[T]) withdraw()  {}
func (e *Event[T]) deliver()   {}
func (e *Event[T]) value() any { return e.v }

// A Timeout is a point in time to be waited for. It is in the queue of the run
// only while somebody waits for it.
type Timeout struct {
	event
	at     sim.Time
	place  int32 // in env.alarms
	handle sim.Handle
	v      any
}

// Timeout returns the point in time that is d from now. A negative d is an
// error for whoever waits for it.
func (env *Env) Timeout(d sim.Time) *Timeout { return env.TimeoutWith(d, nil) }

// TimeoutWith is Timeout with a value, for the results of AnyOf and AllOf.
func (env *Env) TimeoutWith(d sim.Time, value any) *Timeout {
	t := &Timeout{at: env.sim.Now().Plus(d), v: value}
	t.env, t.self = env, t
	if d < 0 {
		t.state, t.defused = failed, true
		t.err = fmt.Errorf("process: timeout of %v at %v; a delay must not be negative", d, env.sim.Now())
	}
	return t
}

// At returns the point in time.
func (t *Timeout) At() sim.Time { return t.at }

// Done reports whether the time has come.
func (t *Timeout) Done() bool {
	return t.state != pending || t.handle == 0 && t.at <= t.env.sim.Now()
}

// Err returns nil once the time has come, and [ErrPending] before.
func (t *Timeout) Err() error {
	if t.state == pending && t.Done() {
		return nil
	}
	return t.event.Err()
}

// Value returns the value it was made with.
func (t *Timeout) Value() any { return t.v }

// String names the time.
func (t *Timeout) String() string { return fmt.Sprintf("timeout at %v", t.at) }

func (t *Timeout) arm() {
	env := t.env
	if t.at < env.sim.Now() {
		t.trigger(nil, false)
		return
	}
	if t.at == sim.Never {
		return
	}
	t.place, t.handle = env.enqueue(t, t.at)
}

func (t *Timeout) disarm() {
	if t.handle != 0 {
		t.env.sim.Cancel(t.handle)
		t.env.vacate(t.place)
		t.handle = 0
	}
}

func (t *Timeout) forget() { t.handle = 0 }

func (t *Timeout) fire() {
	t.env.vacate(t.place)
	t.handle = 0
	t.trigger(nil, true)
}

func (t *Timeout) withdraw()  {}
func (t *Timeout) deliver()   {}
func (t *Timeout) value() any { return t.v }

// What a process is as an Awaitable.

func (p Process) core() *event {
	if !p.named() {
		gone := &event{state: failed, defused: true, err: fmt.Errorf("%s: %w", p.Name(), ErrEnded)}
		if p.r != nil {
			gone.env = p.r.env
		}
		return gone
	}
	return &p.r.done
}

func (r *record) String() string { return "the end of " + r.title() }
func (r *record) arm()           {}
func (r *record) disarm()        {}
func (r *record) withdraw()      {}
func (r *record) deliver()       {}
func (r *record) value() any     { return nil }

func (t *Task[T]) core() *event { return t.Process.core() }

// OnDone calls f when the process has ended: see [Event.OnDone].
func (p Process) OnDone(f func(error)) {
	if p.r != nil {
		p.core().OnDone(f)
	}
}
