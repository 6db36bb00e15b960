package sim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// hopper waits steps[i] after another, by Jump where it may.
type hopper struct {
	id    ActorID
	rank  Rank
	steps []Time
	log   *[]string
	jumps bool
	made  int // by Jump
}

func (w *hopper) Start(s *Sim) error {
	_, err := s.Schedule(Event{At: s.Now(), Rank: w.rank, To: w.id})
	return err
}

func (w *hopper) Handle(s *Sim, e Event) error {
	for {
		*w.log = append(*w.log, fmt.Sprintf("%d %s", s.Now(), s.ActorName(w.id)))
		if len(w.steps) == 0 {
			return nil
		}
		next := Event{At: s.Now() + w.steps[0], Rank: w.rank, To: w.id}
		w.steps = w.steps[1:]
		if w.jumps && s.Jump(next) {
			w.made++
			continue
		}
		_, err := s.Schedule(next)
		return err
	}
}

func (w *hopper) KindName(kind int32) string { return [...]string{"step"}[kind] }

func (w *hopper) Waiting() []Waiting {
	return []Waiting{{Who: fmt.Sprint("walker ", w.id), What: "a way", Since: Time(w.id)}}
}

// With Jump or without, the order of events, the trace, the count and the end
// are the same.
func TestJumpKeepsTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(t, "walkers")
		ranks := rapid.SliceOfN(rapid.IntRange(0, 2), n, n).Draw(t, "ranks")
		var steps [][]int
		for range n {
			steps = append(steps, rapid.SliceOf(rapid.IntRange(0, 3)).Draw(t, "steps"))
		}
		until := Time(rapid.IntRange(0, 30).Draw(t, "until"))
		run := func(jumps bool) (log []string, s *Sim, made int) {
			var trace bytes.Buffer
			s = New(Config{Trace: &TextTrace{W: &trace}})
			var all []*hopper
			for i := range n {
				w := &hopper{rank: Rank(ranks[i]), log: &log, jumps: jumps}
				for _, d := range steps[i] {
					w.steps = append(w.steps, Time(d))
				}
				w.id, _ = s.Add(fmt.Sprint("w", i), w)
				all = append(all, w)
			}
			for _, u := range []Time{until, Never} {
				if err := s.Run(ctx, u); err != nil {
					t.Fatal(err)
				}
				log = append(log, fmt.Sprint("now ", s.Now(), s.Handled()))
			}
			for _, w := range all {
				made += w.made
			}
			return append(log, trace.String()), s, made
		}
		plain, _, _ := run(false)
		jumped, _, made := run(true)
		if !slices.Equal(plain, jumped) {
			t.Fatalf("without Jump %q\nwith %q", plain, jumped)
		}
		if n == 1 && until == 0 && len(steps[0]) > 1 && made == 0 {
			t.Fatal("a walker alone never jumped")
		}
	})
}

// A jump is refused in a single step, at a breakpoint, past until, and when a
// post waits.
func TestJumpRefused(t *testing.T) {
	s := New(Config{})
	var got []bool
	id, _ := s.Add("a", HandlerFunc(func(s *Sim, e Event) error {
		if e.Kind == 1 {
			s.Posted(e)
			return nil
		}
		if e.Arg == 1 {
			s.Post(e.To, 1, "x")
		}
		got = append(got, s.Jump(Event{At: s.Now() + 10, To: e.To}))
		return nil
	}))
	s.Schedule(Event{At: 1, To: id})
	if some, err := s.Step(); !some || err != nil {
		t.Fatal(some, err)
	}
	s.Schedule(Event{At: 1, To: id})
	s.Run(ctx, 5) // 11 is beyond
	s.Schedule(Event{At: 5, To: id, Arg: 1})
	s.Run(ctx, Never)
	s.BreakWhen(func(*Sim, Event) bool { return false })
	s.Schedule(Event{At: 20, To: id})
	s.Run(ctx, Never)
	s.BreakWhen(nil)
	s.Schedule(Event{At: 30, To: id})
	s.Run(ctx, Never)
	if want := []bool{false, false, false, false, true}; !slices.Equal(got, want) || s.Now() != 40 {
		t.Errorf("jumped %v until %d, want %v until 40", got, s.Now(), want)
	}
	if s.Jump(Event{At: 50}) {
		t.Error("jumped outside of a run")
	}
}

// A run that only jumps still ends with its context.
func TestJumpSeesContext(t *testing.T) {
	s := New(Config{})
	ctx, cancel := context.WithCancel(ctx)
	id, _ := s.Add("a", HandlerFunc(func(s *Sim, e Event) error {
		cancel()
		for s.Jump(Event{At: s.Now() + 1, To: e.To}) {
		}
		_, err := s.Schedule(Event{At: s.Now() + 1, To: e.To})
		return err
	}))
	s.Schedule(Event{To: id})
	if err := s.Run(ctx, Never); !errors.Is(err, context.Canceled) {
		t.Errorf("run ended with %v", err)
	}
}

func TestStopAndBreak(t *testing.T) {
	s := New(Config{})
	var got []uint64
	id, _ := s.Add("a", HandlerFunc(func(s *Sim, e Event) error {
		got = append(got, e.Arg)
		if e.Arg == 2 {
			s.Stop()
		}
		return nil
	}))
	for i := range uint64(6) {
		s.Schedule(Event{At: Time(i / 2), To: id, Arg: i})
	}
	s.BreakWhen(func(s *Sim, e Event) bool { return e.Arg == 1 || e.Arg == 4 })
	if err := s.Run(ctx, 100); err != ErrBreak || len(got) != 1 || s.Now() != 0 {
		t.Fatalf("%v after %v", err, got)
	}
	if e, ok := s.Peek(); !ok || e.Arg != 1 {
		t.Errorf("next is %+v", e)
	}
	if err := s.Run(ctx, 100); err != nil || len(got) != 3 || s.Now() != 1 {
		t.Fatalf("stop: %v after %v at %d", err, got, s.Now())
	}
	if err := s.Run(ctx, 100); err != ErrBreak || len(got) != 4 {
		t.Fatalf("%v after %v", err, got)
	}
	if err := s.Run(ctx, 100); err != nil || len(got) != 6 || s.Now() != 100 {
		t.Fatalf("%v after %v at %d", err, got, s.Now())
	}
	if _, ok := s.Peek(); ok {
		t.Error("there is a next event after the last")
	}
}

// An event at Never stays and is not handled.
func TestNeverIsNotHandled(t *testing.T) {
	s := New(Config{})
	id, _ := s.Add("a", HandlerFunc(func(*Sim, Event) error { return errors.New("handled") }))
	h, err := s.Schedule(Event{At: Never, To: id})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(ctx, Never); err != nil || s.Pending() != 1 {
		t.Errorf("%v, %d pending", err, s.Pending())
	}
	if some, err := s.Step(); some || err != nil {
		t.Error(some, err)
	}
	if !s.Cancel(h) || s.Pending() != 0 {
		t.Error("it can't be cancelled")
	}
}

func TestRunUntilDone(t *testing.T) {
	var log []string
	s := New(Config{})
	for i := range 12 {
		w := &hopper{steps: []Time{1, 1}, log: &log}
		w.id, _ = s.Add(fmt.Sprint("w", i), w)
	}
	if err := s.RunUntil(ctx, func(s *Sim) bool { return s.Handled() == 3 }); err != nil || len(log) != 3 {
		t.Fatal(err, log)
	}
	err := s.RunUntil(ctx, func(*Sim) bool { return false })
	var stuck *StuckError
	if !errors.As(err, &stuck) || stuck.At != 2 || len(stuck.Waiting) != 12 {
		t.Fatal(err)
	}
	want := "nothing is left to do at 2ns, but\n  walker 0 waits for a way since 0s\n  walker 1 waits for"
	if text := err.Error(); !strings.Contains(text, want) || !strings.HasSuffix(text, "and 2 more") {
		t.Error(text)
	}
}

func TestTraces(t *testing.T) {
	var text, lines bytes.Buffer
	var log []string
	for _, tr := range []Tracer{&TextTrace{W: &text}, &JSONTrace{W: &lines}} {
		s := New(Config{Trace: tr})
		w := &hopper{steps: []Time{90 * Second}, rank: RankTimer, log: &log}
		w.id, _ = s.Add("w", w)
		id, _ := s.Add("plain", HandlerFunc(func(*Sim, Event) error { return nil }))
		s.Schedule(Event{At: 1, To: id, Kind: 7, Arg: 3})
		if err := s.Run(ctx, Never); err != nil {
			t.Fatal(err)
		}
	}
	wantText := "0s             timer   w step 0\n1ns            plant   plain kind=7 3\n1m30s          timer   w step 0\n"
	wantLines := `{"at":0,"rank":"timer","to":"w","kind":0,"name":"step","arg":0}
{"at":1,"rank":"plant","to":"plain","kind":7,"arg":3}
{"at":90000000000,"rank":"timer","to":"w","kind":0,"name":"step","arg":0}
`
	if text.String() != wantText || lines.String() != wantLines {
		t.Errorf("have\n%s%swant\n%s%s", &text, &lines, wantText, wantLines)
	}
	for _, tr := range []interface {
		Tracer
		Err() error
	}{&TextTrace{W: broken{}}, &JSONTrace{W: broken{}}} {
		s := New(Config{Trace: tr})
		id, _ := s.Add("a", HandlerFunc(func(*Sim, Event) error { return nil }))
		s.Schedule(Event{To: id})
		if s.Run(ctx, 1); tr.Err() == nil {
			t.Error("a broken writer was not told of")
		}
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("full") }

// Posts that are left when a run ends are counted, and a further run has them.
func TestPostsWaiting(t *testing.T) {
	s := New(Config{})
	fetch := true
	id, _ := s.Add("mailbox", HandlerFunc(func(s *Sim, e Event) error {
		if fetch {
			s.Posted(e)
		}
		return nil
	}))
	s.Post(id, 0, "a")
	s.Post(id, 0, "b")
	if n := s.PostsWaiting(); n != 2 {
		t.Errorf("%d posts wait, want 2", n)
	}
	if err := s.Run(ctx, 10); err != nil || s.PostsWaiting() != 0 {
		t.Errorf("%v, %d posts wait", err, s.PostsWaiting())
	}
	fetch = false
	s.Post(id, 0, "c")
	s.Run(ctx, 20)
	if _, err := s.Save(); err == nil || !strings.Contains(err.Error(), "1 posts, the first to mailbox") {
		t.Error(err)
	}
}

func TestActorByName(t *testing.T) {
	s := New(Config{})
	s.Add("a", HandlerFunc(func(*Sim, Event) error { return nil }))
	b, _ := s.Add("b", HandlerFunc(func(*Sim, Event) error { return nil }))
	if id, ok := s.Actor("b"); !ok || id != b {
		t.Error(id, ok)
	}
	if _, ok := s.Actor("actor 0"); ok {
		t.Error("an actor that was never added was found")
	}
}

// taker logs its events, takes those that follow if it may, and schedules some.
type taker struct {
	id    ActorID
	steps []Time
	log   *[]string
	takes bool
	taken int
}

func (w *taker) Handle(s *Sim, e Event) error {
	kind, arg := e.Kind, e.Arg
	for {
		*w.log = append(*w.log, fmt.Sprint(s.Now(), " ", s.ActorName(w.id), kind, arg))
		if len(w.steps) > 0 {
			next := Event{At: s.Now() + w.steps[0], Rank: Rank(kind), To: w.id, Kind: kind, Arg: arg + 1}
			w.steps = w.steps[1:]
			if _, err := s.Schedule(next); err != nil {
				return err
			}
		}
		if !w.takes {
			return nil
		}
		var ok bool
		if kind, arg, ok = s.Take(w.id); !ok {
			return nil
		}
		w.taken++
	}
}

// With Take or without, the order of events, the trace, the count and the end are
// the same.
func TestTakeKeepsTheOrder(t *testing.T) {
	some := 0
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 3).Draw(t, "actors")
		var steps [][]int
		for range n {
			steps = append(steps, rapid.SliceOf(rapid.IntRange(0, 3)).Draw(t, "steps"))
		}
		until := Time(rapid.IntRange(0, 30).Draw(t, "until"))
		run := func(takes bool) (log []string) {
			var trace bytes.Buffer
			s := New(Config{Trace: &TextTrace{W: &trace}})
			for i := range n {
				w := &taker{log: &log, takes: takes}
				for _, d := range steps[i] {
					w.steps = append(w.steps, Time(d))
				}
				w.id, _ = s.Add(fmt.Sprint("t", i), w)
				for k := range int32(3) {
					s.Schedule(Event{At: Time(k / 2), Rank: Rank(k), To: w.id, Kind: k})
				}
				defer func() { some += w.taken }()
			}
			for _, u := range []Time{until, Never} {
				if err := s.Run(ctx, u); err != nil {
					t.Fatal(err)
				}
				log = append(log, fmt.Sprint("now ", s.Now(), s.Handled()))
			}
			return append(log, trace.String())
		}
		if plain, taken := run(false), run(true); !slices.Equal(plain, taken) {
			t.Fatalf("without Take %q\nwith %q", plain, taken)
		}
	})
	if some == 0 {
		t.Error("nothing was ever taken")
	}
}

// handClock shows what it is told to.
type handClock struct{ shows Time }

func (c *handClock) Show() Time { return c.shows }

func (c *handClock) Wait(ctx context.Context, at Time, wake <-chan struct{}) (Time, error) {
	c.shows = max(c.shows, at)
	return c.shows, nil
}

// A post has the time of its arrival, also while a handler is slow, and comes in
// order of time among the events that have become due meanwhile.
func TestPostIsStampedOnArrival(t *testing.T) {
	c := &handClock{}
	s := New(Config{Clock: c})
	var got []string
	id, _ := s.Add("a", HandlerFunc(func(s *Sim, e Event) error {
		got = append(got, fmt.Sprint(s.Now(), s.Posted(e)))
		if e.Arg == 1 && e.Kind == 0 { // slow: three posts arrive meanwhile
			for i, shows := range []Time{13, 13, 30} {
				c.shows = shows
				s.Post(e.To, 1, i)
			}
		}
		return nil
	}))
	s.Schedule(Event{At: 10, To: id, Arg: 1})
	s.Schedule(Event{At: 20, To: id, Arg: 2})
	if err := s.Run(ctx, 40); err != nil {
		t.Fatal(err)
	}
	if want := []string{"10ns <nil>", "13ns 0", "13ns 1", "20ns <nil>", "30ns 2"}; !slices.Equal(got, want) {
		t.Errorf("handled %q, want %q", got, want)
	}
}
