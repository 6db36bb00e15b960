package process

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/sim/resource"
)

func newResource(t *testing.T, env *Env, c resource.Config) *Resource {
	t.Helper()
	res, err := env.NewResource("res", c)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func newStore[T any](t *testing.T, env *Env, c StoreConfig[T]) *Store[T] {
	t.Helper()
	s, err := NewStore(env, "store", c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSimpyResource(t *testing.T) {
	use := func(env *Env, l *log, res *Resource, name string, at, hold sim.Time, a Ask) Process {
		return env.Go(name, func(p Process) error {
			if at > 0 {
				check(t, p.Wait(at))
			}
			c, err := res.Request(p, a)
			if err != nil {
				l.say("%s: %v", name, err)
				return nil
			}
			defer c.Release()
			l.say("%s", name)
			if err := p.Wait(hold); err != nil {
				l.say("%s: %v", name, err)
			}
			return nil
		})
	}
	t.Run("resource", func(t *testing.T) { // first come, first served
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{})
		use(env, l, res, "a", 0, sec, Ask{})
		use(env, l, res, "b", 0, sec, Ask{})
		run(t, s, sim.Never)
		l.want(t, "0s a", "1s b")
	})
	t.Run("resource_capacity", func(t *testing.T) {
		_, env, _ := setup(t)
		if _, err := env.NewResource("r", resource.Config{Capacity: -1}); err == nil {
			t.Error("a capacity of -1")
		}
		if _, err := NewStore(env, "s", StoreConfig[int]{Capacity: -1}); err == nil {
			t.Error("a capacity of -1")
		}
	})
	t.Run("resource_slots", func(t *testing.T) { // 3 slots, 9 users
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{Capacity: 3})
		for i := range 9 {
			use(env, l, res, fmt.Sprint(i), 0, sec, Ask{})
		}
		run(t, s, sim.Never)
		l.want(t, "0s 0", "0s 1", "0s 2", "1s 3", "1s 4", "1s 5", "2s 6", "2s 7", "2s 8")
	})
	t.Run("resource_continue_after_interrupt", func(t *testing.T) { // an Asking keeps its place
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{})
		use(env, l, res, "a", 0, sec, Ask{})
		victim := env.Go("victim", func(p Process) error {
			ask := res.Requesting(p, Ask{})
			for ask.Wait(p) != nil {
				l.say("interrupted")
			}
			l.say("victim")
			ask.Claim().Release()
			return nil
		})
		env.Go("interruptor", func(p Process) error { return victim.Interrupt(nil) })
		use(env, l, res, "b", 0, sec, Ask{})
		run(t, s, sim.Never)
		l.want(t, "0s a", "0s interrupted", "1s victim", "1s b")
	})
	t.Run("resource_release_after_interrupt", func(t *testing.T) { // of an ungranted request
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{})
		use(env, l, res, "a", 0, sec, Ask{})
		victim := env.Go("victim", func(p Process) error {
			_, err := res.Request(p, Ask{})
			l.say("%v", err)
			return nil
		})
		env.Go("interruptor", func(p Process) error { return victim.Interrupt("x") })
		use(env, l, res, "b", 0, sec, Ask{})
		run(t, s, sim.Never)
		l.want(t, "0s a", "0s process: interrupted by interruptor: x", "1s b")
	})
	t.Run("resource_immediate_requests", func(t *testing.T) { // release and re-request does not overtake
		s, env, _ := setup(t)
		res := newResource(t, env, resource.Config{})
		var got [2][]sim.Time
		for i := range got {
			env.Go("child", func(p Process) error {
				for range 3 {
					c, err := res.Request(p, Ask{})
					if err != nil {
						return err
					}
					got[i] = append(got[i], p.Now()/sec)
					check(t, p.Wait(sec))
					c.Release()
				}
				return nil
			})
		}
		run(t, s, sim.Never)
		if fmt.Sprint(got) != fmt.Sprint([2][]sim.Time{{0, 2, 4}, {1, 3, 5}}) {
			t.Error(got)
		}
	})
	t.Run("resource_cm_exception", func(t *testing.T) {
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{})
		env.Go("a", func(p Process) error {
			c, err := res.Request(p, Ask{})
			check(t, err)
			defer c.Release()
			return p.Wait(-1)
		}).Defuse()
		use(env, l, res, "b", sec, 0, Ask{})
		run(t, s, sim.Never)
		l.want(t, "1s b")
	})
	t.Run("resource_with_condition", func(t *testing.T) {
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{})
		use(env, l, res, "a", 0, 5*sec, Ask{})
		env.Go("b", func(p Process) error {
			ask := res.Requesting(p, Ask{})
			done, err := env.AnyOf(ask, env.Timeout(sec)).Wait(p)
			l.say("%v %v, %d in line", done, err, res.Len())
			isErr(t, ask.Wait(p), ErrWithdrawn)
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "0s a", "1s [timeout at 1s] <nil>, 0 in line")
	})
	t.Run("renege", func(t *testing.T) {
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{})
		use(env, l, res, "a", 0, 5*sec, Ask{})
		use(env, l, res, "b", 0, sec, Ask{Patience: 2 * sec})
		use(env, l, res, "c", 0, sec, Ask{Patience: 6 * sec})
		run(t, s, sim.Never)
		l.want(t, "0s a", "2s b: process: patience ran out", "5s c")
		if st := res.Stats(); st.Expired != 1 || s.Now() != 6*sec {
			t.Errorf("%+v, %v", st, s.Now())
		}
	})
	t.Run("get_users_and_queue", func(t *testing.T) {
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{})
		for _, n := range []string{"a", "b", "c"} {
			use(env, l, res, n, 0, sec, Ask{})
		}
		run(t, s, 0)
		if res.InUse() != 1 || res.Len() != 2 || len(res.Holders()) != 1 || len(env.Waiting()) != 2 || env.Waiting()[0].What != "res" {
			t.Errorf("%d used, %d wait, %v", res.InUse(), res.Len(), env.Waiting())
		}
	})
	t.Run("sorted_queue_maxlen", func(t *testing.T) {
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{MaxLine: 1})
		for _, n := range []string{"a", "b", "c"} {
			use(env, l, res, n, 0, sec, Ask{})
		}
		run(t, s, sim.Never)
		l.want(t, "0s a", "0s c: resource: the line is full", "1s b")
	})
	t.Run("priority_resource", func(t *testing.T) { // equal ones first come, first served
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{Discipline: resource.Priority})
		for i, prio := range []int32{1, 2, 0, 2, 0} {
			use(env, l, res, fmt.Sprintf("%d prio %d", i, prio), sim.Time(i), sec, Ask{Priority: prio})
		}
		run(t, s, sim.Never)
		l.want(t, "0s 0 prio 1", "1s 2 prio 0", "2s 4 prio 0", "3s 1 prio 2", "4s 3 prio 2")
	})
	preemptive := resource.Config{Preemptive: true, Capacity: 2}
	t.Run("preemptive_resource", func(t *testing.T) {
		s, env, l := setup(t)
		res := newResource(t, env, preemptive)
		use(env, l, res, "a", 0, 3*sec, Ask{Priority: 1, Preempt: true})
		use(env, l, res, "b", 1*sec, 3*sec, Ask{Priority: 1, Preempt: true})
		use(env, l, res, "c", 2*sec, 3*sec, Ask{Priority: 0, Preempt: true})
		run(t, s, sim.Never)
		l.want(t, "0s a", "1s b", "2s c", "2s b: process: interrupted by c: process: res was taken by c")
	})
	t.Run("preemptive_resource_timeout_0", func(t *testing.T) {
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{Preemptive: true})
		env.Go("a", func(p Process) error {
			c, err := res.Request(p, Ask{Priority: 1, Preempt: true})
			check(t, err)
			var lost *Preempted
			if err := p.Wait(sec); !errors.As(err, &lost) || lost.By != "b" || lost.Since != 0 || lost.Resource != "res" || c.Held() || c.Release() {
				t.Errorf("%v, held %v", err, c.Held())
			}
			return p.Wait(0)
		})
		use(env, l, res, "b", 0, 0, Ask{Priority: 0, Preempt: true})
		run(t, s, sim.Never)
		l.want(t, "0s b")
	})
	t.Run("mixed_preemption", func(t *testing.T) {
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{Preemptive: true})
		for i, c := range []struct {
			at      sim.Time
			prio    int32
			preempt bool
		}{{0, 2, true}, {0, 2, true}, {1, 1, false}, {3, 0, true}, {4, 3, true}} {
			env.Go(fmt.Sprint("p", i), func(p Process) error {
				check(t, p.Wait(c.at*sec))
				claim, err := res.Request(p, Ask{Priority: c.prio, Preempt: c.preempt})
				check(t, err)
				defer claim.Release()
				var lost *Preempted
				if errors.As(p.Wait(2*sec), &lost) {
					l.say("%d lost to %s, had it since %v", i, lost.By, lost.Since)
				} else {
					l.say("%d", i)
				}
				return nil
			})
		}
		run(t, s, sim.Never)
		l.want(t, "2s 0", "3s 2 lost to p3, had it since 2s", "5s 3", "7s 1", "9s 4")
	})
	t.Run("preempt_while_told_of_grant", func(t *testing.T) { // the victim still waits for its request
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{Preemptive: true})
		use(env, l, res, "a", 0, sec, Ask{})
		env.Go("victim", func(p Process) error {
			_, err := res.Request(p, Ask{Priority: 5})
			var lost *Preempted
			l.say("victim lost it: %v", errors.As(err, &lost))
			return nil
		})
		env.Go("b", func(p Process) error { // is resumed after a, before the victim is told
			check(t, p.Until(sec))
			c, err := res.Request(p, Ask{Preempt: true})
			l.say("b")
			c.Release()
			return err
		})
		run(t, s, sim.Never)
		l.want(t, "0s a", "1s b", "1s victim lost it: true")
	})
	t.Run("preempted_process_has_ended", func(t *testing.T) { // semantics 9: SimPy crashes
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{Preemptive: true})
		env.Go("leaves", func(p Process) error {
			_, err := res.Request(p, Ask{Priority: 1})
			return err
		})
		use(env, l, res, "b", sec, sec, Ask{Preempt: true})
		run(t, s, sim.Never)
		l.want(t, "1s b")
	})
	t.Run("nested_preemption", func(t *testing.T) { // of who waits for another unit of the same
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{Preemptive: true})
		env.Go("a", func(p Process) error {
			c1, err := res.Request(p, Ask{Priority: 1})
			check(t, err)
			_, err = res.Request(p, Ask{Priority: 1})
			l.say("%v, %d in line, %v", err, res.Len(), c1.Held())
			return nil
		})
		use(env, l, res, "b", sec, sec, Ask{Preempt: true})
		run(t, s, sim.Never)
		l.want(t, "1s b", "1s process: interrupted by b: process: res was taken by b, 0 in line, false")
	})
	t.Run("capacity_falls", func(t *testing.T) {
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{})
		use(env, l, res, "a", 0, 5*sec, Ask{})
		run(t, s, sec)
		check(t, res.SetCapacity(0, resource.Preempt))
		run(t, s, sim.Never)
		l.want(t, "0s a", "1s a: process: interrupted: process: res was taken away: less is there")
	})
	t.Run("combined_request_is_lost", func(t *testing.T) {
		s, env, l := setup(t)
		res := newResource(t, env, resource.Config{Preemptive: true})
		use(env, l, res, "a", 0, sec, Ask{})
		env.Go("victim", func(p Process) error {
			err := p.WaitFor(env.AllOf(res.Requesting(p, Ask{Priority: 5}), env.Timeout(9*sec)))
			l.say("%v", err)
			return nil
		})
		use(env, l, res, "b", 2*sec, sec, Ask{Preempt: true})
		run(t, s, sim.Never)
		l.want(t, "0s a", "2s b", "2s process: interrupted by b: process: res was taken by b")
	})
}

func TestSimpyContainer(t *testing.T) {
	container := func(t *testing.T, env *Env, c resource.ContainerConfig) *Container {
		t.Helper()
		k, err := env.NewContainer("tank", c)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	t.Run("container", func(t *testing.T) { // blocking puts and gets
		s, env, l := setup(t)
		k := container(t, env, resource.ContainerConfig{Capacity: 2})
		env.Go("putter", func(p Process) error {
			check(t, p.Wait(sec))
			for {
				if err := k.Put(p, Ask{Amount: 2}); err != nil {
					return err
				}
				l.say("p")
				check(t, p.Wait(sec))
			}
		})
		env.Go("getter", func(p Process) error {
			check(t, k.Get(p, Ask{}))
			l.say("g")
			check(t, p.Wait(sec))
			check(t, k.Get(p, Ask{}))
			l.say("g")
			return nil
		})
		run(t, s, 4*sec)
		l.want(t, "1s p", "1s g", "2s g", "2s p")
	})
	t.Run("container_gets_queued", func(t *testing.T) { // strictly in turn, semantics 13
		s, env, l := setup(t)
		k := container(t, env, resource.ContainerConfig{Initial: 5})
		for _, n := range []int64{8, 1} {
			env.Go("get", func(p Process) error {
				check(t, k.Get(p, Ask{Amount: n}))
				l.say("%d", n)
				return nil
			})
		}
		env.Go("put", func(p Process) error {
			check(t, p.Wait(sec))
			return k.Put(p, Ask{Amount: 10})
		})
		run(t, s, sim.Never)
		l.want(t, "1s 8", "1s 1")
	})
	t.Run("bounds", func(t *testing.T) {
		s, env, _ := setup(t)
		for _, c := range []resource.ContainerConfig{{Capacity: -1}, {Initial: -1}, {Capacity: 1, Initial: 2}} {
			if _, err := env.NewContainer("bad", c); err == nil {
				t.Errorf("%+v was not refused", c)
			}
		}
		k := container(t, env, resource.ContainerConfig{Capacity: 3})
		env.Go("p", func(p Process) error {
			if k.Put(p, Ask{Amount: -1}) == nil || k.Get(p, Ask{Amount: -1}) == nil {
				t.Error("a negative amount")
			}
			isErr(t, k.Get(p, Ask{Patience: sec}), ErrReneged)
			return nil
		})
		run(t, s, sim.Never)
	})
	t.Run("half_consumed", func(t *testing.T) { // what an abandoned combination got goes back
		s, env, l := setup(t)
		k := container(t, env, resource.ContainerConfig{Initial: 5})
		env.Go("p", func(p Process) error {
			both := env.AllOf(k.Getting(Ask{Amount: 4}), k.Getting(Ask{Amount: 4}))
			done, err := env.AnyOf(both, env.Timeout(sec)).Wait(p)
			l.say("%v %v level %d, %d wait", done, err, k.Level(), len(k.Gets()))
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "1s [timeout at 1s] <nil> level 5, 0 wait")
	})
	t.Run("interrupt_between_grant_and_resume", func(t *testing.T) {
		s, env, _ := setup(t)
		k := container(t, env, resource.ContainerConfig{Capacity: 5})
		getter := env.Go("getter", func(p Process) error { return k.Get(p, Ask{Amount: 2}) })
		getter.Defuse()
		putter := env.Go("putter", func(p Process) error {
			check(t, k.Put(p, Ask{Amount: 5})) // 2 of them go to the getter
			check(t, getter.Interrupt("x"))
			check(t, k.Put(p, Ask{})) // waits: the level is 5 again
			if err := p.Wait(sec); err == nil {
				t.Error("the interrupt was lost")
			}
			return nil
		})
		env.Go("taker", func(p Process) error {
			check(t, p.Wait(sec))
			check(t, k.Get(p, Ask{Amount: 3})) // the put happens
			return putter.Interrupt("too late to undo the put")
		})
		run(t, s, sim.Never)
		if k.Level() != 3 || getter.Err() == nil {
			t.Errorf("level %d, want 5 - 3 + 1; getter %v", k.Level(), getter.Err())
		}
	})
}

func TestSimpyStore(t *testing.T) {
	t.Run("store", func(t *testing.T) { // the same item comes out
		s, env, _ := setup(t)
		item := new(int)
		store := newStore[*int](t, env, StoreConfig[*int]{Capacity: 2})
		env.Go("putter", func(p Process) error { return store.Put(p, item) })
		env.Go("getter", func(p Process) error {
			got, err := store.Get(p)
			if got != item {
				t.Error("another item")
			}
			return err
		})
		run(t, s, sim.Never)
	})
	t.Run("initial_store_capacity_and_blocking", func(t *testing.T) {
		s, env, l := setup(t)
		store := newStore(t, env, StoreConfig[int]{Capacity: 1})
		env.Go("putter", func(p Process) error {
			for i := range 3 {
				check(t, store.Put(p, i))
				l.say("put %d", i)
			}
			isErr(t, store.PutWithin(p, 9, sec), ErrReneged)
			return nil
		})
		env.Go("getter", func(p Process) error {
			for range 2 {
				check(t, p.Wait(sec))
				v, err := store.Get(p)
				l.say("got %d", v)
				check(t, err)
			}
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "0s put 0", "1s got 0", "1s put 1", "2s got 1", "2s put 2")
		if store.Len() != 1 || store.Putters() != 0 {
			t.Error(store.Items(), store.Putters())
		}
	})
	t.Run("store_cancel", func(t *testing.T) { // a get that was given up takes nothing, semantics 6
		s, env, l := setup(t)
		store := newStore(t, env, StoreConfig[int]{})
		env.Go("p", func(p Process) error {
			get := store.Getting(nil)
			check(t, p.WaitFor(env.AnyOf(get, env.Timeout(sec))))
			l.say("%d wait", store.Getters())
			check(t, store.Put(p, 5))
			l.say("%v", store.Items())
			_, err := get.Wait(p)
			isErr(t, err, ErrWithdrawn)
			_, err = store.GetWithin(p, func(v int) bool { return v > 5 }, sec)
			isErr(t, err, ErrReneged)
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "1s 0 wait", "1s [5]")
	})
	t.Run("interrupt_between_grant_and_resume", func(t *testing.T) { // semantics 5: to its front
		s, env, l := setup(t)
		store := newStore(t, env, StoreConfig[int]{})
		getter := env.Go("getter", func(p Process) error {
			_, err := store.Get(p)
			l.say("%v", err)
			return nil
		})
		env.Go("p", func(p Process) error {
			check(t, store.Put(p, 1))
			check(t, store.Put(p, 2))
			check(t, getter.Interrupt("x"))
			l.say("%v", store.Items())
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "0s [1 2]", "0s process: interrupted by p: x")
	})
	t.Run("interrupt_before_combined_wait", func(t *testing.T) {
		s, env, l := setup(t)
		store := newStore(t, env, StoreConfig[int]{})
		check(t, s.Run(ctx, 0))
		store.TryPut(1)
		var getter Process
		env.Go("p", func(p Process) error {
			getter = env.Go("getter", func(p Process) error {
				err := p.WaitFor(env.AllOf(store.Getting(nil), store.Getting(nil))) // has 1, and an interrupt
				l.say("%v %v %d", err, store.Items(), store.Getters())
				return nil
			})
			return getter.Interrupt("x")
		})
		run(t, s, sim.Never)
		l.want(t, "0s process: interrupted by p: x [1] 0")
	})
	t.Run("priority_store", func(t *testing.T) {
		s, env, _ := setup(t)
		type job struct{ prio, n int }
		store := newStore(t, env, StoreConfig[job]{Before: func(a, b job) bool { return a.prio < b.prio }})
		var got []job
		env.Go("p", func(p Process) error {
			for i := range 20 {
				check(t, store.Put(p, job{[]int{3, 1, 2}[i%3], i}))
			}
			items := store.Items()
			for range 20 {
				j, err := store.Get(p)
				check(t, err)
				got = append(got, j)
			}
			if !slices.Equal(items, got) {
				t.Errorf("%v, but Items said %v", got, items)
			}
			return nil
		})
		run(t, s, sim.Never)
		if !slices.IsSortedFunc(got, func(a, b job) int { return (a.prio-b.prio)*100 + a.n - b.n }) || len(got) != 20 {
			t.Errorf("%v: equal ones must stay in order (semantics 8)", got)
		}
	})
	t.Run("filter_store", func(t *testing.T) {
		s, env, l := setup(t)
		store := newStore(t, env, StoreConfig[string]{Capacity: 2})
		env.Go("p", func(p Process) error {
			check(t, store.Put(p, "a"))
			check(t, p.Wait(sec))
			return store.Put(p, "b")
		})
		env.Go("q", func(p Process) error {
			for _, want := range []string{"b", "a"} {
				v, err := store.GetWithin(p, func(v string) bool { return v == want }, sim.Never)
				check(t, err)
				l.say("%s", v)
			}
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "1s b", "1s a")
	})
	t.Run("filter_store_get_after_mismatch", func(t *testing.T) { // who wants nothing of it lets others pass
		s, env, l := setup(t)
		store := newStore(t, env, StoreConfig[int]{})
		calls := 0
		for i := range 3 {
			env.Go("getter", func(p Process) error {
				v, err := store.GetWithin(p, func(v int) bool { calls++; return v == i }, sim.Never)
				l.say("%d", v)
				return err
			})
		}
		env.Go("putter", func(p Process) error {
			for i := range 3 {
				check(t, p.Wait(sec))
				check(t, store.Put(p, 2-i))
			}
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "1s 2", "2s 1", "3s 0")
		if calls != 3+2+1 { // each getter is asked once for each item
			t.Errorf("%d calls of filters", calls)
		}
	})
	t.Run("immediate_get_never_queues", func(t *testing.T) {
		s, env, _ := setup(t)
		store := newStore(t, env, StoreConfig[int]{})
		env.Go("p", func(p Process) error {
			check(t, store.Put(p, 1))
			n := s.Handled()
			_, err := store.Get(p)
			if s.Handled() != n || s.Pending() != 0 || store.Getters() != 0 {
				t.Error("a get that can be had at once caused an event")
			}
			if _, ok := store.TryGet(); ok || !store.TryPut(3) {
				t.Error("TryGet of nothing, or no TryPut")
			}
			v, ok := store.TryGet()
			if v != 3 || !ok {
				t.Error(v, ok)
			}
			return err
		})
		run(t, s, sim.Never)
	})
	t.Run("putting", func(t *testing.T) { // combined, cancelled, and both ways at once
		s, env, l := setup(t)
		store := newStore(t, env, StoreConfig[int]{Capacity: 1})
		env.Go("p", func(p Process) error {
			check(t, store.Putting(1).Wait(p))
			x := store.Putting(2)
			check(t, p.WaitFor(env.AnyOf(x, env.Timeout(sec))))
			l.say("%v, %d wait", store.Items(), store.Putters())
			isErr(t, x.Wait(p), ErrWithdrawn)
			y, g := store.Putting(3), store.Getting(nil)
			l.say("%s", values(t, p, env.AllOf(g, y)))
			g.Cancel() // it was waited for, so it is too late
			l.say("%v", store.Items())
			return nil
		})
		run(t, s, sim.Never)
		l.want(t, "1s [1], 0 wait", "1s [1 3]", "1s [3]")
	})
}
