package model_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/analytics/model"
	"github.com/twinsim/twinsim/sim"
)

func must(t testing.TB) func(analytics.Model, error) analytics.Model {
	return func(m analytics.Model, err error) analytics.Model {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
}

// estimates feeds values, a minute apart.
func estimates(m analytics.Model, v ...float64) (out []analytics.Estimate) {
	for i, x := range v {
		at := sim.Time(i) * sim.Minute
		out = append(out, m.Score(at, []float64{x}, 0))
		m.Learn(at, []float64{x}, 0)
	}
	return out
}

// Average run lengths of the two-sided CUSUM with k = 1/2 on independent normal
// readings: Montgomery, Introduction to Statistical Quality Control, chapter 9
// (9.1.3): 168 and 465 readings to a false alarm for h = 4 and h = 5, and 8.38 and
// 10.4 to the alarm after a shift of one standard deviation. Run lengths are nearly
// geometric, so the mean of n has a standard error of at most ARL/sqrt(n); the
// band is four of them, and the rounding of the published figure.
func TestCUSUMRunLengths(t *testing.T) {
	cases := []struct{ h, shift, arl, rounding float64 }{
		{4, 0, 168, 0.5}, {5, 0, 465, 0.5}, {4, 1, 8.38, 0.005}, {5, 1, 10.4, 0.05},
	}
	const runs = 3000
	rng := rand.New(rand.NewPCG(1954, 1))
	x := make([]float64, 1)
	for _, c := range cases {
		sum, squares := 0.0, 0.0
		for range runs {
			m := must(t)(model.CUSUM{K: 0.5, H: c.h, SD: 1}.New())
			n := 0.0
			for alarm := false; !alarm; n++ {
				x[0] = c.shift + rng.NormFloat64()
				alarm = m.Score(0, x, 0).Alarm
				m.Learn(0, x, 0)
			}
			sum += n
			squares += n * n
		}
		mean := sum / runs
		se := math.Sqrt((squares/runs - mean*mean) / runs)
		t.Logf("h = %v, shift %v: %.2f +- %.2f, published %v", c.h, c.shift, mean, se, c.arl)
		if math.Abs(mean-c.arl) > 4*se+c.rounding {
			t.Errorf("h = %v, shift %v: average run length %.2f +- %.2f, want %v", c.h, c.shift, mean, se, c.arl)
		}
	}
}

// noise is n standard normal values, with a shift from one reading on.
func noise(n, from int, shift float64) []float64 {
	rng := rand.New(rand.NewPCG(11, 5))
	v := make([]float64, n)
	for i := range v {
		v[i] = 20 + 0.5*rng.NormFloat64()
		if i >= from {
			v[i] += 0.5 * shift
		}
	}
	return v
}

// Each detector is quiet on noise and finds what it is for.
func TestDetectorsFindTheirKindOfTrouble(t *testing.T) {
	type maker interface {
		New() (analytics.Model, error)
	}
	cases := []struct {
		name   string
		model  maker
		shift  float64 // standard deviations, from reading 1000 on
		within int     // readings from the shift to the alarm
	}{
		{"zscore finds a jump of eight at once", model.ZScore{Enter: 5}, 8, 1},
		{"cusum finds a shift of one", model.CUSUM{K: 0.5, H: 15, Learn: analytics.Span{Count: 500}}, 1, 60},
		{"cusum finds a shift down", model.CUSUM{K: 0.5, H: 15, Learn: analytics.Span{Count: 500}}, -1, 60},
		{"page-hinkley finds a shift of two", model.PageHinkley{}, 2, 40},
		{"page-hinkley finds a shift down", model.PageHinkley{}, -2, 40},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			first := -1
			for i, e := range estimates(must(t)(c.model.New()), noise(2000, 1000, c.shift)...) {
				if e.Alarm && first < 0 {
					first = i
				}
			}
			if first < 1000 || first >= 1000+c.within {
				t.Errorf("first alarm at %d, want 1000 to %d", first, 1000+c.within-1)
			}
		})
	}
}

// A shift of one deviation is nothing to a z-score of 5: the models differ.
func TestZScoreDoesNotSeeASmallShift(t *testing.T) {
	for i, e := range estimates(must(t)(model.ZScore{Enter: 5}.New()), noise(2000, 1000, 1)...) {
		if e.Alarm {
			t.Fatalf("alarm at %d", i)
		}
	}
}

// The score is d^2/(1+d^2) of d = |z|/Enter, by what was known before.
func TestZScoreIsItsDefinition(t *testing.T) {
	m := must(t)(model.ZScore{Learn: analytics.Span{Count: 4}, Enter: 4, Memory: analytics.Span{Count: 100}}.New())
	got := estimates(m, 1, 3, 1, 3) // mean 2, deviation 1 (divided by n)
	for i, e := range got {
		if e.Ready || e.Score != 0 {
			t.Errorf("reading %d: %v during warm-up", i, e)
		}
	}
	for v, want := range map[float64]float64{2: 0, 6: 0.5, -2: 0.5, 10: 0.8, 4: 0.2} {
		e := m.Score(5*sim.Minute, []float64{v}, 0)
		if math.Abs(e.Score-want) > 1e-15 || !e.Ready || e.Alarm != (want >= 0.5) {
			t.Errorf("%v: %v, want a score of %v", v, e, want)
		}
	}
}

// alarmsOf writes an alarm as one letter per reading: A up, - down.
func alarmsOf(out []analytics.Estimate) string {
	b := make([]byte, len(out))
	for i, e := range out {
		b[i] = '-'
		if e.Alarm {
			b[i] = 'A'
		}
	}
	return string(b)
}

// How alarms rise and fall. The warm-up is so long that mean 0 and deviation 1 hardly
// move in what follows.
func TestAlarmsHaveHysteresis(t *testing.T) {
	warm := make([]float64, 10000)
	for i := range warm {
		warm[i] = float64(2*(i%2) - 1)
	}
	base := model.ZScore{Learn: analytics.Span{Count: len(warm)}, Enter: 4, Leave: 2, Memory: analytics.Span{Count: 1 << 20}, Clip: -1}
	cases := []struct {
		name string
		set  func(*model.ZScore)
		v    []float64
		want string
	}{
		{"stays until below leave", func(*model.ZScore) {}, []float64{3, 5, 3, 3, 1, 3}, "-AAA--"},
		{"needs two in a row", func(c *model.ZScore) { c.Persist = 2 }, []float64{5, 0, 5, 5, 0}, "---A-"},
		{"lasts at least three minutes", func(c *model.ZScore) { c.Dwell = 3 * sim.Minute }, []float64{5, 0, 0, 0, 0}, "AAA--"},
		{"both sides", func(*model.ZScore) {}, []float64{-5, 0, 5, 0}, "A-A-"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cfg := base
			c.set(&cfg)
			got := alarmsOf(estimates(must(t)(cfg.New()), append(warm, c.v...)...))[len(warm):]
			if got != c.want {
				t.Errorf("%v: %s, want %s", c.v, got, c.want)
			}
		})
	}
}

// While the alarm is on, Suspend learns nothing, Slow little, Full all.
func TestLearningDuringAnAlarm(t *testing.T) {
	v := noise(3000, 1000, 10)
	last := make(map[model.During]int)
	for _, d := range []model.During{model.Suspend, model.Slow, model.Full} {
		m := must(t)(model.ZScore{Memory: analytics.Span{Count: 100}, During: d, Clip: -1}.New())
		for i, e := range estimates(m, v...) {
			if e.Alarm {
				last[d] = i
			}
		}
	}
	if last[model.Suspend] != 2999 || last[model.Full] > 1100 || last[model.Slow] <= last[model.Full] || last[model.Slow] >= 2999 {
		t.Errorf("last reading with the alarm on: %v; want suspend to the end, full soon, slow between", last)
	}
}

// One wild reading that is learned from, to either side, must not blind the
// detector to the next.
func TestClipKeepsTheDetectorAwake(t *testing.T) {
	for _, wild := range []float64{1e4, -1e4} {
		v := noise(1000, 1000, 0)
		v[500], v[520] = wild, 40 // 40 is 40 deviations off
		for clip, want := range map[float64]bool{3: true, -1: false} {
			m := must(t)(model.ZScore{During: model.Full, Clip: clip}.New())
			if got := estimates(m, v...)[520].Alarm; got != want {
				t.Errorf("%v, clip %v: alarm %v, want %v", wild, clip, got, want)
			}
		}
	}
}

// A memory in time forgets by time: after ten half-lives of silence the new
// level is all that counts; a memory of readings does not see the silence.
func TestMemoryInTime(t *testing.T) {
	for _, timed := range []bool{true, false} {
		span := analytics.Span{Count: 1000}
		if timed {
			span = analytics.Span{For: sim.Hour}
		}
		m := must(t)(model.ZScore{Memory: span, Learn: analytics.Span{Count: 10}, During: model.Full, Clip: -1}.New())
		estimates(m, noise(300, 300, 0)...)
		at := 300*sim.Minute + 10*sim.Hour
		m.Learn(at, []float64{25}, 0)
		if e := m.Score(at+sim.Minute, []float64{25}, 0); e.Alarm == timed {
			t.Errorf("timed %v: %v after the silence", timed, e)
		}
	}
}

// A warm-up in time begins with the first reading, whenever that is.
func TestLearnInTime(t *testing.T) {
	for _, c := range []interface {
		New() (analytics.Model, error)
	}{
		model.ZScore{Learn: analytics.Span{For: sim.Hour}}, model.CUSUM{Learn: analytics.Span{For: sim.Hour}},
		model.PageHinkley{Learn: analytics.Span{For: sim.Hour}},
	} {
		m := must(t)(c.New())
		for i, v := range noise(100, 100, 0) {
			at := sim.Day + sim.Time(i)*sim.Minute
			if e := m.Score(at, []float64{v}, 0); e.Ready != (i >= 60) {
				t.Fatalf("%T: ready is %v after %d minutes", c, e.Ready, i)
			}
			m.Learn(at, []float64{v}, 0)
		}
	}
}

// What was not learned during an alarm does not count as a silence afterwards.
// If it did, the first reading after the alarm would be all that a memory in time
// has left: a mean without a deviation, and alarms at once.
func TestSuspendedTimeIsNoSilence(t *testing.T) {
	memory, learn := analytics.Span{For: sim.Hour}, analytics.Span{Count: 100}
	for _, c := range []interface {
		New() (analytics.Model, error)
	}{
		model.ZScore{Memory: memory, Learn: learn, Enter: 5, Clip: -1},
		model.CUSUM{Memory: memory, Learn: learn, H: 20, Leave: 1},
	} {
		v := noise(1000, 200, 40)
		copy(v[900:], noise(100, 100, 0))
		out := estimates(must(t)(c.New()), v...)
		fell := 900
		for fell < 1000 && out[fell].Alarm {
			fell++
		}
		if !out[899].Alarm || fell > 950 {
			t.Fatalf("%T: alarm is %v at 899 and falls at %d", c, out[899].Alarm, fell)
		}
		for i, e := range out[fell:] {
			if e.Alarm {
				t.Fatalf("%T: a new alarm at %d", c, fell+i)
			}
		}
	}
}

// Without a memory the reference stays that of the warm-up; with one, and Full,
// it gives in to a shift.
func TestReferenceOfCUSUM(t *testing.T) {
	v := noise(10000, 200, 3)
	frozen := estimates(must(t)(model.CUSUM{K: 1, During: model.Full}.New()), v...)
	follows := estimates(must(t)(model.CUSUM{K: 1, During: model.Full, Memory: analytics.Span{Count: 200}}.New()), v...)
	if last := frozen[len(v)-1]; !last.Alarm || last.Score < 0.79 {
		t.Errorf("frozen: %v", last)
	}
	if !follows[220].Alarm || follows[len(v)-1].Alarm {
		t.Errorf("following: %v, then %v", follows[220], follows[len(v)-1])
	}
}

// The sums stop at Top times H, here 10: however long a shift has lasted, they are
// below Leave, here 2.5, after 15 readings at 1/2 a reading.
func TestSumsAreBounded(t *testing.T) {
	v := make([]float64, 1100)
	for i := range v[:1000] {
		v[i] = 3
	}
	out := estimates(must(t)(model.CUSUM{K: 0.5, H: 5, SD: 1}.New()), v...)
	if !out[1014].Alarm || out[1015].Alarm || out[999].Score != 0.8 {
		t.Errorf("alarm %v at 1014 and %v at 1015, score %v before", out[1014].Alarm, out[1015].Alarm, out[999].Score)
	}
}

// An input that falls silent in trouble is still in trouble.
func TestSumsOutliveAMissingInput(t *testing.T) {
	m := must(t)(model.CUSUM{Inputs: 2}.New())
	w := noise(320, 320, 0)
	for i, v := range noise(320, 300, 5) {
		m.Learn(sim.Time(i)*sim.Minute, []float64{v, w[i]}, 0)
	}
	if e := m.Score(320*sim.Minute, []float64{0, 20}, 1); !e.Alarm || e.Score < 0.5 {
		t.Errorf("got %v", e)
	}
}

// Page-Hinkley starts anew after each change, and finds the next.
func TestPageHinkleyStartsAnew(t *testing.T) {
	v := noise(900, 300, 6)
	for i := 600; i < 900; i++ {
		v[i] -= 6
	}
	out := estimates(must(t)(model.PageHinkley{Dwell: 5 * sim.Minute}.New()), v...)
	var rises []int
	on := 0
	for i, e := range out {
		if e.Alarm {
			on++
		}
		if e.Alarm && !out[i-1].Alarm {
			rises = append(rises, i)
		}
	}
	if len(rises) != 2 || rises[0] < 300 || rises[0] > 310 || rises[1] < 600 || rises[1] > 610 || on != 10 {
		t.Errorf("alarms at %v, %d readings long; want two just after 300 and 600, 10 readings long", rises, on)
	}
	if out[rises[0]+5].Ready || !out[rises[0]+60].Ready {
		t.Error("want a new warm-up after the change")
	}
}

// With two inputs the worst one decides, and a missing one takes no part.
func TestWorstInputDecides(t *testing.T) {
	for _, c := range []interface {
		New() (analytics.Model, error)
	}{
		model.ZScore{Inputs: 2}, model.CUSUM{Inputs: 2}, model.PageHinkley{Inputs: 2, Lambda: 5},
	} {
		m := must(t)(c.New())
		v, w := noise(200, 200, 0), noise(400, 400, 0)[200:]
		for i := range v {
			at := sim.Time(i) * sim.Minute
			m.Learn(at, []float64{v[i], 1e3 * w[i]}, 0)
		}
		at := 200 * sim.Minute
		calm := m.Score(at, []float64{20, 20e3}, 0)
		wild := m.Score(at, []float64{20, 40e3}, 0)
		gone := m.Score(at, []float64{20, 40e3}, 2)
		if !calm.Ready || calm.Alarm || !wild.Alarm || wild.Score < 0.5 || gone.Alarm || !gone.Ready {
			t.Errorf("%T: calm %v, wild %v, wild but missing %v", c, calm, wild, gone)
		}
	}
}

// A sensor that never moved has no deviation: any move is infinitely far, and
// the score and the state stay numbers. A floor says what a move is.
func TestConstantInput(t *testing.T) {
	for _, c := range []interface {
		New() (analytics.Model, error)
	}{
		model.ZScore{}, model.CUSUM{}, model.PageHinkley{},
	} {
		m := must(t)(c.New())
		v := make([]float64, 300)
		v[250] = 0.1
		out := estimates(m, v...)
		if out[249].Score != 0 || !out[249].Ready || out[250].Score < 0.5 || !out[250].Alarm {
			t.Errorf("%T: %v, then %v", c, out[249], out[250])
		}
		if e := m.Score(sim.Day, []float64{0.2}, 0); e.Score != e.Score {
			t.Errorf("%T: %v", c, e)
		}
	}
	out := estimates(must(t)(model.ZScore{Floor: 0.1}.New()), append(make([]float64, 100), 0.1)...)
	if e := out[100]; e.Alarm || e.Score == 0 {
		t.Errorf("with a floor: %v", e)
	}
}

// A bearing that should run at 60 degC with a deviation of 0.5 K gets warmer.
func ExampleCUSUM() {
	m, err := model.CUSUM{K: 0.5, H: 5, Mean: 60, SD: 0.5}.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, v := range []float64{60.1, 59.8, 60.2, 60.9, 61.1, 61.3, 61.2} {
		at := sim.Time(i) * sim.Minute
		e := m.Score(at, []float64{v}, 0)
		m.Learn(at, []float64{v}, 0)
		fmt.Printf("%.1f degC: score %.2f, alarm %v\n", v, e.Score, e.Alarm)
	}
	// Output:
	// 60.1 degC: score 0.00, alarm false
	// 59.8 degC: score 0.00, alarm false
	// 60.2 degC: score 0.00, alarm false
	// 60.9 degC: score 0.06, alarm false
	// 61.1 degC: score 0.26, alarm false
	// 61.3 degC: score 0.51, alarm true
	// 61.2 degC: score 0.66, alarm true
}
