package twins

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/analytics/prep"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

func save(t interface{ Fatal(...any) }, s *sim.Sim) []byte {
	data, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func load(t interface{ Fatal(...any) }, s *sim.Sim, data []byte) {
	if err := s.Load(data); err != nil {
		t.Fatal(err)
	}
}

func TestMatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfDistinct(rapid.StringMatching(`[a-e]{1,2}`), rapid.ID[string])
		saved, present := names.Draw(t, "saved"), names.Draw(t, "present")
		from, gone, err := Match(saved, present)
		if err != nil || len(from) != len(present) {
			t.Fatal(from, err)
		}
		for i, k := range from {
			if k != slices.Index(saved, present[i]) {
				t.Fatalf("%q is at %d of %q", present[i], k, saved)
			}
			if k >= 0 {
				gone++
			}
		}
		if gone != len(saved) {
			t.Fatalf("%d of %d accounted for", gone, len(saved))
		}
	})
	if _, _, err := Match([]string{"a", "b", "a"}, nil); err == nil {
		t.Error("a name that is saved twice was taken")
	}
}

// A command that waits for the end of its instant finds its twin and its verb by
// name.
func TestForkOfPendingCommands(t *testing.T) {
	valveType := &Type{Name: "valve", Verbs: []Verb{{Name: "open"}, {Name: "close"}}}
	other := &Type{Name: "valve", Verbs: []Verb{{Name: "close"}, {Name: "tilt"}, {Name: "open"}}}
	build := func(typ *Type, ids ...string) (*sim.Sim, *Hub, map[string]*valve) {
		s, h, _ := world(t, "a")
		all := map[string]*valve{}
		for i, id := range ids {
			all[id] = &valve{}
			h.Serve(&Instance{ID: id, Type: typ, Index: int32(i)}, all[id])
		}
		return s, h, all
	}
	s, h, _ := build(valveType, "x", "y", "z")
	for i, id := range []string{"x", "y", "z"} {
		if err := h.Command(devices.Command{Target: int32(i), Verb: 0, Arg: float64(i)}, id, "open", "r"); err != nil {
			t.Fatal(err)
		}
	}
	data := save(t, s)
	s, h, all := build(other, "z", "new", "x")
	load(t, s, data)
	if err := s.Run(ctx, 0); err != nil {
		t.Fatal(err)
	}
	want := map[string][]devices.Command{"x": {{Target: 2, Verb: 2, Arg: 0}}, "z": {{Target: 0, Verb: 2, Arg: 2}}, "new": nil}
	for id, v := range all {
		if !slices.Equal(v.got, want[id]) {
			t.Errorf("%s got %+v, want %+v", id, v.got, want[id])
		}
	}
	if h.orders.Dropped() != 1 {
		t.Errorf("%d dropped, want the command to y", h.orders.Dropped())
	}
	// where no twin is served, numbers must do
	s, h, _ = world(t, "a")
	v := &valve{}
	h.Actuator(1, v)
	load(t, s, data)
	if err := s.Run(ctx, 0); err != nil || len(v.got) != 1 || v.got[0].Arg != 1 || h.orders.Dropped() != 2 {
		t.Errorf("%v, got %+v, %d dropped", err, v.got, h.orders.Dropped())
	}
}

// What a window holds back enters under the same names in a run that numbers its
// channels otherwise.
func TestForkOfAReorderWindow(t *testing.T) {
	pool := []string{"a", "b", "c", "d", "e"}
	rapid.Check(t, func(t *rapid.T) {
		some := func(what string) []string {
			return rapid.Permutation(pool).Draw(t, what)[:rapid.IntRange(1, len(pool)).Draw(t, what+" count")]
		}
		one, two := some("one"), some("two")
		s, h, k := world(t, one...)
		w, err := h.Reorder("w", 100, true)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rapid.IntRange(0, 20).Draw(t, "n") {
			w.Take(devices.Reading{At: sim.Time(rapid.IntRange(0, 50).Draw(t, "at")), Channel: devices.ChannelID(i % len(one)), Value: float64(i)})
		}
		if err := s.Run(ctx, sim.Time(rapid.IntRange(0, 160).Draw(t, "cut"))); err != nil {
			t.Fatal(err)
		}
		data, before := save(t, s), len(k.lines)
		if err := s.Run(ctx, 500); err != nil {
			t.Fatal(err)
		}
		var want []string
		gone := 0
		for _, line := range k.lines[before:] {
			name := strings.TrimPrefix(strings.Fields(line)[2], "x.")
			if slices.Contains(two, name) {
				want = append(want, line)
			} else {
				gone++
			}
		}
		s2, h2, k2 := world(t, two...)
		w2, err := h2.Reorder("w", 100, true)
		if err != nil {
			t.Fatal(err)
		}
		load(t, s2, data)
		if n := (*reorderState)(w2).Dropped(); n != gone {
			t.Fatalf("%d dropped, want %d", n, gone)
		}
		if err := s2.Run(ctx, 500); err != nil {
			t.Fatal(err)
		}
		// the order within one stamp is that of channel numbers, so compare as sets
		slices.Sort(want)
		slices.Sort(k2.lines)
		if !slices.Equal(k2.lines, want) || w2.Held() != 0 {
			t.Fatalf("%q, want %q; %d held", k2.lines, want, w2.Held())
		}
	})
}

func hampel(window int) Step {
	st, err := prep.Hampel{Window: window, Centred: true, K: 1}.New()
	if err != nil {
		panic(err)
	}
	return Step{Stage: st}
}

func mean(n int) Step {
	st, err := prep.Rolling{Of: prep.Mean, Window: analytics.Span{Count: n}}.New()
	if err != nil {
		panic(err)
	}
	return Step{Stage: st}
}

// pipeline is a hub with one pipe from raw to clean.
func pipeline(t interface{ Fatal(...any) }, attrs []string, steps ...Step) (*sim.Sim, *Hub, *recorder) {
	s, h, k := world(t, attrs...)
	at := func(name string) devices.ChannelID { c, _ := h.channels.Lookup("x." + name); return c }
	for i := range steps {
		if d := steps[i].Watch; d != nil {
			d.Score = at("score")
		}
	}
	if err := h.AddPipe(Pipe{Name: "p", In: at("raw"), Out: at("clean"), Steps: steps}); err != nil {
		t.Fatal(err)
	}
	return s, h, k
}

func feed(h *Hub, values ...float64) {
	c, _ := h.channels.Lookup("x.raw")
	for i, v := range values {
		h.Ingest(devices.Reading{At: sim.Time(i), Channel: c, Value: v})
	}
}

// A stage that a fork keeps goes on where it was, wherever it stands among the
// steps; one that is another begins anew.
func TestForkOfPipes(t *testing.T) {
	attrs := []string{"raw", "clean", "score"}
	value := func(h *Hub) float64 { c, _ := h.channels.Lookup("x.clean"); return h.State.Value[c] }
	s, h, _ := pipeline(t, attrs, mean(3), mean(2), Step{Watch: &Detector{Model: level{}, Name: "high"}})
	feed(h, 20, 22, 24)
	data := save(t, s)
	if !slices.Equal(h.alarms.Up, []bool{true}) {
		t.Fatal("no alarm is up")
	}
	for _, c := range []struct {
		steps   []Step
		want    float64 // after 60
		dropped int
	}{
		{[]Step{mean(3), mean(2)}, (22 + (22+24+60)/3.) / 2, 0},
		{[]Step{mean(2), mean(3)}, (22 + 24 + (22+60)/2.) / 3, 0}, // each with its own readings
		{[]Step{mean(3)}, (22 + 24 + 60) / 3., 1},
		{[]Step{mean(4)}, 60, 2},
		{[]Step{hampel(3), mean(3)}, 21.5, 1},              // hampel still holds 60 back
		{[]Step{mean(3), mean(3)}, (22 + 24 + 60) / 3., 1}, // the second is new
	} {
		s, h, k := pipeline(t, []string{"score", "more", "clean", "raw"}, append(c.steps, Step{Watch: &Detector{Model: level{}, Name: "high"}})...)
		load(t, s, data)
		if !slices.Equal(h.alarms.Up, []bool{true}) {
			t.Error("the alarm is down")
		}
		if _, states := s.Dropped(); states != c.dropped {
			t.Errorf("%d states dropped, want %d", states, c.dropped)
		}
		feed(h, 60)
		if math.Abs(value(h)-c.want) > 1e-9 {
			t.Errorf("%v, want %v", value(h), c.want)
		}
		feed(h, 1, 1, 1, 1, 1, 1, 1, 1)
		if end := strings.Join(k.lines, "\n"); !strings.Contains(end, "alarm end x high x.raw") {
			t.Errorf("the alarm did not end on x.raw: %s", end)
		}
	}
}

// Flush lets everything out once, through the rest of the pipe, and a run that is
// saved before it has the same digest.
func TestHubFlush(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		build := func() (*sim.Sim, *Hub, *recorder) {
			fill, err := prep.Fill{Method: prep.Linear}.New()
			if err != nil {
				t.Fatal(err)
			}
			return pipeline(t, []string{"raw", "clean", "score"}, Step{Stage: fill}, hampel(5), Step{Watch: &Detector{Model: level{}, Name: "high"}}, hampel(3))
		}
		n := rapid.IntRange(0, 30).Draw(t, "n")
		cut := rapid.IntRange(0, n).Draw(t, "cut")
		var all []devices.Reading
		for i := range n {
			r := devices.Reading{At: sim.Time(i), Value: float64(rapid.IntRange(0, 20).Draw(t, "v"))}
			if rapid.IntRange(0, 3).Draw(t, "missing") == 0 {
				r.Value, r.Quality = 0, devices.Missing
			}
			all = append(all, r)
		}
		run := func(h *Hub, part []devices.Reading) {
			for _, r := range part {
				h.Ingest(r)
			}
		}
		_, h, _ := build()
		run(h, all)
		held := h.Held()
		h.Flush()
		if h.Held() != 0 {
			t.Fatalf("%d of %d are still held", h.Held(), held)
		}
		usable := 0
		for _, r := range all {
			if r.Quality.Usable() {
				usable++
			}
		}
		if filled := int(h.Cleaned.Readings) - n; n > 0 && (filled < usable || filled > n) {
			t.Fatalf("%d readings and %d scores of them came out of %d", n, filled, n)
		}
		after := h.Digest()
		cleaned := h.Cleaned
		if h.Flush(); h.Digest() != after || h.Cleaned != cleaned {
			t.Fatal("a second Flush did something")
		}
		s1, h1, _ := build()
		run(h1, all[:cut])
		data := save(t, s1)
		s2, h2, _ := build()
		load(t, s2, data)
		run(h2, all[cut:])
		if h2.Held() != held {
			t.Fatalf("%d held, straight %d", h2.Held(), held)
		}
		if h2.Flush(); h2.Digest() != after || h2.Cleaned != h.Cleaned {
			t.Fatal("a run that was saved before Flush ended otherwise")
		}
	})
}

// fullHub has something in every part of its state.
func fullHub(t interface{ Fatal(...any) }) (*sim.Sim, *Hub) {
	s, h, _ := pipeline(t, []string{"raw", "clean", "score", "b", "c"}, hampel(3), Step{Watch: &Detector{Model: level{}, Name: "high"}})
	for c := range devices.ChannelID(5) {
		if err := h.StaleAfter(c, 10); err != nil {
			t.Fatal(err)
		}
	}
	w, err := h.Reorder("w", 50, false)
	if err != nil {
		t.Fatal(err)
	}
	feed(h, 20, 30, 20, 20)
	for c := range devices.ChannelID(5) {
		w.Take(devices.Reading{At: 3, Channel: 4 - c})
	}
	h.Actuator(0, &valve{})
	if err := h.Command(devices.Command{}, "x", "open", ""); err != nil {
		t.Fatal(err)
	}
	return s, h
}

func TestSaveIsTheSameBytes(t *testing.T) {
	s, _ := fullHub(t)
	first := save(t, s)
	for range 50 {
		if !bytes.Equal(first, save(t, s)) {
			t.Fatal("two snapshots of one state differ")
		}
	}
}

// Damage is an error, at every byte, in all that the hub keeps.
func TestDamagedHub(t *testing.T) {
	_, h := fullHub(t)
	w := &Reorder{channels: h.channels, held: []devices.Reading{{At: 1}, {At: 2, Channel: 3}}}
	for _, x := range []interface {
		MarshalBinary() ([]byte, error)
		UnmarshalBinary([]byte) error
	}{(*hubState)(h), &h.orders, (*reorderState)(w)} {
		state, err := x.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		for i := range state {
			bad := slices.Clone(state)
			bad[i] ^= 4
			if x.UnmarshalBinary(bad) == nil || x.UnmarshalBinary(state[:i]) == nil {
				t.Fatalf("%T: damage at byte %d was not found", x, i)
			}
		}
		if err := x.UnmarshalBinary(state); err != nil {
			t.Fatal(err)
		}
		again, err := x.MarshalBinary()
		if err != nil || !bytes.Equal(state, again) {
			t.Fatalf("%T: saved again it differs: %v", x, err)
		}
	}
}

func FuzzLoadHub(f *testing.F) {
	_, h := fullHub(f)
	w, err := h.Reorder("fuzz", 50, false)
	if err != nil {
		f.Fatal(err)
	}
	w.Take(devices.Reading{At: 3, Channel: 2})
	parts := []interface {
		MarshalBinary() ([]byte, error)
		UnmarshalBinary([]byte) error
	}{(*hubState)(h), &h.orders, (*reorderState)(w)}
	for i, x := range parts {
		state, err := x.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(i), state[5:])
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		x := parts[int(which)%len(parts)]
		sum := crc32.ChecksumIEEE(body)
		if x.UnmarshalBinary(append([]byte{1, byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)}, body...)) != nil {
			return
		}
		if _, err := x.MarshalBinary(); err != nil {
			t.Fatal(err)
		}
		h.Ingest(devices.Reading{Channel: 3})
		for _, r := range w.held {
			if r.Channel < 0 || int(r.Channel) >= h.channels.Len() {
				t.Fatal(fmt.Sprint("a reading of channel ", r.Channel))
			}
		}
	})
}
