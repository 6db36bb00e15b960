package process

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/resource"
)

// The tests in simpy_*_test.go go through SimPy's test-suite (simpy 3.0.11, tests/), file by file, by
// the names that its tests have. A comment says so where we differ; docs/processes.md says why.

const sec = sim.Second

// a log is what happened, in order: "2s p1 done".
type log struct {
	s    *sim.Sim
	said []string
}

func (l *log) say(format string, args ...any) {
	l.said = append(l.said, fmt.Sprintf("%v ", l.s.Now())+fmt.Sprintf(format, args...))
}

func (l *log) want(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(l.said, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(l.said, "\n  "), strings.Join(want, "\n  "))
	}
}

func setup(t *testing.T) (*sim.Sim, *Env, *log) {
	s, env := world(t)
	return s, env, &log{s: s}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func isErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want %v", err, want)
	}
}

var errBoom = errors.New("boom")

func TestSimpyEnvironment(t *testing.T) {
	ticks := func(env *Env, l *log, n int) {
		env.Go("clock", func(p Process) error {
			for range n {
				l.say("tick")
				if err := p.Wait(sec); err != nil {
					return err
				}
			}
			return nil
		})
	}
	t.Run("event_queue_empty", func(t *testing.T) { // the queue empties before until
		s, env, l := setup(t)
		ticks(env, l, 2)
		run(t, s, 10*sec)
		l.want(t, "0s tick", "1s tick")
	})
	t.Run("run_negative_until", func(t *testing.T) {
		s, _, _ := setup(t)
		if err := s.Run(ctx, -3); err == nil {
			t.Error("until -3 was not refused")
		}
	})
	t.Run("run_resume", func(t *testing.T) { // ours: events exactly at until are executed
		s, env, l := setup(t)
		ticks(env, l, 4)
		run(t, s, 1*sec)
		l.want(t, "0s tick", "1s tick")
		run(t, s, 3*sec/2)
		run(t, s, sim.Never)
		if s.Now() != 4*sec || len(l.said) != 4 {
			t.Errorf("%v, %q", s.Now(), l.said)
		}
	})
	t.Run("run_until_value", func(t *testing.T) { // until=event, also when it is done already
		s, env, _ := setup(t)
		task := Go(env, "child", func(p Process) (int, error) { return 42, p.Wait(sec) })
		for range 2 {
			check(t, env.RunUntil(ctx, task))
			if v, err := task.Value(); v != 42 || err != nil || s.Now() != sec {
				t.Errorf("%v, %v at %v", v, err, s.Now())
			}
		}
	})
	t.Run("run_until_spawned", func(t *testing.T) {
		s, env, _ := setup(t)
		p := env.Spawn("p", func(p Process) error { return p.Wait(sec) })
		p.OnDone(func(error) { env.Spawn("q", func(p Process) error { return p.Wait(sec) }) })
		check(t, env.RunUntil(ctx, p))
		isErr(t, env.RunUntil(ctx, nil), errNil)
		if s.Now() != sec {
			t.Error(s.Now())
		}
	})
	t.Run("run_with_untriggered_event", func(t *testing.T) {
		_, env, _ := setup(t)
		ev := NewEvent[int](env, "never")
		env.Go("waiter", func(p Process) error { return p.WaitFor(ev) })
		err := env.RunUntil(ctx, ev)
		var stuck *sim.StuckError
		if !errors.As(err, &stuck) || len(stuck.Waiting) != 1 || stuck.Waiting[0].Who != "waiter" || stuck.Waiting[0].What != "event never" {
			t.Errorf("got %v", err)
		}
	})
}

func TestSimpyEvent(t *testing.T) {
	t.Run("succeed", func(t *testing.T) {
		s, env, l := setup(t)
		ev := NewEvent[string](env, "e")
		if _, err := ev.Value(); err != ErrPending {
			t.Errorf("value before it happened: %v", err)
		}
		env.Go("child", func(p Process) error {
			v, err := ev.Wait(p)
			l.say("%s", v)
			v, _ = ev.Wait(p) // a late one gets it at once
			l.say("%s again", v)
			return err
		})
		env.Go("parent", func(p Process) error {
			check(t, p.Wait(5*sec))
			check(t, ev.Succeed("ohai"))
			isErr(t, ev.Succeed("twice"), ErrDone)
			isErr(t, ev.Fail(errBoom), ErrDone)
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "5s ohai", "5s ohai again")
	})
	t.Run("fail", func(t *testing.T) {
		s, env, l := setup(t)
		ev := NewEvent[string](env, "e")
		env.Go("child", func(p Process) error {
			_, err := ev.Wait(p)
			l.say("%v", err)
			return nil
		})
		env.Go("parent", func(p Process) error {
			check(t, p.Wait(5*sec))
			return ev.Fail(errBoom)
		})
		run(t, s, sim.Never)
		l.want(t, "5s boom")
		if ev.Fail(nil) == nil || NewEvent[int](env, "n").Fail(nil) == nil {
			t.Error("a failure without an error")
		}
	})
	t.Run("names", func(t *testing.T) {
		_, env, _ := setup(t)
		p := env.Go("worker", func(p Process) error { return nil })
		c := env.AllOf(NewEvent[int](env, "e"), env.AnyOf(env.Timeout(sec), p))
		if got := c.String(); got != "all of (event e, any of (timeout at 1s, the end of worker))" {
			t.Error(got)
		}
	})
	t.Run("waiters_in_order_and_callbacks", func(t *testing.T) {
		s, env, l := setup(t)
		ev := NewEvent[int](env, "e")
		for i := range 2 {
			env.Go("w", func(p Process) error {
				_, err := ev.Wait(p)
				l.say("waiter %d", i)
				return err
			})
		}
		run(t, s, sec)
		ev.OnDone(func(err error) { l.say("callback") })
		env.Go("w", func(p Process) error {
			_, err := ev.Wait(p)
			l.say("waiter 2")
			return err
		})
		env.Go("t", func(p Process) error { return ev.Succeed(1) })
		run(t, s, 2*sec)
		l.want(t, "1s waiter 0", "1s waiter 1", "1s callback", "1s waiter 2")
	})
	t.Run("condition_callback_removal", func(t *testing.T) { // also nested
		s, env, _ := setup(t)
		a, b, c := NewEvent[int](env, "a"), NewEvent[int](env, "b"), NewEvent[int](env, "c")
		env.Go("p", func(p Process) error { return p.WaitFor(env.AnyOf(env.AllOf(a, c), b)) })
		run(t, s, sec)
		if a.first == nil || c.first == nil {
			t.Fatal("nobody waits for the members")
		}
		check(t, b.Succeed(1))
		run(t, s, 2*sec)
		if a.first != nil || b.first != nil || c.first != nil {
			t.Error("a decided condition still waits for its members")
		}
	})
}

func TestSimpyTimeout(t *testing.T) {
	t.Run("discrete_time_steps", func(t *testing.T) {
		s, env, l := setup(t)
		env.Go("p", func(p Process) error {
			for {
				l.say("step")
				if err := p.Wait(sec); err != nil {
					return err
				}
			}
		})
		run(t, s, 2*sec)
		l.want(t, "0s step", "1s step", "2s step")
	})
	t.Run("negative_timeout", func(t *testing.T) {
		s, env, _ := setup(t)
		env.Go("p", func(p Process) error {
			for _, err := range []error{p.Wait(-1), p.Until(-1), p.WaitFor(env.Timeout(-1)), env.NewTimer("t", nil).Set(-1)} {
				if err == nil || !strings.Contains(err.Error(), "negative") && !strings.Contains(err.Error(), "already") {
					t.Errorf("a negative delay: %v", err)
				}
			}
			return nil
		})
		run(t, s, sec)
	})
	t.Run("timeout_value", func(t *testing.T) {
		s, env, _ := setup(t)
		env.Go("p", func(p Process) error {
			to := env.TimeoutWith(sec, "ohai")
			check(t, p.WaitFor(to))
			if to.Value() != "ohai" || !to.Done() {
				t.Error(to.Value())
			}
			return nil
		})
		run(t, s, sim.Never)
	})
	t.Run("shared_timeout", func(t *testing.T) {
		s, env, l := setup(t)
		to := env.Timeout(sec)
		for i := range 3 {
			env.Go("p", func(p Process) error {
				check(t, p.WaitFor(to))
				l.say("%d", i)
				return nil
			})
		}
		run(t, s, sim.Never)
		l.want(t, "1s 0", "1s 1", "1s 2")
	})
	t.Run("triggered_timeout", func(t *testing.T) {
		s, env, l := setup(t)
		env.Go("p", func(p Process) error {
			to := env.Timeout(sec)
			check(t, p.Wait(2*sec))
			check(t, p.WaitFor(to))
			l.say("elapsed long ago")
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "2s elapsed long ago")
	})
}

func TestSimpyProcess(t *testing.T) {
	t.Run("start_non_process", func(t *testing.T) {
		s, env, _ := setup(t)
		if p := env.Go("none", nil); p.Alive() || p.Err() == nil {
			t.Error("a process without a body")
		}
		if err := s.Run(ctx, sec); err == nil {
			t.Error("a process without a body did not end the run")
		}
	})
	t.Run("get_process_state", func(t *testing.T) {
		s, env, _ := setup(t)
		a := env.Go("a", func(p Process) error { return p.Wait(3 * sec) })
		env.Go("b", func(p Process) error {
			check(t, p.Wait(sec))
			if !a.Alive() || a.Err() != ErrPending {
				t.Error("a is alive")
			}
			check(t, p.Join(a))
			if a.Alive() || a.Err() != nil {
				t.Error("a has ended")
			}
			isErr(t, p.Join(p), ErrSelf)
			return nil
		})
		run(t, s, sim.Never)
	})
	t.Run("target", func(t *testing.T) {
		s, env, _ := setup(t)
		ev := NewEvent[int](env, "e")
		env.Go("p", func(p Process) error { return p.WaitFor(ev) })
		run(t, s, sec)
		if w := s.Waiting(); len(w) != 1 || w[0] != (sim.Waiting{Who: "p", What: "event e", Since: 0}) {
			t.Errorf("%v", w)
		}
	})
	t.Run("return_value", func(t *testing.T) { // an error may be a value
		s, env, l := setup(t)
		env.Go("parent", func(p Process) error {
			n, err := Go(env, "child", func(p Process) (int, error) { return 3, p.Wait(sec) }).Join(p)
			l.say("%v %v", n, err)
			v, err := Go(env, "child", func(p Process) (error, error) { return errBoom, nil }).Join(p)
			l.say("%v %v", v, err)
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "1s 3 <nil>", "1s boom <nil>")
	})
	t.Run("interrupted_join", func(t *testing.T) { // not resumed when the child ends
		s, env, l := setup(t)
		child := env.Go("child", func(p Process) error { return p.Wait(2 * sec) })
		parent := env.Go("parent", func(p Process) error {
			err := p.Join(child)
			l.say("%v", err)
			check(t, p.Wait(3*sec))
			l.say("done")
			return nil
		})
		env.Go("interruptor", func(p Process) error {
			check(t, p.Wait(sec))
			return parent.Interrupt("hi")
		})
		run(t, s, sim.Never)
		l.want(t, "1s process: interrupted by interruptor: hi", "4s done")
	})
	t.Run("interrupted_join_and_rejoin", func(t *testing.T) {
		s, env, l := setup(t)
		child := env.Go("child", func(p Process) error { return p.Wait(2 * sec) })
		parent := env.Go("parent", func(p Process) error {
			if p.Join(child) == nil {
				t.Error("not interrupted")
			}
			check(t, p.Join(child))
			l.say("joined")
			check(t, p.Join(child))
			return nil
		})
		env.Go("interruptor", func(p Process) error {
			check(t, p.Wait(sec))
			return parent.Interrupt(nil)
		})
		run(t, s, sim.Never)
		l.want(t, "2s joined")
	})
	t.Run("error_and_interrupted_join", func(t *testing.T) { // whose later failure leaves run
		s, env, _ := setup(t)
		child := env.Go("child", func(p Process) error {
			check(t, p.Wait(2*sec))
			return errBoom
		})
		parent := env.Go("parent", func(p Process) error {
			if p.Join(child) == nil {
				t.Error("not interrupted")
			}
			return p.Wait(3 * sec)
		})
		env.Go("interruptor", func(p Process) error {
			check(t, p.Wait(sec))
			return parent.Interrupt(nil)
		})
		isErr(t, s.Run(ctx, sim.Never), errBoom)
		if s.Now() != 2*sec {
			t.Error(s.Now())
		}
	})
}

func TestSimpyInterrupts(t *testing.T) {
	interrupted := func(t *testing.T, err error) *Interrupted {
		t.Helper()
		var in *Interrupted
		if !errors.As(err, &in) {
			t.Fatalf("got %v, want an interrupt", err)
		}
		return in
	}
	t.Run("interruption", func(t *testing.T) {
		s, env, l := setup(t)
		child := env.Go("child", func(p Process) error {
			in := interrupted(t, p.Wait(10*sec))
			l.say("%v by %s, %v left", in.Cause, in.By, in.Left)
			return nil
		})
		env.Go("root", func(p Process) error {
			check(t, p.Wait(5*sec))
			return child.Interrupt("interrupted!")
		})
		run(t, s, sim.Never)
		l.want(t, "5s interrupted! by root, 5s left")
		if s.Now() != 5*sec || s.Pending() != 0 {
			t.Errorf("a ghost of the wait: %v, %d pending", s.Now(), s.Pending())
		}
	})
	t.Run("concurrent_interrupts", func(t *testing.T) {
		s, env, l := setup(t)
		fox := env.Go("fox", func(p Process) error {
			for range 3 {
				l.say("%v", interrupted(t, p.Wait(10*sec)).Cause)
			}
			return nil
		})
		for _, farmer := range []string{"boggis", "bunce", "beans"} {
			env.Go(farmer, func(p Process) error { return fox.Interrupt(p.Name()) })
		}
		run(t, s, 20*sec)
		l.want(t, "0s boggis", "0s bunce", "0s beans")
	})
	t.Run("concurrent_interrupt_and_event", func(t *testing.T) {
		s, env, l := setup(t)
		ev := NewEvent[int](env, "e")
		receiver := env.Go("receiver", func(p Process) error {
			interrupted(t, p.WaitFor(ev))
			l.say("interrupt")
			check(t, p.WaitFor(ev))
			l.say("event")
			return nil
		})
		env.Go("sender", func(p Process) error {
			check(t, ev.Succeed(1))
			return receiver.Interrupt(nil)
		})
		run(t, s, sim.Never)
		l.want(t, "0s interrupt", "0s event")
	})
	t.Run("init_interrupt", func(t *testing.T) { // the process begins first
		s, env, l := setup(t)
		env.Go("root", func(p Process) error {
			child := env.Go("child", func(p Process) error {
				l.say("begin")
				interrupted(t, p.Wait(10*sec))
				l.say("interrupted")
				return nil
			})
			check(t, child.Interrupt(nil))
			return p.Wait(sec)
		})
		run(t, s, sim.Never)
		l.want(t, "0s begin", "0s interrupted")
	})
	t.Run("interrupt_terminated_process", func(t *testing.T) {
		s, env, _ := setup(t)
		child := env.Go("child", func(p Process) error { return p.Wait(sec) })
		env.Go("parent", func(p Process) error {
			check(t, p.Wait(2*sec))
			isErr(t, child.Interrupt(nil), ErrEnded)
			return nil
		})
		run(t, s, sim.Never)
	})
	t.Run("multiple_interrupts", func(t *testing.T) { // a second one of who died of the first is dropped
		s, env, _ := setup(t)
		child := Go(env, "child", func(p Process) (int, error) {
			return interrupted(t, p.Wait(sec)).Cause.(int), nil
		})
		env.Go("parent", func(p Process) error {
			check(t, p.Wait(0))
			check(t, child.Interrupt(1))
			check(t, child.Interrupt(2))
			v, err := child.Join(p)
			if v != 1 {
				t.Error(v)
			}
			return err
		})
		run(t, s, sim.Never)
	})
	t.Run("interrupt_self", func(t *testing.T) {
		s, env, _ := setup(t)
		env.Go("p", func(p Process) error {
			isErr(t, p.Interrupt("me"), ErrSelf)
			return nil
		})
		run(t, s, sim.Never)
	})
	t.Run("immediate_interrupt", func(t *testing.T) { // two interrupts beat two timeouts of 0
		s, env, l := setup(t)
		resting := func(name string) Process {
			return env.Go(name, func(p Process) error {
				if err := p.Wait(0); err != nil {
					l.say("%s %v", name, interrupted(t, err).Cause)
				} else {
					l.say("%s rested", name)
				}
				return nil
			})
		}
		env.Go("root", func(p Process) error {
			a, b := resting("a"), resting("b")
			env.Go("c", func(p Process) error {
				check(t, a.Interrupt("woken"))
				return b.Interrupt("woken")
			})
			return p.Wait(sec)
		})
		run(t, s, sim.Never)
		l.want(t, "0s a woken", "0s b woken")
	})
	t.Run("interrupt_event", func(t *testing.T) { // in each kind of wait
		s, env, _ := setup(t)
		res, _ := env.NewResource("r", resource.Config{})
		con, _ := env.NewContainer("c", resource.ContainerConfig{Capacity: 1})
		full, _ := env.NewContainer("f", resource.ContainerConfig{Capacity: 1, Initial: 1})
		store, _ := NewStore[int](env, "s", StoreConfig[int]{})
		cond := env.NewCondition("k")
		env.Go("holder", func(p Process) error {
			_, err := res.Request(p, Ask{})
			check(t, err)
			return p.Wait(100 * sec)
		})
		n := 0
		for _, wait := range []func(Process) error{
			func(p Process) error { return p.WaitFor(NewEvent[int](env, "e")) },
			func(p Process) error { _, err := res.Request(p, Ask{}); return err },
			func(p Process) error { return con.Get(p, Ask{}) },
			func(p Process) error { return full.Put(p, Ask{}) },
			func(p Process) error { _, err := store.Get(p); return err },
			func(p Process) error { return p.WaitUntil(func() bool { return false }, cond) },
			func(p Process) error { return p.Passivate() },
			func(p Process) error { return p.Wait(sim.Never) },
			func(p Process) error { return p.WaitFor(env.AnyOf(store.Getting(nil), env.Timeout(50*sec))) },
		} {
			victim := env.Go("victim", func(p Process) error {
				interrupted(t, wait(p))
				n++
				return nil
			})
			env.Go("root", func(p Process) error {
				check(t, p.Wait(sec))
				return victim.Interrupt(nil)
			})
		}
		run(t, s, 2*sec)
		if n != 9 || res.Len() != 0 || len(con.Gets()) != 0 || len(full.Puts()) != 0 || store.Getters() != 0 || cond.Waiting() != 0 || s.Pending() != 1 {
			t.Errorf("%d interrupts; lines %d %d %d %d %d, %d events", n, res.Len(), len(con.Gets()), len(full.Puts()), store.Getters(), cond.Waiting(), s.Pending())
		}
	})
}
