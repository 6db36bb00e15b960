package replay

import (
	"encoding/binary"
	"math/bits"
)

// Each byte of a word has the value of the name.
const (
	ones   = 0x0101010101010101
	zeroes = '0' * ones
	sevens = 0x7f * ones
	highs  = 0x80 * ones
	evens  = 0x00ff00ff00ff00ff // every other byte
)

// A shape is how a short number is written: -dd.d, say. The numbers of a column
// mostly have the shape of the one before, which takes one look to tell, and
// foretells where the cell ends.
type shape struct {
	template uint64    // the sign, zeros and the mark, the first byte lowest
	keep     uint64    // the bytes that the number has
	limit    uint64    // what carries into the high bit if added to a byte that is wrong
	whole    uint64    // the digits before the mark
	up, up2  uint64    // powers of two that move those, and the ones after it, to the end of the word
	width    int       // bytes
	small    bool      // at most four digits: weights will do
	weights  [2]uint64 // of the bytes at even and at odd places, 16 bits each, the last place lowest
	divisor  float64   // a power of ten, with the sign
}

// noShape is that of what is no short number; no cell fits: with this limit every
// first byte is wrong, that of a NUL too.
var noShape = shape{keep: 0xff, limit: 0x80, divisor: 1}

// newShape makes the shape of a number with that many digits before the mark and
// after it, and the mark if there are any.
func newShape(neg bool, whole, fraction int, mark byte) shape {
	f := shape{divisor: tens[fraction]}
	at := 0
	put := func(c byte, limit uint64) {
		f.template |= uint64(c) << at
		f.keep |= 0xff << at
		f.limit |= limit << at
		at += 8
	}
	const digit, literal = 0x80 - 10, 0x7f
	if neg {
		put('-', literal)
		f.divisor = -f.divisor
	}
	for range whole {
		f.whole |= 0xff << at
		put('0', digit)
	}
	if fraction > 0 {
		put(mark, literal)
	}
	for range fraction {
		put('0', digit)
	}
	f.width = at / 8
	if f.small = whole+fraction <= 4; f.small {
		weight := uint64(1)
		for i := f.width - 1; i >= 0; i-- {
			if c := byte(f.template >> (8 * i)); c == '0' {
				f.weights[i%2] |= weight << (48 - i/2*16)
				weight *= 10
			}
		}
	}
	f.up2 = 1 << (64 - at)
	f.up = f.up2
	if fraction > 0 {
		f.up <<= 8 // over the mark
	}
	return f
}

// digits returns the digits of the number that begins at the first, lowest, byte
// of w, with zero bytes for all else; false if the number has another shape.
func (f *shape) digits(w uint64) (uint64, bool) {
	x := (w ^ f.template) & f.keep
	return x, (x+f.limit|x)&highs == 0
}

// value returns the number: exactly, as a float64 has all integers that are so
// short, and the division is rounded once.
func (f *shape) value(x uint64) float64 {
	if f.small {
		return f.weigh(x)
	}
	return f.fold(x)
}

// weigh returns a number of at most four digits: the highest lane of a product is
// the sum of bytes by their weights.
func (f *shape) weigh(x uint64) float64 {
	return float64(int64(x&evens*f.weights[0]>>48+x>>8&evens*f.weights[1]>>48)) / f.divisor
}

// fold returns a number of up to seven digits.
func (f *shape) fold(x uint64) float64 {
	whole := x & f.whole
	x = whole*f.up + (x^whole)*f.up2 // eight digits, which fold by twos and fours
	x = x*10 + x>>8
	x = (x&0x000000ff000000ff*(100+1000000<<32) + x>>16&0x000000ff000000ff*(1+10000<<32)) >> 32
	return float64(int64(x)) / f.divisor
}

// ending returns f with the byte that comes after the number.
func (f *shape) ending(c byte) shape {
	g := *f
	at := 8 * f.width
	g.template |= uint64(c) << at
	g.keep |= 0xff << at
	g.limit |= 0x7f << at
	return g
}

// shape tells how the number in w, the first byte lowest, is written: noShape if
// that is no number without an exponent that ends within the eight bytes.
func (l *lane) shape(w uint64) *shape {
	sign := 0
	if byte(w) == '-' {
		sign = 1
		w >>= 8
	}
	x := w ^ zeroes                                      // digits are 0 to 9 now
	other := ((x & sevens) + (0x80-10)*ones | x) & highs // 0x80 where x is more than 9
	whole, fraction := bits.TrailingZeros64(other)/8, 0
	size := whole
	if other != 0 && byte(w>>(8*whole)) == l.mark {
		other &= other - 1
		size = bits.TrailingZeros64(other) / 8
		fraction = size - whole - 1
	}
	if other == 0 || whole+fraction == 0 {
		return &noShape
	}
	if end := byte(w >> (8 * size)); end != l.delim && end != l.nl && end != '\r' {
		return &noShape
	}
	if size > whole+fraction && fraction == 0 {
		return &noShape // a mark at the end
	}
	return &l.shapes[sign][whole][fraction]
}

// learn reads the number at the start of t and expects the next one to have its
// shape, unless its column wants more than the number. It returns how many bytes
// the number has; 0 if there is none, or it does not end as it should.
func (l *lane) learn(c *laneCell, t []byte) (n int, v float64) {
	w := binary.LittleEndian.Uint64(t)
	f := l.shape(w)
	end := t[f.width&7]
	if f.width == 0 || end != l.delim && !c.last {
		return 0, 0
	}
	if !c.special {
		c.shape, c.end = f.ending(end), end
	}
	d, _ := f.digits(w)
	return f.width, f.value(d)
}
