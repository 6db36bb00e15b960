package resource

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinsim/twinsim/sim"
)

// Which unit comes next: after 0, 1, 2 were taken and given back in the order 2, 0, 1.
func TestPoolChoices(t *testing.T) {
	for want, c := range map[string]PoolConfig{ // order: each is a case of its own
		"[0 1 2 0]": {Choice: Lowest},
		"[0 1 2 2]": {Choice: LongestIdle},
		"[2 1 0 1]": {Pick: func(w *Waiter, free []int32) int { return len(free) - 1 }},
		"[0 1 2 1]": {Pick: func(w *Waiter, free []int32) int {
			for i, u := range free {
				if uint64(u) == w.With {
					return i
				}
			}
			return -1
		}},
	} {
		b := newBench(t)
		c.Units = 3
		p, err := NewPool(b.s, "bays", c)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		var claims []Claim
		take := func(with uint64) {
			c := must(t, true)(p.Request(Demand{To: b.id, With: with}))
			u, ok := p.Unit(c)
			if !ok || p.Holder(u) != c {
				t.Fatal("nobody holds it")
			}
			got, claims = append(got, u), append(claims, c)
		}
		for i := range uint64(3) {
			take(i)
		}
		for _, u := range []int{2, 0, 1} {
			b.release(&p.Resource, p.Holder(u))
		}
		if _, ok := p.Unit(claims[0]); ok {
			t.Error("a released claim has a unit")
		}
		take(1)
		if fmt.Sprint(got) != want {
			t.Errorf("%v, want %s", got, want)
		}
	}
}

// A unit that breaks: its holder is told, or finishes; until it is up nobody gets it.
func TestPoolUnitDown(t *testing.T) {
	for _, rule := range []Rule{Finish, Preempt} {
		b := newBench(t)
		told := 0
		b.on = func(_ *sim.Sim, e sim.Event) { told++ }
		p, err := NewPool(b.s, "lathes", PoolConfig{Units: 2})
		if err != nil {
			t.Fatal(err)
		}
		c := must(t, true)(p.Request(Demand{To: b.id}))
		if err := p.SetDown(0, rule); err != nil {
			t.Fatal(err)
		}
		other := must(t, true)(p.Request(Demand{To: b.id}))
		if u, _ := p.Unit(other); u != 1 || !p.Down(0) {
			t.Error("unit", u)
		}
		must(t, false)(p.Request(Demand{To: b.id, Kind: granted}))
		if ok, err := p.Release(c); ok != (rule == Finish) || err != nil {
			t.Error(ok, err)
		}
		if p.Capacity() != 1 || p.Len() != 1 {
			t.Error(p.Capacity(), "up", p.Len(), "wait")
		}
		if err := p.SetUp(0); err != nil {
			t.Fatal(err)
		}
		if p.Capacity() != 2 || p.Len() != 0 || p.Holder(0) == 0 {
			t.Error("the repaired one is not used")
		}
		b.run(sim.Second)
		if told != 1 {
			t.Error(told, "told") // Release had taken back what was to tell of the pre-emption
		}
		if busy := p.Busy(1); busy.Mean(b.s.Now()) != 1 {
			t.Error(busy)
		}
	}
}

func TestPoolRefuses(t *testing.T) {
	for _, c := range []PoolConfig{{}, {Units: -1}, {Units: 1, Choice: 9}, {Units: 1, Config: Config{Capacity: -1}}} {
		if _, err := NewPool(sim.New(sim.Config{}), "p", c); err == nil {
			t.Errorf("%+v makes a pool", c)
		}
	}
	p, err := NewPool(sim.New(sim.Config{}), "p", PoolConfig{Units: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Request(Demand{Amount: 2}); err == nil {
		t.Error("two units")
	}
	if p.SetDown(2, Finish) == nil || p.SetDown(0, 9) == nil || p.SetUp(-1) == nil || p.Down(5) || p.Holder(-1) != 0 {
		t.Error("units that there aren't")
	}
}

// Whatever happens, each unit that is up is free or held by one claim, and no more
// are in use than may be.
func TestPoolUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sim.New(sim.Config{})
		id, _ := s.Add("client", sim.HandlerFunc(func(*sim.Sim, sim.Event) error { return nil }))
		c := PoolConfig{Units: 3, Choice: Choice(rapid.IntRange(0, 1).Draw(t, "choice"))}
		c.Preemptive = true
		p, err := NewPool(s, "p", c)
		if err != nil {
			t.Fatal(err)
		}
		var claims []Claim
		t.Repeat(map[string]func(*rapid.T){
			"request": func(t *rapid.T) {
				was := p.Stats().Preempted
				c, ok, err := p.Request(Demand{To: id, Priority: int32(rapid.IntRange(0, 3).Draw(t, "priority")), Preempt: rapid.Bool().Draw(t, "preempt")})
				if err != nil {
					t.Fatal(err)
				}
				if n := p.Stats().Preempted - was; !ok && n > 0 {
					t.Fatal(n, "pre-empted for nothing")
				}
				claims = append(claims, c)
			},
			"release": func(t *rapid.T) {
				if len(claims) > 0 {
					if _, err := p.Release(rapid.SampledFrom(claims).Draw(t, "claim")); err != nil {
						t.Fatal(err)
					}
				}
			},
			"down": func(t *rapid.T) {
				if err := p.SetDown(rapid.IntRange(0, 2).Draw(t, "unit"), Rule(rapid.IntRange(0, 1).Draw(t, "rule"))); err != nil {
					t.Fatal(err)
				}
			},
			"up": func(t *rapid.T) {
				if err := p.SetUp(rapid.IntRange(0, 2).Draw(t, "unit")); err != nil {
					t.Fatal(err)
				}
			},
			"limit": func(t *rapid.T) {
				if err := p.SetCapacity(rapid.Int64Range(0, 4).Draw(t, "n"), Rule(rapid.IntRange(0, 1).Draw(t, "rule"))); err != nil {
					t.Fatal(err)
				}
			},
			"pass": func(t *rapid.T) { runPlant(t, s, s.Now()+1) },
			"": func(t *rapid.T) {
				if err := p.desk.check(); err != nil {
					t.Fatal(err)
				}
				if err := p.Resource.check(); err != nil {
					t.Fatal(err)
				}
				if p.Free() > 0 && p.Len() > 0 || p.InUse() > p.units.st.Up || int64(p.units.st.Free.N) != p.units.st.Up-p.InUse() {
					t.Fatal("somebody waits for nothing, or has nothing")
				}
				var busy float64
				for u := range p.Units() {
					b := p.Busy(u)
					busy += b.Area(s.Now())
				}
				st := p.Stats()
				if in := st.Users.Area(s.Now()); busy-in > 1e-9*in || in-busy > 1e-9*in {
					t.Fatal("units are busy for", busy, "s, the pool for", in)
				}
			},
		})
	})
}
