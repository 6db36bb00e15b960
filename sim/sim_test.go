package sim

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

var ctx = context.Background()

func must[T any](t interface {
	Helper()
	Fatal(...any)
}) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// logger is an actor that notes what it handled.
type logger struct{ got []string }

func (l *logger) Handle(s *Sim, e Event) error {
	l.got = append(l.got, fmt.Sprintf("%d/%s/%d", s.Now(), e.Rank, e.Arg))
	return nil
}

func TestOrderIsTimeRankInsertion(t *testing.T) {
	s := New(Config{})
	l := &logger{}
	id := must[ActorID](t)(s.Add("log", l))
	for i, e := range []Event{
		{At: 2, Rank: RankPlant}, {At: 1, Rank: RankCommand}, {At: 1, Rank: RankPlant},
		{At: 1, Rank: RankRule}, {At: 1, Rank: RankInput}, {At: 1, Rank: RankInput}, {At: 1, Rank: RankTimer},
	} {
		e.To, e.Arg = id, uint64(i)
		must[Handle](t)(s.Schedule(e))
	}
	if err := s.Run(ctx, Never); err != nil {
		t.Fatal(err)
	}
	want := []string{"1/plant/2", "1/input/4", "1/input/5", "1/timer/6", "1/rule/3", "1/command/1", "2/plant/0"}
	if !slices.Equal(l.got, want) {
		t.Errorf("handled %v, want %v", l.got, want)
	}
}

// Run includes until, leaves Now there, and a later Run goes on.
func TestUntil(t *testing.T) {
	s := New(Config{})
	l := &logger{}
	id := must[ActorID](t)(s.Add("log", l))
	for _, at := range []Time{5, 10, 15} {
		must[Handle](t)(s.Schedule(Event{At: at, To: id}))
	}
	for _, c := range []struct {
		until, now Time
		n          int
	}{{4, 4, 0}, {10, 10, 2}, {10, 10, 2}, {12, 12, 2}, {Never, 15, 3}, {Never, 15, 3}, {20, 20, 3}} {
		if err := s.Run(ctx, c.until); err != nil {
			t.Fatal(err)
		}
		if s.Now() != c.now || len(l.got) != c.n {
			t.Errorf("Run(%d): now %d after %d events, want %d after %d", c.until, s.Now(), len(l.got), c.now, c.n)
		}
	}
	if err := s.Run(ctx, 19); err == nil {
		t.Error("Run backwards was not refused")
	}
}

func TestRefusals(t *testing.T) {
	s := New(Config{})
	id := must[ActorID](t)(s.Add("a", &logger{}))
	if err := s.Run(ctx, 10); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		e    Event
		want string
	}{
		{Event{At: 9, To: id}, "must not be negative"},
		{Event{At: 10, To: 7}, "never added"},
		{Event{At: 10, To: -1}, "never added"},
		{Event{At: 10, To: id, Rank: 99}, "unknown rank"},
	} {
		if _, err := s.Schedule(c.e); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", c.e, err, c.want)
		}
	}
	if _, err := s.Add("a", &logger{}); err == nil {
		t.Error("the same name twice was not refused")
	}
	for _, sec := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e10, -1e10} {
		if _, err := FromSeconds(sec); err == nil {
			t.Errorf("FromSeconds(%v) was not refused", sec)
		}
	}
	if d := must[Time](t)(FromSeconds(1.5)); d != 1500*Millisecond {
		t.Errorf("FromSeconds(1.5) = %v", d)
	}
	boom := errors.New("boom")
	bad := must[ActorID](t)(s.Add("bad", HandlerFunc(func(*Sim, Event) error { return boom })))
	must[Handle](t)(s.Schedule(Event{At: 11, To: bad}))
	if err := s.Run(ctx, 20); !errors.Is(err, boom) || !strings.Contains(err.Error(), "bad") {
		t.Errorf("error %v, want boom naming the actor", err)
	}
	for _, p := range []any{nil, 3, (*int)(nil), new(func()), new(*int), &struct{ x int }{}, new(any)} {
		if err := s.Keep(fmt.Sprintf("k%T", p), p); err == nil {
			t.Errorf("Keep(%T) was not refused", p)
		}
	}
}

func TestContextEndsARun(t *testing.T) {
	s := New(Config{})
	c, cancel := context.WithCancel(ctx)
	var id ActorID
	id = must[ActorID](t)(s.Add("forever", HandlerFunc(func(s *Sim, e Event) error {
		if s.Handled() == 5000 {
			cancel()
		}
		_, err := s.Schedule(Event{At: s.Now() + 1, To: id})
		return err
	})))
	must[Handle](t)(s.Schedule(Event{To: id}))
	if err := s.Run(c, Never); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if s.Handled() > 7000 {
		t.Errorf("went on for %d events", s.Handled())
	}
}

// Posts come after everything that was handled, whatever goroutine they come
// from, and each exactly once.
func TestPost(t *testing.T) {
	s := New(Config{})
	var got []int
	var at []Time
	id := must[ActorID](t)(s.Add("in", HandlerFunc(func(s *Sim, e Event) error {
		got = append(got, s.Posted(e).(int))
		at = append(at, s.Now())
		return nil
	})))
	l := must[ActorID](t)(s.Add("log", &logger{}))
	must[Handle](t)(s.Schedule(Event{At: 10, Rank: RankTimer, To: l}))
	if err := s.Run(ctx, 10); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := range 100 {
				if err := s.Post(id, 0, g*100+i); err != nil {
					t.Error(err)
				}
			}
		}()
	}
	wg.Wait()
	if err := s.Run(ctx, 20); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if len(got) != 400 || got[0] != 0 || got[399] != 399 {
		t.Errorf("%d posts came through", len(got))
	}
	if at[0] != 11 {
		t.Errorf("post stamped %d, want 11: 1 ns after the last event", at[0])
	}
	s.Shut()
	if err := s.Post(id, 0, 1); !errors.Is(err, ErrShut) {
		t.Errorf("after Shut: %v", err)
	}
}

// walker draws, counts, schedules and cancels: a small world with every kind of state.
type walker struct {
	id    ActorID
	state struct {
		Sum   uint64
		Trace []uint64
		Armed Handle
		Tally map[string]int
		Value float64
	}
}

func (w *walker) Start(s *Sim) error {
	_, err := s.Schedule(Event{At: s.Now() + 1, To: w.id})
	return err
}

func (w *walker) Handle(s *Sim, e Event) error {
	r := s.Rand("walk/" + s.ActorName(w.id))
	w.state.Sum = w.state.Sum*31 + r.Uint64() + uint64(s.Now()) + uint64(e.Kind)
	w.state.Trace = append(w.state.Trace, w.state.Sum)
	if w.state.Tally == nil {
		w.state.Tally = map[string]int{}
	}
	w.state.Tally[e.Rank.String()]++
	w.state.Value += r.Normal()
	if e.Kind == 1 {
		return nil // a watchdog that ran out
	}
	s.Cancel(w.state.Armed)
	h, err := s.Schedule(Event{At: s.Now() + Time(r.Uint64()%50), Rank: RankTimer, To: w.id, Kind: 1})
	if err != nil {
		return err
	}
	w.state.Armed = h
	_, err = s.Schedule(Event{At: s.Now() + 1 + Time(r.Uint64()%20), Rank: Rank(r.Uint64() % 5), To: w.id})
	return err
}

func walkers(t *rapid.T, n int) (*Sim, []*walker) {
	s := New(Config{Seed: 5})
	var all []*walker
	for i := range n {
		w := &walker{}
		name := fmt.Sprintf("w%d", i)
		w.id = must[ActorID](t)(s.Add(name, w))
		if err := s.Keep(name, &w.state); err != nil {
			t.Fatal(err)
		}
		all = append(all, w)
	}
	return s, all
}

// Run to the end equals save in the middle, rebuild, load, run to the end.
func TestSaveLoad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "n")
		cut := Time(rapid.IntRange(0, 900).Draw(t, "cut"))
		straight, want := walkers(t, n)
		if err := straight.Run(ctx, 1000); err != nil {
			t.Fatal(err)
		}
		first, _ := walkers(t, n)
		if !rapid.Bool().Draw(t, "before it begins") {
			if err := first.Run(ctx, cut); err != nil {
				t.Fatal(err)
			}
		}
		data := must[[]byte](t)(first.Save())
		second, got := walkers(t, n)
		if err := second.Load(data); err != nil {
			t.Fatal(err)
		}
		if err := second.Run(ctx, 1000); err != nil {
			t.Fatal(err)
		}
		if second.Handled() != straight.Handled() {
			t.Fatalf("%d events, want %d", second.Handled(), straight.Handled())
		}
		for i := range want {
			if fmt.Sprint(got[i].state) != fmt.Sprint(want[i].state) {
				t.Fatalf("walker %d: %v, want %v", i, got[i].state, want[i].state)
			}
		}
	})
}

// A fork may have fewer or more actors than the snapshot.
func TestLoadIntoAnotherWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first, _ := walkers(t, 2)
		if err := first.Run(ctx, 100); err != nil {
			t.Fatal(err)
		}
		data := must[[]byte](t)(first.Save())
		fewer, one := walkers(t, 1)
		if err := fewer.Load(data); err != nil {
			t.Fatal(err)
		}
		if ev, st := fewer.Dropped(); ev == 0 || st != 1 {
			t.Errorf("dropped %d events and %d states, want some and 1", ev, st)
		}
		more, three := walkers(t, 3)
		if err := more.Load(data); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Sim{first, fewer, more} {
			if err := s.Run(ctx, 500); err != nil {
				t.Fatal(err)
			}
		}
		if len(three[2].state.Trace) == 0 {
			t.Error("the new actor was not started")
		}
		if one[0].state.Sum != three[0].state.Sum {
			t.Error("an actor's future depends on who else is there")
		}
	})
}

func FuzzLoad(f *testing.F) {
	s := New(Config{})
	w := &walker{}
	w.id, _ = s.Add("w", w)
	s.Keep("w", &w.state)
	s.Run(ctx, 20)
	data, err := s.Save()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("twinsim state\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := New(Config{})
		w := &walker{}
		w.id, _ = s.Add("w", w)
		s.Keep("w", &w.state)
		if s.Load(data) == nil {
			for range 50 {
				if ok, err := s.Step(); err != nil || !ok {
					break
				}
			}
		}
	})
}

type tree struct{ Kids []tree }

// Types may refer to themselves; posts have to go to somebody, and are not lost by Save.
func TestKeepAndPostAtTheEdges(t *testing.T) {
	s := New(Config{})
	if err := s.Keep("tree", &tree{Kids: []tree{{}}}); err != nil {
		t.Error(err)
	}
	id := must[ActorID](t)(s.Add("a", HandlerFunc(func(s *Sim, e Event) error {
		if s.Posted(e) == nil || s.Posted(e) != nil {
			t.Error("Posted works once, and only once")
		}
		return nil
	})))
	if err := s.Post(id, 0, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(); err == nil {
		t.Error("a post in the door was lost by Save")
	}
	if err := s.Run(ctx, 10); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(); err != nil {
		t.Error(err)
	}
	if err := s.Post(7, 0, "x"); err != nil {
		t.Fatal(err)
	}
	if err := s.Run(ctx, 20); err == nil || !strings.Contains(err.Error(), "never added") {
		t.Errorf("a post to nobody: %v", err)
	}
	if got := Never.Plus(Hour); got != Never || Hour.Plus(Hour) != 2*Hour {
		t.Errorf("Never + 1 h is %v", got)
	}
}
