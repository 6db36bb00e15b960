package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"

	"github.com/twinsim/twinsim/sim/detmath"
)

// A Stream is one source of random numbers: Philox4x64-10 (Salmon, Moraes, Dror
// and Shaw, SC'11), whose key is hashed from the run's seed and the stream's
// path and whose counter is (draw, substream, replication, 0). So a stream
// depends on its own name only: adding or removing other streams, or drawing
// from them, never shifts it, and replications differ in one counter word.
type Stream struct {
	key [2]uint64
	rep uint64
	sub uint64 // 0 for sequential draws, tick+1 for addressed ones
	pos uint64 // how many numbers were drawn
	buf [8]uint64
}

// NewStream returns the stream of a seed, replication and path. Inside a run
// use [Sim.Rand], which remembers and saves it.
func NewStream(seed uint64, replication uint32, path string) Stream {
	h := sha256.New()
	h.Write([]byte("twinsim-stream-v1\x00"))
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], seed)
	h.Write(b[:])
	h.Write([]byte(path))
	sum := h.Sum(nil)
	return Stream{
		key: [2]uint64{binary.LittleEndian.Uint64(sum), binary.LittleEndian.Uint64(sum[8:])},
		rep: uint64(replication),
	}
}

// At returns the substream of a tick, by value: random access without state. It
// does not move s, and no draw from s or from another tick changes it.
func (s *Stream) At(tick uint64) Stream {
	return Stream{key: s.key, rep: s.rep, sub: tick + 1}
}

// Words returns the first four numbers of the substream of a tick at once: what
// four calls of Uint64 on At(tick) return.
func (s *Stream) Words(tick uint64) [4]uint64 {
	return philox([4]uint64{0, tick + 1, s.rep, 0}, s.key)
}

// Uint64 returns 64 random bits.
func (s *Stream) Uint64() uint64 {
	i := s.pos & 7
	if i == 0 {
		s.fill()
	}
	s.pos++
	return s.buf[i]
}

// seek makes pos the number of draws done.
func (s *Stream) seek(pos uint64) {
	s.pos = pos
	if pos&7 != 0 {
		s.pos &^= 7
		s.fill()
		s.pos = pos
	}
}

// fill makes the eight numbers from pos on, two blocks at once: a block alone
// is a chain of 20 multiplications that wait for one another.
func (s *Stream) fill() {
	k0, k1 := s.key[0], s.key[1]
	c0, c1, c2, c3 := s.pos>>2, s.sub, s.rep, uint64(0)
	d0, d1, d2, d3 := c0+1, c1, c2, c3
	for range 10 {
		h0, l0 := bits.Mul64(philoxM0, c0)
		h1, l1 := bits.Mul64(philoxM1, c2)
		g0, m0 := bits.Mul64(philoxM0, d0)
		g1, m1 := bits.Mul64(philoxM1, d2)
		c0, c1, c2, c3 = h1^c1^k0, l1, h0^c3^k1, l0
		d0, d1, d2, d3 = g1^d1^k0, m1, g0^d3^k1, m0
		k0 += philoxW0
		k1 += philoxW1
	}
	s.buf = [8]uint64{c0, c1, c2, c3, d0, d1, d2, d3}
}

// Float64 returns a number in [0,1).
func (s *Stream) Float64() float64 { return detmath.Uniform(s.Uint64()) }

// Open returns a number in (0,1).
func (s *Stream) Open() float64 { return detmath.UniformOpen(s.Uint64()) }

// Normal returns a standard normal number, by ziggurat.
func (s *Stream) Normal() float64 {
	u := s.Uint64()
	if x, ok := detmath.NormalFast(u); ok {
		return x
	}
	return detmath.NormalSlow(u, func() uint64 { return s.Uint64() })
}

// Exponential returns an exponential number of mean 1, by ziggurat.
func (s *Stream) Exponential() float64 {
	u := s.Uint64()
	if x, ok := detmath.ExponentialFast(u); ok {
		return x
	}
	return detmath.ExponentialSlow(u, func() uint64 { return s.Uint64() })
}

// NormalInv returns a standard normal number by inversion: one draw a number,
// monotone in it, which keeps variants synchronised.
func (s *Stream) NormalInv() float64 { return detmath.NormalInv(s.Open()) }

// ExponentialInv returns an exponential number of mean 1 by inversion.
func (s *Stream) ExponentialInv() float64 { return detmath.ExponentialInv(s.Open()) }

// The multipliers and Weyl constants of Philox4x64.
const (
	philoxM0 = 0xD2E7470EE14C6C93
	philoxM1 = 0xCA5A826395121157
	philoxW0 = 0x9E3779B97F4A7C15
	philoxW1 = 0xBB67AE8584CAA73B
)

// philox is ten rounds of Philox4x64.
func philox(c [4]uint64, k [2]uint64) [4]uint64 {
	c0, c1, c2, c3, k0, k1 := c[0], c[1], c[2], c[3], k[0], k[1]
	for range 10 {
		h0, l0 := bits.Mul64(philoxM0, c0)
		h1, l1 := bits.Mul64(philoxM1, c2)
		c0, c1, c2, c3 = h1^c1^k0, l1, h0^c3^k1, l0
		k0 += philoxW0
		k1 += philoxW1
	}
	return [4]uint64{c0, c1, c2, c3}
}

// streams are the run's own streams by path.
type streams struct {
	byPath map[string]*Stream
	saved  map[string]uint64 // positions of a snapshot whose streams are not asked for yet
}

func (r *streams) get(seed uint64, replication uint32, path string) *Stream {
	if s, ok := r.byPath[path]; ok {
		return s
	}
	s := new(Stream)
	*s = NewStream(seed, replication, path)
	if pos, ok := r.saved[path]; ok {
		s.seek(pos)
		delete(r.saved, path)
	}
	if r.byPath == nil {
		r.byPath = make(map[string]*Stream)
	}
	r.byPath[path] = s
	return s
}

// positions returns how far each stream has been drawn, sorted by path.
func (r *streams) positions() []streamPos {
	all := make([]streamPos, 0, len(r.byPath)+len(r.saved))
	for path, s := range r.byPath {
		all = append(all, streamPos{path, s.pos})
	}
	for path, pos := range r.saved {
		all = append(all, streamPos{path, pos})
	}
	slices.SortFunc(all, func(a, b streamPos) int {
		if a.Path < b.Path {
			return -1
		}
		return 1
	})
	return all
}

// restore puts every stream where a snapshot had it. One that the snapshot did not
// know stays where it is.
func (r *streams) restore(all []streamPos) {
	r.saved = make(map[string]uint64, len(all))
	for _, p := range all {
		if s, ok := r.byPath[p.Path]; ok {
			s.seek(p.Pos)
		} else {
			r.saved[p.Path] = p.Pos
		}
	}
}
