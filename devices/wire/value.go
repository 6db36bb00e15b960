package wire

import (
	"encoding/binary"
	"math"
)

// Decimals beyond this are not exact in a float64 once scaled.
const maxDecimal = 1 << 51

// decimalOf returns m with m/10^exp == v in every bit, if there is one. Division
// of two exact float64s is correctly rounded, so every reader gets v back.
func decimalOf(v float64, exp int8) (m int64, ok bool) {
	x := v * pow10[exp]
	if !(x > -maxDecimal && x < maxDecimal) {
		return 0, false
	}
	// Half away from zero: which candidate is tried does not matter for
	// exactness, the comparison decides.
	if x < 0 {
		m = int64(x - 0.5)
	} else {
		m = int64(x + 0.5)
	}
	return m, math.Float64bits(float64(m)/pow10[exp]) == math.Float64bits(v)
}

// findDecimal looks for the least number of digits that gives v exactly.
func findDecimal(v float64) (m int64, exp int8, ok bool) {
	for exp = 0; exp <= maxExp; exp++ {
		if m, ok = decimalOf(v, exp); ok {
			return m, exp, true
		}
	}
	return 0, 0, false
}

func isFloat32(v float64) bool {
	return math.Float64bits(float64(float32(v))) == math.Float64bits(v)
}

func zigzag(x int64) uint64   { return uint64(x<<1) ^ uint64(x>>63) }
func unzigzag(x uint64) int64 { return int64(x>>1) ^ -int64(x&1) }

// appendValue appends v to b in the shortest form that keeps every bit, and
// returns the bits of the tag that say which.
func (s *slot) appendValue(b []byte, v float64) ([]byte, byte) {
	bits := math.Float64bits(v)
	if bits == s.bits {
		return b, valueSame
	}
	s.bits = bits
	if s.skip == 0 {
		if m, ok := decimalOf(v, s.exp); ok {
			b = binary.AppendUvarint(b, zigzag(m-s.decimal))
			s.decimal = m
			return b, valueDelta
		}
		if m, exp, ok := findDecimal(v); ok {
			b = append(b, byte(exp))
			b = binary.AppendUvarint(b, zigzag(m))
			s.decimal, s.exp = m, exp
			return b, valueForm
		}
		// Noise has no short decimal: don't look at each reading.
		s.skip = 63
	} else {
		s.skip--
	}
	if isFloat32(v) {
		b = append(b, formFloat)
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v))), valueForm
	}
	return binary.LittleEndian.AppendUint64(b, bits), valueRaw
}

// value reads what appendValue wrote.
func (s *slot) value(c *cursor, tag byte) float64 {
	switch tag & valueMask {
	case valueSame:
		return math.Float64frombits(s.bits)
	case valueDelta:
		s.decimal += unzigzag(c.uvarint())
		return s.keep(float64(s.decimal) / pow10[s.exp])
	case valueRaw:
		return s.keep(math.Float64frombits(c.u64()))
	}
	switch form := c.byte(); {
	case form <= maxExp:
		s.exp, s.decimal = int8(form), unzigzag(c.uvarint())
		return s.keep(float64(s.decimal) / pow10[s.exp])
	case form == formFloat:
		return s.keep(float64(math.Float32frombits(c.u32())))
	}
	c.fail("a form of value that exists")
	return 0
}

func (s *slot) keep(v float64) float64 {
	s.bits = math.Float64bits(v)
	return v
}

// blockForm returns the shortest form in which every value of a block is exact.
func blockForm(values []float64) byte {
	for exp := int8(0); exp <= maxExp; exp++ {
		if allDecimal(values, exp) {
			return byte(exp)
		}
	}
	for _, v := range values {
		if !isFloat32(v) {
			return formRaw
		}
	}
	return formFloat
}

func allDecimal(values []float64, exp int8) bool {
	for _, v := range values {
		if _, ok := decimalOf(v, exp); !ok {
			return false
		}
	}
	return true
}

// appendValues appends the values of a block in the given form.
func appendValues(b []byte, values []float64, form byte) []byte {
	var last int64
	for _, v := range values {
		switch form {
		case formRaw:
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		case formFloat:
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
		default:
			m, _ := decimalOf(v, int8(form))
			b = binary.AppendUvarint(b, zigzag(m-last))
			last = m
		}
	}
	return b
}

// values reads n values in the given form into dst.
func (c *cursor) values(dst []float64, n uint64, form byte) []float64 {
	width := uint64(1) // a varint takes at least one byte
	switch {
	case form == formRaw:
		width = 8
	case form == formFloat:
		width = 4
	case form > maxExp:
		c.fail("a form of block that exists")
		return dst
	}
	// Checked before anything is allocated for n values.
	if n > uint64(len(c.b)-c.i)/width {
		c.fail("all values of a block")
		return dst
	}
	var last int64
	for ; n > 0; n-- {
		switch form {
		case formRaw:
			dst = append(dst, math.Float64frombits(c.u64()))
		case formFloat:
			dst = append(dst, float64(math.Float32frombits(c.u32())))
		default:
			last += unzigzag(c.uvarint())
			dst = append(dst, float64(last)/pow10[form])
		}
	}
	return dst
}
