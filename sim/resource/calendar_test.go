package resource

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinsim/twinsim/sim"
)

// Next is the first time at which At changes, found by trying each nanosecond.
func TestCalendarNext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Calendar{Period: sim.Time(rapid.IntRange(1, 20).Draw(t, "period")), Origin: sim.Time(rapid.IntRange(-50, 50).Draw(t, "origin")), Otherwise: rapid.Int64Range(0, 2).Draw(t, "otherwise")}
		shift := rapid.Custom(func(t *rapid.T) Shift {
			from := rapid.IntRange(0, int(c.Period)-1).Draw(t, "from")
			return Shift{sim.Time(from), sim.Time(rapid.IntRange(from+1, int(c.Period)).Draw(t, "to")), rapid.Int64Range(0, 2).Draw(t, "n")}
		})
		c.Week = rapid.SliceOfN(shift, 0, 4).Draw(t, "week")
		for range rapid.IntRange(0, 2).Draw(t, "exceptions") {
			from := rapid.IntRange(-10, 60).Draw(t, "from")
			c.Exceptions = append(c.Exceptions, Shift{sim.Time(from), sim.Time(from + rapid.IntRange(1, 30).Draw(t, "length")), rapid.Int64Range(0, 2).Draw(t, "n")})
		}
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		now := sim.Time(rapid.IntRange(0, 40).Draw(t, "now"))
		want := sim.Never
		for at := now + 1; at < 200; at++ {
			if c.At(at) != c.At(now) {
				want = at
				break
			}
		}
		if got := c.Next(now); got != want {
			t.Fatalf("%+v: after %d comes %d, want %d", c, now, got, want)
		}
	})
}

// Two tellers on weekdays from 8 to 16 with a break at noon, one on Saturday
// morning, and a holiday on the second Monday.
func TestCalendarDrivesCapacity(t *testing.T) {
	week := append(Daily(8*sim.Hour, 16*sim.Hour, 2, 0, 1, 2, 3, 4), Daily(8*sim.Hour, 12*sim.Hour, 1, 5)...)
	week = append(week, Daily(12*sim.Hour, 13*sim.Hour, 1, 0, 1, 2, 3, 4)...)
	c := &Calendar{Week: week, Exceptions: []Shift{{7 * sim.Day, 8 * sim.Day, 0}}}
	s := sim.New(sim.Config{})
	r, err := New(s, "tellers", Config{Calendar: c})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for h := sim.Time(0); h < 9*24; h++ {
		before := r.Capacity()
		runPlant(t, s, h*sim.Hour)
		if r.Capacity() != before {
			got = append(got, fmt.Sprintf("%d.%02d:%d", h/24, h%24, r.Capacity()))
		}
	}
	want := ""
	for d := range 5 {
		want += fmt.Sprintf("%d.08:2 %d.12:1 %d.13:2 %d.16:0 ", d, d, d, d)
	}
	want += "5.08:1 5.12:0 8.08:2 8.12:1 8.13:2 8.16:0"
	if g := fmt.Sprint(got); g != "["+want+"]" {
		t.Errorf("%s\nwant %s", g, want)
	}
	// Of the holiday's week only Tuesday: 15 teller hours; of the first one 79.
	st := r.Stats()
	if h := st.Capacity.Area(s.Now()) / 3600; h != 79+15 {
		t.Errorf("%v teller hours, want 94", h)
	}
}

// At the end of a shift a holder finishes, or is told that it lost its claim.
func TestShiftEnd(t *testing.T) {
	for rule, want := range []string{"held", "lost at 1h0m0s"} {
		b := newBench(t)
		r, err := New(b.s, "r", Config{Calendar: &Calendar{Period: 2 * sim.Hour, Week: []Shift{{0, sim.Hour, 1}}}, AtShiftEnd: Rule(rule)})
		if err != nil {
			t.Fatal(err)
		}
		got := "held"
		b.on = func(s *sim.Sim, e sim.Event) { got = fmt.Sprintf("lost at %v", s.Now()) }
		c, ok, err := r.Request(Demand{To: b.id})
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		b.run(90 * sim.Minute)
		if got != want || r.Holds(c) != (want == "held") || r.Capacity() != 0 {
			t.Errorf("rule %d: %s, want %s", rule, got, want)
		}
		if _, ok, _ := r.Request(Demand{To: b.id}); ok {
			t.Error("granted outside the shift")
		}
		if ok, err := r.Release(c); ok != (want == "held") || err != nil {
			t.Error(ok, err)
		}
		if st := r.Stats(); st.Preempted != int64(rule) {
			t.Errorf("%d pre-empted by rule %d", st.Preempted, rule)
		}
		b.run(150 * sim.Minute)
		if r.InUse() != 1 || r.Len() != 0 {
			t.Error("the next shift doesn't serve who waited for it")
		}
	}
}

func TestCalendarCheck(t *testing.T) {
	for _, c := range []Calendar{
		{Period: -1}, {Otherwise: -1},
		{Week: []Shift{{5, 5, 1}}}, {Week: []Shift{{-1, 5, 1}}}, {Period: 10, Week: []Shift{{5, 11, 1}}}, {Week: []Shift{{1, 2, -1}}},
		{Exceptions: []Shift{{2, 1, 0}}}, {Exceptions: []Shift{{1, 2, -1}}},
	} {
		if c.Check() == nil {
			t.Errorf("%+v passes", c)
		}
		if _, err := New(sim.New(sim.Config{}), "r", Config{Calendar: &c}); err == nil {
			t.Errorf("%+v makes a resource", c)
		}
	}
}
