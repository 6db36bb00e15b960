package twins

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

var ctx = context.Background()

// recorder is a sink that notes taps and events as text.
type recorder struct {
	h     *Hub
	lines []string
}

func (k *recorder) Tap(now sim.Time, r devices.Reading) {
	k.lines = append(k.lines, fmt.Sprint("tap ", now, " ", k.h.channels.Name(r.Channel), " ", r.At, " ", r.Value, " ", r.Quality))
}
func (k *recorder) Value(sim.Time, devices.Reading) {}
func (k *recorder) Event(e Event)                   { k.lines = append(k.lines, fmt.Sprint(e)) }

func world(t interface{ Fatal(...any) }, attrs ...string) (*sim.Sim, *Hub, *recorder) {
	s := sim.New(sim.Config{})
	var ch devices.Channels
	var all []devices.Attr
	for _, a := range attrs {
		all = append(all, devices.Attr{Name: a})
	}
	if _, err := ch.Add("x", all); err != nil {
		t.Fatal(err)
	}
	h, err := NewHub(s, &ch)
	if err != nil {
		t.Fatal(err)
	}
	k := &recorder{h: h}
	h.AddSink(k)
	return s, h, k
}

// Arrival order shuffled within the reorder window: one digest.
func TestReorderWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 60).Draw(t, "n")
		window := sim.Time(rapid.IntRange(1, 100).Draw(t, "window"))
		var readings []devices.Reading
		for i := range n {
			readings = append(readings, devices.Reading{
				At: sim.Time(rapid.IntRange(0, 300).Draw(t, "at")), Channel: devices.ChannelID(i % 3),
				Tag: devices.Tag{Seq: uint32(i)}, Value: float64(i),
			})
		}
		run := func(seed uint64) (string, uint64) {
			s, h, _ := world(t, "a", "b", "c")
			w, err := NewReorder(s, "reorder", window, false, h.Ingest)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(seed, 1))
			order := r.Perm(n)
			id, _ := s.Add("net", sim.HandlerFunc(func(_ *sim.Sim, e sim.Event) error {
				w.Take(readings[e.Arg])
				return nil
			}))
			for _, i := range order {
				at := readings[i].At + sim.Time(r.IntN(int(window)))
				if _, err := s.Schedule(sim.Event{At: at, Rank: sim.RankInput, To: id, Arg: uint64(i)}); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Run(ctx, 1000); err != nil {
				t.Fatal(err)
			}
			if h.Tapped.Readings != uint64(n) || w.Late() != 0 {
				t.Fatalf("%d of %d came in, %d late", h.Tapped.Readings, n, w.Late())
			}
			return h.Digest(), s.Handled()
		}
		a, _ := run(1)
		b, events := run(2)
		if a != b {
			t.Fatal("two orders of arrival gave two digests")
		}
		if events > uint64(2*n) {
			t.Fatalf("%d events for %d readings", events, n)
		}
	})
}

func TestReorderLate(t *testing.T) {
	for _, keep := range []bool{false, true} {
		s, h, k := world(t, "a")
		w, err := NewReorder(s, "reorder", 10, keep, h.Ingest)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Run(ctx, 100); err != nil {
			t.Fatal(err)
		}
		w.Take(devices.Reading{At: 90})
		w.Take(devices.Reading{At: 91})
		if err := s.Run(ctx, 200); err != nil {
			t.Fatal(err)
		}
		want := []string{"tap 101ns x.a 91ns 0 good"}
		if keep {
			want = slices.Insert(want, 0, "tap 100ns x.a 90ns 0 late")
		}
		if !slices.Equal(k.lines, want) || w.Late() != 1 {
			t.Errorf("keep=%v: %q, %d late; want %q", keep, k.lines, w.Late(), want)
		}
	}
}

// double is a stage with memory: it hands on the sum so far, and drops odd ordinals.
type double struct{ state struct{ Sum, N float64 } }

func (d *double) State() any { return &d.state }
func (d *double) Apply(r devices.Reading, emit func(devices.Reading)) {
	d.state.N++
	d.state.Sum += r.Value
	r.Value = d.state.Sum
	if int(d.state.N)%2 == 0 {
		emit(r)
	}
}

// level is a model that alarms above 10.
type level struct{}

func (level) Score(_ sim.Time, x []float64, m analytics.Mask) analytics.Estimate {
	return analytics.Estimate{Score: min(1, x[0]/20), Ready: true, Alarm: x[0] > 10}
}
func (level) Learn(sim.Time, []float64, analytics.Mask) {}

func piped(t interface{ Fatal(...any) }) (*sim.Sim, *Hub, *recorder) {
	s, h, k := world(t, "raw", "clean", "score")
	err := h.AddPipe(Pipe{Name: "p", In: 0, Out: 1, Steps: []Step{
		{Stage: &double{}}, {Watch: &Detector{Model: level{}, Score: 2, Name: "high"}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return s, h, k
}

func TestPipeStateAndAlarm(t *testing.T) {
	_, h, k := piped(t)
	for i := range 8 {
		h.Ingest(devices.Reading{At: sim.Time(i), Value: float64(i)})
	}
	h.Ingest(devices.Reading{At: 9, Tag: devices.Tag{Quality: devices.Missing}})
	if v := h.State.Value; v[0] != 7 || v[1] != 28 || v[2] != 1 {
		t.Errorf("state %v, want 7 28 1", v)
	}
	if h.State.Quality[0] != devices.Missing || h.State.Quality[1] != devices.Good {
		t.Errorf("quality %v", h.State.Quality)
	}
	if h.Alarms != 1 || h.Tapped.Readings != 9 || h.Tapped.Good != 8 || h.Tapped.Map()["missing"] != 1 || h.Cleaned.Readings != 8 {
		t.Errorf("alarms %d, tapped %v, cleaned %v", h.Alarms, h.Tapped.Map(), h.Cleaned.Map())
	}
	if n := len(k.lines); n != 10 {
		t.Errorf("%d lines: %q", n, k.lines)
	}
}

// A hub saved in the middle and loaded into another goes on with the same digest.
func TestHubSaveLoad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 40).Draw(t, "n")
		cut := rapid.IntRange(0, n).Draw(t, "cut")
		feed := func(h *Hub, from, to int) {
			for i := from; i < to; i++ {
				h.Ingest(devices.Reading{At: sim.Time(i), Value: float64(i % 7)})
			}
		}
		_, straight, _ := piped(t)
		feed(straight, 0, n)
		s1, first, _ := piped(t)
		feed(first, 0, cut)
		data, err := s1.Save()
		if err != nil {
			t.Fatal(err)
		}
		s2, second, _ := piped(t)
		if err := s2.Load(data); err != nil {
			t.Fatal(err)
		}
		feed(second, cut, n)
		if second.Digest() != straight.Digest() || second.Alarms != straight.Alarms || second.Tapped != straight.Tapped {
			t.Fatal("the run that was cut differs")
		}
		if fmt.Sprint(second.State) != fmt.Sprint(straight.State) {
			t.Fatalf("state %v, want %v", second.State, straight.State)
		}
	})
}

type changes struct{ n int }

func (c *changes) Changed(devices.ChannelID) { c.n++ }

func TestStale(t *testing.T) {
	s, h, _ := world(t, "a", "b")
	w := &changes{}
	h.Watch(w)
	if err := h.StaleAfter(0, 10); err != nil {
		t.Fatal(err)
	}
	if h.StaleAfter(0, 0) == nil {
		t.Error("0 was not refused")
	}
	id, _ := s.Add("src", sim.HandlerFunc(func(_ *sim.Sim, e sim.Event) error {
		h.Ingest(devices.Reading{At: e.At})
		return nil
	}))
	for _, at := range []sim.Time{0, 5, 30} {
		s.Schedule(sim.Event{At: at, Rank: sim.RankInput, To: id})
	}
	for _, c := range []struct {
		until sim.Time
		stale bool
		n     int
	}{{14, false, 2}, {15, true, 3}, {29, true, 3}, {30, false, 4}, {100, true, 5}} {
		if err := s.Run(ctx, c.until); err != nil {
			t.Fatal(err)
		}
		if got := h.State.Quality[0].Has(devices.Stale); got != c.stale || w.n != c.n {
			t.Errorf("at %d: stale %v after %d changes, want %v after %d", c.until, got, w.n, c.stale, c.n)
		}
	}
}

type valve struct{ got []devices.Command }

func (v *valve) Do(c devices.Command) error { v.got = append(v.got, c); return nil }

func TestCommandsGoOutAtTheEndOfTheInstant(t *testing.T) {
	s, h, _ := world(t, "a")
	v := &valve{}
	h.Actuator(3, v)
	id, _ := s.Add("rule", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
		if err := h.Command(devices.Command{Target: 3, Arg: 1}, "valve-3", "open", "dry"); err != nil {
			return err
		}
		if len(v.got) != 0 {
			t.Error("carried out before the end of the instant")
		}
		return h.Command(devices.Command{Target: 3, Arg: 2}, "valve-3", "open", "dry")
	}))
	s.Schedule(sim.Event{At: 7, Rank: sim.RankRule, To: id})
	if err := s.Run(ctx, 7); err != nil {
		t.Fatal(err)
	}
	if len(v.got) != 2 || v.got[0].At != 7 || v.got[1].Arg != 2 {
		t.Errorf("carried out %+v", v.got)
	}
}

func BenchmarkIngest(b *testing.B) {
	_, h, _ := world(b, "raw", "clean", "score")
	h.sinks = nil
	if err := h.AddPipe(Pipe{Name: "p", In: 0, Out: 1, Steps: []Step{{Watch: &Detector{Model: level{}, Score: 2}}}}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for i := range b.N {
		h.Ingest(devices.Reading{At: sim.Time(i), Value: 1})
	}
}

type blocks struct {
	recorder
	got []devices.Block
}

func (k *blocks) Block(_ sim.Time, b devices.Block) { k.got = append(k.got, b) }

func TestBlocks(t *testing.T) {
	s, h, k := world(t, "ecg")
	look := &blocks{recorder: *k}
	h.AddSink(look)
	before := h.Digest()
	b := devices.Block{Start: 10, Step: 2, Values: []float64{1, 2, 3}}
	if err := h.IngestBlock(b); err == nil {
		t.Error("a block from the future was not refused")
	}
	if err := s.Run(ctx, 14); err != nil {
		t.Fatal(err)
	}
	if err := h.IngestBlock(devices.Block{Start: 10}); err == nil {
		t.Error("an empty block was not refused")
	}
	if err := h.IngestBlock(b); err != nil {
		t.Fatal(err)
	}
	if len(look.got) != 1 || h.State.Value[0] != 3 || h.Blocks != 1 || h.Digest() == before {
		t.Errorf("%d blocks looked at, state %v, %d counted", len(look.got), h.State.Value[0], h.Blocks)
	}
}

// A channel from which only "missing" comes is stale, and stays so.
func TestStaleStays(t *testing.T) {
	s, h, _ := world(t, "a")
	if err := h.StaleAfter(0, 30); err != nil {
		t.Fatal(err)
	}
	id, _ := s.Add("src", sim.HandlerFunc(func(s *sim.Sim, e sim.Event) error {
		r := devices.Reading{At: s.Now(), Value: 1}
		if e.At > 0 {
			r.Value, r.Quality = 0, devices.Missing
		}
		h.Ingest(r)
		return nil
	}))
	for at := sim.Time(0); at < 200; at += 10 {
		s.Schedule(sim.Event{At: at, Rank: sim.RankInput, To: id})
	}
	for at := sim.Time(35); at < 200; at += 10 {
		if err := s.Run(ctx, at); err != nil {
			t.Fatal(err)
		}
		if !h.State.Quality[0].Has(devices.Stale) {
			t.Errorf("not stale at %v", at)
		}
	}
}

// Readings that differ in nothing but their value leave the window in one order.
func TestReorderOfEqualReadings(t *testing.T) {
	run := func(values ...float64) string {
		s, h, _ := world(t, "a")
		w, err := NewReorder(s, "w", 10, false, h.Ingest)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			w.Take(devices.Reading{At: 5, Value: v})
		}
		if err := s.Run(ctx, 100); err != nil {
			t.Fatal(err)
		}
		return h.Digest()
	}
	if run(1, 2) != run(2, 1) {
		t.Error("the order of arrival shows")
	}
}

func TestNaNStopsAtTheHub(t *testing.T) {
	_, h, _ := world(t, "a")
	h.Ingest(devices.Reading{Value: math.NaN()})
	if h.State.Known[0] || h.State.Quality[0] != devices.Missing|devices.Suspect {
		t.Errorf("state %v, quality %v", h.State.Value[0], h.State.Quality[0])
	}
	if h.IngestBlock(devices.Block{Step: 1, Start: -1, Values: []float64{1, math.NaN()}}) == nil {
		t.Error("a block with NaN was not refused")
	}
	_, h, _ = piped(t)
	if h.IngestBlock(devices.Block{Step: 1, Values: []float64{1}}) == nil {
		t.Error("a block on a channel with a pipe was not refused")
	}
}
