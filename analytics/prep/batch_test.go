package prep_test

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/twinsim/twinsim/analytics"
	"github.com/twinsim/twinsim/analytics/prep"
	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/sim"
	"pgregory.net/rapid"
)

// cut draws how many of n readings the next batch has.
func cut(t *rapid.T, n int) int {
	return min(n, rapid.SampledFrom([]int{0, 1, 2, 3, 7, 50, 400}).Draw(t, "batch"))
}

// equal compares readings by their bits.
func equal(t interface{ Fatalf(string, ...any) }, got, want []devices.Reading) {
	if len(got) != len(want) {
		t.Fatalf("%d readings, want %d", len(got), len(want))
	}
	for i := range got {
		a, b := got[i], want[i]
		same := math.Float64bits(a.Value) == math.Float64bits(b.Value)
		if a.Value, b.Value = 0, 0; !same || a != b {
			t.Fatalf("reading %d: %v, want %v", i, got[i], want[i])
		}
	}
}

func marshal(t *rapid.T, s analytics.Stage) []byte {
	b, err := sim.Marshal(s.(analytics.Stateful).State())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A batch is a loop of Apply, bit for bit, in what comes out and in the state,
// however the stream is cut, with single readings between, and with the state
// saved and loaded into another stage between any two batches.
func TestBatchIsALoop(t *testing.T) {
	each(t, func(t *testing.T, make func() analytics.Stage) {
		if _, ok := make().(analytics.Batcher); !ok {
			if name := strings.Split(t.Name(), "/")[1]; !strings.HasPrefix(name, "fill") && !strings.HasPrefix(name, "hampel") && !strings.HasPrefix(name, "resample") {
				t.Fatal("takes no batches")
			}
			t.Skip("takes no batches, as it hands on many readings or holds some back")
		}
		rapid.Check(t, func(rt *rapid.T) {
			in := stream(rapid.IntRange(0, 700).Draw(rt, "n"), rapid.Uint64().Draw(rt, "seed"))
			loop, batch := make(), make()
			want := feed(loop, in)
			got := []devices.Reading{{Channel: 9}} // what is in out already stays
			for len(in) > 0 {
				n := cut(rt, len(in))
				switch rapid.IntRange(0, 3).Draw(rt, "how") {
				case 0:
					got = append(got, feed(batch, in[:n])...)
				case 1:
					other := make()
					feed(other, stream(30, 8))
					if err := sim.Unmarshal(marshal(rt, batch), other.(analytics.Stateful).State()); err != nil {
						rt.Fatal(err)
					}
					batch = other
					fallthrough
				default:
					got = batch.(analytics.Batcher).ApplyBatch(in[:n], got)
				}
				in = in[n:]
			}
			if got[0] != (devices.Reading{Channel: 9}) {
				rt.Fatalf("the first of out became %v", got[0])
			}
			equal(rt, got[1:], want)
			if !bytes.Equal(marshal(rt, batch), marshal(rt, loop)) {
				rt.Fatalf("state %+v, want %+v", batch.(analytics.Stateful).State(), loop.(analytics.Stateful).State())
			}
		})
	})
}

// makers returns a maker for every setting of every kind.
func makers(t *testing.T) (all []func() analytics.Stage) {
	for _, k := range prep.Kinds() {
		for _, set := range settings[k.Name] {
			a := set.args()
			if a.Word("hold") != "" {
				a.Set("hold", 30*sim.Minute)
			}
			all = append(all, func() analytics.Stage { return must(t)(k.Build(a)) })
		}
	}
	return all
}

// inTurn is what a chain is: stages, each with what comes out of the one before,
// reading by reading; and at the end each is flushed into those after it.
func inTurn(stages []analytics.Stage, in []devices.Reading) (out []devices.Reading) {
	next := make([]func(devices.Reading), len(stages)+1)
	next[len(stages)] = func(r devices.Reading) { out = append(out, r) }
	for i := len(stages) - 1; i >= 0; i-- {
		next[i] = func(r devices.Reading) { stages[i].Apply(r, next[i+1]) }
	}
	for _, r := range in {
		next[0](r)
	}
	for i, s := range stages {
		if f, ok := s.(analytics.Flusher); ok {
			f.Flush(next[i+1])
		}
	}
	return out
}

// What is flushed into a stage that hands on more than it is given must not be
// overwritten by that.
func TestChainFlushesIntoManyReadings(t *testing.T) {
	stages := func() []analytics.Stage {
		return []analytics.Stage{
			must(t)(prep.Fill{Method: prep.Linear}.New()),
			must(t)(prep.Resample{Every: sim.Minute}.New()),
			must(t)(prep.MinMax{Min: 0, Max: 2}.New()),
		}
	}
	var in []devices.Reading
	for i := range 100 {
		in = append(in, devices.Reading{At: sim.Time(i) * sim.Minute, Value: 1})
	}
	for i := range 9 {
		in = append(in, devices.Reading{At: sim.Time(99+10*(i+1)) * sim.Minute, Tag: devices.Tag{Seq: uint32(i), Quality: devices.Missing}})
	}
	chain := analytics.NewChain(stages()...)
	got := chain.Flush(chain.ApplyBatch(in, nil))
	if len(got) != 190 {
		t.Errorf("%d readings, want 190", len(got))
	}
	equal(t, got, inTurn(stages(), in))
}

// With alpha = 0.2 the share of the first reading is 1, 0.8, 0.64, 0.512, 0.41: the
// fifth result is trusted, and all after it.
func TestEWMAWarmsUp(t *testing.T) {
	for i, r := range feed(must(t)(prep.EWMA{Alpha: 0.2}.New()), make([]devices.Reading, 20)) {
		if r.Quality.Has(devices.Warming) != (i < 4) {
			t.Errorf("result %d is %v", i, r.Quality)
		}
	}
}

// Any stages, any cuts: a chain is what its stages are in turn.
func TestChainIsItsStages(t *testing.T) {
	all := makers(t)
	rapid.Check(t, func(rt *rapid.T) {
		var chained, single []analytics.Stage
		for range rapid.IntRange(0, 5).Draw(rt, "stages") {
			make := rapid.SampledFrom(all).Draw(rt, "stage")
			chained, single = append(chained, make()), append(single, make())
		}
		chain := analytics.NewChain(chained...)
		in := stream(rapid.IntRange(0, 300).Draw(rt, "n"), rapid.Uint64().Draw(rt, "seed"))
		want, got := inTurn(single, in), []devices.Reading(nil)
		for len(in) > 0 {
			n := cut(rt, len(in))
			got = chain.ApplyBatch(in[:n], got)
			in = in[n:]
		}
		got = chain.Flush(got)
		equal(rt, got, want)
		if again := chain.Flush(nil); len(again) > 0 {
			rt.Fatalf("a second Flush hands on %v", again)
		}
	})
}

// A batch costs no memory when there is room for what comes out, by a chain too,
// whose stages take batches or don't.
func TestBatchDoesNotAllocate(t *testing.T) {
	in := stream(4000, 5)
	shift := in[len(in)-1].At - in[0].At
	each(t, func(t *testing.T, make func() analytics.Stage) {
		chain := analytics.NewChain(make(), must(t)(prep.EWMA{Alpha: 0.5}.New()))
		out := chain.ApplyBatch(in, nil)
		later := append([]devices.Reading(nil), in...)
		allocs := testing.AllocsPerRun(3, func() {
			for i := range later {
				later[i].At += shift
			}
			for i := 0; i < len(later); i += 100 {
				out = chain.ApplyBatch(later[i:i+100], out[:0])
			}
		})
		if allocs != 0 {
			t.Errorf("%v allocations for %d readings", allocs, len(in))
		}
	})
}

func BenchmarkApplyBatch(b *testing.B) {
	const size = 512
	in := make([]devices.Reading, 8*size)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range in {
		in[i] = devices.Reading{At: sim.Time(i) * 10 * sim.Second, Value: 20 + rng.NormFloat64()}
		if i%100 == 99 {
			in[i].Value, in[i].Quality = 0, devices.Missing
		}
	}
	for _, c := range benchmarks {
		b.Run(c.name, func(b *testing.B) {
			s, ok := must(b)(c.stage.New()).(analytics.Batcher)
			if !ok {
				b.Skip("takes no batches")
			}
			out := s.ApplyBatch(in, nil)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				at := n % len(in)
				out = s.ApplyBatch(in[at:at+size], out[:0])
				n += size
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e9/float64(n), "ns/reading")
		})
	}
}
