package resource

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinsim/twinsim/sim"
)

// naive is a resource as one would write it down: lists that are sorted anew
// each time. The real one must grant, pre-empt and let go in the same order.
type naive struct {
	capacity int64
	config   Config
	turn     uint64
	line     []*want
	holders  []*want
	log      []string // what clients are told
}

type want struct {
	Demand
	turn  uint64
	until sim.Time
}

const (
	granted int32 = iota + 1
	expired
	preempted
)

var toldAs = map[int32]string{granted: "granted", expired: "expired", preempted: "preempted"}

func (n *naive) say(kind int32, w *want) {
	n.log = append(n.log, fmt.Sprint(toldAs[kind], " ", w.Arg))
}

// unsay takes back what the client has not been told yet.
func (n *naive) unsay(arg uint64) {
	n.log = slices.DeleteFunc(n.log, func(s string) bool {
		var kind string
		var a uint64
		_, _ = fmt.Sscan(s, &kind, &a)
		return a == arg
	})
}

func (n *naive) ahead(a, b *want) bool {
	switch {
	case n.config.Before != nil:
		x, y := Waiter{Demand: a.Demand}, Waiter{Demand: b.Demand}
		if n.config.Before(&x, &y) != n.config.Before(&y, &x) {
			return n.config.Before(&x, &y)
		}
	case n.config.Discipline == LIFO:
		return a.turn > b.turn
	case n.config.Discipline == Priority || n.config.Preemptive:
		if a.Priority != b.Priority {
			return a.Priority < b.Priority
		}
	}
	return a.turn < b.turn
}

func (n *naive) free() int64 {
	free := n.capacity
	for _, w := range n.holders {
		free -= w.Amount
	}
	return free
}

// victims returns the holders that w would pre-empt, or false if it can't be served.
func (n *naive) victims(w *want) ([]*want, bool) {
	free := n.free()
	if w.Amount <= free {
		return nil, true
	}
	if !w.Preempt {
		return nil, false
	}
	var out []*want
	for _, v := range n.worst() {
		if v.Priority > w.Priority && free < w.Amount {
			out = append(out, v)
			free += v.Amount
		}
	}
	return out, free >= w.Amount
}

func (n *naive) worst() []*want {
	return slices.SortedFunc(slices.Values(n.holders), func(a, b *want) int {
		if a.Priority != b.Priority {
			return int(b.Priority - a.Priority)
		}
		return int(b.turn) - int(a.turn)
	})
}

func (n *naive) take(v *want) {
	n.unsay(v.Arg)
	n.holders = slices.DeleteFunc(n.holders, func(w *want) bool { return w == v })
	n.say(preempted, v)
}

// request returns 1 for granted, 0 for waiting, -1 for refused.
func (n *naive) request(d Demand, now sim.Time) int {
	n.turn++
	w := &want{Demand: d, turn: n.turn, until: sim.Never}
	if d.Patience > 0 {
		w.until = now + d.Patience
	}
	first := !slices.ContainsFunc(n.line, func(o *want) bool { return !n.ahead(w, o) })
	if v, ok := n.victims(w); first && ok {
		for _, v := range v {
			n.take(v)
		}
		n.holders = append(n.holders, w)
		n.serve() // what victims held beyond what was missing
		return 1
	}
	if n.config.MaxLine > 0 && len(n.line) >= n.config.MaxLine {
		return -1
	}
	n.line = append(n.line, w)
	return 0
}

func (n *naive) serve() {
	for len(n.line) > 0 {
		next := slices.MinFunc(n.line, func(a, b *want) int {
			if n.ahead(a, b) {
				return -1
			}
			return 1
		})
		v, ok := n.victims(next)
		if !ok {
			return
		}
		for _, v := range v {
			n.take(v)
		}
		n.line = slices.DeleteFunc(n.line, func(w *want) bool { return w == next })
		n.holders = append(n.holders, next)
		n.say(granted, next)
	}
}

func (n *naive) release(arg uint64) bool {
	n.unsay(arg)
	is := func(w *want) bool { return w.Arg == arg }
	found := slices.ContainsFunc(n.line, is) || slices.ContainsFunc(n.holders, is)
	n.line, n.holders = slices.DeleteFunc(n.line, is), slices.DeleteFunc(n.holders, is)
	n.serve()
	return found
}

func (n *naive) setCapacity(c int64, rule Rule) {
	n.capacity = c
	for rule == Preempt && n.free() < 0 {
		n.take(n.worst()[0])
	}
	n.serve()
}

func (n *naive) setPriority(arg uint64, p int32) bool {
	for _, w := range slices.Concat(n.line, n.holders) {
		if w.Arg == arg {
			w.Priority = p
			n.serve()
			return true
		}
	}
	return false
}

// expire ends the patience of one.
func (n *naive) expire(w *want) {
	n.line = slices.DeleteFunc(n.line, func(o *want) bool { return o == w })
	n.say(expired, w)
	n.serve()
}

func drawConfig(t *rapid.T) Config {
	c := Config{Grows: true, Capacity: rapid.Int64Range(1, 5).Draw(t, "capacity"), Discipline: Discipline(rapid.IntRange(0, 2).Draw(t, "discipline")),
		Preemptive: rapid.Bool().Draw(t, "preemptive"), MaxLine: rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "max line")}
	if c.Preemptive && c.Discipline == FIFO {
		c.Discipline = Priority
	}
	if rapid.IntRange(0, 3).Draw(t, "own order") == 0 {
		c.Before = func(a, b *Waiter) bool { return a.With < b.With }
	}
	return c
}

// rig drives a resource and its naive twin side by side.
type rig struct {
	t      *rapid.T
	s      *sim.Sim
	id     sim.ActorID
	r      *Resource
	n      *naive
	claims []Claim // by Arg
	log    []string
	reset  int64 // in line at the last reset
}

func newRig(t *rapid.T) *rig {
	g := &rig{t: t, s: sim.New(sim.Config{})}
	id, err := g.s.Add("client", sim.HandlerFunc(func(_ *sim.Sim, e sim.Event) error {
		g.log = append(g.log, fmt.Sprint(toldAs[e.Kind], " ", e.Arg))
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	g.id = id
	c := drawConfig(t)
	if g.r, err = New(g.s, "r", c); err != nil {
		t.Fatal(err)
	}
	g.n = &naive{capacity: c.Capacity, config: c}
	return g
}

func (g *rig) request() {
	t := g.t
	d := Demand{To: g.id, Kind: granted, ExpiredKind: expired, PreemptedKind: preempted, Arg: uint64(len(g.claims)),
		Amount: rapid.Int64Range(1, 3).Draw(t, "amount"), Priority: g.priority(),
		With: uint64(rapid.IntRange(0, 3).Draw(t, "with")), Patience: sim.Time(rapid.SampledFrom([]int{0, 0, 1, 3, 7}).Draw(t, "patience"))}
	if g.r.config.Preemptive {
		d.Preempt = rapid.Bool().Draw(t, "preempt")
	}
	c, ok, err := g.r.Request(d)
	got := 0
	switch {
	case err == ErrFull:
		got = -1
	case err != nil:
		t.Fatal(err)
	case ok:
		got = 1
	}
	if want := g.n.request(d, g.s.Now()); got != want {
		t.Fatalf("request: %d, want %d", got, want)
	}
	g.claims = append(g.claims, c)
}

// priority is 0 where no other is allowed.
func (g *rig) priority() int32 {
	if !g.r.ranked {
		return 0
	}
	return int32(rapid.IntRange(0, 3).Draw(g.t, "priority"))
}

func (g *rig) release() {
	if len(g.claims) == 0 {
		return
	}
	arg := rapid.IntRange(0, len(g.claims)-1).Draw(g.t, "which")
	ok, err := g.r.Release(g.claims[arg])
	if err != nil {
		g.t.Fatal(err)
	}
	if want := g.n.release(uint64(arg)); ok != want {
		g.t.Fatalf("release: %t, want %t", ok, want)
	}
	if ok, _ := g.r.Release(g.claims[arg]); ok {
		g.t.Fatal("released twice")
	}
}

// pass lets time go to a later instant, one after another, as the naive twin
// looks at each.
func (g *rig) pass() {
	for range rapid.IntRange(0, 4).Draw(g.t, "pass") {
		g.tell()
		at := g.s.Now() + 1
		for {
			i := slices.IndexFunc(g.n.line, func(w *want) bool { return w.until == at })
			if i < 0 {
				break
			}
			// Timers of one instant run out in the order in which they were set.
			for k, w := range g.n.line {
				if w.until == at && w.turn < g.n.line[i].turn {
					i = k
				}
			}
			g.n.expire(g.n.line[i])
		}
		if err := g.s.Run(context.Background(), at); err != nil {
			g.t.Fatal(err)
		}
		g.compareLog()
	}
}

// tell lets clients hear what was scheduled for this instant.
func (g *rig) tell() {
	if err := g.s.Run(context.Background(), g.s.Now()); err != nil {
		g.t.Fatal(err)
	}
	g.compareLog()
}

func (g *rig) compareLog() {
	if !slices.Equal(g.log, g.n.log) {
		g.t.Fatalf("clients were told %v, want %v", g.log, g.n.log)
	}
	g.log, g.n.log = nil, nil
}

func (g *rig) check() {
	t, r, now := g.t, g.r, g.s.Now()
	st := r.Stats()
	if err := little(&st.LineStats, now); err != nil {
		t.Fatal(err)
	}
	if n := st.Grants + st.Expired + st.Withdrawn + st.Refused + int64(r.Len()); st.Arrivals+g.reset != n {
		t.Fatalf("%d arrivals and %d from before, but %d accounted for: %+v", st.Arrivals, g.reset, n, st.LineStats)
	}
	if r.Len() != len(g.n.line) || r.Free() != g.n.free() {
		t.Fatalf("%d wait, %d free; want %d, %d", r.Len(), r.Free(), len(g.n.line), g.n.free())
	}
	line := slices.SortedFunc(slices.Values(g.n.line), func(a, b *want) int {
		if g.n.ahead(a, b) {
			return -1
		}
		return 1
	})
	timers := 0
	for i, w := range r.Waiters() {
		if w.Arg != line[i].Arg {
			t.Fatalf("%d waits in place %d, want %d", w.Arg, i, line[i].Arg)
		}
		if w.Patience > 0 {
			timers++
		}
	}
	// No ghosts: what is pending is the patience of those in line, and what clients are still to be told.
	if p := g.s.Pending(); p != timers+len(g.n.log) {
		t.Fatalf("%d events are pending, want %d of patience and %v", p, timers, g.n.log)
	}
	if err := g.desk(); err != nil {
		t.Fatal(err)
	}
}

func (g *rig) desk() error {
	if err := g.r.desk.check(); err != nil {
		return err
	}
	return g.r.check()
}

// little is Little's law: the integral of the length of a line is the sum of the
// times spent waiting.
func little(q *LineStats, now sim.Time) error {
	area, waits := q.Length.Area(now), q.Wait.Sum()+q.Left.Sum()+q.Standing-q.Before
	if math.Abs(area-waits) > 1e-9*math.Max(area, 1e-9) {
		return fmt.Errorf("the length of the line sums to %v s, the waits to %v s: %+v", area, waits, q)
	}
	return nil
}

// Random requests, releases, impatience, pre-emption and changes of capacity do
// what the naive twin does, keep Little's law, and leave no events behind.
func TestAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := newRig(t)
		t.Repeat(map[string]func(*rapid.T){
			"request": func(t *rapid.T) { g.t = t; g.request() },
			"another": func(t *rapid.T) { g.t = t; g.request() },
			"release": func(t *rapid.T) { g.t = t; g.release() },
			"pass":    func(t *rapid.T) { g.t = t; g.pass() },
			"tell":    func(t *rapid.T) { g.t = t; g.tell() },
			"capacity": func(t *rapid.T) {
				g.t = t
				n, rule := rapid.Int64Range(0, 5).Draw(t, "n"), Rule(rapid.IntRange(0, 1).Draw(t, "rule"))
				if err := g.r.SetCapacity(n, rule); err != nil {
					t.Fatal(err)
				}
				g.n.setCapacity(n, rule)
			},
			"priority": func(t *rapid.T) {
				if len(g.claims) == 0 {
					return
				}
				g.t = t
				arg, p := rapid.IntRange(0, len(g.claims)-1).Draw(t, "which"), g.priority()
				ok, err := g.r.SetPriority(g.claims[arg], p)
				if want := g.n.setPriority(uint64(arg), p); err != nil || ok != want {
					t.Fatal("priority", ok, want, err)
				}
			},
			"reset": func(t *rapid.T) {
				g.r.ResetStats()
				g.reset = int64(g.r.Len())
			},
			"": func(t *rapid.T) { g.t = t; g.check() },
		})
	})
}
