package hp

import (
	"math/big"
	"testing"
)

// TestKnownDigits checks against 40 published digits (Abramowitz & Stegun, OEIS).
func TestKnownDigits(t *testing.T) {
	half := F(0.5)
	s, c := SinCos(Int(1))
	for _, tc := range []struct {
		name string
		got  *big.Float
		want string
	}{
		{"pi", Pi(Prec), "3.141592653589793238462643383279502884197169"},
		{"e", Exp(Int(1)), "2.718281828459045235360287471352662497757247"},
		{"ln 2", Log(Int(2)), "0.693147180559945309417232121458176568075500"},
		{"ln 10", Log(Int(10)), "2.302585092994045684017991454684364207601101"},
		{"sin 1", s, "0.841470984807896506652502321630298999622563"},
		{"cos 1", c, "0.540302305868139717400936607442976603732310"},
		{"atan 1/2", Atan(half), "0.463647609000806116214256231461214402028537"},
		{"asin 1/2", Asin(half), "0.523598775598298873077107230546583814032862"},
		{"erf 1", Erf(Int(1)), "0.842700792949714869341220635082609259296066"},
		{"erfc 1", Erfc(Int(1)), "0.157299207050285130658779364917390740703933"},
		{"gamma 1/2", Gamma(half), "1.772453850905516027298167483341145182797549"},
		{"lgamma 1/2", Lgamma(half), "0.572364942924700087071713675676529355823647"},
		{"quantile .975", NormalQuantile(Quo(Int(39), Int(40))), "1.959963984540054235524594430520551527955556"},
	} {
		want, _, err := big.ParseFloat(tc.want, 10, Prec, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		d := Sub(tc.got, want)
		if d.Sign() != 0 && d.MantExp(nil) > -134 {
			t.Errorf("%s = %s, want %s", tc.name, tc.got.Text('g', 45), tc.want)
		}
	}
}

func BenchmarkExp(b *testing.B) {
	x := F(1.234)
	for b.Loop() {
		Exp(x)
	}
}

func BenchmarkErfc(b *testing.B) {
	x := F(3.234)
	for b.Loop() {
		Erfc(x)
	}
}

func BenchmarkLgamma(b *testing.B) {
	x := F(3.234)
	for b.Loop() {
		Lgamma(x)
	}
}
