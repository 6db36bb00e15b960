package sim

import (
	"context"
	"fmt"
	"hash/fnv"
	"slices"
)

// A Config says how a run is made. The zero Config is a run of seed 0 on the
// instant clock.
type Config struct {
	Seed        uint64
	Replication uint32
	Clock       Clock  // nil is Instant
	Trace       Tracer // nil is none
}

// A Sim is one run: a clock, a queue of events, and the actors they go to. It
// belongs to one goroutine; only [Sim.Post] and [Sim.Shut] may be called by others.
type Sim struct {
	config   Config
	instant  bool   // the clock is Instant
	now      Time   // of the event being handled, or how far the run has come
	limit    Time   // of the Run under way; before all events if there is none
	running  bool   // a Run or Step is under way
	last     Time   // of the last event handled; -1 before the first
	shown    Time   // what the clock showed when last asked
	handled  uint64 // events
	queue    queue
	handlers []Actor // by ActorID
	actors   []actor // by ActorID
	begun    int     // actors that were started, or need not be
	byName   map[string]ActorID
	streams  streams
	kept     kept
	door     door
	stop     stop
}

type actor struct {
	name    string
	started bool
}

// New returns a run at time 0 with nothing to do.
func New(c Config) *Sim {
	if c.Clock == nil {
		c.Clock = Instant{}
	}
	_, instant := c.Clock.(Instant)
	return &Sim{
		config: c, instant: instant, last: -1, limit: -1, queue: newQueue(),
		byName: make(map[string]ActorID), door: door{wake: make(chan struct{}, 1)},
	}
}

// Now returns the time of the event being handled; between runs, how far the
// run has come.
func (s *Sim) Now() Time { return s.now }

// Handled returns how many events were handled since the run began.
func (s *Sim) Handled() uint64 { return s.handled }

// Pending returns how many events are waiting.
func (s *Sim) Pending() int { return s.queue.len() }

// Seed returns the seed that all streams of the run are hashed from.
func (s *Sim) Seed() uint64 { return s.config.Seed }

// Replication returns which replication this run is.
func (s *Sim) Replication() uint32 { return s.config.Replication }

// Rand returns the stream of a path, such as "zone-03/valve/failure". The same
// path is the same stream; its position is saved with the run.
func (s *Sim) Rand(path string) *Stream {
	return s.streams.get(s.config.Seed, s.config.Replication, path)
}

// Add makes an actor known by a name that is unique in the run and the same in
// every build of it.
func (s *Sim) Add(name string, a Actor) (ActorID, error) {
	if a == nil || name == "" {
		return 0, fmt.Errorf("sim: actor %q: want a name and an actor", name)
	}
	if _, dup := s.byName[name]; dup {
		return 0, fmt.Errorf("sim: actor %q was added before; give it another name", name)
	}
	id := ActorID(len(s.actors))
	s.handlers = append(s.handlers, a)
	s.actors = append(s.actors, actor{name: name})
	s.byName[name] = id
	h := fnv.New32a()
	h.Write([]byte(name))
	s.queue.salts = append(s.queue.salts, h.Sum32()|1)
	return id, nil
}

// Grow makes room for so many more actors and pending events, so that adding a
// million of them does not copy what was there again and again.
func (s *Sim) Grow(actors, events int) {
	actors, events = max(actors, 0), max(events, 0)
	s.handlers = slices.Grow(s.handlers, actors)
	s.actors = slices.Grow(s.actors, actors)
	if len(s.byName) == 0 {
		s.byName = make(map[string]ActorID, actors)
	}
	s.queue.grow(events)
}

// Schedule puts an event in the queue. Its time must not be before Now. An event
// at [Never] stays in the queue and is never handled.
func (s *Sim) Schedule(e Event) (Handle, error) {
	if e.At < s.now || e.Rank >= ranks || uint(e.To) >= uint(len(s.handlers)) || s.queue.full() {
		return 0, s.refuse(e)
	}
	return s.queue.push(e.At, e.Rank, e.To, e.Kind, e.Arg), nil
}

func (s *Sim) refuse(e Event) error {
	switch {
	case e.At < s.now:
		return fmt.Errorf("sim: event for %s at %v, but it is %v already; a delay must not be negative", s.ActorName(e.To), e.At, s.now)
	case e.Rank >= ranks:
		return fmt.Errorf("sim: event for %s at %v has unknown %v", s.ActorName(e.To), e.At, e.Rank)
	case s.queue.full():
		return errFull
	}
	return fmt.Errorf("sim: event at %v goes to actor %d, which was never added", e.At, e.To)
}

// Actor returns the actor of a name, and false if none was added under it.
func (s *Sim) Actor(name string) (ActorID, bool) {
	id, ok := s.byName[name]
	return id, ok
}

// Known reports whether an actor was added under this id.
func (s *Sim) Known(id ActorID) bool { return id >= 0 && int(id) < len(s.handlers) }

// ActorName returns the name an actor was added under.
func (s *Sim) ActorName(id ActorID) string {
	if id < 0 || int(id) >= len(s.actors) {
		return fmt.Sprintf("actor %d", id)
	}
	return s.actors[id].name
}

// Cancel takes an event out of the queue, in O(log n), and reports whether it
// was still there.
func (s *Sim) Cancel(h Handle) bool { return s.queue.cancel(h) }

// Next returns the time of the next event, and false if there is none.
func (s *Sim) Next() (Time, bool) {
	at := s.queue.next()
	return at, at != Never
}

// Run handles every event up to and including until, in order, and leaves Now
// at until, where a further Run or Schedule goes on. With until = [Never] it
// returns when nothing is left to do, on the instant clock, and leaves Now at
// the last event; on another clock it waits for posts until ctx ends. It returns
// earlier, with Now at the last event, after [Sim.Stop] and at a breakpoint. An
// error is the first that a handler returned, or ctx's.
func (s *Sim) Run(ctx context.Context, until Time) error {
	if err := s.begin(until); err != nil {
		return err
	}
	defer s.end()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for {
		if s.breath() && ctx.Err() != nil {
			return ctx.Err()
		}
		if s.door.some.Load() {
			if err := s.takePosts(); err != nil {
				return err
			}
		}
		if s.begun < len(s.actors) { // added by a handler
			if err := s.start(); err != nil {
				return err
			}
		}
		at := min(s.queue.next(), s.limit)
		if !s.instant && !s.stop.asked {
			shown, err := s.config.Clock.Wait(ctx, at, s.door.wake)
			if err != nil {
				return err
			}
			s.shown = shown
			if shown < at { // woken by a post
				continue
			}
		}
		switch {
		case at == s.queue.next() && at != Never:
			if s.stop.when != nil && s.breaks() {
				return ErrBreak
			}
			if err := s.dispatch(); err != nil {
				return err
			}
		case s.stop.asked || at == Never:
			return nil
		default:
			s.now = until
			return nil
		}
	}
}

// Step handles one event without waiting for the clock; false means that there
// was none.
func (s *Sim) Step() (bool, error) {
	if err := s.begin(Never); err != nil {
		return false, err
	}
	defer s.end()
	s.limit = -1 // no Jump: one event is a step
	if err := s.takePosts(); err != nil {
		return false, err
	}
	if s.queue.next() == Never {
		return false, nil
	}
	return true, s.dispatch()
}

func (s *Sim) dispatch() error {
	x, p := s.queue.pop()
	s.now, s.last = x.at, x.at
	s.handled++
	if s.config.Trace != nil {
		s.config.Trace.Event(s, x.with(p))
	}
	if err := s.handlers[p.to].Handle(s, x.with(p)); err != nil {
		return fmt.Errorf("%v, %s: %w", s.now, s.ActorName(p.to), err)
	}
	return nil
}

// Jump handles e at once, within the handler of another event, if e would be the
// next event of this Run anyway: then it returns true, Now is e.At, and the caller does
// what e was to cause. Otherwise it returns false and has changed nothing, and
// the caller schedules e. So an actor that waits often while nothing else happens
// is spared the queue, with the same order of events.
func (s *Sim) Jump(e Event) bool {
	next := &s.queue.heap[root]
	if e.At > next.at || e.At == next.at && uint64(e.Rank)<<rankShift >= next.key&^(1<<rankShift-1) ||
		e.At < s.now || e.At > s.limit || e.At == Never || e.Rank >= ranks || uint(e.To) >= uint(len(s.handlers)) || s.breath() || !s.instant || s.stop.when != nil || s.door.some.Load() {
		return false
	}
	s.now, s.last = e.At, e.At
	s.handled++
	if s.config.Trace != nil {
		s.config.Trace.Event(s, e)
	}
	return true
}

// Take handles the next event at once, within the handler of another, if it goes
// to the actor to as well and Run would dispatch it now: then Now is its time, and
// the caller, who is that actor, does what its kind and arg are to cause. So an actor
// with many events handles them in a row, on whatever stack it is.
func (s *Sim) Take(to ActorID) (kind int32, arg uint64, ok bool) {
	next := &s.queue.heap[root]
	if next.at > s.limit || next.at == Never || s.queue.slots[next.slot()].to != to ||
		s.breath() || !s.instant || s.stop.when != nil || s.door.some.Load() {
		return 0, 0, false
	}
	x, p := s.queue.pop()
	s.now, s.last = x.at, x.at
	s.handled++
	if s.config.Trace != nil {
		s.config.Trace.Event(s, x.with(p))
	}
	return p.kind, p.arg, true
}

// begin makes ready for a Run or a Step.
func (s *Sim) begin(until Time) error {
	if s.running {
		return fmt.Errorf("sim: run until %v from within a handler of the run at %v; schedule an event, or Stop", until, s.now)
	}
	if until < s.now {
		return fmt.Errorf("sim: run until %v, but it is %v already", until, s.now)
	}
	s.limit, s.stop.asked = until, false
	if err := s.start(); err != nil {
		return err
	}
	if s.stop.asked { // by a Start
		s.limit = -1
	}
	s.running = true
	return nil
}

// start starts the actors that were not started yet.
func (s *Sim) start() error {
	for ; s.begun < len(s.actors); s.begun++ {
		i := s.begun
		if s.actors[i].started {
			continue
		}
		if st, ok := s.handlers[i].(Starter); ok {
			if err := st.Start(s); err != nil {
				return fmt.Errorf("start %s: %w", s.actors[i].name, err)
			}
		}
		s.actors[i].started = true
	}
	return nil
}

func (s *Sim) end() { s.limit, s.running = -1, false }

// breath is true once in 1024 events: then Run looks at its context.
func (s *Sim) breath() bool { return s.handled%1024 == 1023 }
