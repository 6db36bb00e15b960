package scenarios

import (
	"fmt"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios/rules"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// maxRounds is how often the dirty rules may be gone through at one instant
// before it counts as a loop: rules that set each other off for ever.
const maxRounds = 100

// An engine evaluates rules: those whose inputs changed, once, at the end of the
// instant, in the order of the file.
type engine struct {
	sim   *sim.Sim
	hub   *twins.Hub
	id    sim.ActorID
	ctx   *rules.Context
	index *rules.Index
	rules []*rule // in file order
	parts []*part // by number in index
	dirty rules.Dirty
	later rules.Dirty // of the next round; empty between events

	gone    int  // instances that were dirty in the loaded state and are no longer there
	pending bool // an evaluation is scheduled at this instant
	rounds  int  // passes over the dirty rules at the instant at
	at      sim.Time
}

// A rule is a [[rule]] made ready: an actor, whose timers go by instance, and its
// looks.
type rule struct {
	engine  *engine
	id      sim.ActorID
	kind    string // "rule" or "event"
	name    string
	hold    span
	quiet   span
	clock   *calendarClock // of at and every; nil if inputs drive the rule
	recheck sim.Time       // evaluate all instances so often; 0 is when inputs change
	looks   sim.ActorID    // takes the strikes of the clock, and the rechecks
	twins   []string       // by instance: id, "" for a rule without each
	keys    []uint64       // by instance: the hash of its twin, the Arg of its timers
	byKey   []int32        // the instances in the order of their keys
	parts   []*part
	actions []action
	state   ruleState
	gone    int // twins of the loaded state that it is not about
}

// ruleState is saved with the run.
type ruleState struct {
	Fired     uint64
	Ticks     int      // of the clock
	Skipped   int      // ticks from before the rule, or its clock, came into the run
	Struck    sim.Time // when a clock struck last; -1 is never
	Undone    []undone // by action; may be shorter
	Instances []instance
	Wake      sim.Time // when the clock-dependent conditions of all instances change next; 0 is none
}

// An instance is a rule about one twin.
type instance struct {
	True  bool // what `when` said last
	Done  bool // has fired since it turned true, and has no quiet to wait for
	Known bool // the rule has begun to look at it
	Since sim.Time
	Quiet sim.Time   // does not fire before
	Timer sim.Handle // the end of hold or quiet
	Wake  sim.Handle // when an age that is waited for comes
}

// An undone says of an action how often it was not done, as its value was unknown.
type undone struct {
	Title string // of the action
	N     uint64
	First sim.Time
	Why   string // the first time: what was unknown
}

// undone returns how many of the rule's actions were not done.
func (r *rule) undone() uint64 {
	var n uint64
	for i := range r.state.Undone {
		n += r.state.Undone[i].N
	}
	return n
}

// pass notes that action k was not done for instance i. It is an event of the run,
// though not of its digest: that has the firing.
func (r *rule) pass(k, i int, now sim.Time) {
	a := &r.actions[k]
	why := a.value.unknown(r, i)
	for len(r.state.Undone) <= k {
		r.state.Undone = append(r.state.Undone, undone{})
	}
	u := &r.state.Undone[k]
	if u.N == 0 {
		u.Title, u.First, u.Why = a.title, now, why
	}
	u.N++
	r.engine.hub.Note(twins.Event{At: now, Kind: "undone", Twin: r.twins[i], Name: r.name, Detail: a.title + ": " + why})
}

// A part is those instances of a rule whose twins have the same channels in the
// same places, so that one compiled condition serves them all.
type part struct {
	rule   *rule
	number int              // in the index
	first  int              // instance
	count  int              // of instances
	when   *rules.Condition // nil is always true
	bases  []rules.Base     // per instance bases of one instance after another
	width  int              // bases of one instance
	ages   bool             // silence can change the condition, each instance at its own time
}

func (p *part) inst(i int) []rules.Base {
	return p.bases[i*p.width : (i+1)*p.width : (i+1)*p.width]
}

// The kinds of events of a rule.
const (
	ruleTimer int32 = iota // Arg: key of the instance; hold or quiet ended, or an age came
	ruleWake               // a calendar function of `when` changes
)

// Changed makes the rules that read c dirty.
func (e *engine) Changed(c devices.ChannelID) {
	e.index.Write(int32(c), &e.dirty)
	if !e.pending && !e.dirty.Empty() {
		e.ask()
	}
}

// ask has the dirty rules evaluated at the end of this instant.
func (e *engine) ask() {
	e.pending = true
	// The time is now and the actor is known, so this can't be refused.
	e.sim.Schedule(sim.Event{At: e.sim.Now(), Rank: sim.RankRule, To: e.id})
}

// Handle evaluates what is dirty, in file order. What a firing makes dirty by
// `set` or `param` is evaluated at the same instant: rules behind it in their
// turn, it and those before it in another round.
func (e *engine) Handle(s *sim.Sim, _ sim.Event) error {
	if e.at != s.Now() {
		e.at, e.rounds = s.Now(), 0
	}
	e.ctx.Set(s.Now())
	for !e.dirty.Empty() {
		if err := e.round(); err != nil {
			return err
		}
	}
	e.pending = false // not before: firing must not ask for another event
	return nil
}

// round evaluates each dirty instance once.
func (e *engine) round() error {
	e.rounds++
	for last := int32(-1); ; {
		id, ok := e.dirty.Pop()
		if !ok {
			e.dirty, e.later = e.later, e.dirty
			return nil
		}
		if id <= last {
			e.later.Add(id)
			continue
		}
		last = id
		k, i := e.index.Rule(id)
		p := e.parts[k]
		if e.rounds > maxRounds {
			return fmt.Errorf("%s %q is evaluated for the %dth time at %v: rules set each other off; give one of them quiet, or another condition", p.rule.kind, p.rule.name, e.rounds, e.at)
		}
		if err := p.evaluate(e, i); err != nil {
			return fmt.Errorf("%s %q: %w", p.rule.kind, p.rule.name, err)
		}
	}
}

// evaluate looks at instance i of the part.
func (p *part) evaluate(e *engine, i int) error {
	r := p.rule
	if r.clock != nil {
		return p.strike(e, i)
	}
	bases := p.inst(i)
	v, known, err := p.when.Eval(e.ctx, bases)
	if err != nil {
		return err
	}
	if r.recheck == 0 {
		p.wake(e, i, bases)
	}
	st := &r.state.Instances[p.first+i]
	if !v || !known {
		if st.Timer != 0 {
			e.sim.Cancel(st.Timer)
		}
		st.True, st.Done, st.Timer = false, false, 0
		return nil
	}
	now := e.sim.Now()
	if !st.True {
		st.True, st.Since = true, now
	}
	return r.advance(p.first+i, now)
}

// strike fires instance i of a rule with a clock, which has struck, if its
// condition holds.
func (p *part) strike(e *engine, i int) error {
	now := e.sim.Now()
	st := &p.rule.state.Instances[p.first+i]
	if now < st.Quiet {
		return nil
	}
	if p.when != nil {
		if v, known, err := p.when.Eval(e.ctx, p.inst(i)); err != nil || !v || !known {
			return err
		}
	}
	quiet, err := p.rule.quiet.now()
	if err != nil {
		return err
	}
	st.Quiet = now.Plus(quiet)
	return p.rule.fire(p.first+i, now)
}

// advance fires instance i if its condition has been true long enough and it is
// not quiet, or sets the timer for when that will be.
func (r *rule) advance(i int, now sim.Time) error {
	st := &r.state.Instances[i]
	if st.Done {
		return nil
	}
	hold, err := r.hold.now()
	if err != nil {
		return err
	}
	due := max(st.Since.Plus(hold), st.Quiet)
	if now < due {
		if st.Timer != 0 && r.hold.changes() { // it may have been set for another hold
			r.engine.sim.Cancel(st.Timer)
			st.Timer = 0
		}
		if st.Timer == 0 {
			st.Timer = r.schedule(due, i)
		}
		return nil
	}
	if st.Timer != 0 { // of a hold that has become shorter
		r.engine.sim.Cancel(st.Timer)
		st.Timer = 0
	}
	quiet, err := r.quiet.now()
	if err != nil {
		return err
	}
	if quiet > 0 {
		st.Quiet = now.Plus(quiet)
		st.Timer = r.schedule(st.Quiet, i)
	} else {
		st.Done = true
	}
	return r.fire(i, now)
}

func (r *rule) schedule(at sim.Time, i int) sim.Handle {
	// at is in the future and the actor is known, so this can't be refused.
	h, _ := r.engine.sim.Schedule(sim.Event{At: at, Rank: sim.RankTimer, To: r.id, Kind: ruleTimer, Arg: r.keys[i]})
	return h
}

// wake schedules the next evaluation that no input will cause.
func (p *part) wake(e *engine, i int, bases []rules.Base) {
	next := p.when.Next(e.ctx, bases)
	if next == sim.Never {
		return
	}
	r := p.rule
	if p.ages {
		st := &r.state.Instances[p.first+i]
		e.sim.Cancel(st.Wake)
		st.Wake = r.schedule(next, p.first+i)
		return
	}
	if now := e.sim.Now(); r.state.Wake <= now || next < r.state.Wake {
		r.state.Wake = next
		e.sim.Schedule(sim.Event{At: next, Rank: sim.RankTimer, To: r.id, Kind: ruleWake})
	}
}

// Handle takes the rule's timers. A clock has none: those are of a saved run in
// which inputs drove the rule.
func (r *rule) Handle(_ *sim.Sim, ev sim.Event) error {
	switch {
	case r.clock != nil:
	case ev.Kind == ruleTimer:
		r.markKey(ev.Arg)
	default:
		r.markAll()
	}
	return nil
}

func (r *rule) partOf(i int) *part { return r.parts[r.partAt(i)] }

func (r *rule) partAt(i int) int {
	k := len(r.parts) - 1
	for r.parts[k].first > i {
		k--
	}
	return k
}

// mark has instance i evaluated at the end of this instant.
func (r *rule) mark(i int) {
	st := &r.state.Instances[i]
	e := r.engine
	if st.Timer != 0 { // it has run, or the evaluation sets it again
		e.sim.Cancel(st.Timer)
		st.Timer = 0
	}
	p := r.partOf(i)
	e.dirty.Add(e.index.ID(p.number, i-p.first))
	if !e.pending {
		e.ask()
	}
}

// markAll has all instances evaluated at the end of this instant.
func (r *rule) markAll() {
	e := r.engine
	for _, p := range r.parts {
		e.dirty.AddRange(e.index.ID(p.number, 0), int32(p.count))
	}
	if !e.pending && !e.dirty.Empty() {
		e.ask()
	}
}

// fire records the firing of instance i and does what follows from it.
func (r *rule) fire(i int, now sim.Time) error {
	r.state.Fired++
	r.engine.hub.Record(twins.Event{At: now, Kind: "rule", Twin: r.twins[i], Name: r.name})
	for k := range r.actions {
		known, err := r.actions[k].do(r, i)
		if err != nil {
			return fmt.Errorf("%s: %w", r.actions[k].place, err)
		}
		if !known {
			r.pass(k, i, now)
		}
	}
	return nil
}
