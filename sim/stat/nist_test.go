package stat

import (
	"math"
	"testing"
)

// Statistical Reference Datasets, univariate summary statistics: NIST,
// https://www.itl.nist.gov/div898/strd/univ/homepage.html; the certified values are exact to all digits shown.
var reference = []struct {
	name              string
	data              []float64
	mean, sd, lag1    float64
	tallyDigits, both float64 // correct digits of SD that one pass, and two, must have
}{
	{"Lew", lew, -177.435000000000, 277.332168044316, -0.307304800605679, 13, 14},
	{"Lottery", lottery, 518.958715596330, 291.699727470969, -0.120948622967393, 13, 14},
	{"NumAcc1", []float64{10000001, 10000003, 10000002}, 10000002, 1, -0.5, 14, 14},
	{"NumAcc2", alternating(1), 1.2, 0.1, -0.999, 13, 13},
	{"NumAcc3", alternating(1000000), 1000000.2, 0.1, -0.999, 9, 9},
	{"NumAcc4", alternating(10000000), 10000000.2, 0.1, -0.999, 8, 8},
}

// alternating makes NumAcc2 to 4: b.2, then 500 pairs b.1, b.3. From b = 1e6 on
// the digits are limited by those that the data keep as floats.
func alternating(b float64) []float64 {
	x := []float64{b + 0.2}
	for range 500 {
		x = append(x, b+0.1, b+0.3)
	}
	return x
}

// digits returns how many decimal digits of x are right (the log relative error).
func digits(x, certified float64) float64 {
	if x == certified {
		return 15
	}
	return -math.Log10(math.Abs(x-certified) / math.Abs(certified))
}

func TestReferenceDatasets(t *testing.T) {
	for _, r := range reference {
		var one Tally
		for _, x := range r.data {
			one.Add(x)
		}
		if m, s := digits(one.Mean, r.mean), digits(one.SD(), r.sd); m < 14 || s < r.tallyDigits {
			t.Errorf("%s: one pass: %.1f digits of the mean, %.1f of the deviation, want 14 and %v", r.name, m, s, r.tallyDigits)
		}
		two, err := Summarize(r.data, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		if m, s := digits(two.Mean, r.mean), digits(two.SD, r.sd); m < 14 || s < r.both {
			t.Errorf("%s: two passes: %.1f digits of the mean, %.1f of the deviation, want 14 and %v", r.name, m, s, r.both)
		}
		lag, err := Autocorrelation(r.data, 1)
		if err != nil {
			t.Fatal(err)
		}
		if d := digits(lag[1], r.lag1); d < min(r.both, 13) {
			t.Errorf("%s: %.1f digits of the autocorrelation %v", r.name, d, lag[1])
		}
	}
}

// Deflections of a beam under periodic load (H. S. Lew).
var lew = []float64{
	-213, -564, -35, -15, 141, 115, -420, -360, 203, -338, -431, 194, -220, -513, 154, -125, -559, 92, -21, -579,
	-52, 99, -543, -175, 162, -457, -346, 204, -300, -474, 164, -107, -572, -8, 83, -541, -224, 180, -420, -374,
	201, -236, -531, 83, 27, -564, -112, 131, -507, -254, 199, -311, -495, 143, -46, -579, -90, 136, -472, -338,
	202, -287, -477, 169, -124, -568, 17, 48, -568, -135, 162, -430, -422, 172, -74, -577, -13, 92, -534, -243,
	194, -355, -465, 156, -81, -578, -64, 139, -449, -384, 193, -198, -538, 110, -44, -577, -6, 66, -552, -164,
	161, -460, -344, 205, -281, -504, 134, -28, -576, -118, 156, -437, -381, 200, -220, -540, 83, 11, -568, -160,
	172, -414, -408, 188, -125, -572, -32, 139, -492, -321, 205, -262, -504, 142, -83, -574, 0, 48, -571, -106,
	137, -501, -266, 190, -391, -406, 194, -186, -553, 83, -13, -577, -49, 103, -515, -280, 201, 300, -506, 131,
	-45, -578, -80, 138, -462, -361, 201, -211, -554, 32, 74, -533, -235, 187, -372, -442, 182, -147, -566, 25,
	68, -535, -244, 194, -351, -463, 174, -125, -570, 15, 72, -550, -190, 172, -424, -385, 198, -218, -536, 96,
}

// Winning numbers of New Jersey's pick-3 lottery, 1975-76.
var lottery = []float64{
	162, 671, 933, 414, 788, 730, 817, 33, 536, 875, 670, 236, 473, 167, 877, 980, 316, 950, 456, 92,
	517, 557, 956, 954, 104, 178, 794, 278, 147, 773, 437, 435, 502, 610, 582, 780, 689, 562, 964, 791,
	28, 97, 848, 281, 858, 538, 660, 972, 671, 613, 867, 448, 738, 966, 139, 636, 847, 659, 754, 243,
	122, 455, 195, 968, 793, 59, 730, 361, 574, 522, 97, 762, 431, 158, 429, 414, 22, 629, 788, 999,
	187, 215, 810, 782, 47, 34, 108, 986, 25, 644, 829, 630, 315, 567, 919, 331, 207, 412, 242, 607,
	668, 944, 749, 168, 864, 442, 533, 805, 372, 63, 458, 777, 416, 340, 436, 140, 919, 350, 510, 572,
	905, 900, 85, 389, 473, 758, 444, 169, 625, 692, 140, 897, 672, 288, 312, 860, 724, 226, 884, 508,
	976, 741, 476, 417, 831, 15, 318, 432, 241, 114, 799, 955, 833, 358, 935, 146, 630, 830, 440, 642,
	356, 373, 271, 715, 367, 393, 190, 669, 8, 861, 108, 795, 269, 590, 326, 866, 64, 523, 862, 840,
	219, 382, 998, 4, 628, 305, 747, 247, 34, 747, 729, 645, 856, 974, 24, 568, 24, 694, 608, 480,
	410, 729, 947, 293, 53, 930, 223, 203, 677, 227, 62, 455, 387, 318, 562, 242, 428, 968,
}
