package rules

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/twinsim/twinsim/devices"
)

// TestIndexAgreesWithLists compares the index with stored lists, over random
// layouts of twins and rules.
func TestIndexAgreesWithLists(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Twins of random size one after another, as channels are handed out.
		var bases []int32
		next := int32(0)
		size := rapid.Int32Range(1, 5).Draw(t, "size")
		for range rapid.IntRange(1, 40).Draw(t, "twins") {
			bases = append(bases, next)
			if next += size; rapid.IntRange(0, 5).Draw(t, "gap") == 0 {
				next += rapid.Int32Range(0, 5).Draw(t, "skip")
			}
		}
		ix := NewIndex(int(next))
		want := map[int32]map[int32]bool{}
		for r := range rapid.IntRange(1, 6).Draw(t, "rules") {
			members := rapid.SliceOfNDistinct(rapid.IntRange(0, len(bases)-1), 0, len(bases), rapid.ID[int]).Draw(t, "members")
			if rapid.Bool().Draw(t, "sorted") {
				slices.Sort(members)
			}
			inst := func(i int) []Base {
				need := bases[members[i]/3*2%len(bases)]
				return []Base{{Channel: bases[members[i]]}, {Channel: need}}
			}
			reads := []Input{{Self, rapid.Int32Range(0, size-1).Draw(t, "offset")}, {1, 0}, {Absolute, rapid.Int32Range(0, next-1).Draw(t, "absolute")}}
			reads = reads[:rapid.IntRange(1, 3).Draw(t, "reads")]
			rule, err := ix.Add(reads, len(members), inst)
			if err != nil || rule != r {
				t.Fatalf("Add: %d, %v", rule, err)
			}
			for i := range members {
				for _, in := range reads {
					ch := in.Slot
					if in.Base >= 0 {
						ch += inst(i)[in.Base].Channel
					}
					if want[ch] == nil {
						want[ch] = map[int32]bool{}
					}
					want[ch][ix.ID(r, i)] = true
				}
			}
		}
		ix.Build()
		d := ix.NewDirty()
		for ch := range next {
			ix.Write(ch, &d)
			last, n := int32(-1), 0
			for id, ok := d.Pop(); ok; id, ok = d.Pop() {
				rule, i := ix.Rule(id)
				if !want[ch][id] || id <= last || ix.ID(rule, i) != id {
					t.Fatalf("channel %d makes id %d (rule %d, instance %d) dirty after %d, want %v", ch, id, rule, i, last, want[ch])
				}
				last, n = id, n+1
			}
			if n != len(want[ch]) || !d.Empty() {
				t.Fatalf("channel %d makes %d dirty, want %d", ch, n, len(want[ch]))
			}
		}
	})
}

// TestWriteMarksAllReaders has instances of many words read one channel, in any
// order.
func TestWriteMarksAllReaders(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for round := range 3000 {
		ix := NewIndex(1)
		ix.number(1000)
		want := map[int32]bool{}
		for range r.IntN(8) {
			// Spans of whole words are joined, and those in one word.
			first := r.Int32N(4)*64 + r.Int32N(2)*63
			n := []int32{1, 2, 64, 65, 128}[r.IntN(5)]
			if err := ix.point(0, first, n); err != nil {
				t.Fatal(err)
			}
			for k := range n {
				want[first+k] = true
			}
		}
		ix.Build()
		d := ix.NewDirty()
		ix.Write(0, &d)
		n := 0
		for id, ok := d.Pop(); ok; id, ok = d.Pop() {
			if !want[id] {
				t.Fatalf("round %d: id %d is dirty", round, id)
			}
			n++
		}
		if n != len(want) {
			t.Fatalf("round %d: %d dirty, want %d", round, n, len(want))
		}
	}
}

func TestDirtyIsASortedSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDirty(300_000)
		want := map[int32]bool{}
		for range rapid.IntRange(0, 50).Draw(t, "steps") {
			id := rapid.Int32Range(0, 299_000).Draw(t, "id")
			n := rapid.Int32Range(1, 300).Draw(t, "n")
			d.AddRange(id, n)
			for k := range n {
				want[id+k] = true
			}
			if rapid.Bool().Draw(t, "pop") {
				lowest := int32(1 << 30)
				for k := range want {
					lowest = min(lowest, k)
				}
				if got, ok := d.Pop(); !ok || got != lowest {
					t.Fatalf("Pop %d, want %d", got, lowest)
				}
				delete(want, lowest)
			}
		}
		n := 0
		for id, ok := d.Pop(); ok; id, ok = d.Pop() {
			if !want[id] {
				t.Fatalf("popped %d", id)
			}
			n++
		}
		if n != len(want) || !d.Empty() {
			t.Fatalf("popped %d of %d", n, len(want))
		}
	})
}

func TestIndexRefusesForeignChannels(t *testing.T) {
	ix := NewIndex(10)
	if _, err := ix.Add([]Input{{Absolute, 10}}, 1, nil); err == nil {
		t.Error("channel 10 of 10")
	}
	if _, err := ix.Add([]Input{{Self, 0}}, 8, func(i int) []Base { return []Base{{Channel: int32(2 * i)}} }); err == nil {
		t.Error("a run up to channel 14 of 10")
	}
	ix.Build()
	d := ix.NewDirty()
	ix.Write(-1, &d)
	ix.Write(99, &d)
	if !d.Empty() {
		t.Error("channels that do not exist make rules dirty")
	}
}

// TestFleetIsSmall: a rule over 100 000 wearables costs the index some bytes per
// 64 of them, not a list.
func TestFleetIsSmall(t *testing.T) {
	const fleet, attrs = 100_000, 10
	ix := NewIndex(fleet * attrs)
	one := make([]Base, 1)
	inst := func(i int) []Base { one[0].Channel = int32(i * attrs); return one }
	for range 5 {
		if _, err := ix.Add([]Input{{Self, 2}, {Self, 7}}, fleet, inst); err != nil {
			t.Fatal(err)
		}
	}
	ix.Build()
	if len(ix.runs) != 1 || len(ix.marks) != 0 || len(ix.words) != 5*((fleet+63)/64) {
		t.Errorf("%d runs, %d marks, %d words", len(ix.runs), len(ix.marks), len(ix.words))
	}
	d := ix.NewDirty()
	ix.Write(77_777*attrs+7, &d)
	for r := range 5 {
		id, _ := d.Pop()
		if rule, i := ix.Rule(id); rule != r || i != 77_777 {
			t.Errorf("rule %d, instance %d", rule, i)
		}
	}
}

var sink bool

func benchmarkEval(b *testing.B, text string) {
	s := testState()
	for i := range s.Values {
		s.Values[i] = 0.1
	}
	c := NewContext(s)
	x := condition(b, text)
	inst := bases(2)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		s.Values[2*zoneAttrs] = float64(i&7) * 0.05
		sink, _, _ = x.Eval(c, inst)
	}
	if !x.Fast() {
		b.Log("by the machine")
	}
}

func BenchmarkEval(b *testing.B) {
	for _, bench := range []struct{ name, text string }{
		{"relative-and-hour", "self.vwc < p.trigger and hour(t) in 0..8"},
		{"number-and-flag", "self.temp < 80 && !self.alarm"},
		{"arithmetic-of-5", "(self.vwc + self.temp * 2 - weather.et0) / (p.trigger + 1) > self.weather.rain"},
		{"mean-of-6", `mean(each("zone-*.vwc")) < 0.2`},
		{"count-of-6", `count(each("zone-*.vwc"), # < 0.2) >= 6`},
		{"machine", "let v = self.vwc; v < p.trigger"},
	} {
		b.Run(bench.name, func(b *testing.B) { benchmarkEval(b, bench.text) })
	}
}

// BenchmarkSet is what the calendar costs when every event is in another minute.
func BenchmarkSet(b *testing.B) {
	c := NewContext(testState())
	x := condition(b, "hour(t) in 4..8")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		c.Set(c.Now() + 61e9)
		sink, _, _ = x.Eval(c, nil)
	}
}

func BenchmarkCompile(b *testing.B) {
	env := testEnv()
	for b.Loop() {
		if _, err := NewCondition("self.vwc < p.trigger and hour(t) in 4..8", env); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEvent is 200 rules of three inputs over 50 attributes, of which an
// event writes two.
func BenchmarkEvent(b *testing.B) {
	const attrs, nrules = 50, 200
	r := rand.New(rand.NewPCG(3, 4))
	ix := NewIndex(attrs)
	var conditions []*Condition
	for range nrules {
		p := r.Perm(attrs)
		x, err := NewCondition(fmt.Sprintf("a%d > %d && (a%d < %d || a%d > 5)", p[0], r.IntN(10), p[1], r.IntN(10), p[2]), numbered)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := ix.Add(x.Reads(), 1, func(int) []Base { return nil }); err != nil {
			b.Fatal(err)
		}
		conditions = append(conditions, x)
	}
	ix.Build()
	s := State{Values: make([]float64, attrs), Flags: make([]devices.Quality, attrs)}
	c, d := NewContext(s), ix.NewDirty()
	which := make([]int32, 1024)
	for i := range which {
		which[i] = r.Int32N(attrs)
	}
	evals := 0
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for k := range 2 {
			ch := which[(2*i+k)&1023]
			s.Values[ch] = float64(i % 11)
			ix.Write(ch, &d)
		}
		for id, ok := d.Pop(); ok; id, ok = d.Pop() {
			rule, _ := ix.Rule(id)
			sink, _, _ = conditions[rule].Eval(c, nil)
			evals++
		}
	}
	b.ReportMetric(float64(evals)/float64(b.N), "rules/op")
}

// BenchmarkFleet is five rules over 100 000 twins, of which an event writes one.
func BenchmarkFleet(b *testing.B) {
	const fleet, attrs = 100_000, 10
	env := &Env{Lookup: func(path []string) (Ref, error) { return Ref{Base: Self, Slot: int32(len(path[1]))}, nil }}
	ix := NewIndex(fleet * attrs)
	inst := make([]Base, fleet)
	for i := range inst {
		inst[i].Channel = int32(i * attrs)
	}
	x, err := NewCondition("self.abc > 2 and self.ab < 7", env)
	if err != nil {
		b.Fatal(err)
	}
	for range 5 {
		if _, err := ix.Add(x.Reads(), fleet, func(i int) []Base { return inst[i : i+1] }); err != nil {
			b.Fatal(err)
		}
	}
	ix.Build()
	s := State{Values: make([]float64, fleet*attrs), Flags: make([]devices.Quality, fleet*attrs)}
	c, d := NewContext(s), ix.NewDirty()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		ch := int32(i * 7919 % fleet * attrs)
		s.Values[ch+3] = float64(i & 7)
		ix.Write(ch+3, &d)
		for id, ok := d.Pop(); ok; id, ok = d.Pop() {
			_, k := ix.Rule(id)
			sink, _, _ = x.Eval(c, inst[k:k+1])
		}
	}
}
