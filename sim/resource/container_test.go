package resource

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinsim/twinsim/sim"
)

// tank returns a container and what its clients are told, by Arg.
func tank(t *testing.T, c ContainerConfig) (*sim.Sim, *Container, Demand, *[]uint64) {
	t.Helper()
	s, told := sim.New(sim.Config{}), new([]uint64)
	id, err := s.Add("client", sim.HandlerFunc(func(_ *sim.Sim, e sim.Event) error {
		*told = append(*told, e.Arg)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	k, err := NewContainer(s, "tank", c)
	if err != nil {
		t.Fatal(err)
	}
	return s, k, Demand{To: id}, told
}

func (d Demand) of(arg uint64, amount int64) Demand {
	d.Arg, d.Amount = arg, amount
	return d
}

func must(t interface {
	Helper()
	Fatal(...any)
}, want bool) func(Claim, bool, error) Claim {
	return func(c Claim, ok bool, err error) Claim {
		t.Helper()
		if ok != want || err != nil {
			t.Fatal("at once:", ok, "error:", err)
		}
		return c
	}
}

// A get that waits for 8 blocks a later get of 1, unless the first that fits may pass.
func TestContainerStrictAndFirstFit(t *testing.T) {
	for _, first := range []bool{false, true} {
		s, k, d, told := tank(t, ContainerConfig{Capacity: 10, Initial: 5, FirstFit: first})
		must(t, false)(k.Get(d.of(1, 8)))
		must(t, first)(k.Get(d.of(2, 1)))
		must(t, true)(k.Put(d.of(3, 4)))
		runPlant(t, s, 1)
		want := "[1 2]"
		if first {
			want = "[1]"
		}
		if fmt.Sprint(*told) != want || k.Level() != 0 {
			t.Errorf("told %v, level %d", *told, k.Level())
		}
		must(t, true)(k.Put(d.of(4, 2)))
		must(t, false)(k.Put(d.of(5, 9)))
		must(t, first)(k.Put(d.of(6, 8)))
	}
}

// As in SimPy: a producer of 2 and a consumer of 1 with room for 2.
func TestContainerBlocksPutAndGet(t *testing.T) {
	s, k, d, _ := tank(t, ContainerConfig{Capacity: 2})
	const putter, putDone, getter, getDone = 0, 1, 2, 3
	var log []string
	gotten := 0
	note := func(what string) { log = append(log, fmt.Sprint(what, int(s.Now().Seconds()))) }
	var self sim.ActorID
	after := func(kind int32) {
		if _, err := s.Schedule(sim.Event{At: s.Now() + sim.Second, To: self, Kind: kind}); err != nil {
			t.Fatal(err)
		}
	}
	self, _ = s.Add("both", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
		d.To = self
		switch e.Kind {
		case putter:
			d.Kind = putDone
			if _, ok, err := k.Put(d.of(0, 2)); !ok || err != nil {
				return err
			}
			fallthrough
		case putDone:
			note("p")
			after(putter)
		case getter:
			d.Kind = getDone
			if _, ok, err := k.Get(d.of(0, 1)); !ok || err != nil {
				return err
			}
			fallthrough
		case getDone:
			note("g")
			if gotten++; gotten < 2 {
				after(getter)
			}
		}
		return nil
	}))
	_, _ = s.Schedule(sim.Event{To: self, Kind: getter})
	after(putter)
	runPlant(t, s, 4*sim.Second)
	if fmt.Sprint(log) != "[p1 g1 g2 p2]" {
		t.Error(log)
	}
}

func TestContainerBounds(t *testing.T) {
	for _, c := range []ContainerConfig{{Capacity: -1}, {Capacity: noLimit}, {Initial: noLimit}, {Capacity: 1, Initial: 2}, {Initial: -1}, {MaxLine: -2}, {Discipline: 9}} {
		if _, err := NewContainer(sim.New(sim.Config{}), "tank", c); err == nil {
			t.Errorf("%+v makes a container", c)
		}
	}
	_, k, d, _ := tank(t, ContainerConfig{Capacity: 5, Initial: 5, MaxLine: 1})
	for _, amount := range []int64{-13, 6, noLimit, math.MaxInt64} {
		if _, _, err := k.Get(d.of(0, amount)); err == nil {
			t.Error("gets", amount)
		}
		if _, _, err := k.Put(d.of(0, amount)); err == nil {
			t.Error("puts", amount)
		}
	}
	must(t, false)(k.Put(d.of(0, 1)))
	if _, _, err := k.Put(d.of(0, 1)); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	_, k, d, _ = tank(t, ContainerConfig{})
	must(t, true)(k.Put(d.of(0, noLimit-1)))
	must(t, true)(k.Put(d.of(0, 1)))
	must(t, false)(k.Put(d.of(0, 1)))
	if k.Capacity() != 0 || k.Level() != noLimit {
		t.Error(k.Level())
	}
}

// A get that was done at this instant and is withdrawn before its client heard of it
// gives back what it took, and goes untold.
func TestContainerInterruptedGetLosesNothing(t *testing.T) {
	s, k, d, told := tank(t, ContainerConfig{Capacity: 10})
	c := must(t, false)(k.Get(d.of(1, 3)))
	must(t, true)(k.Put(d.of(2, 10)))
	if k.Level() != 7 {
		t.Fatal(k.Level())
	}
	must(t, true)(k.Put(d.of(3, 3)))
	if ok, err := k.Withdraw(c); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if ok, err := k.Withdraw(c); ok || err != nil {
		t.Fatal("twice", ok, err)
	}
	runPlant(t, s, 1)
	if k.Level() != 13 || len(*told) != 0 || s.Pending() != 0 {
		t.Errorf("level %d, told %v", k.Level(), *told)
	}
	must(t, true)(k.Get(d.of(4, 10)))
	// Once told, the get is done.
	c = must(t, false)(k.Get(d.of(5, 5)))
	must(t, true)(k.Put(d.of(6, 5)))
	runPlant(t, s, 2)
	if ok, _ := k.Withdraw(c); ok || k.Level() != 3 {
		t.Error("undone after it was told")
	}
	if st := k.Stats(); st.Added-st.Taken != k.Level() {
		t.Errorf("%+v", st)
	}
}

// Random puts and gets: accounts are exact, levels in bounds, nobody waits who
// could be served, the order is kept, Little's law holds, no event stays behind.
func TestContainerAccounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sim.New(sim.Config{})
		told := map[uint64]int{}
		id, _ := s.Add("client", sim.HandlerFunc(func(_ *sim.Sim, e sim.Event) error {
			told[e.Arg]++
			return nil
		}))
		c := ContainerConfig{Capacity: 10, Initial: 4, FirstFit: rapid.Bool().Draw(t, "first fit"), Discipline: Discipline(rapid.IntRange(0, 2).Draw(t, "discipline"))}
		k, err := NewContainer(s, "tank", c)
		if err != nil {
			t.Fatal(err)
		}
		var claims []Claim
		returned := int64(0)
		t.Repeat(map[string]func(*rapid.T){
			"ask": func(t *rapid.T) {
				d := Demand{To: id, Arg: uint64(len(claims)), Amount: rapid.Int64Range(1, 10).Draw(t, "amount"), Patience: sim.Time(rapid.IntRange(0, 3).Draw(t, "patience"))}
				if c.Discipline == Priority {
					d.Priority = int32(rapid.IntRange(0, 2).Draw(t, "priority"))
				}
				ask := k.Get
				if rapid.Bool().Draw(t, "put") {
					ask = k.Put
				}
				c, ok, err := ask(d)
				if err != nil || ok != (c == 0) {
					t.Fatal(c, ok, err)
				}
				claims = append(claims, c)
			},
			"withdraw": func(t *rapid.T) {
				if len(claims) == 0 {
					return
				}
				i := rapid.IntRange(0, len(claims)-1).Draw(t, "which")
				w, known := k.Look(claims[i])
				before, heard := k.Level(), told[uint64(i)]
				ok, err := k.Withdraw(claims[i])
				if err != nil || ok && !known {
					t.Fatal(ok, known, err)
				}
				if ok && w.Granted >= 0 {
					if w.Put || heard > 0 || before < 0 {
						t.Fatal("undone although told, or a put")
					}
					returned += w.Amount
				}
				told[uint64(i)] = 100 // nothing more may come
			},
			"pass": func(t *rapid.T) {
				if err := s.Run(context.Background(), s.Now()+sim.Time(rapid.IntRange(0, 3).Draw(t, "dt"))); err != nil {
					t.Fatal(err)
				}
			},
			"": func(t *rapid.T) {
				checkContainer(t, k, c, returned)
				for arg, n := range told {
					if n != 0 && n != 1 && n != 100 {
						t.Fatalf("%d was told %d times", arg, n)
					}
				}
			},
		})
		if err := s.Run(context.Background(), s.Now()+10); err != nil {
			t.Fatal(err)
		}
		if s.Pending() != 0 {
			t.Fatal("ghosts")
		}
	})
}

func checkContainer(t *rapid.T, k *Container, c ContainerConfig, returned int64) {
	st := k.Stats()
	if k.Level() < 0 || k.Level() > c.Capacity+returned || k.Level() != c.Initial+st.Added-st.Taken {
		t.Fatalf("level %d: %+v", k.Level(), st)
	}
	if err := errors.Join(little(&st.Gets, k.sim.Now()), little(&st.Puts, k.sim.Now()), k.desk.check(), k.check()); err != nil {
		t.Fatal(err)
	}
	fits := [2]func(Waiter) bool{
		gets: func(w Waiter) bool { return w.Amount <= k.Level() },
		puts: func(w Waiter) bool { return w.Amount <= c.Capacity-k.Level() },
	}
	for l, all := range [][]Waiter{k.Gets(), k.Puts()} {
		for i, w := range all {
			if fits[l](w) && (i == 0 || c.FirstFit) {
				t.Fatalf("%+v waits for nothing", w)
			}
		}
		if !slices.IsSortedFunc(all, func(a, b Waiter) int {
			switch {
			case c.Discipline == Priority && a.Priority != b.Priority:
				return int(a.Priority - b.Priority)
			case c.Discipline == LIFO:
				return int(b.Turn) - int(a.Turn)
			}
			return int(a.Turn) - int(b.Turn)
		}) {
			t.Fatal("out of order")
		}
	}
}
