package sim

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Known answers of Philox4x64-10 from the Random123 distribution (kat_vectors).
func TestPhiloxKnownAnswers(t *testing.T) {
	const ones = ^uint64(0)
	for _, c := range []struct {
		ctr  [4]uint64
		key  [2]uint64
		want [4]uint64
	}{
		{[4]uint64{}, [2]uint64{}, [4]uint64{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}},
		{[4]uint64{ones, ones, ones, ones}, [2]uint64{ones, ones},
			[4]uint64{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}},
		{[4]uint64{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
			[2]uint64{0x452821e638d01377, 0xbe5466cf34e90c6c},
			[4]uint64{0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}},
	} {
		if got := philox(c.ctr, c.key); got != c.want {
			t.Errorf("philox(%x, %x) = %x, want %x", c.ctr, c.key, got, c.want)
		}
	}
}

// The first draws of a named stream are frozen: changing them changes every result.
func TestStreamIsFrozen(t *testing.T) {
	s := NewStream(42, 0, "farm/pump[17]/failure")
	got := [3]uint64{s.Uint64(), s.Uint64(), s.Uint64()}
	want := [3]uint64{0x4a442ef92e6c6925, 0x962698d9e6715ec8, 0x24f4cde9e4c46db9}
	if got != want {
		t.Errorf("draws %#x, want %#x", got, want)
	}
}

func TestStreamsAreIndependent(t *testing.T) {
	a := New(Config{Seed: 1})
	b := New(Config{Seed: 1})
	b.Rand("other").Uint64() // another stream shifts nothing
	x, y := a.Rand("x"), b.Rand("x")
	for range 10 {
		y.At(3) // nor does a look at a tick
		if p, q := x.Uint64(), y.Uint64(); p != q {
			t.Fatalf("%x and %x", p, q)
		}
	}
	seen := map[uint64]string{}
	for name, s := range map[string]Stream{
		"seed 1":      NewStream(1, 0, "x"),
		"seed 2":      NewStream(2, 0, "x"),
		"path y":      NewStream(1, 0, "y"),
		"replication": NewStream(1, 1, "x"),
		"tick 0":      x.At(0),
		"tick 1":      x.At(1),
	} {
		u := s.Uint64()
		if other, dup := seen[u]; dup {
			t.Errorf("%s and %s draw the same", name, other)
		}
		seen[u] = name
	}
}

// A stream set back to any position goes on as if it had drawn up to there.
func TestStreamSeek(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 40).Draw(t, "n")
		a := NewStream(9, 2, "p")
		for range n {
			a.Uint64()
		}
		b := NewStream(9, 2, "p")
		b.seek(uint64(n))
		for range 9 {
			if p, q := a.Uint64(), b.Uint64(); p != q {
				t.Fatalf("after %d draws: %x and %x", n, p, q)
			}
		}
	})
}

// Moments of the variates, within 5 standard errors of n = 200 000.
func TestStreamMoments(t *testing.T) {
	const n = 200_000
	for _, c := range []struct {
		name        string
		draw        func(*Stream) float64
		mean, sd, k float64 // k: standard deviation of the squared deviation, in sd^2
	}{
		{"Float64", (*Stream).Float64, 0.5, math.Sqrt(1.0 / 12), math.Sqrt(0.8)},
		{"Normal", (*Stream).Normal, 0, 1, math.Sqrt2},
		{"NormalInv", (*Stream).NormalInv, 0, 1, math.Sqrt2},
		{"Exponential", (*Stream).Exponential, 1, 1, math.Sqrt(8)},
		{"ExponentialInv", (*Stream).ExponentialInv, 1, 1, math.Sqrt(8)},
	} {
		s := NewStream(3, 0, c.name)
		var sum, sq float64
		for range n {
			x := c.draw(&s) - c.mean
			sum += x
			sq += x * x
		}
		se := c.sd / math.Sqrt(n)
		if m := sum / n; math.Abs(m) > 5*se {
			t.Errorf("%s: mean off by %v, more than 5 x %v", c.name, m, se)
		}
		v, want := sq/n, c.sd*c.sd
		if math.Abs(v-want) > 5*c.k*want/math.Sqrt(n) {
			t.Errorf("%s: variance %v, want %v", c.name, v, want)
		}
	}
}

// A substream on the stack stays there, also when the ziggurat needs more words.
func TestDrawsDoNotAllocate(t *testing.T) {
	s := NewStream(1, 0, "x")
	var sum float64
	tick := uint64(0)
	n := testing.AllocsPerRun(1000, func() {
		for range 100 {
			d := s.At(tick)
			tick++
			sum += d.Normal() + d.Exponential() + d.NormalInv() + d.ExponentialInv()
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestWordsAreTheFirstOfATick(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := NewStream(rapid.Uint64().Draw(t, "seed"), rapid.Uint32().Draw(t, "replication"), "x")
		tick := rapid.Uint64().Draw(t, "tick")
		d := s.At(tick)
		for i, w := range s.Words(tick) {
			if u := d.Uint64(); u != w {
				t.Fatalf("word %d is %x, draw %x", i, w, u)
			}
		}
	})
}
