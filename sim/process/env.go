package process

import (
	"fmt"
	"runtime"

	"github.com/twinsim/twinsim/sim"
)

// A Config says how processes take part in a run. The zero Config is the usual one.
type Config struct {
	Name string   // of the actor that stands for the processes; "" is "processes"
	Rank sim.Rank // of their wake-ups among the events of one instant
}

// An Env is where processes live: one actor of a run. It belongs to the run's
// goroutine.
type Env struct {
	sim     *sim.Sim
	id      sim.ActorID
	name    string
	rank    sim.Rank
	current *record // whose body is running; nil in handlers of other actors
	driver  *record // who waits and resumes the others meanwhile
	inside  bool    // Handle is under way
	kicked  bool    // an event for urgent is in the queue
	closed  bool
	closing bool         // Close was called from within Handle
	urgent  ring[ticket] // processes to start or to tell of an interrupt, before any event
	ready   ring[ticket] // woken by the event under way
	err     error        // what ends the run
	serial  uint64       // of the last process
	records []*record    // by index; nil is free
	free    []int32
	spent   []*record // of ended processes that Spawn uses again
	live    int
	pool    *pool
	alarms  []alarm // that are in the queue; nil is free
	lull    []int32 // free places in alarms
	checks  ring[*event]
	calls   ring[func()]
	losses  ring[loss]
	stores  []interface { // that were made with it
		fmt.Stringer
		Len() int
	}
	asked   []*Asking // that stand in line; nil is free
	unasked []int32   // free places in asked
}

// A ticket is a process to be resumed, unless it is no longer in that wait.
type ticket struct {
	r   *record
	seq uint32
}

// Kinds of the events that an Env schedules for itself.
const (
	kindWake     = iota // of a process: its time has come, or what it waited for
	kindPatience        // of a process: it waits no longer
	kindAlarm           // of a Timeout or Timer
	kindUrgent          // for urgent, when it was filled from outside
	kindCheck           // somebody failed, and it may be that nobody took notice
	kindCall            // a callback
	kindPut             // of a process: its put is done
	kindGranted         // of an Asking
	kindExpired         // of an Asking: its patience ran out
	kindNothing         // of a claim that nobody is interested in
)

// New adds processes to a run. Close ends those that are left.
func New(s *sim.Sim, c Config) (*Env, error) {
	if c.Name == "" {
		c.Name = "processes"
	}
	if c.Rank > sim.RankCommand {
		return nil, fmt.Errorf("process: %s: %v is not a rank", c.Name, c.Rank)
	}
	env := &Env{sim: s, name: c.Name, rank: c.Rank, pool: new(pool)}
	id, err := s.Add(c.Name, env)
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	env.id = id
	if err := s.Keep(c.Name, &saver{env}); err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	// Of an Env that was forgotten, whose processes all ended, the idle
	// coroutines would stay for ever. (Those of live processes do: they refer to it.)
	runtime.AddCleanup(env, (*pool).stop, env.pool)
	return env, nil
}

// Sim returns the run.
func (env *Env) Sim() *sim.Sim { return env.sim }

// Now returns the run's time.
func (env *Env) Now() sim.Time { return env.sim.Now() }

// Live returns how many processes have not ended.
func (env *Env) Live() int { return env.live }

// Close kills the processes that are left, in the order they were started, and
// gives back the memory of all coroutines. Call it when a run is done with, also
// one that was given up half-way. Within an event of the run it takes effect at the
// end of the event, and the run goes on without processes.
func (env *Env) Close() {
	if env.closed {
		return
	}
	env.closed = true
	if env.inside { // a process or a callback calls it: at the end of this event
		env.closing = true
		env.stop(errClosed)
		return
	}
	env.close()
}

func (env *Env) close() {
	for _, r := range env.byAge() {
		env.end(r)
	}
	env.pool.stop()
}

// Handle is how the run wakes processes.
func (env *Env) Handle(_ *sim.Sim, e sim.Event) error {
	env.inside = true
	var r *record
	if e.Kind == kindWake && env.urgent.n+env.losses.n == 0 {
		if r = env.find(e.Arg); r != nil {
			r.timer = 0
		}
	} else {
		if r = env.come(e.Kind, e.Arg); r != nil {
			env.ready.push(ticket{r, r.seq})
		}
		r = env.next()
	}
	for r != nil {
		r.runs = r.id
		if r.state == created {
			env.begin(r)
		}
		env.current = r
		r.seq++
		r.state = running
		r.next()
		env.current = nil
		if r.state == over {
			env.finish(r)
		}
		r = nil
		if env.busy() || env.err != nil {
			r = env.next()
		}
	}
	env.inside = false
	if env.err != nil {
		return env.fails()
	}
	return nil
}

// drive resumes the others while r waits, on its stack, until it is r's turn
// (true) or the run has something else to do (false). So two processes that
// alternate switch once each time and not twice, by way of the run. One drives
// at a time; the others step back to it.
func (env *Env) drive(r *record) bool {
	env.current = nil
	x := env.next()
	if x == nil {
		return false
	}
	env.driver = r
	for ; x != nil; x = env.next() {
		x.runs = x.id
		if x.state == created {
			env.begin(x)
		}
		env.current = x
		x.seq++
		x.state = running
		if x == r {
			env.driver = nil
			return true
		}
		x.next()
		env.current = nil
		if x.state == over {
			env.finish(x)
		}
	}
	env.driver = nil
	return false
}

// begin gives r a coroutine.
func (env *Env) begin(r *record) {
	co := env.pool.get()
	co.r = r
	r.co, r.next, r.yield = co, co.next, co.yield
	if len(r.interrupts) > 0 {
		r.runs = 0
	}
}

// come takes in an event. It returns the process that is to go on now, or nil
// if there is none or they are in line.
func (env *Env) come(kind int32, arg uint64) *record {
	switch kind {
	case kindWake, kindPut:
		r := env.find(arg)
		if r != nil {
			r.timer = 0
		}
		return r
	case kindPatience:
		r := env.find(arg)
		if r != nil {
			r.timer = 0
			r.leave()
			r.wake = ErrReneged
		}
		return r
	case kindAlarm:
		env.fire(arg)
	case kindUrgent:
		env.kicked = false
	case kindCheck:
		if ev := env.checks.pop(); !ev.defused {
			ev.defused = true
			env.stop(ev.err)
		}
	case kindCall:
		env.call()
	case kindGranted:
		env.asked[arg].answer(nil)
	case kindExpired:
		env.asked[arg].answer(ErrReneged)
	}
	return nil
}

func (env *Env) fire(place uint64) {
	defer env.guard("what a timer calls")
	env.alarms[place].fire()
}

func (env *Env) call() {
	defer env.guard("what OnDone calls")
	env.calls.pop()()
}

// guard makes a panic of a function that is no process's, but runs on the stack of
// whoever is waiting, the error that ends the run.
func (env *Env) guard(what string) {
	if v := recover(); v != nil {
		env.stop(fmt.Errorf("process: %s failed at %v: %w", what, env.sim.Now(), &PanicError{Value: v, Stack: stack()}))
	}
}

// next returns the process whose turn it is, or nil if the run has something
// else to do.
func (env *Env) next() *record {
	for env.err == nil {
		var t ticket
		switch {
		case env.losses.n > 0:
			env.bereave(env.losses.pop())
			continue
		case env.urgent.n > 0:
			t = env.urgent.pop()
		case env.ready.n > 0:
			t = env.ready.pop()
		default:
			kind, arg, ok := env.sim.Take(env.id)
			if !ok {
				return nil
			}
			if r := env.come(kind, arg); r != nil {
				return r
			}
			continue
		}
		if t.r.seq == t.seq && (t.r.state == waiting || t.r.state == created) {
			return t.r
		}
	}
	return nil
}

// fails hands the error over that ends the run. Should it go on nevertheless,
// then with those who were to be resumed.
func (env *Env) fails() error {
	err := env.err
	env.err = nil
	if env.closing {
		env.closing = false
		env.close()
		if err == errClosed {
			return nil
		}
	}
	if env.busy() {
		env.kick()
	}
	return err
}

// stop ends the run with err, unless another error came first.
func (env *Env) stop(err error) {
	if env.err == nil {
		env.err = err
	}
	if !env.inside {
		env.kick()
	}
}

// kick makes sure that Handle is called at this instant.
func (env *Env) kick() {
	if env.kicked {
		return
	}
	env.kicked = true
	env.schedule(sim.Event{At: env.sim.Now(), Rank: sim.RankPlant, To: env.id, Kind: kindUrgent})
}

// schedule is for events that nothing but a full queue can refuse.
func (env *Env) schedule(e sim.Event) sim.Handle {
	h, err := env.sim.Schedule(e)
	if err != nil && env.err == nil {
		env.err = err
	}
	return h
}

// hurry resumes r before any event.
func (env *Env) hurry(r *record) {
	env.urgent.push(ticket{r, r.seq})
	if !env.inside {
		env.kick()
	}
}

// busy reports whether somebody is to run within the event under way.
func (env *Env) busy() bool { return env.urgent.n+env.ready.n+env.losses.n > 0 }

// find returns the process that waits in the wait that an event's Arg names.
func (env *Env) find(arg uint64) *record {
	i := uint32(arg)
	if int(i) >= len(env.records) {
		return nil
	}
	if r := env.records[i]; r != nil && r.seq == uint32(arg>>32) && r.state == waiting {
		return r
	}
	return nil
}

// finish is what is left to do when a body is done.
func (env *Env) finish(r *record) {
	env.live--
	if r.co != nil && r.co.keep {
		env.pool.idle = append(env.pool.idle, r.co)
	}
	if len(env.pool.idle) > spare+env.live {
		env.pool.trim(env.live)
	}
	env.records[r.index] = nil
	env.free = append(env.free, r.index)
	r.co, r.next, r.yield, r.fn, r.on, r.interrupts = nil, nil, nil, nil, nil, r.interrupts[:0]
	r.seq++
	r.runs = 0
	err := r.err
	if err != nil {
		err = r.failure()
	}
	killed := r.err == ErrKilled
	if killed {
		r.done.defused = true // whoever killed it knows
	}
	r.done.trigger(err, false)
	if r.spawned && !r.kept && (err == nil || killed || r.done.defused) {
		env.spent = append(env.spent, r)
	}
}
