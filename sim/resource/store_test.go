package resource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinsim/twinsim/sim"
)

type thing struct {
	No    int
	Color uint64
	Rank  int
}

var colored = []func(*thing, uint64) bool{func(v *thing, with uint64) bool { return v.Color == with }}

func newShelf(t interface{ Fatal(...any) }, c StoreConfig[thing]) (*sim.Sim, *Store[thing], sim.ActorID, *[]string) {
	s, log := sim.New(sim.Config{}), new([]string)
	id, err := s.Add("client", sim.HandlerFunc(func(_ *sim.Sim, e sim.Event) error {
		*log = append(*log, fmt.Sprint(toldAs[e.Kind], " ", e.Arg))
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	k, err := NewStore(s, "shelf", c)
	if err != nil {
		t.Fatal(err)
	}
	return s, k, id, log
}

// Of items, strings will do in a store; pointers will not.
func TestStoreConfig(t *testing.T) {
	if _, err := NewStore(sim.New(sim.Config{}), "s", StoreConfig[string]{}); err != nil {
		t.Error(err)
	}
	if _, err := NewStore(sim.New(sim.Config{}), "s", StoreConfig[*int]{}); err == nil || !strings.Contains(err.Error(), "plain data") {
		t.Error(err)
	}
	for _, c := range []StoreConfig[int]{{Capacity: -1}, {MaxLine: -2}, {Discipline: 7}, {LIFO: true, Less: func(a, b *int) bool { return *a < *b }}} {
		if _, err := NewStore(sim.New(sim.Config{}), "s", c); err == nil {
			t.Errorf("%+v makes a store", c)
		}
	}
	k, err := NewStore(sim.New(sim.Config{}), "s", StoreConfig[int]{Capacity: 2})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		must(t, i < 2)(k.Put(Demand{}, i))
	}
	if k.Len() != 2 || len(k.Puts()) != 1 || k.Capacity() != 2 {
		t.Error(k.Items())
	}
	if _, _, _, err := k.Get(Demand{Filter: 1}); err == nil {
		t.Error("a filter that is not there")
	}
}

// Eight equal items come out in the order in which they came.
func TestPriorityStoreIsStable(t *testing.T) {
	_, k, _, _ := newShelf(t, StoreConfig[thing]{Less: func(a, b *thing) bool { return a.Rank < b.Rank }})
	for i := range 8 {
		must(t, true)(k.Put(Demand{}, thing{No: i, Rank: 1}))
	}
	must(t, true)(k.Put(Demand{}, thing{No: 8, Rank: 0}))
	for _, want := range []int{8, 0, 1, 2, 3, 4, 5, 6, 7} {
		if v, _, ok, err := k.Get(Demand{}); !ok || err != nil || v.No != want {
			t.Fatalf("got %v, want %d", v, want)
		}
	}
}

// A get whose filter doesn't match doesn't stop the next one; a filter that finds
// its item at the first try is asked once.
func TestFilterStore(t *testing.T) {
	calls := 0
	s, k, id, log := newShelf(t, StoreConfig[thing]{Filters: []func(*thing, uint64) bool{func(v *thing, with uint64) bool {
		calls++
		return v.Color == with
	}}})
	var claims [3]Claim
	for i, color := range []uint64{1, 2, 2} {
		_, claims[i], _, _ = k.Get(Demand{To: id, Kind: granted, Arg: uint64(i), Filter: 1, With: color})
	}
	must(t, true)(k.Put(Demand{}, thing{No: 7, Color: 2}))
	if calls != 2 || k.Len() != 0 {
		t.Error(calls, "calls")
	}
	runPlant(t, s, 1)
	if v, ok := k.Take(claims[1]); !ok || v.No != 7 || fmt.Sprint(*log) != "[granted 1]" {
		t.Error(v, ok, *log)
	}
	if _, ok := k.Take(claims[1]); ok {
		t.Error("taken twice")
	}
	if _, ok := k.Take(claims[0]); ok {
		t.Error("taken while it waits")
	}
	for i := range 10 {
		must(t, true)(k.Put(Demand{}, thing{No: i, Color: 5}))
	}
	for _, c := range []struct {
		color uint64
		calls int
	}{{5, 1}, {9, 9}} {
		calls = 0
		if _, _, _, err := k.Get(Demand{To: id, Filter: 1, With: c.color}); err != nil || calls != c.calls {
			t.Errorf("%d calls, want %d", calls, c.calls)
		}
	}
}

// What can be had at once never queues.
func TestImmediateNeverQueues(t *testing.T) {
	hook := func(what string) func(*sim.Sim, Waiter) {
		return func(*sim.Sim, Waiter) { t.Error(what) }
	}
	_, k, _, _ := newShelf(t, StoreConfig[thing]{Hooks: Hooks{OnEnqueue: hook("queued")}})
	must(t, true)(k.Put(Demand{}, thing{No: 1}))
	if _, _, ok, _ := k.Get(Demand{}); !ok {
		t.Error("not at once")
	}
	s := sim.New(sim.Config{})
	id, _ := s.Add("client", sim.HandlerFunc(func(*sim.Sim, sim.Event) error { return nil }))
	r, _ := New(s, "r", Config{Preemptive: true, Hooks: Hooks{OnEnqueue: hook("queued")}})
	must(t, true)(r.Request(Demand{To: id, Priority: 1}))
	must(t, true)(r.Request(Demand{To: id, Preempt: true}))
	if st := r.Stats(); st.Wait.Max != 0 || st.Length.Max() != 0 {
		t.Errorf("%+v", st)
	}
}

// The interrupted get of which the client had not heard puts its item back to
// where it was; a get with patience leaves no claim that a later put vanishes into.
func TestStoreInterruptedGetLosesNothing(t *testing.T) {
	s, k, id, log := newShelf(t, StoreConfig[thing]{})
	_, c, _, _ := k.Get(Demand{To: id, Kind: granted})
	for i := range 3 {
		must(t, true)(k.Put(Demand{}, thing{No: i}))
	}
	if v, ok := k.Item(c); !ok || v.No != 0 {
		t.Error(v, ok)
	}
	if ok, err := k.Withdraw(c); !ok || err != nil {
		t.Fatal(ok, err)
	}
	runPlant(t, s, 1)
	if fmt.Sprint(k.Items(), *log) != "[{0 0 0} {1 0 0} {2 0 0}] []" {
		t.Error(k.Items(), *log)
	}
	for range 3 {
		if _, _, ok, _ := k.Get(Demand{To: id}); !ok {
			t.Fatal("not there")
		}
	}
	_, c, _, _ = k.Get(Demand{To: id, Kind: granted, ExpiredKind: expired, Patience: 5})
	runPlant(t, s, 10)
	must(t, true)(k.Put(Demand{}, thing{No: 9}))
	if _, ok := k.Take(c); ok || k.Len() != 1 || fmt.Sprint(*log) != "[expired 0]" {
		t.Error("a put vanished", *log)
	}
}

// A put that runs out of patience gets its item back.
func TestStoreImpatientPut(t *testing.T) {
	s := sim.New(sim.Config{})
	var k *Store[thing]
	var c Claim
	var back thing
	id, _ := s.Add("client", sim.HandlerFunc(func(_ *sim.Sim, e sim.Event) error {
		back, _ = k.Take(c)
		return nil
	}))
	k, _ = NewStore(s, "shelf", StoreConfig[thing]{Capacity: 1})
	must(t, true)(k.Put(Demand{}, thing{No: 1}))
	c = must(t, false)(k.Put(Demand{To: id, ExpiredKind: expired, Patience: 5}, thing{No: 2}))
	runPlant(t, s, 10)
	if back.No != 2 || k.Len() != 1 || len(k.x.Free) != 1 {
		t.Errorf("%+v, %d free", back, len(k.x.Free))
	}
	// One that nobody fetches goes when the instant is past.
	must(t, false)(k.Put(Demand{To: id, Patience: 5}, thing{No: 3}))
	c = 0
	runPlant(t, s, 20)
	if _, _, ok, _ := k.Get(Demand{}); !ok || len(k.x.Free) != 2 {
		t.Error(len(k.x.Free), "free")
	}
}

// shelf is a store as one would write it down.
type shelf struct {
	c    StoreConfig[thing]
	turn int
	in   []entry // in store
	gets []Demand
	puts []entry
	got  map[uint64]entry // laid aside, by Arg of the get
	done map[uint64]bool  // puts whose client is to be told
}

type entry struct {
	thing
	turn int
	arg  uint64
}

func (h *shelf) ahead(a, b entry) bool {
	switch {
	case h.c.Less != nil && a.Rank != b.Rank:
		return a.Rank < b.Rank
	case h.c.LIFO:
		return a.turn > b.turn
	}
	return a.turn < b.turn
}

func (h *shelf) offer(e entry) {
	for i, d := range h.gets {
		if d.Filter == 0 || d.With == e.Color {
			h.gets = slices.Delete(h.gets, i, i+1)
			h.got[d.Arg] = e
			return
		}
	}
	h.in = append(h.in, e)
	slices.SortFunc(h.in, func(a, b entry) int {
		if h.ahead(a, b) {
			return -1
		}
		return 1
	})
}

func (h *shelf) enter(e entry) {
	h.turn++
	e.turn = h.turn
	h.offer(e)
}

func (h *shelf) serve() {
	for len(h.puts) > 0 && (h.c.Capacity == 0 || len(h.in) < h.c.Capacity) {
		e := h.puts[0]
		h.puts = h.puts[1:]
		h.done[e.arg] = true
		h.enter(e)
	}
}

func (h *shelf) get(d Demand) (entry, bool) {
	i := slices.IndexFunc(h.in, func(e entry) bool { return d.Filter == 0 || e.Color == d.With })
	if i < 0 {
		h.gets = append(h.gets, d)
		return entry{}, false
	}
	e := h.in[i]
	h.in = slices.Delete(h.in, i, i+1)
	h.serve()
	return e, true
}

// Random puts, gets, fetches and withdrawals do what the naive shelf does: nothing
// is lost, nothing comes twice, orders hold.
func TestStoreAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := StoreConfig[thing]{Filters: colored, Capacity: rapid.SampledFrom([]int{0, 1, 3}).Draw(t, "capacity")}
		switch rapid.IntRange(0, 2).Draw(t, "order") {
		case 1:
			c.LIFO = true
		case 2:
			c.Less = func(a, b *thing) bool { return a.Rank < b.Rank }
		}
		s, k, id, log := newShelf(t, c)
		h := &shelf{c: c, got: map[uint64]entry{}, done: map[uint64]bool{}}
		var claims []Claim
		demand := func(t *rapid.T) Demand {
			return Demand{To: id, Kind: granted, Arg: uint64(len(claims)), Filter: int32(rapid.IntRange(0, 1).Draw(t, "filter")), With: uint64(rapid.IntRange(0, 2).Draw(t, "color"))}
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				d, v := demand(t), thing{len(claims), uint64(rapid.IntRange(0, 2).Draw(t, "color")), rapid.IntRange(0, 2).Draw(t, "rank")}
				room := len(h.puts) == 0 && (c.Capacity == 0 || len(h.in) < c.Capacity)
				claims = append(claims, must(t, room)(k.Put(d, v)))
				if e := (entry{v, 0, d.Arg}); room {
					h.enter(e)
				} else {
					h.puts = append(h.puts, e)
				}
			},
			"get": func(t *rapid.T) {
				d := demand(t)
				v, c, ok, err := k.Get(d)
				claims = append(claims, c)
				if e, want := h.get(d); err != nil || ok != want || v != e.thing {
					t.Fatalf("got %v %t, want %v %t: %v", v, ok, e, want, err)
				}
			},
			"take": func(t *rapid.T) {
				for arg := range uint64(len(claims)) {
					e, want := h.got[arg]
					if v, ok := k.Take(claims[arg]); ok != want || v != e.thing {
						t.Fatalf("took %v %t, want %v %t", v, ok, e, want)
					}
					delete(h.got, arg)
				}
			},
			"withdraw": func(t *rapid.T) {
				if len(claims) == 0 {
					return
				}
				arg := uint64(rapid.IntRange(0, len(claims)-1).Draw(t, "which"))
				e, want := h.got[arg]
				was := len(h.gets) + len(h.puts)
				h.gets = slices.DeleteFunc(h.gets, func(d Demand) bool { return d.Arg == arg })
				h.puts = slices.DeleteFunc(h.puts, func(e entry) bool { return e.arg == arg })
				if ok, err := k.Withdraw(claims[arg]); err != nil || ok != (want || was != len(h.gets)+len(h.puts)) {
					t.Fatal("withdraw", ok, err)
				}
				delete(h.done, arg)
				if delete(h.got, arg); want {
					h.offer(e)
				}
			},
			"pass": func(t *rapid.T) {
				var want []string
				for arg := range uint64(len(claims)) {
					_, got := h.got[arg]
					if h.done[arg] || got && !slices.Contains(*log, fmt.Sprint("granted ", arg)) {
						want = append(want, fmt.Sprint("granted ", arg))
					}
				}
				before := len(*log)
				if err := s.Run(context.Background(), s.Now()+1); err != nil {
					t.Fatal(err)
				}
				told := slices.Clone((*log)[before:])
				slices.Sort(want)
				if slices.Sort(told); !slices.Equal(told, want) {
					t.Fatalf("told %v, want %v", told, want)
				}
				clear(h.done)
			},
			"": func(t *rapid.T) {
				var in []thing
				for _, e := range h.in {
					in = append(in, e.thing)
				}
				st := k.Stats()
				waits := st.Stay.Sum() + st.Standing - st.Before
				if area := st.Items.Area(s.Now()); !slices.Equal(in, k.Items()) || area-waits > 1e-9*area || waits-area > 1e-9*area {
					t.Fatalf("%v, want %v; %v and %v s", k.Items(), in, area, waits)
				}
				if err := errors.Join(little(&st.Gets, s.Now()), little(&st.Puts, s.Now()), k.desk.check(), k.check()); err != nil {
					t.Fatal(err)
				}
				if len(k.x.Items)-1-len(k.x.Free) != len(h.in)+len(h.puts)+len(h.got) {
					t.Fatal("items leak")
				}
			},
		})
	})
}
