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

// values of a combination, waited for.
func values(t *testing.T, p Process, c *Combined) string {
	t.Helper()
	if _, err := c.Wait(p); err != nil {
		t.Error(err)
	}
	return fmt.Sprint(c.Values())
}

func TestSimpyCondition(t *testing.T) {
	// in runs a body as the only process, to the end.
	in := func(t *testing.T, body func(p Process, env *Env, l *log)) *log {
		s, env, l := setup(t)
		env.Go("p", func(p Process) error {
			body(p, env, l)
			return nil
		})
		run(t, s, sim.Never)
		if s.Pending() != 0 {
			t.Errorf("%d events are left", s.Pending())
		}
		return l
	}
	timeouts := func(env *Env, n int) []Awaitable {
		var all []Awaitable
		for i := range n {
			all = append(all, env.TimeoutWith(sim.Time(i)*sec, i))
		}
		return all
	}
	t.Run("operator_and", func(t *testing.T) {
		in(t, func(p Process, env *Env, l *log) {
			l.say("%s", values(t, p, env.AllOf(timeouts(env, 3)...)))
		}).want(t, "2s [0 1 2]")
	})
	t.Run("operator_and_blocked", func(t *testing.T) {
		in(t, func(p Process, env *Env, l *log) {
			ev := NewEvent[int](env, "e")
			env.Go("other", func(p Process) error {
				check(t, p.Wait(5*sec))
				return ev.Succeed(7)
			})
			l.say("%s", values(t, p, env.AllOf(env.TimeoutWith(sec, 1), ev)))
		}).want(t, "5s [1 7]")
	})
	t.Run("operator_or", func(t *testing.T) {
		in(t, func(p Process, env *Env, l *log) {
			l.say("%s", values(t, p, env.AnyOf(timeouts(env, 3)...)))
		}).want(t, "0s [0]")
	})
	t.Run("operator_nested_and", func(t *testing.T) { // (0 & 2) | 1
		in(t, func(p Process, env *Env, l *log) {
			to := timeouts(env, 3)
			l.say("%s", values(t, p, env.AnyOf(env.AllOf(to[0], to[2]), to[1])))
		}).want(t, "1s [0 1]")
	})
	t.Run("operator_nested_or", func(t *testing.T) { // (0 | 1) & 2
		in(t, func(p Process, env *Env, l *log) {
			to := timeouts(env, 3)
			l.say("%s", values(t, p, env.AllOf(env.AnyOf(to[0], to[1]), to[2])))
		}).want(t, "2s [0 2]") // SimPy: [0 1 2]; ours has let go of the loser
	})
	t.Run("nested_cond_with_error", func(t *testing.T) {
		in(t, func(p Process, env *Env, l *log) {
			bad := env.Go("bad", func(p Process) error {
				check(t, p.Wait(sec))
				return errBoom
			})
			_, err := env.AllOf(env.AllOf(bad, env.Timeout(5*sec)), env.Timeout(9*sec)).Wait(p)
			isErr(t, err, errBoom)
			l.say("failed")
		}).want(t, "1s failed")
	})
	t.Run("cond_with_uncaught_error", func(t *testing.T) { // a failure after it was met ends the run
		s, env, _ := setup(t)
		env.Go("p", func(p Process) error {
			bad := env.Go("bad", func(p Process) error {
				check(t, p.Wait(2*sec))
				return errBoom
			})
			check(t, p.WaitFor(env.AnyOf(env.Timeout(sec), bad)))
			return p.Wait(9 * sec)
		})
		isErr(t, s.Run(ctx, sim.Never), errBoom)
	})
	t.Run("iand_ior", func(t *testing.T) { // flattened in the order of declaration
		for _, c := range []struct {
			inner, outer bool // true: all
			want         string
		}{{true, true, "[1 2 0]"}, {false, true, "[1 0]"}, {false, false, "[0]"}, {true, false, "[0]"}} {
			in(t, func(p Process, env *Env, l *log) {
				inner := env.combine(c.inner, []Awaitable{env.TimeoutWith(sec, 1), env.TimeoutWith(2*sec, 2)})
				outer := env.combine(c.outer, []Awaitable{inner, env.TimeoutWith(0, 0)})
				if got := values(t, p, outer); got != c.want {
					t.Errorf("%+v: %s", c, got)
				}
			})
		}
	})
	t.Run("immutable_results", func(t *testing.T) {
		in(t, func(p Process, env *Env, l *log) {
			a, b := env.TimeoutWith(sec, 1), env.TimeoutWith(2*sec, 2)
			c := env.AnyOf(a, b)
			first := values(t, p, c)
			check(t, p.Wait(5*sec))
			if !b.Done() || values(t, p, c) != first || !c.Has(a) || c.Has(b) || len(c.Result()) != 1 {
				t.Error("the result changed")
			}
		})
	})
	t.Run("shared_and_condition", func(t *testing.T) {
		in(t, func(p Process, env *Env, l *log) {
			to := timeouts(env, 3)
			c1 := env.AllOf(to[0], to[1])
			c2 := env.AllOf(c1, to[2])
			env.Go("q", func(p Process) error {
				l.say("c2 %s", values(t, p, c2))
				return nil
			})
			l.say("c1 %s", values(t, p, c1))
		}).want(t, "1s c1 [0 1]", "2s c2 [0 1 2]")
	})
	t.Run("shared_or_condition", func(t *testing.T) {
		in(t, func(p Process, env *Env, l *log) {
			to := timeouts(env, 3)
			c1 := env.AnyOf(to[0], to[1])
			c2 := env.AnyOf(c1, to[2])
			env.Go("q", func(p Process) error {
				l.say("c2 %s", values(t, p, c2))
				return nil
			})
			l.say("c1 %s", values(t, p, c1))
		}).want(t, "0s c1 [0]", "0s c2 [0]")
	})
	t.Run("result_order", func(t *testing.T) { // of declaration, not of happening
		in(t, func(p Process, env *Env, l *log) {
			to := timeouts(env, 3)
			slices.Reverse(to)
			l.say("%s", values(t, p, env.AllOf(to...)))
		}).want(t, "2s [2 1 0]")
	})
	t.Run("all_of_any_of_empty", func(t *testing.T) {
		in(t, func(p Process, env *Env, l *log) {
			l.say("%s%s", values(t, p, env.AllOf()), values(t, p, env.AnyOf()))
		}).want(t, "0s [][]")
	})
	t.Run("already_triggered", func(t *testing.T) {
		in(t, func(p Process, env *Env, l *log) {
			ev := NewEvent[int](env, "e")
			check(t, ev.Succeed(3))
			l.say("%s", values(t, p, env.AllOf(ev, env.TimeoutWith(sec, 1))))
			l.say("%s", values(t, p, env.AnyOf(env.TimeoutWith(sec, 1), ev)))
		}).want(t, "1s [3 1]", "1s [3]")
	})
	t.Run("member_twice_and_processes", func(t *testing.T) {
		in(t, func(p Process, env *Env, l *log) {
			task := Go(env, "task", func(p Process) (int, error) { return 5, p.Wait(sec) })
			c := env.AllOf(task, task, task.Process)
			check(t, p.WaitFor(c))
			if !c.Has(task) || len(c.Result()) != 3 {
				t.Error(c.Result())
			}
			l.say("done")
		}).want(t, "1s done")
	})
	t.Run("other_environment", func(t *testing.T) {
		in(t, func(p Process, env *Env, l *log) {
			_, other := world(t)
			if p.WaitFor(env.AnyOf(other.Timeout(0))) == nil || p.WaitFor(other.Timeout(0)) == nil {
				t.Error("members of another environment")
			}
		})
	})
}

func TestSimpyExceptions(t *testing.T) {
	t.Run("error_forwarding", func(t *testing.T) {
		s, env, l := setup(t)
		env.Go("parent", func(p Process) error {
			err := p.Join(env.Go("child", func(p Process) error { return errBoom }))
			isErr(t, err, errBoom)
			l.say("%v", err)
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, `0s process "child" failed at 0s: boom`)
	})
	t.Run("no_parent_process", func(t *testing.T) {
		s, env, _ := setup(t)
		env.Go("child", func(p Process) error {
			check(t, p.Wait(sec))
			return errBoom
		})
		err := s.Run(ctx, sim.Never)
		isErr(t, err, errBoom)
		if err.Error() != `1s, processes: process "child" failed at 1s: boom` {
			t.Error(err)
		}
	})
	t.Run("exception_chaining", func(t *testing.T) { // child, parent, grandparent, run
		s, env, _ := setup(t)
		child := func(p Process) error {
			check(t, p.Wait(sec))
			return &twoArgs{"a", 2}
		}
		parent := func(p Process) error { return p.Join(env.Go("child", child)) }
		env.Go("grandparent", func(p Process) error { return p.Join(env.Go("parent", parent)) })
		err := s.Run(ctx, sim.Never)
		var two *twoArgs
		if !errors.As(err, &two) || two.a != "a" || two.b != 2 { // SimPy rebuilds it from its arguments
			t.Error(err)
		}
		for _, name := range []string{"grandparent", "parent", "child"} {
			if !strings.Contains(err.Error(), fmt.Sprintf("%q", name)) {
				t.Errorf("%s is not in %v", name, err)
			}
		}
	})
	t.Run("invalid_event", func(t *testing.T) { // a wait by somebody else than the running process
		s, env, _ := setup(t)
		a := env.Go("a", func(p Process) error { return p.Wait(9 * sec) })
		env.Go("b", func(p Process) error {
			for _, err := range []error{a.Wait(1), a.Passivate(), a.Join(p), Process{}.Wait(1), Process{}.Until(1)} {
				isErr(t, err, errOutside)
			}
			isErr(t, p.WaitFor(nil), errNil) // SimPy: yield None
			isErr(t, p.WaitFor(env.AllOf(nil)), errNil)
			if (Process{}).Now() != 0 || (Process{}).Env() != nil || (Process{}).Alive() {
				t.Error("the zero Process is somebody")
			}
			return nil
		})
		run(t, s, sim.Never)
		isErr(t, a.Wait(1), errOutside)
	})
	t.Run("callback_exception_handling", func(t *testing.T) { // a callback takes notice
		s, env, _ := setup(t)
		ev := NewEvent[int](env, "e")
		var got error
		ev.OnDone(func(err error) { got = err })
		env.Go("p", func(p Process) error { return ev.Fail(errBoom) })
		run(t, s, sim.Never)
		isErr(t, got, errBoom)
	})
	t.Run("process_exception_handling", func(t *testing.T) { // several get the same error
		s, env, l := setup(t)
		ev := NewEvent[int](env, "e")
		for range 2 {
			env.Go("w", func(p Process) error {
				l.say("%v", p.WaitFor(ev) == errBoom)
				return nil
			})
		}
		env.Go("late", func(p Process) error {
			check(t, p.Wait(sec))
			l.say("late %v", p.WaitFor(ev)) // semantics 11
			return nil
		})
		env.Go("p", func(p Process) error { return ev.Fail(errBoom) })
		run(t, s, sim.Never)
		l.want(t, "0s true", "0s true", "1s late boom")
	})
	t.Run("undefused_failure", func(t *testing.T) {
		s, env, _ := setup(t)
		a, b := NewEvent[int](env, "a"), NewEvent[int](env, "b")
		b.Defuse()
		env.Go("p", func(p Process) error {
			check(t, b.Fail(errBoom))
			return a.Fail(errBoom)
		})
		env.Go("q", func(p Process) error { // at the same instant, but in time
			isErr(t, p.WaitFor(a), errBoom)
			return nil
		})
		c := NewEvent[int](env, "c")
		env.Go("r", func(p Process) error {
			check(t, p.Wait(sec))
			return c.Fail(errBoom)
		})
		isErr(t, s.Run(ctx, sim.Never), errBoom)
		if s.Now() != sec {
			t.Errorf("ended at %v", s.Now())
		}
	})
	t.Run("exception_with_request", func(t *testing.T) { // releases
		s, env, _ := setup(t)
		res, err := env.NewResource("r", resource.Config{})
		check(t, err)
		child := env.Go("child", func(p Process) error {
			c, err := res.Request(p, Ask{})
			if err != nil {
				return err
			}
			defer c.Release()
			return errBoom
		})
		child.Defuse()
		run(t, s, sim.Never)
		if res.InUse() != 0 {
			t.Error("still in use")
		}
		isErr(t, child.Err(), errBoom)
	})
}

type twoArgs struct {
	a string
	b int
}

func (e *twoArgs) Error() string { return fmt.Sprint(e.a, e.b) }

// simpy.util: start_delayed, subscribe_at, all_of and any_of.
func TestSimpyUtil(t *testing.T) {
	t.Run("start_delayed", func(t *testing.T) { // a body that waits first
		s, env, l := setup(t)
		env.Go("p", func(p Process) error {
			if err := p.Wait(5 * sec); err != nil {
				return err
			}
			l.say("begin")
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "5s begin")
	})
	t.Run("subscribe", func(t *testing.T) { // an interrupt when something else happens
		s, env, l := setup(t)
		child := Go(env, "child", func(p Process) (string, error) { return "ohai", p.Wait(3 * sec) })
		parent := env.Go("parent", func(p Process) error {
			var in *Interrupted
			if errors.As(p.Wait(9*sec), &in) {
				l.say("%v, %v left", in.Cause, in.Left)
			}
			return nil
		})
		child.OnDone(func(error) {
			v, _ := child.Value()
			check(t, parent.Interrupt(v))
		})
		dead := env.Go("dead", func(p Process) error { return nil })
		env.Timeout(sec).OnDone(func(error) { isErr(t, dead.Interrupt(nil), ErrEnded) })
		run(t, s, sim.Never)
		l.want(t, "3s ohai, 6s left")
	})
	t.Run("wait_for_all_any_with_errors", func(t *testing.T) {
		s, env, _ := setup(t)
		env.Go("p", func(p Process) error {
			for _, all := range []bool{true, false} {
				bad := env.Go("bad", func(p Process) error {
					check(t, p.Wait(sec))
					return errBoom
				})
				isErr(t, p.WaitFor(env.combine(all, []Awaitable{env.Timeout(2 * sec), bad})), errBoom)
			}
			return nil
		})
		run(t, s, sim.Never)
	})
	t.Run("any_of_chaining", func(t *testing.T) { // the first of ten, then of nine, and so on
		s, env, l := setup(t)
		env.Go("p", func(p Process) error {
			var all []Awaitable
			for i := range 5 {
				all = append(all, env.TimeoutWith(sim.Time(i+1)*sec, i))
			}
			for len(all) > 0 {
				done, err := env.AnyOf(all...).Wait(p)
				if err != nil {
					return err
				}
				l.say("%v", done[0].(*Timeout).Value())
				all = slices.DeleteFunc(all, func(a Awaitable) bool { return a == done[0] })
			}
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "1s 0", "2s 1", "3s 2", "4s 3", "5s 4")
	})
}
