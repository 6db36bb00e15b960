package sim

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// beginner is an actor with a Start.
type beginner struct {
	start  func(*Sim) error
	handle func(*Sim, Event) error
}

func (a beginner) Start(s *Sim) error { return a.start(s) }

func (a beginner) Handle(s *Sim, e Event) error {
	if a.handle != nil {
		return a.handle(s, e)
	}
	return nil
}

// A Run, a Step and a Save within a handler are refused, and disturb nothing.
func TestNoRunWithinAHandler(t *testing.T) {
	s := New(Config{})
	handled, refused := 0, 0
	id, _ := s.Add("a", HandlerFunc(func(s *Sim, e Event) error {
		handled++
		_, step := s.Step()
		_, save := s.Save()
		for _, err := range []error{step, save, s.Run(ctx, 50)} {
			if err != nil && strings.Contains(err.Error(), "within a handler") {
				refused++
			}
		}
		return nil
	}))
	for i := range 5 {
		s.Schedule(Event{At: Time(i + 1), To: id})
	}
	if err := s.Run(ctx, 100); err != nil || handled != 5 || refused != 15 || s.Now() != 100 {
		t.Errorf("%v: %d handled, %d refused, now %v", err, handled, refused, s.Now())
	}
}

// Stop counts in a Start and in RunUntil.
func TestStopCountsEverywhere(t *testing.T) {
	s := New(Config{})
	n := 0
	id, _ := s.Add("a", beginner{
		start: func(s *Sim) error { s.Stop(); return nil },
		handle: func(s *Sim, e Event) error {
			n++
			s.Stop()
			_, err := s.Schedule(Event{At: e.At + 1, To: e.To})
			return err
		},
	})
	s.Schedule(Event{At: 1, To: id})
	if err := s.Run(ctx, 10); err != nil || n != 0 {
		t.Errorf("%v, %d handled after a Stop in Start", err, n)
	}
	if err := s.RunUntil(ctx, func(*Sim) bool { return n >= 100 }); err != nil || n != 1 {
		t.Errorf("%v, %d handled by RunUntil", err, n)
	}
}

// A post that goes nowhere is an error, and those behind it arrive later.
func TestBadPostLosesNoOthers(t *testing.T) {
	s := New(Config{})
	n := 0
	id, _ := s.Add("a", HandlerFunc(func(s *Sim, e Event) error {
		if s.Posted(e) != nil {
			n++
		}
		return nil
	}))
	s.Post(99, 0, "x")
	s.Post(id, 0, "y")
	s.Post(id, 0, "z")
	if err := s.Run(ctx, 10); err == nil || s.PostsWaiting() != 2 {
		t.Errorf("%v, %d wait", err, s.PostsWaiting())
	}
	if err := s.Run(ctx, 10); err != nil || n != 2 {
		t.Errorf("%v, %d arrived", err, n)
	}
}

// An ordinary event does not get what was posted, whatever its kind and
// argument.
func TestPostedIsForPosts(t *testing.T) {
	s := New(Config{})
	var got []any
	id, _ := s.Add("a", HandlerFunc(func(s *Sim, e Event) error {
		got = append(got, s.Posted(e))
		return nil
	}))
	for _, rank := range []Rank{RankPlant, RankInput} {
		s.Schedule(Event{At: 4, To: id, Kind: 7, Rank: rank})
	}
	s.Post(id, 7, "data")
	if err := s.Run(ctx, 10); err != nil || !slices.Equal(got, []any{"data", nil, nil}) && !slices.Equal(got, []any{nil, nil, "data"}) {
		t.Errorf("%v: %v", err, got)
	}
}

// What a newcomer took before a Load, a handle and numbers of its stream, does
// not collide with what the snapshot has.
func TestNewcomersKeepTheirOwn(t *testing.T) {
	build := func(newcomer bool) (s *Sim, h Handle, first uint64, handled *int) {
		s, handled = New(Config{}), new(int)
		if newcomer {
			id, _ := s.Add("new", HandlerFunc(func(*Sim, Event) error { return nil }))
			h, _ = s.Schedule(Event{At: 50, To: id})
			first = s.Rand("new").Uint64()
		}
		id, _ := s.Add("old", HandlerFunc(func(*Sim, Event) error { *handled++; return nil }))
		s.Schedule(Event{At: 20, To: id})
		return s, h, first, handled
	}
	s, _, _, _ := build(false)
	s.Run(ctx, 10)
	data, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	s, h, first, handled := build(true)
	if err := s.Load(data); err != nil {
		t.Fatal(err)
	}
	if s.Cancel(h) {
		t.Error("a handle from before the Load names something")
	}
	if s.Rand("new").Uint64() == first {
		t.Error("a newcomer's stream was rewound")
	}
	if s.Run(ctx, 100); *handled != 1 {
		t.Errorf("%d of the old events handled", *handled)
	}
}

// A Starter that a handler adds starts before the next event, by Run as by Step.
func TestAddedByAHandler(t *testing.T) {
	for _, step := range []bool{false, true} {
		s := New(Config{})
		started := Time(-1)
		id, _ := s.Add("a", HandlerFunc(func(s *Sim, e Event) error {
			if e.Kind == 0 {
				s.Add("b", beginner{start: func(s *Sim) error { started = s.Now(); return nil }})
			}
			return nil
		}))
		s.Schedule(Event{At: 1, To: id})
		s.Schedule(Event{At: 2, To: id, Kind: 1})
		for some := step; some; {
			some, _ = s.Step()
		}
		s.Run(ctx, 5)
		if started != 1 {
			t.Errorf("step %v: started at %v, want 1ns", step, started)
		}
	}
}

// Jump refuses what Schedule would, and Never.
func TestJumpRefusesBadEvents(t *testing.T) {
	var b bytes.Buffer
	s := New(Config{Trace: &JSONTrace{W: &b}})
	id, _ := s.Add("a", HandlerFunc(func(s *Sim, e Event) error {
		for _, bad := range []Event{{At: Never, To: e.To}, {At: e.At, To: 77}, {At: e.At, To: -1}, {At: e.At + 1, Rank: 9, To: e.To}, {At: e.At - 1, To: e.To}} {
			if s.Jump(bad) {
				return fmt.Errorf("jumped to %+v", bad)
			}
		}
		return nil
	}))
	s.Schedule(Event{At: 3, To: id})
	if err := s.Run(ctx, Never); err != nil || s.Now() != 3 {
		t.Error(err, s.Now())
	}
	s.Grow(-1, -1)
}

// A target that can't be saved is an error, and a few bytes that stand for
// trillions of empty values are refused at once.
func TestUnmarshalIsBounded(t *testing.T) {
	data, _ := Marshal(struct{ X uint64 }{1})
	for _, target := range []any{new(struct{ X *int }), new(struct{ x uint64 })} {
		if err := Unmarshal(data, target); err == nil {
			t.Errorf("into %T", target)
		}
	}
	all := []shape{{kind: shapeStruct, fields: []shapeField{{"Gone", 1}}}}
	for i := range 5 {
		all = append(all, shape{kind: shapeArray, length: 60000, elem: i + 2})
	}
	all = append(all, shape{kind: shapeStruct})
	var w writer
	w.shapes(all)
	done := make(chan error, 1)
	go func() { done <- Unmarshal(w.out, new(struct{ A int })) }()
	select {
	case err := <-done:
		if err == nil {
			t.Error("trillions of empty values were read")
		}
	case <-time.After(20 * time.Second):
		t.Error("still reading")
	}
}

// Loaded is called when all of a snapshot is in place.
func TestLoadedComesLast(t *testing.T) {
	build := func() (*Sim, *lateState) {
		s, v := New(Config{}), &lateState{}
		id, _ := s.Add("a", HandlerFunc(func(*Sim, Event) error { return nil }))
		if s.Schedule(Event{At: 9, To: id}); s.Keep("late", v) != nil {
			t.Fatal("keep")
		}
		return s, v
	}
	s, _ := build()
	s.Run(ctx, 5)
	data, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	s, v := build()
	if err := s.Load(data); err != nil || v.now != 5 || v.next != 9 {
		t.Errorf("%v: %+v", err, v)
	}
	s, v = build()
	v.fail = true
	if err := s.Load(data); err == nil || !strings.Contains(err.Error(), `load "late"`) {
		t.Error(err)
	}
}

type lateState struct {
	now, next Time
	fail      bool
}

func (*lateState) MarshalBinary() ([]byte, error) { return nil, nil }
func (*lateState) UnmarshalBinary([]byte) error   { return nil }

func (v *lateState) Loaded(s *Sim) error {
	if v.fail {
		return fmt.Errorf("no")
	}
	v.now = s.Now()
	v.next, _ = s.Next()
	return nil
}
