package prep

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

// stages makes one of each kind of stage, and of each way it works in.
var stages = []struct {
	name string
	make func() (analytics.Stage, error)
	// counters of readings that do not come out
	dropped []string
}{
	{"range", Range{Min: -1, Max: 1, Action: Drop}.New, []string{"out_of_range"}},
	{"range flags", Range{Min: -1, Max: 1, Action: Flag}.New, nil},
	{"hampel", Hampel{Window: 5}.New, nil},
	{"hampel drops", Hampel{Window: 5, K: 1, Action: Drop}.New, []string{"outlier"}},
	{"hampel centred", Hampel{Window: 5, Centred: true}.New, nil},
	{"hampel centred drops", Hampel{Window: 7, K: 1, Centred: true, Action: Drop, MaxGap: 10 * sim.Minute}.New, []string{"outlier"}},
	{"zscore drops", ZScore{Window: 5, K: 1, Action: Drop}.New, []string{"outlier"}},
	{"fill hold", Fill{Method: Hold, Limit: 2}.New, nil},
	{"fill linear", Fill{Method: Linear}.New, nil},
	{"fill linear limit", Fill{Method: Linear, Limit: 2, MaxAge: 5 * sim.Minute}.New, nil},
	{"fill mean", Fill{Method: RollingMean, Window: 3}.New, nil},
	{"fill constant", Fill{Method: Constant, Value: 1}.New, nil},
	{"minmax", MinMax{Learn: analytics.Span{Count: 4}}.New, nil},
	{"standardise", Standardise{Learn: analytics.Span{Count: 4}}.New, nil},
	{"robust", Robust{Learn: analytics.Span{Count: 4}}.New, nil},
	{"ewma", EWMA{Alpha: 0.5}.New, nil},
	{"rolling", Rolling{Of: Median, Window: analytics.Span{Count: 3}}.New, nil},
	{"difference", Difference{Lag: 2}.New, nil},
	{"rate", Rate{}.New, nil},
	{"deadband", Deadband{Band: 0.5}.New, []string{"within_deadband"}},
}

func counter(s analytics.Stage, names ...string) (sum int) {
	if c, ok := s.(analytics.Counted); ok {
		c.Counts(func(what string, n uint64) {
			if slices.Contains(names, what) {
				sum += int(n)
			}
		})
	}
	return sum
}

func held(s analytics.Stage) int {
	if f, ok := s.(analytics.Flusher); ok {
		return f.Held()
	}
	return 0
}

func flush(s analytics.Stage) (out []devices.Reading) {
	if f, ok := s.(analytics.Flusher); ok {
		f.Flush(func(r devices.Reading) { out = append(out, r) })
	}
	return out
}

// Every kind of the table is among the stages of these tests, or resample.
func TestFlushKnowsAllKinds(t *testing.T) {
	for _, k := range Kinds() {
		if k.Name != "resample" && !slices.ContainsFunc(stages, func(s struct {
			name    string
			make    func() (analytics.Stage, error)
			dropped []string
		}) bool {
			return s.name == k.Name || len(s.name) > len(k.Name) && s.name[:len(k.Name)+1] == k.Name+" "
		}) {
			t.Errorf("no stage of kind %s", k.Name)
		}
	}
}

// What came in is what came out, what was dropped and counted, and what is held;
// after Flush nothing is held.
func TestNothingIsLost(t *testing.T) {
	for _, c := range stages {
		t.Run(c.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				s, err := c.make()
				if err != nil {
					t.Fatal(err)
				}
				in := readings(60).Draw(t, "in")
				again := rapid.IntRange(0, len(in)).Draw(t, "flushed before the end")
				var out []devices.Reading
				for i, r := range in {
					if i == again {
						out = append(out, flush(s)...)
					}
					s.Apply(r, func(q devices.Reading) { out = append(out, q) })
					if got := len(out) + counter(s, c.dropped...) + held(s); got != i+1 {
						t.Fatalf("%d in; %d out, %d dropped, %d held", i+1, len(out), counter(s, c.dropped...), held(s))
					}
				}
				last := flush(s)
				if out = append(out, last...); held(s) != 0 || len(out)+counter(s, c.dropped...) != len(in) {
					t.Fatalf("%d in; after Flush %d out, %d dropped, %d held", len(in), len(out), counter(s, c.dropped...), held(s))
				}
				if more := flush(s); len(more) > 0 {
					t.Fatalf("a second Flush hands on %v", more)
				}
				if again < len(in) || len(c.dropped) > 0 {
					return
				}
				for i, r := range out { // order and identity
					if r.At != in[i].At || r.Seq != in[i].Seq {
						t.Fatalf("reading %d comes out as %v", i, r)
					}
				}
			})
		})
	}
}

// A flush of a state that was saved and loaded is that of the stage itself.
func TestFlushOfALoadedState(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(stages).Draw(t, "stage")
		a, err := c.make()
		if err != nil {
			t.Fatal(err)
		}
		b, _ := c.make()
		run(a, readings(40).Draw(t, "in"))
		var buf bytes.Buffer
		if err := gob.NewEncoder(&buf).Encode(a.(analytics.Stateful).State()); err != nil {
			t.Fatal(err)
		}
		fresh := reflect.New(reflect.TypeOf(b.(analytics.Stateful).State()).Elem())
		if err := gob.NewDecoder(&buf).Decode(fresh.Interface()); err != nil {
			t.Fatal(err)
		}
		reflect.ValueOf(b.(analytics.Stateful).State()).Elem().Set(fresh.Elem())
		if x, y := flush(a), flush(b); !slices.Equal(x, y) {
			t.Fatalf("%s: %v, want %v", c.name, y, x)
		}
	})
}

// A centred Hampel that is flushed has judged every reading by its window, cut
// short at the ends.
func TestHampelFlushShrinksItsWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Hampel{Window: rapid.SampledFrom([]int{3, 5, 9}).Draw(t, "window"), K: 1.5, Centred: true, Action: Replace}
		s, err := c.New()
		if err != nil {
			t.Fatal(err)
		}
		in := readings(40).Draw(t, "in")
		out := append(run(s, in), flush(s)...)
		checkHampel(t, c, in, in, out)
	})
}

// A flushed grid has a point for every interval that a reading reached: the same
// intervals, means and last values as when they are put together from a list.
func TestResampleFlushClosesTheLastInterval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every := sim.Time(rapid.IntRange(1, 9).Draw(t, "minutes")) * sim.Minute
		agg := rapid.SampledFrom([]Aggregate{LastValue, MeanValue}).Draw(t, "aggregate")
		made, err := Resample{Every: every, Aggregate: agg}.New()
		if err != nil {
			t.Fatal(err)
		}
		s := made.(*resample)
		in := readings(60).Draw(t, "in")
		passed, used, reached := 0, map[sim.Time][]float64{}, sim.Time(0)
		var out []devices.Reading
		for _, r := range in {
			late, begun, idle := s.state.Late, s.state.Begun, s.state.Idle
			ends := s.ceil(r.At) // of its interval, unless a point of that stamp has come out
			if begun && ends < s.state.Next {
				ends = s.state.Next
			}
			s.Apply(r, func(q devices.Reading) { out = append(out, q) })
			switch {
			case s.state.Late > late || s.state.Idle > idle:
			case !begun && !s.state.Begun:
				passed++
				out = out[:0]
			default:
				used[ends] = append(used[ends], r.Value)
			}
			if s.state.Begun && s.state.Late == late {
				reached = ends
			}
		}
		n := 0
		for _, v := range used {
			n += len(v)
		}
		if got := passed + n + counter(s, "late", "unusable"); got != len(in) {
			t.Fatalf("%d in; %d passed, %d used, %d late or unusable", len(in), passed, n, counter(s, "late", "unusable"))
		}
		if s.Held() > 0 != (s.state.Filled) {
			t.Fatalf("held %d", s.Held())
		}
		out = append(out, flush(s)...)
		if s.Held() != 0 || len(flush(s)) > 0 {
			t.Fatal("something is held after Flush")
		}
		if len(used) == 0 {
			return
		}
		for i, r := range out {
			v := used[r.At]
			if r.Quality.Usable() != (len(v) > 0) {
				t.Fatalf("point %d is %v, its interval has %v", i, r, v)
			}
			delete(used, r.At)
			if len(v) == 0 {
				continue
			}
			want := v[len(v)-1]
			if agg == MeanValue {
				want = naive(foldMean, v)
			}
			if d := r.Value - want; d > 1e-9 || d < -1e-9 {
				t.Fatalf("point %d is %v, want %v of %v", i, r, want, v)
			}
		}
		if len(used) > 0 || out[len(out)-1].At != reached {
			t.Fatalf("left over: %v; the last point is %v, reached was %v", used, out[len(out)-1].At, reached)
		}
	})
}

// The ends of data as pandas 3.0 has them:
//
//	s.resample("1min", closed="right", label="right").mean() of 1, 2, 3, 4, 5 at 0, 30, 70, 120, 140 s
//	x.interpolate(limit_area="inside") of 1, NaN, 3, NaN, NaN
//	y.rolling(5, center=True, min_periods=3).median() of 1, 5, 2, 8, 3, 9, 4
func TestEndsAsInPandas(t *testing.T) {
	at := func(seconds sim.Time, v float64) devices.Reading {
		return devices.Reading{At: seconds * sim.Second, Value: v}
	}
	absent := func(seconds sim.Time) devices.Reading {
		return devices.Reading{At: seconds * sim.Second, Tag: devices.Tag{Quality: devices.Missing}}
	}
	grid := Resample{Every: sim.Minute, Aggregate: MeanValue}.New
	for _, c := range []struct {
		make func() (analytics.Stage, error)
		in   []devices.Reading
		want string
	}{
		{grid, []devices.Reading{at(0, 1), at(30, 2), at(70, 3), at(120, 4), at(140, 5)}, "0:1 60:2 120:3.5 180:5"},
		{grid, []devices.Reading{at(0, 1), at(30, 2), at(70, 3), at(120, 4), absent(140)}, "0:1 60:2 120:3.5 180:-"},
		{grid, []devices.Reading{at(0, 1), at(30, 2), at(70, 3), at(120, 4)}, "0:1 60:2 120:3.5"},
		{Fill{Method: Linear}.New, []devices.Reading{at(0, 1), absent(1), at(2, 3), absent(3), absent(4)}, "0:1 1:2 2:3 3:- 4:-"},
		{Hampel{Window: 5, K: 1e-9, Centred: true}.New, []devices.Reading{at(0, 1), at(1, 5), at(2, 2), at(3, 8), at(4, 3), at(5, 9), at(6, 4)}, "0:2 1:3.5 2:3 3:5 4:4 5:6 6:4"},
	} {
		s, err := c.make()
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, r := range append(run(s, c.in), flush(s)...) {
			v := fmt.Sprint(r.Value)
			if r.Quality.Has(devices.Missing) {
				v = "-"
			}
			got += fmt.Sprintf(" %d:%s", r.At/sim.Second, v)
		}
		if got[1:] != c.want {
			t.Errorf("%s, want %s", got[1:], c.want)
		}
	}
}

// A gap that Flush handed on stays a gap: what is unusable after it is not filled
// either, until a usable reading ends it.
func TestLinearFillAfterFlush(t *testing.T) {
	s, err := Fill{Method: Linear, Limit: 9}.New()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	emit := func(r devices.Reading) {
		out = append(out, fmt.Sprint(int(r.At/sim.Second), " ", r.Value, " ", r.Quality))
	}
	at := func(second int, v float64, q devices.Quality) {
		s.Apply(devices.Reading{At: sim.Time(second) * sim.Second, Value: v, Tag: devices.Tag{Quality: q}}, emit)
	}
	at(0, 0, 0)
	at(1, 0, devices.Missing)
	s.(analytics.Flusher).Flush(emit)
	at(2, 0, devices.Missing)
	at(3, 3, 0)
	at(4, 0, devices.Missing)
	at(5, 5, 0)
	want := []string{"0 0 good", "1 0 missing", "2 0 missing", "3 3 good", "4 4 imputed", "5 5 good"}
	if !slices.Equal(out, want) {
		t.Errorf("%q, want %q", out, want)
	}
}
