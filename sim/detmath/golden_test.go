package detmath

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math"
	"testing"
)

// splitMix is a small exact generator, so that the arguments are the same everywhere.
type splitMix uint64

func (s *splitMix) Uint64() uint64 {
	*s += 0x9e3779b97f4a7c15
	z := uint64(*s)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// argument returns numbers of all sizes, mostly of usual ones.
func argument(s *splitMix) float64 {
	u := s.Uint64()
	switch s.Uint64() & 7 {
	case 0:
		return math.Float64frombits(u) // anything, NaN and Inf too
	case 1:
		return Uniform(u)
	case 2, 3:
		return float64(Uniform(u)*4) - 2
	case 4, 5:
		return float64(Uniform(u)*64) - 32
	case 6:
		return Uniform(u) * 1e6
	}
	return float64(Uniform(u)*1480) - 740
}

// write adds the bits of v to the digest, with one NaN for all.
func write(h hash.Hash, v float64) {
	var b [8]byte
	u := math.Float64bits(v)
	if v != v {
		u = 0x7ff8000000000001
	}
	binary.LittleEndian.PutUint64(b[:], u)
	h.Write(b[:])
}

// TestGolden compares the bits of 200,000 results of every function and variate with
// those of the first machine. Run it under another GOARCH or GOAMD64 to prove parity.
func TestGolden(t *testing.T) {
	const n = 200_000
	got := map[string]string{}
	digest := func(name string, f func(s *splitMix, h hash.Hash)) {
		s, h := splitMix(12345), sha256.New()
		for range n {
			f(&s, h)
		}
		got[name] = hex.EncodeToString(h.Sum(nil)[:8])
	}
	for _, p := range pairs1 {
		digest(p.name, func(s *splitMix, h hash.Hash) { write(h, p.det(argument(s))) })
	}
	for _, p := range pairs2 {
		digest(p.name, func(s *splitMix, h hash.Hash) { write(h, p.det(argument(s), argument(s))) })
	}
	digest("Sincos", func(s *splitMix, h hash.Hash) {
		a, b := Sincos(argument(s))
		write(h, a)
		write(h, b)
	})
	for _, v := range variates {
		digest("variate "+v.name, func(s *splitMix, h hash.Hash) { write(h, v.draw(s)) })
	}
	digest("quantile Normal", func(s *splitMix, h hash.Hash) { write(h, NormalInv(math.Abs(math.Float64frombits(s.Uint64()>>2)))) })
	for name, want := range golden {
		if got[name] != want {
			t.Errorf("%s: digest %q, want %q", name, got[name], want)
		}
	}
	for name, d := range got {
		if golden[name] == "" {
			t.Errorf("golden has no digest for %q: %q", name, d)
		}
	}
}
