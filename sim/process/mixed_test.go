package process

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/resource"
)

func mustHave[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// Claims of different resources have the same numbers: a loss is told to who
// lost, and nobody else.
func TestLossGoesToTheLoser(t *testing.T) {
	s, env := world(t)
	a := mustHave[*Resource](t)(env.NewResource("A", resource.Config{Capacity: 2, Preemptive: true}))
	b := mustHave[*Resource](t)(env.NewResource("B", resource.Config{}))
	var lost sim.Time
	env.Go("p", func(p Process) error {
		a.Request(p, Ask{})
		x := a.Requesting(p, Ask{Priority: 5})
		if err := x.Wait(p); err != nil {
			return err
		}
		var in *Interrupted
		if errors.As(p.Wait(100), &in) {
			lost = p.Now()
		}
		return nil
	})
	env.Go("q", func(p Process) error {
		p.Wait(1)
		b.Request(p, Ask{})
		if err := b.Requesting(p, Ask{}).Wait(p); err != nil {
			t.Error("q waits for B and is told:", err)
		}
		return nil
	})
	env.Go("vip", func(p Process) error {
		p.Wait(2)
		_, err := a.Request(p, Ask{Priority: 1, Preempt: true})
		return err
	})
	if run(t, s, 50); lost != 2 {
		t.Errorf("p was told at %v, want 2ns", lost)
	}
}

// An actor may take what a process holds; the process is told its name.
func TestPreemptedByAnActor(t *testing.T) {
	s, env := world(t)
	a := mustHave[*Resource](t)(env.NewResource("A", resource.Config{Preemptive: true}))
	var cause *Preempted
	env.Go("p", func(p Process) error {
		a.Request(p, Ask{Priority: 5})
		errors.As(p.Wait(100), &cause)
		return nil
	})
	id := mustHave[sim.ActorID](t)(s.Add("robot", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
		_, _, err := a.Resource.Request(resource.Demand{To: e.To, Preempt: true, Priority: 1})
		return err
	})))
	s.Schedule(sim.Event{At: 2, To: id})
	if run(t, s, 50); cause == nil || cause.By != "robot" {
		t.Errorf("the cause is %+v", cause)
	}
}

// A panic of a callback or a timer ends the run and is not that of the process
// on whose stack it happened, which can't recover it either.
func TestPanicOfACallback(t *testing.T) {
	for _, kind := range []string{"timer", "OnDone"} {
		s, env := world(t)
		recovered := false
		env.Go("innocent", func(p Process) error {
			defer func() { recovered = recovered || recover() != nil }()
			return p.Wait(5)
		})
		ev := NewEvent[int](env, "ev")
		if kind == "timer" {
			env.NewTimer("w", func() error { panic("bad") }).Set(2)
		} else {
			ev.OnDone(func(error) { panic("bad") })
			env.Go("other", func(p Process) error { p.Wait(2); return ev.Succeed(1) })
		}
		err := s.Run(ctx, 100)
		var p *PanicError
		if !errors.As(err, &p) || strings.Contains(err.Error(), `process "innocent"`) || !strings.Contains(err.Error(), kind) || recovered {
			t.Errorf("%s: recovered %v, %v", kind, recovered, err)
		}
	}
}

// Close within an event ends the processes at its end, and the run goes on.
func TestCloseWithinTheRun(t *testing.T) {
	for _, within := range []string{"process", "timer", "actor"} {
		s, env := world(t)
		ends := 0
		for range 3 {
			env.Go("a", func(p Process) error {
				defer func() { ends++ }()
				return p.Wait(50)
			})
		}
		switch within {
		case "process":
			env.Go("b", func(p Process) error { p.Wait(5); env.Close(); return nil })
		case "timer":
			env.NewTimer("w", func() error { env.Close(); return nil }).Set(5)
		}
		handled := 0
		id, _ := s.Add("actor", sim.HandlerFunc(func(*sim.Sim, sim.Event) error {
			if handled++; within == "actor" {
				env.Close()
			}
			return nil
		}))
		s.Schedule(sim.Event{At: 7, To: id})
		if err := s.Run(ctx, 100); err != nil || env.Live() != 0 || ends != 3 || handled != 1 || s.Now() != 100 {
			t.Errorf("%s: %v, %d live, %d ended, now %v", within, err, env.Live(), ends, s.Now())
		}
	}
}

// Load takes away what the build was about to call.
func TestLoadForgetsTheBuild(t *testing.T) {
	build := func() (s *sim.Sim, env *Env, dog *Timer, log *[]string) {
		s, env = world(t)
		log = new([]string)
		env.Go("p", func(p Process) error { return p.Wait(1) }).OnDone(func(error) { *log = append(*log, "p") })
		dog = env.NewTimer("dog", func() error { *log = append(*log, "dog"); return nil })
		dog.Set(1)
		id, _ := s.Add("plant", sim.HandlerFunc(func(*sim.Sim, sim.Event) error { *log = append(*log, "plant"); return nil }))
		s.Schedule(sim.Event{At: 30, To: id})
		return s, env, dog, log
	}
	s, _, _, _ := build()
	run(t, s, 10)
	data := mustHave[[]byte](t)(s.Save())
	s, env, dog, log := build()
	if err := s.Load(data); err != nil {
		t.Fatal(err)
	}
	ev := NewEvent[int](env, "ev")
	ev.OnDone(func(error) { *log = append(*log, "ev") })
	ev.Succeed(1)
	dog.Set(5)
	run(t, s, 40)
	if got := strings.Join(*log, " "); got != "ev dog plant" {
		t.Errorf("called %q", got)
	}
	mustHave[[]byte](t)(s.Save())
}

// Another's Stop is no standstill.
func TestRunUntilAfterAStop(t *testing.T) {
	s, env := world(t)
	id, _ := s.Add("op", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error { s.Stop(); return nil }))
	s.Schedule(sim.Event{At: 2, To: id})
	p := env.Go("p", func(p Process) error { return p.Wait(100) })
	var stuck *sim.StuckError
	if err := env.RunUntil(ctx, p); !errors.Is(err, ErrPending) || errors.As(err, &stuck) {
		t.Error(err)
	}
	if err := env.RunUntil(ctx, p); err != nil || s.Now() != 100 {
		t.Error(err, s.Now())
	}
}

// A trace is the same by Run, whose waits are in line, and by Step.
func TestTraceByRunAndStep(t *testing.T) {
	trace := func(step bool) string {
		var b bytes.Buffer
		s := sim.New(sim.Config{Trace: &sim.TextTrace{W: &b}})
		env := mustHave[*Env](t)(New(s, Config{}))
		defer env.Close()
		env.Go("p", func(p Process) error {
			for range 3 {
				p.Wait(1)
			}
			return nil
		})
		for some := step; some; {
			some, _ = s.Step()
		}
		run(t, s, 10)
		return b.String()
	}
	if a, b := trace(false), trace(true); a != b {
		t.Errorf("by Run:\n%sby Step:\n%s", a, b)
	}
}

// What was not made, or belongs to another Env, is an error at once.
func TestForeignAndUnmade(t *testing.T) {
	s, env := world(t)
	other := mustHave[*Env](t)(New(s, Config{Name: "other"}))
	defer other.Close()
	st := mustHave[*Store[int]](t)(NewStore[int](other, "s", StoreConfig[int]{}))
	st.TryPut(1)
	var ev Event[int]
	var errs []error
	env.Go("p", func(p Process) error {
		_, get := st.Get(p)
		_, within := st.GetWithin(p, nil, 0)
		_, wait := ev.Wait(p)
		errs = append(errs, get, within, st.Put(p, 2), wait, ev.Succeed(1), ev.Fail(errors.New("x")))
		return nil
	})
	run(t, s, 10)
	for i, err := range errs {
		if err == nil {
			t.Errorf("%d is no error", i)
		}
	}
	if len(errs) != 6 || st.Len() != 1 {
		t.Errorf("%d errors, %d items", len(errs), st.Len())
	}
}
