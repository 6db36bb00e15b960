package replay

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// sameAsStrconv compares bits and acceptance, and the decimal comma.
func sameAsStrconv(t *testing.T, s string) {
	t.Helper()
	want, err := strconv.ParseFloat(s, 64)
	got, ok := parseFloat([]byte(s), '.')
	if ok != (err == nil) || ok && math.Float64bits(got) != math.Float64bits(want) {
		t.Fatalf("%q: %v %v (%x), strconv: %v %v (%x)", s, got, ok, math.Float64bits(got), want, err, math.Float64bits(want))
	}
	if len(s) > 60 || strings.ContainsAny(s, ",xX_") {
		return
	}
	swapped := strings.ReplaceAll(s, ".", ",")
	got2, ok2 := parseFloat([]byte(swapped), ',')
	if ok2 != ok || ok && math.Float64bits(got2) != math.Float64bits(got) {
		t.Fatalf("%q: %v %v, with a comma %v %v", s, got, ok, got2, ok2)
	}
}

var hardFloats = []string{
	"", "0", "-0", "+0.0", ".5", "5.", ".", "-", "+", "e5", "1e", "1e+", "1e5", "1E-5", "-1.5e+03", "1e999", "-1e400", "1e-400",
	"inf", "-Infinity", "nan", "NaN", "infinit", "0x1p-2", "0x1.8p1", "1_000", "0x_1p0", "1e1_0", "NA", "n/a", "12abc", "1.2.3", "1,2", "--1", "+-1",
	"9007199254740993", "9007199254740992", "9007199254740991", "18446744073709551615", "9999999999999999999", "0.9999999999999999999",
	"1.0000000000000002220446049250313", "1.00000000000000011102230246251565", "74.93588199999998", "104.36812300000001",
	"4503599627370497.5", "4503599627370496.5", "9007199254740992.5", "9007199254740993.0", "2.2250738585072011e-308", "4.9e-324", "2e-324",
	"1e22", "1e23", "123456789e-22", "9007199254740993e-1", "1e-0", "0e99", "000000000000000000001.5", "1e0000001", "١", "1 ", " 1",
}

func TestParseFloat(t *testing.T) {
	for _, s := range hardFloats {
		sameAsStrconv(t, s)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300_000 {
		var s string
		switch rng.IntN(4) {
		case 0:
			s = strconv.FormatFloat(math.Float64frombits(rng.Uint64()), 'g', -1, 64)
		case 1: // near halfway between two float64s
			f := math.Float64frombits(uint64(1023+rng.IntN(50))<<52 | rng.Uint64()>>12)
			s = strconv.FormatFloat(f, 'f', 1+rng.IntN(18), 64)
		case 2:
			digits := strconv.FormatUint(rng.Uint64()>>rng.IntN(60), 10)
			k := rng.IntN(len(digits) + 1)
			s = digits[:k] + "." + digits[k:]
		default:
			s = fmt.Sprintf("%de%d", rng.Uint64()>>rng.IntN(64), rng.IntN(80)-40)
		}
		sameAsStrconv(t, s)
	}
}

func TestParseFloatDoesNotAllocate(t *testing.T) {
	for _, s := range []string{"23.5", "74.93588199999998", "1e-30", "123456789012345678901", "NA", "null", "", "?", "12:30", "1.2.3", "23.5C", "on", "0.00000000000000000000123456"} {
		b := []byte(s)
		if n := testing.AllocsPerRun(100, func() { parseFloat(b, '.') }); n != 0 {
			t.Errorf("%q: %v allocations", s, n)
		}
	}
}

func FuzzFloat(f *testing.F) {
	for _, s := range hardFloats {
		f.Add(s)
	}
	f.Fuzz(sameAsStrconv)
}
