package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/sim"
)

// bench is a run with one client, whose events go to on.
type bench struct {
	t  *testing.T
	s  *sim.Sim
	id sim.ActorID
	on func(*sim.Sim, sim.Event)
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, s: sim.New(sim.Config{}), on: func(*sim.Sim, sim.Event) {}}
	id, err := b.s.Add("client", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
		b.on(s, e)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	b.id = id
	return b
}

func (b *bench) run(until sim.Time) {
	b.t.Helper()
	if err := b.s.Run(context.Background(), until); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) at(t sim.Time, kind int32, arg uint64) sim.Handle {
	b.t.Helper()
	h, err := b.s.Schedule(sim.Event{At: t, To: b.id, Kind: kind, Arg: arg})
	if err != nil {
		b.t.Fatal(err)
	}
	return h
}

func (b *bench) resource(c Config) *Resource {
	b.t.Helper()
	r, err := New(b.s, "r", c)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *bench) release(r *Resource, c Claim) {
	b.t.Helper()
	if ok, err := r.Release(c); !ok || err != nil {
		b.t.Fatal(ok, err)
	}
}

// user comes at a time, holds for a time, and again if told to.
type user struct {
	come, hold sim.Time // s
	priority   int32
	preempt    bool
	times      int
}

// serve lets users come and go, and returns what happened: at, who and what.
func serve(t *testing.T, c Config, users ...user) []string {
	t.Helper()
	const come, leave = 10, 11
	b := newBench(t)
	r := b.resource(c)
	claims, ends := make([]Claim, len(users)), make([]sim.Handle, len(users))
	var log []string
	note := func(what string, arg uint64) {
		log = append(log, fmt.Sprintf("%d %d %s", b.s.Now()/sim.Second, arg, what))
	}
	b.on = func(s *sim.Sim, e sim.Event) {
		u := &users[e.Arg]
		switch e.Kind {
		case come:
			var ok bool
			var err error
			d := Demand{To: b.id, Kind: granted, PreemptedKind: preempted, Arg: e.Arg, Priority: u.priority, Preempt: u.preempt}
			if claims[e.Arg], ok, err = r.Request(d); err != nil {
				t.Fatal(err)
			} else if !ok {
				return
			}
			fallthrough
		case granted:
			note("has it", e.Arg)
			ends[e.Arg] = b.at(s.Now()+u.hold*sim.Second, leave, e.Arg)
		case preempted:
			w, ok := r.Look(claims[e.Arg])
			by, _ := r.Look(w.By)
			if !ok || !w.Lost {
				t.Fatal("nothing is known of a lost claim")
			}
			note(fmt.Sprintf("lost it to %d, had it since %d", by.Arg, w.Granted/sim.Second), e.Arg)
			s.Cancel(ends[e.Arg])
		case leave:
			b.release(r, claims[e.Arg])
			note("leaves", e.Arg)
			if u.times--; u.times > 0 {
				b.at(s.Now(), come, e.Arg)
			}
		}
	}
	for i, u := range users {
		b.at(u.come*sim.Second, come, uint64(i))
	}
	b.run(sim.Never)
	if r.InUse() != 0 || r.Len() != 0 {
		t.Errorf("%d in use, %d wait", r.InUse(), r.Len())
	}
	st := r.Stats()
	if err := little(&st.LineStats, b.s.Now()); err != nil {
		t.Error(err)
	}
	return log
}

// times returns when somebody had it.
func times(log []string, who int) (at []int) {
	for _, l := range log {
		var t, w int
		if n, _ := fmt.Sscanf(l, "%d %d has it", &t, &w); n == 2 && w == who && strings.HasSuffix(l, "has it") {
			at = append(at, t)
		}
	}
	return at
}

func TestFirstComeFirstServed(t *testing.T) {
	log := serve(t, Config{}, user{hold: 1}, user{hold: 1})
	if want := "0 0 has it|1 0 leaves|1 1 has it|2 1 leaves"; strings.Join(log, "|") != want {
		t.Error(log)
	}
}

// Three units, nine users of 1 s: 0,0,0,1,1,1,2,2,2.
func TestSlots(t *testing.T) {
	log := serve(t, Config{Capacity: 3}, slices.Repeat([]user{{hold: 1}}, 9)...)
	for i := range 9 {
		if at := times(log, i); len(at) != 1 || at[0] != i/3 {
			t.Errorf("user %d was served at %v", i, at)
		}
	}
}

// Who releases and asks again at once does not overtake who waits.
func TestReleaseAndRequestAgainDoesNotOvertake(t *testing.T) {
	log := serve(t, Config{}, user{hold: 1, times: 3}, user{hold: 1, times: 3})
	if fmt.Sprint(times(log, 0), times(log, 1)) != "[0 2 4] [1 3 5]" {
		t.Error(log)
	}
}

func TestLastComeFirstServed(t *testing.T) {
	log := serve(t, Config{Discipline: LIFO}, user{hold: 5}, user{come: 1, hold: 5}, user{come: 2, hold: 5})
	if fmt.Sprint(times(log, 1), times(log, 2)) != "[10] [5]" {
		t.Error(log)
	}
}

func TestPriorityOfEqualsIsFirstComeFirstServed(t *testing.T) {
	log := serve(t, Config{Discipline: Priority}, user{hold: 5, priority: 2}, user{come: 2, hold: 5, priority: 3}, user{come: 2, hold: 5, priority: 3}, user{come: 4, hold: 5, priority: 1})
	for i, want := range []int{0, 10, 15, 5} {
		if at := times(log, i); len(at) != 1 || at[0] != want {
			t.Errorf("user %d was served at %v, want %d", i, at, want)
		}
	}
}

// As in SimPy: who may pre-empt, and who waits.
func TestMixedPreemption(t *testing.T) {
	log := serve(t, Config{Preemptive: true},
		user{hold: 2, priority: 2, preempt: true}, user{hold: 2, priority: 2, preempt: true},
		user{come: 1, hold: 2, priority: 1}, user{come: 3, hold: 2, preempt: true}, user{come: 4, hold: 2, priority: 3, preempt: true})
	want := []string{"0 0 has it", "2 0 leaves", "2 2 has it", "3 3 has it", "3 2 lost it to 3, had it since 2", "5 3 leaves", "5 1 has it", "7 1 leaves", "7 4 has it", "9 4 leaves"}
	if !slices.Equal(log, want) {
		t.Errorf("%q\nwant %q", log, want)
	}
}

// A victim that has not even heard of its grant hears of the loss only.
func TestPreemptedBeforeTold(t *testing.T) {
	b := newBench(t)
	r := b.resource(Config{Preemptive: true})
	var told []int32
	b.on = func(_ *sim.Sim, e sim.Event) { told = append(told, e.Kind) }
	first := must(t, true)(r.Request(Demand{To: b.id}))
	c := must(t, false)(r.Request(Demand{To: b.id, Priority: 1, Kind: granted, PreemptedKind: preempted}))
	b.release(r, first)
	if !r.Holds(c) {
		t.Fatal("not handed over at once")
	}
	must(t, true)(r.Request(Demand{To: b.id, Preempt: true}))
	if r.Holds(c) {
		t.Fatal("held by two")
	}
	b.run(1)
	if !slices.Equal(told, []int32{preempted}) {
		t.Error(told)
	}
}

// A holder whose work ends at the instant at which it is pre-empted releases first or
// last, or never: nothing crashes, and no event of the claim comes after Release.
func TestPreemptionOfFinishedHolder(t *testing.T) {
	b := newBench(t)
	r := b.resource(Config{Preemptive: true})
	told := 0
	b.on = func(_ *sim.Sim, e sim.Event) { told++ }
	c := must(t, true)(r.Request(Demand{To: b.id, Priority: 2}))
	must(t, true)(r.Request(Demand{To: b.id, Priority: 1, Preempt: true}))
	if ok, err := r.Release(c); ok || err != nil {
		t.Error("released what was lost", err)
	}
	b.run(1)
	if told != 0 {
		t.Error("told after Release")
	}
	must(t, true)(r.Request(Demand{To: b.id, Preempt: true})) // the second one never releases
	b.run(2)
	if told != 1 || r.InUse() != 1 {
		t.Error(told, r.InUse())
	}
	if ok, err := r.Release(c); ok || err != nil {
		t.Error("a stale claim names something", err)
	}
	for _, c := range []Claim{0, 1, 1 << 63, 12345 << 32} {
		if ok, err := r.Release(c); ok || err != nil {
			t.Error(c, ok, err)
		}
	}
}

// Of several holders those of the lowest priority lose, of equal ones the
// latest; and nobody loses anything if it wouldn't be enough.
func TestVictims(t *testing.T) {
	b := newBench(t)
	r := b.resource(Config{Capacity: 6, Preemptive: true})
	var lost []uint64
	b.on = func(_ *sim.Sim, e sim.Event) { lost = append(lost, e.Arg) }
	for i, p := range []int32{5, 3, 5, 4, 1, 5} {
		must(t, true)(r.Request(Demand{To: b.id, Arg: uint64(i), Priority: p}))
	}
	c := must(t, false)(r.Request(Demand{To: b.id, Priority: 3, Amount: 5, Preempt: true}))
	b.run(1)
	if len(lost) > 0 {
		t.Fatal(lost, "lost for nothing")
	}
	b.release(r, c)
	must(t, true)(r.Request(Demand{To: b.id, Priority: 2, Amount: 4, Preempt: true}))
	b.run(2)
	if fmt.Sprint(lost) != "[5 2 0 3]" {
		t.Error(lost)
	}
}

// A capacity that falls takes from the worst, without Preemptive too.
func TestCapacityFalls(t *testing.T) {
	b := newBench(t)
	r := b.resource(Config{Capacity: 4, AtShiftEnd: Preempt}) // which lets the line be first come, first served
	var lost []uint64
	b.on = func(_ *sim.Sim, e sim.Event) { lost = append(lost, e.Arg) }
	for i, p := range []int32{1, 2, 1, 0} {
		must(t, true)(r.Request(Demand{To: b.id, Arg: uint64(i), Priority: p}))
	}
	if err := r.SetCapacity(1, Preempt); err != nil {
		t.Fatal(err)
	}
	b.run(1)
	if fmt.Sprint(lost) != "[1 2 0]" || r.Free() != 0 {
		t.Error(lost, r.Free())
	}
	if r.SetCapacity(-1, Finish) == nil || r.SetCapacity(1, 7) == nil {
		t.Error("nonsense accepted")
	}
}

// Withdrawn while it waits, also between the grant and the event that tells.
func TestReleaseOfWhatWaits(t *testing.T) {
	b := newBench(t)
	r := b.resource(Config{})
	told := []uint64{}
	b.on = func(_ *sim.Sim, e sim.Event) { told = append(told, e.Arg) }
	c := make([]Claim, 4)
	for i := range c {
		c[i] = must(t, i == 0)(r.Request(Demand{To: b.id, Arg: uint64(i), Patience: sim.Hour}))
	}
	b.release(r, c[1])
	b.release(r, c[0])
	b.release(r, c[2]) // was granted, is not told
	b.run(1)
	if fmt.Sprint(told) != "[3]" || !r.Holds(c[3]) || b.s.Pending() != 0 {
		t.Error(told, b.s.Pending())
	}
	if st := r.Stats(); st.Withdrawn != 1 || st.Grants != 3 || st.Released != 2 {
		t.Errorf("%+v", st)
	}
}

func TestFullLineRefuses(t *testing.T) {
	b := newBench(t)
	r := b.resource(Config{Discipline: Priority, MaxLine: 1})
	must(t, true)(r.Request(Demand{To: b.id}))
	must(t, false)(r.Request(Demand{To: b.id}))
	if c, ok, err := r.Request(Demand{To: b.id}); c != 0 || ok || !errors.Is(err, ErrFull) || r.Stats().Refused != 1 {
		t.Error(c, ok, err)
	}
}

// With NoLine a demand is served at once or lost, as in M/M/c/c. Held tells how
// long the others stayed.
func TestNoLineIsALossSystem(t *testing.T) {
	b := newBench(t)
	r := b.resource(Config{Capacity: 2, MaxLine: NoLine})
	first, _, _ := r.Request(Demand{To: b.id})
	must(t, true)(r.Request(Demand{To: b.id}))
	if c, ok, err := r.Request(Demand{To: b.id}); c != 0 || ok || !errors.Is(err, ErrFull) {
		t.Error(c, ok, err)
	}
	b.run(3 * sim.Second)
	if ok, err := r.Release(first); !ok || err != nil {
		t.Fatal(ok, err)
	}
	must(t, true)(r.Request(Demand{To: b.id}))
	if st := r.Stats(); st.Refused != 1 || st.Held.N != 1 || st.Held.Mean != 3 {
		t.Errorf("%+v", st)
	}
}

func TestRefusedConfigsAndDemands(t *testing.T) {
	for _, c := range []Config{{Capacity: -1}, {Capacity: noLimit}, {Calendar: &Calendar{Otherwise: noLimit}}, {MaxLine: -2}, {Discipline: 9}, {AtShiftEnd: 9}} {
		if _, err := New(sim.New(sim.Config{}), "r", c); err == nil {
			t.Errorf("%+v makes a resource", c)
		}
	}
	b := newBench(t)
	r := b.resource(Config{})
	if _, err := New(b.s, "r", Config{}); err == nil {
		t.Error("a name twice")
	}
	for want, d := range map[string]Demand{"1 or more": {Amount: -1}, "below 2^62": {Amount: noLimit}, "patience": {Patience: -1}, "rank": {Rank: 99}, "pre-empt": {Preempt: true},
		"go by priority": {Priority: 1}, "most the capacity, 1 (": {Amount: 2}, "actor 77, which was never added": {To: 77}} {
		if _, _, err := r.Request(d); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v", d, err)
		}
	}
	c := must(t, true)(r.Request(Demand{To: b.id}))
	if _, err := r.SetPriority(c, 1); err == nil {
		t.Error("a priority where none counts")
	}
	if err := r.SetCapacity(noLimit, Finish); err == nil {
		t.Error("a capacity beyond the limit")
	}
	b.release(r, c)
}

// A demand for more than the capacity waits only if more may come.
func TestMoreThanTheCapacity(t *testing.T) {
	for _, c := range []struct {
		config Config
		set    int64 // by SetCapacity before the demand of 3
		waits  bool
	}{{Config{Capacity: 3}, 1, true}, {Config{}, 4, true}, {Config{}, 2, false}, {Config{Grows: true}, 1, true}, {Config{Calendar: &Calendar{Otherwise: 1}}, 1, true}} {
		b := newBench(t)
		r := b.resource(c.config)
		must(t, true)(r.Request(Demand{To: b.id}))
		if err := r.SetCapacity(c.set, Finish); err != nil {
			t.Fatal(err)
		}
		claim, ok, err := r.Request(Demand{To: b.id, Amount: 3})
		if c.set == 4 {
			if !ok || err != nil {
				t.Error("3 of 3 free are not granted", err)
			}
		} else if (err == nil) != c.waits || ok {
			t.Errorf("%+v, capacity set to %d: granted %t, %v", c.config, c.set, ok, err)
		} else if c.waits {
			if err := r.SetCapacity(4, Finish); err != nil || !r.Holds(claim) {
				t.Error("not granted when there is more", err)
			}
		}
	}
}

// Sums of amounts can't overflow.
func TestHugeAmounts(t *testing.T) {
	b := newBench(t)
	r := b.resource(Config{Capacity: noLimit - 1})
	must(t, true)(r.Request(Demand{To: b.id, Amount: noLimit - 1}))
	if err := r.SetCapacity(0, Finish); err != nil {
		t.Fatal(err)
	}
	must(t, false)(r.Request(Demand{To: b.id, Amount: noLimit - 1}))
}

// A hook that panics doesn't make the resource useless to who recovers.
func TestHookPanics(t *testing.T) {
	b := newBench(t)
	r := b.resource(Config{Capacity: 2, Hooks: Hooks{OnAcquire: func(_ *sim.Sim, w Waiter) {
		if w.Arg == 1 {
			panic("hook")
		}
	}}})
	func() {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		_, _, _ = r.Request(Demand{To: b.id, Arg: 1})
	}()
	must(t, true)(r.Request(Demand{To: b.id, Arg: 2}))
}

// Hooks see each step with what is known of the demand; they can't call back.
func TestHooks(t *testing.T) {
	b := newBench(t)
	var r *Resource
	var log []string
	hook := func(what string) func(*sim.Sim, Waiter) {
		return func(s *sim.Sim, w Waiter) {
			if s != b.s || r != nil && func() error { _, _, err := r.Request(Demand{To: b.id}); return err }() == nil {
				t.Error("a hook called the resource")
			}
			log = append(log, fmt.Sprintf("%s %d", what, w.Arg))
			if w.Lost {
				log = append(log, "lost")
			}
		}
	}
	r = b.resource(Config{Preemptive: true, Hooks: Hooks{hook("waits"), hook("has"), hook("gave"), hook("left")}})
	a := must(t, true)(r.Request(Demand{To: b.id, Arg: 1, Priority: 2}))
	must(t, false)(r.Request(Demand{To: b.id, Arg: 2, Priority: 2, Patience: 1}))
	c := must(t, false)(r.Request(Demand{To: b.id, Arg: 3, Priority: 2}))
	b.run(2)
	b.release(r, c)
	must(t, true)(r.Request(Demand{To: b.id, Arg: 4, Preempt: true}))
	_, _ = r.Release(a)
	if want := "has 1,waits 2,waits 3,left 2,left 3,gave 1,lost,has 4"; strings.Join(log, ",") != want {
		t.Errorf("%v, want %s", log, want)
	}
}

// Nobody else is left to act: the error says who waits for what.
func TestWaitingIsReported(t *testing.T) {
	b := newBench(t)
	r := b.resource(Config{Capacity: 3, Grows: true})
	must(t, true)(r.Request(Demand{To: b.id}))
	must(t, false)(r.Request(Demand{To: b.id, Amount: 5, Arg: 7}))
	must(t, false)(r.Request(Demand{To: b.id, Reported: true}))
	tank, err := NewContainer(b.s, "tank", ContainerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	must(t, false)(tank.Get(Demand{To: b.id, Amount: 4}))
	store, err := NewStore(b.s, "store", StoreConfig[int]{})
	if err != nil {
		t.Fatal(err)
	}
	_, _, _, _ = store.Get(Demand{To: b.id})
	err = b.s.RunUntil(context.Background(), func(*sim.Sim) bool { return false })
	var stuck *sim.StuckError
	if !errors.As(err, &stuck) || len(stuck.Waiting) != 3 {
		t.Fatal(err)
	}
	for _, want := range []string{"client (7) waits for 5 of r (1 of 3 in use)", "get of 4, tank (level 0)", "an item of store"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %q", err, want)
		}
	}
}

// Users and queue, as of now, and statistics from the end of a warm-up on.
func TestStatsFromReset(t *testing.T) {
	b := newBench(t)
	r := b.resource(Config{Capacity: 2})
	a := must(t, true)(r.Request(Demand{To: b.id, Arg: 1, Amount: 2}))
	must(t, false)(r.Request(Demand{To: b.id, Arg: 2}))
	b.run(10 * sim.Second)
	r.ResetStats()
	b.run(14 * sim.Second)
	if h, w := r.Holders(), r.Waiters(); len(h) != 1 || h[0].Arg != 1 || len(w) != 1 || w[0].Arg != 2 || w[0].Since != 0 {
		t.Errorf("%+v %+v", h, w)
	}
	b.release(r, a)
	b.run(18 * sim.Second)
	now, st := b.s.Now(), r.Stats()
	if st.Wait.Mean != 14 || st.Before != 10 || st.Length.Area(now) != 4 || st.Users.Area(now) != 12 || st.Utilisation(now) != 0.75 || st.Released != 1 {
		t.Errorf("%+v", st)
	}
}
