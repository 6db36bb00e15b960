package sim

import "fmt"

// An ActorID names an actor within one run. Snapshots hold the actor's name instead.
type ActorID int32

// A Rank orders events of one instant: the world moves first, then what was
// measured comes in, then timers run out, then rules look at the result, then
// commands go out.
type Rank uint8

// The ranks, first to last.
const (
	RankPlant Rank = iota
	RankInput
	RankTimer
	RankRule
	RankCommand
	ranks
)

var rankNames = [ranks]string{"plant", "input", "timer", "rule", "command"}

// String returns the rank's name.
func (r Rank) String() string {
	if r < ranks {
		return rankNames[r]
	}
	return fmt.Sprintf("rank(%d)", uint8(r))
}

// An Event is something that happens to one actor at one time. It is plain data
// without pointers, so a queue of events can be saved.
//
// Events are handled in the order (At, Rank, insertion): earlier first; of equal
// time the lower rank first; of equal rank the one scheduled first. An event
// scheduled for the current instant with a lower rank than the one being handled
// still runs at this instant, next.
type Event struct {
	At   Time
	Rank Rank
	To   ActorID
	Kind int32  // the actor's own meaning
	Arg  uint64 // the actor's own meaning; often an index into kept state
}

// An Actor handles the events addressed to it. An error ends the run.
type Actor interface {
	Handle(*Sim, Event) error
}

// A Starter is an actor that is told when the run begins, before the first
// event, in the order of [Sim.Add]; one that a handler adds is told before the
// next event. After a [Sim.Load] only actors that the snapshot did not know are
// started. Start is the place to schedule a first event: a handle that was taken
// before a Load names nothing afterwards, unless the snapshot has it.
type Starter interface {
	Start(*Sim) error
}

// A Handle names a scheduled event until it has run or was cancelled; then it
// names nothing, for ever. The zero Handle never names an event.
type Handle uint64

// HandlerFunc makes an Actor of a function.
type HandlerFunc func(*Sim, Event) error

// Handle calls f.
func (f HandlerFunc) Handle(s *Sim, e Event) error { return f(s, e) }
