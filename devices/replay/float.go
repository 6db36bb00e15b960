package replay

import (
	"bytes"
	"math"
	"math/bits"
	"strconv"
)

// tens[k] is 10^k, exact as a float64 up to 22.
var tens = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// intTens[k] is 10^k; 10^19 is the largest that a uint64 holds.
var intTens = [...]uint64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
	1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
}

// parseFloat reads b as strconv.ParseFloat(string(b), 64) does, to the bit, with
// mark as the decimal mark. Decimals of at most 19 digits and small exponents,
// which is nearly all there is in data files, take a short way that does not
// allocate.
func parseFloat(b []byte, mark byte) (float64, bool) {
	var m uint64
	i, neg := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		neg = b[0] == '-'
		i = 1
	}
	first := i
	for i < len(b) && b[i]-'0' <= 9 {
		m = m*10 + uint64(b[i]-'0')
		i++
	}
	digits, scale := i-first, 0
	if i < len(b) && b[i] == mark {
		i++
		point := i
		for i < len(b) && b[i]-'0' <= 9 {
			m = m*10 + uint64(b[i]-'0')
			i++
		}
		scale = i - point
		digits += scale
	}
	// 19 digits can't overflow m. Leading zeros count as digits: such a number
	// takes the long way, which is slower but right.
	if digits == 0 || digits > 19 {
		return parseSlow(b, mark)
	}
	if i < len(b) {
		exp, ok := exponent(b[i:])
		if !ok {
			return parseSlow(b, mark)
		}
		scale -= exp
	}
	var f float64
	switch {
	case m < 1<<53 && scale >= 0 && scale <= 22:
		f = float64(m) / tens[scale]
	case m < 1<<53 && scale < 0 && scale >= -22:
		f = float64(m) * tens[-scale]
	case scale > 0 && scale <= 19:
		f = quotient(m, intTens[scale])
	default:
		return parseSlow(b, mark)
	}
	if neg {
		f = -f
	}
	return f, true
}

// exponent reads e±dd with at most three digits.
func exponent(b []byte) (int, bool) {
	if len(b) < 2 || b[0]|0x20 != 'e' {
		return 0, false
	}
	b = b[1:]
	neg := b[0] == '-'
	if neg || b[0] == '+' {
		b = b[1:]
	}
	if len(b) == 0 || len(b) > 3 {
		return 0, false
	}
	e := 0
	for _, c := range b {
		if c-'0' > 9 {
			return 0, false
		}
		e = e*10 + int(c-'0')
	}
	if neg {
		e = -e
	}
	return e, true
}

// quotient returns m/d rounded to the nearest float64, ties to even. m and d
// are not 0. A 128-bit by 64-bit division gives at least 63 bits and a
// remainder, ten bits more than the result holds, so the rounding is exact.
func quotient(m, d uint64) float64 {
	lm, ld := bits.LeadingZeros64(m), bits.LeadingZeros64(d)
	m, d = m<<lm, d<<ld
	q, rem := bits.Div64(m>>1, m<<63, d) // 2^62 < q < 2^64, in units of 2^(ld-lm-63)
	exp := ld - lm - 63
	if q>>63 == 0 {
		q <<= 1
		exp--
	}
	mant, rest := q>>11, q&0x7ff
	if rest > 0x400 || rest == 0x400 && (rem != 0 || mant&1 == 1) {
		mant++ // may carry into the exponent below, which is just right
	}
	const bias, fraction = 1023, 52
	return math.Float64frombits(uint64(exp+11+fraction+bias-1)<<fraction + mant)
}

// parseSlow leaves it to strconv, unless the text is none of its numbers: an
// error of strconv allocates, and words for missing values are common.
func parseSlow(b []byte, mark byte) (float64, bool) {
	if !maybeNumber(b, mark) {
		return 0, false
	}
	if mark != '.' {
		var tmp [64]byte
		if len(b) > len(tmp) {
			return 0, false
		}
		t := tmp[:copy(tmp[:], b)]
		if k := bytes.IndexByte(t, mark); k >= 0 {
			t[k] = '.'
		}
		b = t
	}
	f, err := strconv.ParseFloat(string(b), 64)
	return f, err == nil
}

// maybeNumber rules out what is no decimal number, no infinity or NaN, and has
// neither an x nor an underscore, which begin or divide the rarer forms.
func maybeNumber(b []byte, mark byte) bool {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	if len(b) == 0 {
		return false
	}
	if c := b[0] | 0x20; c == 'i' || c == 'n' {
		return len(b) == 3 && (same(b, "inf") || same(b, "nan")) || same(b, "infinity")
	}
	digits, marks := 0, 0
	for i, c := range b {
		switch {
		case c-'0' <= 9:
			digits++
		case c == mark:
			if marks++; marks > 1 {
				return false
			}
		case c|0x20 == 'e' && digits > 0:
			rest := b[i+1:]
			if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
				rest = rest[1:]
			}
			_, n := number(rest, len(rest))
			return n > 0 && n == len(rest) || mark == '.' && bytes.ContainsAny(rest, "xX_")
		case c|0x20 == 'x':
			return mark == '.' && i == 1 && b[0] == '0'
		case c == '_':
			return mark == '.' && digits > 0
		default:
			return false
		}
	}
	return digits > 0
}

// same compares without regard to case.
func same(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if c|0x20 != lower[i] {
			return false
		}
	}
	return true
}
