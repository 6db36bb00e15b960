package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// stop is what ends a Run before its time.
type stop struct {
	asked bool
	when  func(*Sim, Event) bool // a breakpoint
	at    Handle                 // the event that the last break was before
}

// ErrBreak is what Run returns at a breakpoint.
var ErrBreak = errors.New("sim: breakpoint")

// Stop makes the Run under way return when the event being handled is done.
// What is left stays in the queue: a further Run goes on.
func (s *Sim) Stop() { s.stop.asked, s.limit = true, -1 }

// BreakWhen sets a breakpoint: before an event of which when says true is
// handled, Run returns [ErrBreak], with the event still in the queue. The next
// Run handles it and goes on. A nil when takes the breakpoint away.
func (s *Sim) BreakWhen(when func(*Sim, Event) bool) { s.stop.when, s.stop.at = when, 0 }

func (s *Sim) breaks() bool {
	e, h := s.queue.peek()
	if h == s.stop.at || !s.stop.when(s, e) {
		return false
	}
	s.stop.at = h
	return true
}

// Peek returns the next event, and false if there is none.
func (s *Sim) Peek() (Event, bool) {
	if s.queue.next() == Never {
		return Event{}, false
	}
	e, _ := s.queue.peek()
	return e, true
}

// RunUntil handles events until done, which is asked after each of them, says
// true or one of them calls [Sim.Stop], without waiting for the clock. It is an error if nothing is left to do
// before that: it says who still waits, and for what.
func (s *Sim) RunUntil(ctx context.Context, done func(*Sim) bool) error {
	for !done(s) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		some, err := s.Step()
		if err != nil {
			return err
		}
		if s.stop.asked {
			return nil
		}
		if !some {
			return &StuckError{At: s.now, Waiting: s.Waiting()}
		}
	}
	return nil
}

// A Waiting is somebody who waits for what only others can bring about.
type Waiting struct {
	Who   string
	What  string // that is waited for
	Since Time
}

// A Waiter is an actor or a kept state that knows who waits in it.
type Waiter interface {
	Waiting() []Waiting
}

// Waiting returns who waits for what, as far as actors and kept states that are
// a [Waiter] tell, the longest wait first.
func (s *Sim) Waiting() []Waiting {
	var all []Waiting
	for _, a := range s.handlers {
		if w, ok := a.(Waiter); ok {
			all = append(all, w.Waiting()...)
		}
	}
	for _, name := range s.kept.names {
		if w, ok := s.kept.ptrs[name].(Waiter); ok {
			all = append(all, w.Waiting()...)
		}
	}
	slices.SortStableFunc(all, func(a, b Waiting) int { return int(min(1, max(-1, a.Since-b.Since))) })
	return all
}

// A StuckError says that nothing is left to do although it was waited for.
type StuckError struct {
	At      Time
	Waiting []Waiting
}

// Error lists the first ten of those who wait.
func (e *StuckError) Error() string {
	text := fmt.Sprintf("sim: nothing is left to do at %v", e.At)
	if len(e.Waiting) == 0 {
		return text + ", and nobody says what is missing"
	}
	text += ", but"
	for i, w := range e.Waiting {
		if i == 10 {
			return text + fmt.Sprintf("\n  and %d more", len(e.Waiting)-i)
		}
		text += fmt.Sprintf("\n  %s waits for %s since %v", w.Who, w.What, w.Since)
	}
	return text
}
