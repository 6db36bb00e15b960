package prep_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/analytics/prep"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
)

// minutes reads a stream written as "minute:value ...", "-" being a missing
// value, a trailing "s" a stale and "?" a suspect one.
func minutes(t *testing.T, text string) (in []devices.Reading) {
	t.Helper()
	for i, word := range strings.Fields(text) {
		r := devices.Reading{Tag: devices.Tag{Seq: uint32(i)}, Channel: 1}
		at, value, _ := strings.Cut(word, ":")
		var m float64
		if _, err := fmt.Sscan(at, &m); err != nil {
			t.Fatalf("%s: %v", word, err)
		}
		r.At = sim.Time(m * float64(sim.Minute))
		if strings.HasSuffix(value, "s") {
			r.Quality = devices.Stale
			value = strings.TrimSuffix(value, "s")
		}
		if strings.HasSuffix(value, "?") {
			r.Quality = devices.Suspect
			value = strings.TrimSuffix(value, "?")
		}
		if value == "-" {
			r.Quality = devices.Missing
		} else if _, err := fmt.Sscan(value, &r.Value); err != nil {
			t.Fatalf("%s: %v", word, err)
		}
		in = append(in, r)
	}
	return in
}

var marks = []struct {
	flag devices.Quality
	mark string
}{
	{devices.Imputed, "i"}, {devices.Outlier, "o"}, {devices.OutOfRange, "r"}, {devices.Warming, "w"},
	{devices.Stale, "s"}, {devices.Clipped, "c"}, {devices.Suspect, "?"},
}

// written is the opposite of minutes, with a letter for each flag.
func written(out []devices.Reading) string {
	var words []string
	for _, r := range out {
		w := fmt.Sprintf("%g:%.4g", r.At.Seconds()/60, r.Value)
		if r.Quality.Has(devices.Missing) {
			w = fmt.Sprintf("%g:-", r.At.Seconds()/60)
		}
		for _, m := range marks {
			if r.Quality.Has(m.flag) {
				w += m.mark
			}
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func count(n int) analytics.Span { return analytics.Span{Count: n} }

// What the comments of the stages promise, as streams in and out.
func TestStagesByExample(t *testing.T) {
	type maker interface {
		New() (analytics.Stage, error)
	}
	min := sim.Minute
	cases := []struct {
		name    string
		stage   maker
		in, out string
	}{
		{"range includes its bounds", prep.Range{Min: 0, Max: 1}, "0:0 1:1 2:1.01 3:- 4:-0.1 5:9s", "0:0 1:1 3:- 5:9s"},
		{"range excludes its bounds", prep.Range{Min: 0, Max: 1, Exclusive: true, Action: prep.Flag}, "0:0 1:0.5 2:1", "0:0r 1:0.5 2:1r"},
		{"range open above blanks", prep.Range{Min: 0, NoMax: true, Action: prep.Blank}, "0:1e9 1:-1", "0:1e+09 1:-r"},
		{"hampel replaces a spike at once", prep.Hampel{Window: 5, K: 3}, "0:1 1:2 2:1 3:2 4:99 5:1", "0:1w 1:2w 2:1 3:2 4:2io 5:1"},
		{"hampel gives in to a step", prep.Hampel{Window: 5, K: 3}, "0:1 1:1 2:1 3:1 4:5 5:5 6:5 7:5", "0:1w 1:1w 2:1 3:1 4:1io 5:1io 6:5 7:5"},
		{"hampel keeps to its floor", prep.Hampel{Window: 5, Floor: 0.1}, "0:1 1:1 2:1 3:1.2 4:1.4", "0:1w 1:1w 2:1 3:1.2 4:1io"},
		{"hampel forgets after a gap", prep.Hampel{Window: 3, MaxGap: 5 * min}, "0:1 1:1 2:1 9:7 10:7", "0:1w 1:1 2:1 9:7w 10:7"},
		{"hampel in the middle is late", prep.Hampel{Window: 5, Centred: true}, "0:1 1:- 2:1 3:9 4:1 5:1 6:1", "0:1w 1:- 2:1 3:1io 4:1"},
		{"hampel in the middle hands on before a gap", prep.Hampel{Window: 3, Centred: true, MaxGap: 5 * min}, "0:1 1:2 9:3 10:3", "0:1 1:2 9:3"},
		{"zscore looks at those before", prep.ZScore{Window: 4, K: 3}, "0:1 1:3 2:1 3:3 4:6 5:2", "0:1w 1:3w 2:1 3:3 4:2io 5:2"},
		{"zscore drops", prep.ZScore{Window: 4, K: 3, Action: prep.Drop}, "0:1 1:3 2:1 3:3 4:6 5:2", "0:1w 1:3w 2:1 3:3 5:2"},
		{"zscore forgets after a gap", prep.ZScore{Window: 4, MaxGap: 5 * min}, "0:1 1:1 2:1 9:7 10:7 11:7", "0:1w 1:1w 2:1 9:7w 10:7w 11:7"},
		{"hold for so many", prep.Fill{Method: prep.Hold, Limit: 2}, "0:- 1:7 2:- 3:5s 4:- 5:8 6:-", "0:- 1:7 2:7i 3:7i 4:- 5:8 6:8i"},
		{"hold for so long", prep.Fill{Method: prep.Hold, MaxAge: 3 * min}, "1:7 2:- 4:- 4.5:-", "1:7 2:7i 4:7i 4.5:-"},
		{"constant", prep.Fill{Method: prep.Constant, Value: 3}, "0:- 1:7 2:-", "0:3i 1:7 2:3i"},
		{"linear", prep.Fill{Method: prep.Linear}, "0:- 1:1 2:- 4:- 5:5 6:-", "0:- 1:1 2:2i 4:4i 5:5"},
		{"linear gives up", prep.Fill{Method: prep.Linear, Limit: 2}, "0:1 1:- 2:- 3:- 4:- 5:6 6:- 7:8", "0:1 1:- 2:- 3:- 4:- 5:6 6:7i 7:8"},
		{"linear never fills beside the line", prep.Fill{Method: prep.Linear}, "5:1 4:- 6:- 7:3", "5:1 4:- 6:2i 7:3"},
		{"rolling mean does not feed on itself", prep.Fill{Method: prep.RollingMean, Window: 3}, "0:- 1:1 2:3 3:- 4:- 5:- 6:4 7:-", "0:- 1:1 2:3 3:2i 4:3i 5:- 6:4 7:4i"},
		{"minmax clips", prep.MinMax{Min: 10, Max: 20, Clip: true}, "0:10 1:25 2:15 3:5 4:-", "0:0 1:1c 2:0.5 3:0c 4:-"},
		{"minmax learns three", prep.MinMax{Learn: count(3)}, "0:5 1:- 2:7 3:6 4:8", "0:0w 1:- 2:1w 3:0.5 4:1.5"},
		{"minmax learns for a time", prep.MinMax{Learn: analytics.Span{For: 2 * min}}, "0:5 1:7 2:9 3:6", "0:0w 1:1w 2:2 3:0.5"},
		{"standardise learns", prep.Standardise{Learn: count(2)}, "0:1 1:3 2:4", "0:0w 1:1 2:2"},
		{"robust learns", prep.Robust{Learn: count(5)}, "0:1 1:2 2:3 3:4 4:100 5:5", "0:0w 1:1w 2:1w 3:1w 4:48.5 5:1"},
		{"robust ends early at its cap", prep.Robust{Learn: analytics.Span{For: sim.Hour}, Cap: 2}, "0:1 1:3 2:4", "0:0w 1:1 2:2"},
		{"ewma", prep.EWMA{Alpha: 0.5}, "0:0 1:8 2:- 3:8", "0:0w 1:4 2:- 3:6"},
		{"ewma starts anew", prep.EWMA{Alpha: 0.25, MaxGap: 5 * min}, "0:0 1:8 9:8", "0:0w 1:2w 9:8w"},
		{"ewma knows the time", prep.EWMA{HalfLife: 2 * min}, "0:0 2:8 6:8 5:0", "0:0w 2:4 6:7 5:7"},
		{"difference", prep.Difference{Lag: 2, MaxGap: 5 * min}, "0:1 1:2 2:4 3:- 4:8 20:1", "0:-w 1:-w 2:3 3:- 4:6 20:-w"},
		{"rate", prep.Rate{Per: sim.Hour, MaxGap: sim.Hour}, "0:1 30:2 30:3 20:4 21:5 100:5", "0:-w 30:2 30:-? 20:-? 21:60 100:-w"},
		{"deadband", prep.Deadband{Band: 1, Heartbeat: 5 * min}, "0:1 1:2 2:2.1 3:- 4:- 8:- 9:2", "0:1 2:2.1 3:- 8:- 9:2"},
		{"deadband lets flags and old stamps through", prep.Deadband{Band: 1}, "5:1 6:1? 7:1? 8:1 4:1 9:1", "5:1 6:1? 8:1 4:1"},
		{"flags stay in their interval", prep.Resample{Every: 2 * min, Aggregate: prep.MeanValue}, "1:1? 1.5:2 3:3 4:5", "2:1.5? 4:4"},
		{"last on a grid", prep.Resample{Every: 2 * min}, "1:1 1.5:2 2:3 2:4 3:- 6.5:7 8:8", "2:3 4:4 6:- 8:8"},
		{"mean on a shifted grid", prep.Resample{Every: 2 * min, Aggregate: prep.MeanValue, Offset: 5 * min}, "1:1 1.5:2 3:6 3.5:1 6:-", "1:1 3:4 5:1"},
		{"line on a grid", prep.Resample{Every: 2 * min, Aggregate: prep.LinearValue, MaxGap: 4 * min}, "1:1 3:- 5:5 11:0", "2:2 4:4 6:- 8:- 10:-"},
		{"a long silence on a grid", prep.Resample{Every: min, Limit: 2}, "0:1 100:2 101:3", "0:1 1:- 2:- 100:2 101:3"},
		{"a long silence on a line", prep.Resample{Every: min, Limit: 2, Aggregate: prep.LinearValue}, "0:1 100:2 101:3", "0:1 1:- 2:- 100:2 101:3"},
		{"late for the grid", prep.Resample{Every: min}, "5:1 6:2 3:9 7:3", "5:1 6:2 7:3"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := must(t)(c.stage.New())
			if got := written(feed(s, minutes(t, c.in))); got != c.out {
				t.Errorf("\n in %s\ngot %s\nwant %s", c.in, got, c.out)
			}
		})
	}
}

func TestCounters(t *testing.T) {
	cases := []struct {
		stage interface {
			New() (analytics.Stage, error)
		}
		in   string
		want string
	}{
		{prep.Range{Min: 0, Max: 1}, "0:0 1:5 2:-", "out_of_range=1"},
		{prep.Hampel{Window: 3, Action: prep.Drop}, "0:1 1:1 2:5", "outlier=1"},
		{prep.ZScore{Window: 3}, "0:1 1:1 2:5", "outlier=1"},
		{prep.Fill{Method: prep.Hold}, "0:- 1:1 2:- 3:-", "imputed=2 left_missing=1"},
		{prep.MinMax{Max: 1, Clip: true}, "0:2 1:0.5", "clipped=1"},
		{prep.Robust{Learn: analytics.Span{For: sim.Hour}, Cap: 2}, "0:2 1:0.5 2:1", "capped=1"},
		{prep.Rolling{Of: prep.Mean, Window: analytics.Span{For: sim.Hour}, Cap: 2}, "0:2 1:0.5 2:1", "capped=1"},
		{prep.Resample{Every: sim.Minute, Limit: 2}, "0:1 100:2 9:1", "late=1 skipped=97 unusable=0"},
		{prep.Deadband{Band: 1}, "0:1 1:1", "within_deadband=1"},
	}
	for _, c := range cases {
		s := must(t)(c.stage.New())
		feed(s, minutes(t, c.in))
		var got []string
		s.(analytics.Counted).Counts(func(what string, n uint64) { got = append(got, fmt.Sprintf("%s=%d", what, n)) })
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("%T: %s, want %s", c.stage, g, c.want)
		}
	}
}

// A stamp from another age must not make a grid run for ever.
func TestResampleSurvivesBrokenStamps(t *testing.T) {
	for _, a := range []prep.Aggregate{prep.LastValue, prep.MeanValue, prep.LinearValue} {
		s := must(t)(prep.Resample{Every: sim.Nanosecond, Aggregate: a}.New())
		in := minutes(t, "0:1 1:2 2:3")
		in[1].At = math.MaxInt64
		in = append(in, devices.Reading{At: math.MinInt64}, devices.Reading{At: 50 * 365 * sim.Day})
		if out := feed(s, in); len(out) > 5000 {
			t.Errorf("%s: %d readings", a, len(out))
		}
	}
}

func ExampleHampel() {
	stage, err := prep.Hampel{Window: 5, K: 3}.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, v := range []float64{20.1, 20.3, 20.2, 20.4, 85, 20.3} { // 85: a DS18B20 that has lost its supply
		stage.Apply(devices.Reading{At: sim.Time(i) * sim.Minute, Value: v}, func(r devices.Reading) {
			fmt.Println(r.Value, r.Quality)
		})
	}
	// Output:
	// 20.1 warming
	// 20.3 warming
	// 20.2 good
	// 20.4 good
	// 20.3 outlier+imputed
	// 20.3 good
}

// A scenario's { rolling = { median = "1 h" } }, built by name.
func ExampleKinds() {
	var args analytics.Args
	args.Set("median", sim.Hour)
	for _, kind := range prep.Kinds() {
		if kind.Name == "rolling" {
			stage, err := kind.Build(args)
			fmt.Println(stage != nil, err)
			args.Set("mean", 12)
			_, err = kind.Build(args)
			fmt.Println(err)
		}
	}
	// Output:
	// true <nil>
	// rolling.median: can't stand beside mean; give one of mean, median, min, max, std
}
