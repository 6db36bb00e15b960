package process

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/resource"
)

func TestKill(t *testing.T) {
	s, env, l := setup(t)
	res := newResource(t, env, resource.Config{})
	holder := env.Go("holder", func(p Process) error {
		c, err := res.Request(p, Ask{})
		check(t, err)
		defer func() {
			l.say("released %v", c.Release())
			p.Wait(sec) // does not return
			t.Error("a wait of a killed process returned")
		}()
		return p.Wait(9 * sec)
	})
	waiter := env.Go("waiter", func(p Process) error {
		_, err := res.Request(p, Ask{})
		return err
	})
	env.Go("killer", func(p Process) error {
		check(t, p.Wait(sec))
		young := env.Go("young", func(Process) error { t.Error("it was killed before it began"); return nil })
		young.Kill()
		waiter.Kill()
		holder.Kill()
		holder.Kill()
		l.say("alive %v, in line %d", holder.Alive(), res.Len())
		isErr(t, p.Join(holder), ErrKilled)
		isErr(t, holder.Err(), ErrKilled)
		isErr(t, young.Err(), ErrKilled)
		return nil
	})
	self := env.Go("self", func(p Process) error {
		p.Kill()
		return errBoom
	})
	stubborn := env.Go("stubborn", func(p Process) (err error) {
		for {
			func() {
				defer func() { recover() }()
				p.Kill()
			}()
			if p.Wait(sec) == nil {
				return nil
			}
		}
	})
	run(t, s, sim.Never)
	l.want(t, "1s alive false, in line 0", "1s released true")
	isErr(t, self.Err(), ErrKilled)
	isErr(t, stubborn.Err(), ErrKilled)
	if env.Live() != 0 || s.Now() != sec {
		t.Errorf("%d live at %v: a killed process left something in the queue", env.Live(), s.Now())
	}
}

func TestPanic(t *testing.T) {
	s, env, _ := setup(t)
	unwound := false
	bad := env.Go("bad", func(p Process) error {
		defer func() { unwound = true }()
		check(t, p.Wait(sec))
		panic(errBoom)
	})
	env.Go("joiner", func(p Process) error { return p.Join(bad) })
	err := s.Run(ctx, sim.Never)
	var pe *PanicError
	if !errors.As(err, &pe) || !strings.Contains(string(pe.Stack), "TestPanic") || !unwound {
		t.Errorf("got %v", err)
	}
	isErr(t, err, errBoom) // the value of the panic is in the chain
	if !strings.Contains(err.Error(), `"bad"`) || s.Now() != sec {
		t.Errorf("at %v: %v", s.Now(), err)
	}
}

// What is urgent when an error ends the run is done first if it goes on.
func TestGoOnAfterError(t *testing.T) {
	s, env, l := setup(t)
	a := env.Go("a", func(p Process) error {
		l.say("%v", p.Wait(9*sec) != nil)
		return nil
	})
	env.Go("b", func(p Process) error {
		check(t, p.Wait(sec))
		check(t, a.Interrupt(nil))
		panic("x")
	})
	if s.Run(ctx, sim.Never) == nil {
		t.Fatal("no error")
	}
	run(t, s, sim.Never)
	l.want(t, "1s true")
}

func TestPassivate(t *testing.T) {
	s, env, l := setup(t)
	a := env.Go("a", func(p Process) error {
		check(t, p.Passivate())
		l.say("active")
		return p.Wait(sec)
	})
	env.Go("b", func(p Process) error {
		check(t, p.Wait(sec))
		check(t, a.Activate())
		if a.Activate() == nil {
			t.Error("activated twice")
		}
		check(t, p.Wait(sec/2))
		if a.Activate() == nil {
			t.Error("activated while it waits for time")
		}
		check(t, p.Join(a))
		isErr(t, a.Activate(), ErrEnded)
		return nil
	})
	run(t, s, sim.Never)
	l.want(t, "1s active")
}

func TestWaitUntil(t *testing.T) {
	s, env, l := setup(t)
	level, changed, other := 0, env.NewCondition("level"), env.NewCondition("other")
	for i, want := range []int{2, 1, 2} {
		env.Go("w", func(p Process) error {
			check(t, p.WaitUntil(func() bool { return level >= want }, changed, other))
			level -= want // the next one's test may be false again: it waits on, in its place
			l.say("%d took %d", i, want)
			return nil
		})
	}
	env.Go("filler", func(p Process) error {
		for range 3 {
			check(t, p.Wait(sec))
			level += 2
			changed.Signal()
		}
		if p.WaitUntil(func() bool { return false }) == nil {
			t.Error("a test that nobody signals")
		}
		return p.WaitUntil(func() bool { return true })
	})
	run(t, s, 2*sec)
	l.want(t, "1s 0 took 2", "2s 1 took 1")
	if w := env.Waiting(); len(w) != 1 || w[0].What != "condition level or condition other" || changed.Waiting() != 1 {
		t.Error(w)
	}
	run(t, s, sim.Never)
	l.want(t, "1s 0 took 2", "2s 1 took 1", "3s 2 took 2")
	if changed.Waiting()+other.Waiting() != 0 {
		t.Error("somebody is still in line")
	}
}

func TestTimer(t *testing.T) {
	s, env, l := setup(t)
	var again *Timer
	again = env.NewTimer("again", func() error {
		l.say("again")
		if s.Now() < 3*sec {
			return again.Set(sec)
		}
		return nil
	})
	bad := env.NewTimer("bad", func() error { return errBoom })
	stopped := env.NewTimer("stopped", func() error { t.Error("a stopped timer went off"); return nil })
	check(t, stopped.Set(sec))
	check(t, again.Set(9*sec))
	check(t, again.Set(sec))
	dog := env.NewTimer("dog", func() error { l.say("dog"); return nil })
	check(t, dog.Set(sec))
	check(t, dog.Set(5*sec/2)) // put off
	if !stopped.Stop() || stopped.Stop() || s.Pending() != 2 {
		t.Errorf("%d pending", s.Pending())
	}
	run(t, s, sim.Never)
	l.want(t, "1s again", "2s again", "2.5s dog", "3s again")
	check(t, bad.Set(sec))
	if _, err := s.Save(); err == nil || !strings.Contains(err.Error(), "timer bad") {
		t.Errorf("saved with a timer: %v", err)
	}
	isErr(t, s.Run(ctx, sim.Never), errBoom)
}

// Semantics 7: losers leave the queue.
func TestNoGhosts(t *testing.T) {
	s, env, _ := setup(t)
	env.Go("p", func(p Process) error {
		for range 1000 {
			check(t, p.WaitFor(env.AnyOf(env.Timeout(sec), env.AllOf(env.Timeout(1000*sec), env.Timeout(2000*sec)))))
			if s.Pending() != 0 {
				return fmt.Errorf("%d events are pending", s.Pending())
			}
		}
		return nil
	})
	run(t, s, sim.Never)
	if s.Now() != 1000*sec {
		t.Errorf("a loser dragged the clock to %v", s.Now())
	}
}

// A Spawn'd process's record is used again; old handles name the old process.
func TestStaleHandle(t *testing.T) {
	s, env, _ := setup(t)
	var old []Process
	env.Go("p", func(p Process) error {
		for i := range 3 {
			c := env.Spawn("customer", func(p Process) error { return p.Wait(sec) })
			if want := fmt.Sprintf("customer#%d", i+2); c.Name() != want {
				t.Errorf("%s, want %s", c.Name(), want)
			}
			check(t, p.Join(c))
			old = append(old, c)
			check(t, p.Wait(0))
		}
		last := env.Spawn("customer", func(p Process) error { return p.Wait(sec) })
		for _, c := range old {
			if c.r == last.r {
				isErr(t, c.Interrupt(nil), ErrEnded)
				isErr(t, p.Join(c), ErrEnded)
				isErr(t, p.WaitFor(c), ErrEnded)
				isErr(t, c.Err(), ErrEnded)
				c.OnDone(func(err error) { isErr(t, err, ErrEnded) })
			}
			c.Kill()
			if c.Alive() || c == last {
				t.Error("an ended process is alive")
			}
		}
		if old[0].r != last.r {
			t.Error("the record was not used again")
		}
		if !last.Alive() {
			t.Error("a stale handle killed another process")
		}
		return nil
	})
	run(t, s, sim.Never)
}

// Events and processes, mixed; of an instant by rank, then in the order of insertion.
func TestMixedWithEvents(t *testing.T) {
	s := sim.New(sim.Config{})
	l := &log{s: s}
	env, err := New(s, Config{Name: "people", Rank: sim.RankTimer})
	if err != nil {
		t.Fatal(err)
	}
	defer env.Close()
	store := newStore[int](t, env, StoreConfig[int]{})
	var machine sim.ActorID
	machine, _ = s.Add("machine", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
		l.say("machine %v", e.Rank)
		if e.Kind == 1 {
			store.TryPut(7)
		}
		if e.Kind == 2 {
			env.Go("late", func(p Process) error {
				l.say("late")
				return nil
			})
		}
		return nil
	}))
	for _, e := range []sim.Event{{At: sec, Rank: sim.RankRule, Kind: 2}, {At: sec, Rank: sim.RankTimer, Kind: 1}, {At: sec, Rank: sim.RankPlant}} {
		e.To = machine
		if _, err := s.Schedule(e); err != nil {
			t.Fatal(err)
		}
	}
	env.Go("clerk", func(p Process) error {
		check(t, p.Wait(sec))
		l.say("clerk")
		return nil
	})
	env.Go("porter", func(p Process) error {
		_, err := store.Get(p)
		l.say("porter")
		return err
	})
	run(t, s, sim.Never)
	l.want(t, "1s machine plant", "1s machine timer", "1s clerk", "1s porter", "1s machine rule", "1s late")
	if _, err := New(s, Config{Name: "people"}); err == nil {
		t.Error("two environments of one name")
	}
	if _, err := New(s, Config{Name: "x", Rank: 77}); err == nil {
		t.Error("rank 77")
	}
}

func TestSave(t *testing.T) {
	build := func() (*sim.Sim, *Env) {
		s, env := world(t)
		env.Go("early bird", func(p Process) error { return p.Wait(sec) })
		return s, env
	}
	s, _ := build()
	run(t, s, 0)
	if _, err := s.Save(); err == nil || !strings.Contains(err.Error(), `"early bird"`) {
		t.Errorf("saving with a live process: %v", err)
	}
	run(t, s, 2*sec)
	data, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	again, env := build()
	if err := again.Load(data); err != nil {
		t.Fatal(err)
	}
	if env.Live() != 0 {
		t.Error("a process of the build is there, although all had ended in the saved run")
	}
	env.Go("next", func(p Process) error { return p.Wait(sec) })
	run(t, again, sim.Never)
	if again.Now() != 3*sec {
		t.Error(again.Now())
	}
	store := newStore(t, env, StoreConfig[int]{})
	tank, err := env.NewContainer("tank", resource.ContainerConfig{})
	check(t, err)
	for _, c := range []struct {
		what   string
		do, no func()
	}{
		{"store", func() { store.TryPut(1) }, func() { store.TryGet() }},
		{"1 of tank", func() { tank.Getting(Ask{}) }, nil},
	} {
		c.do()
		if _, err := again.Save(); err == nil || !strings.Contains(err.Error(), c.what) {
			t.Errorf("saved with %s: %v", c.what, err)
		}
		if c.no != nil {
			c.no()
		}
	}
	if (&saver{env}).UnmarshalBinary([]byte{9}) == nil {
		t.Error("another version was read")
	}
}

// abandoned begins a run with processes of all kinds and gives it up half-way.
func abandoned(tb testing.TB) *Env {
	s := sim.New(sim.Config{Seed: 1})
	env, err := New(s, Config{})
	if err != nil {
		tb.Fatal(err)
	}
	store, err := NewStore[int](env, "s", StoreConfig[int]{})
	if err != nil {
		tb.Fatal(err)
	}
	for range 5 {
		env.Spawn("getter", func(p Process) error { _, err := store.Get(p); return err })
		env.Spawn("sleeper", func(p Process) error { return p.Wait(9 * sec) })
		env.Spawn("done", func(p Process) error { return p.WaitFor(env.AnyOf(store.Getting(nil), env.Timeout(sec))) })
	}
	run(tb, s, 2*sec)
	env.Go("not begun", func(p Process) error { return nil })
	return env
}

func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	env := abandoned(t)
	if runtime.NumGoroutine() < before+10 {
		t.Fatal("the test does not test: where are the coroutines?")
	}
	env.Close()
	env.Close()
	if n := runtime.NumGoroutine(); n > before || env.Live() != 0 {
		t.Errorf("%d goroutines are left, %d processes", n-before, env.Live())
	}
	if p := env.Go("late", func(Process) error { return nil }); p.Alive() || !errors.Is(p.Err(), ErrClosed) {
		t.Errorf("a process of a closed environment: %v", p.Err())
	}
	check(t, env.Sim().Run(ctx, sim.Never))
}

// Ten thousand runs, closed half-way: neither goroutines nor memory grow.
func TestNoLeak(t *testing.T) {
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	n := 10_000
	if testing.Short() {
		n = 500
	}
	for range 100 {
		abandoned(t).Close()
	}
	goroutines, bytes := runtime.NumGoroutine(), heap()
	for range n {
		abandoned(t).Close()
	}
	if g := runtime.NumGoroutine(); g > goroutines {
		t.Errorf("%d goroutines more", g-goroutines)
	}
	if h := heap(); h > bytes+1<<20 {
		t.Errorf("%d kB more", (h-bytes)>>10)
	}
}

// The idle coroutines of an environment that was forgotten are cleaned up.
func TestForgotten(t *testing.T) {
	before := runtime.NumGoroutine()
	func() {
		s := sim.New(sim.Config{})
		env, err := New(s, Config{})
		if err != nil {
			t.Fatal(err)
		}
		for range 20 {
			env.Go("p", func(p Process) error { return p.Wait(sec) })
		}
		run(t, s, sim.Never)
	}()
	if runtime.NumGoroutine() < before+20 {
		t.Fatal("the test does not test: where are the coroutines?")
	}
	for range 200 {
		runtime.GC()
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Errorf("%d idle coroutines are left", runtime.NumGoroutine()-before)
}

// A pool keeps no more idle coroutines than it may need.
func TestPoolShrinks(t *testing.T) {
	s, env, _ := setup(t)
	for range 5000 {
		env.Spawn("p", func(p Process) error { return p.Wait(sec) })
	}
	run(t, s, sim.Never)
	if n := len(env.pool.idle); n != spare {
		t.Errorf("%d idle coroutines, want %d", n, spare)
	}
}

func TestRunEndsInContext(t *testing.T) {
	s, env, _ := setup(t)
	stop, cancel := context.WithCancel(ctx)
	env.Go("p", func(p Process) error {
		for i := 0; ; i++ {
			if i == 10 {
				cancel()
			}
			check(t, p.Wait(1)) // inline all the time
		}
	})
	isErr(t, s.Run(stop, sim.Never), context.Canceled)
}

// A store does what a slice does, for any mix of puts and gets with filters.
func TestStoreModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type thing struct{ prio, n int }
		s := sim.New(sim.Config{})
		env, err := New(s, Config{})
		if err != nil {
			t.Fatal(err)
		}
		defer env.Close()
		c := StoreConfig[thing]{}
		byPrio := rapid.Bool().Draw(t, "priority store")
		if byPrio {
			c.Before = func(a, b thing) bool { return a.prio < b.prio }
		}
		store, err := NewStore(env, "s", c)
		if err != nil {
			t.Fatal(err)
		}
		var model []thing
		for i := range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "do") {
			case 0, 1:
				x := thing{rapid.IntRange(0, 3).Draw(t, "prio"), i}
				store.TryPut(x)
				model = append(model, x)
				if byPrio {
					slices.SortStableFunc(model, func(a, b thing) int { return cmp.Compare(a.prio, b.prio) })
				}
			case 2: // and perhaps gives it back
				odd := rapid.Bool().Draw(t, "odd")
				filter := func(x thing) bool { return !odd || x.n%2 == 1 }
				g := store.Getting(filter)
				k := slices.IndexFunc(model, filter)
				if g.Done() != (k >= 0) {
					t.Fatalf("got one: %v, want %v", g.Done(), k)
				}
				if v, _ := g.Value(); k >= 0 && v != model[k] {
					t.Fatalf("got %v, want %v", v, model[k])
				}
				if k < 0 || rapid.Bool().Draw(t, "give back") {
					g.Cancel()
				} else {
					model = slices.Delete(model, k, k+1)
				}
			case 3:
				v, ok := store.TryGet()
				if ok != (len(model) > 0) || ok && v != model[0] {
					t.Fatalf("got %v, want of %v", v, model)
				}
				if ok {
					model = model[1:]
				}
			}
			if !slices.Equal(store.Items(), model) {
				t.Fatalf("%v, want %v", store.Items(), model)
			}
		}
	})
}

// The record of a spawned process may be another's before those who joined it
// are told how it ended.
func TestSpawnReusedBeforeJoinerIsTold(t *testing.T) {
	s, env, l := setup(t)
	var bad, good Process
	joiner := func(p Process) error {
		l.say("%v", errors.Is(p.Join(bad), errBoom))
		return nil
	}
	env.Go("first", func(p Process) error {
		bad = env.Spawn("bad", func(p Process) error {
			check(t, p.Wait(sec))
			return errBoom
		})
		good = env.Spawn("good", func(p Process) error { return p.Wait(sec) })
		env.Go("joiner", joiner)
		gone := env.Go("gone", joiner)
		env.Go("all", func(p Process) error {
			done, err := env.AllOf(good, env.Timeout(3*sec)).Wait(p)
			l.say("%d %v", len(done), err)
			return nil
		})
		check(t, p.Wait(0))
		check(t, p.Wait(sec)) // is resumed after bad and good, before the joiners
		young := env.Spawn("young", func(p Process) error { return p.Wait(sec) })
		again := env.Spawn("again", func(p Process) error { return p.Wait(sec) })
		if young.r != bad.r && again.r != bad.r {
			t.Error("the test does not test: the record was not used again")
		}
		gone.Kill()
		return p.Join(young)
	})
	run(t, s, sim.Never)
	l.want(t, "1s true", "3s 2 <nil>")
}
