package sim

import (
	"context"
	"fmt"
)

// A Config says how a run is made. The zero Config is a run of seed 0 on the
// instant clock.
type Config struct {
	Seed        uint64
	Replication uint32
	Clock       Clock // nil is Instant
}

// A Sim is one run: a clock, a queue of events, and the actors they go to. It
// belongs to one goroutine; only [Sim.Post] and [Sim.Shut] may be called by others.
type Sim struct {
	config  Config
	now     Time   // of the event being handled, or how far the run has come
	last    Time   // of the last event handled; -1 before the first
	shown   Time   // what the clock showed when last asked
	handled uint64 // events
	queue   queue
	actors  []actor
	byName  map[string]ActorID
	streams streams
	kept    kept
	door    door
}

type actor struct {
	Actor
	name    string
	started bool
}

// New returns a run at time 0 with nothing to do.
func New(c Config) *Sim {
	if c.Clock == nil {
		c.Clock = Instant{}
	}
	return &Sim{config: c, last: -1, byName: make(map[string]ActorID), door: door{wake: make(chan struct{}, 1)}}
}

// Now returns the time of the event being handled; between runs, how far the
// run has come.
func (s *Sim) Now() Time { return s.now }

// Handled returns how many events were handled since the run began.
func (s *Sim) Handled() uint64 { return s.handled }

// Pending returns how many events are waiting.
func (s *Sim) Pending() int { return len(s.queue.heap) }

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
	s.actors = append(s.actors, actor{Actor: a, name: name})
	s.byName[name] = id
	return id, nil
}

// Schedule puts an event in the queue. Its time must not be before Now.
func (s *Sim) Schedule(e Event) (Handle, error) {
	if e.At < s.now || e.Rank >= ranks || e.To < 0 || int(e.To) >= len(s.actors) {
		return 0, s.refuse(e)
	}
	return s.queue.push(e), nil
}

func (s *Sim) refuse(e Event) error {
	switch {
	case e.At < s.now:
		return fmt.Errorf("sim: event for %s at %v, but it is %v already; a delay must not be negative", s.ActorName(e.To), e.At, s.now)
	case e.Rank >= ranks:
		return fmt.Errorf("sim: event for %s at %v has unknown %v", s.ActorName(e.To), e.At, e.Rank)
	}
	return fmt.Errorf("sim: event at %v goes to actor %d, which was never added", e.At, e.To)
}

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
	if len(s.queue.heap) == 0 {
		return Never, false
	}
	return s.queue.heap[0].at, true
}

// Run handles every event up to and including until, in order, and leaves Now
// at until, where a further Run or Schedule goes on. With until = [Never] it
// returns when nothing is left to do, on the instant clock, and leaves Now at
// the last event; on another clock it waits for posts until ctx ends. An error
// is the first that a handler returned, or ctx's.
func (s *Sim) Run(ctx context.Context, until Time) error {
	if err := s.begin(until); err != nil {
		return err
	}
	instant := s.instant()
	for n := uint(0); ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.takePosts(); err != nil {
			return err
		}
		at, some := s.Next()
		due := some && at <= until
		if !due {
			at = until
		}
		switch {
		case !instant:
			shown, err := s.config.Clock.Wait(ctx, at, s.door.wake)
			if err != nil {
				return err
			}
			s.shown = shown
			if shown < at { // woken by a post
				continue
			}
		case at == Never:
			return nil
		}
		if !due {
			s.now = until
			return nil
		}
		if err := s.dispatch(); err != nil {
			return err
		}
	}
}

// Step handles one event without waiting for the clock; false means that there
// was none.
func (s *Sim) Step() (bool, error) {
	if err := s.begin(Never); err != nil {
		return false, err
	}
	if err := s.takePosts(); err != nil {
		return false, err
	}
	if len(s.queue.heap) == 0 {
		return false, nil
	}
	return true, s.dispatch()
}

func (s *Sim) dispatch() error {
	e := s.queue.pop()
	s.now, s.last = e.At, e.At
	s.handled++
	if err := s.actors[e.To].Handle(s, e); err != nil {
		return fmt.Errorf("%v, %s: %w", e.At, s.ActorName(e.To), err)
	}
	return nil
}

// begin starts the actors that were not started yet.
func (s *Sim) begin(until Time) error {
	if until < s.now {
		return fmt.Errorf("sim: run until %v, but it is %v already", until, s.now)
	}
	for i := 0; i < len(s.actors); i++ {
		a := &s.actors[i]
		if a.started {
			continue
		}
		if st, ok := a.Actor.(Starter); ok {
			if err := st.Start(s); err != nil {
				return fmt.Errorf("start %s: %w", s.actors[i].name, err)
			}
		}
		s.actors[i].started = true
	}
	return nil
}

func (s *Sim) instant() bool {
	_, ok := s.config.Clock.(Instant)
	return ok
}
