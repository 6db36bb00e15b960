package scenarios

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/twinsim/twinsim/sim"
)

// ParseDuration reads a span of time: one or more numbers with their units, such
// as "90s", "1h30m", "2 weeks" or "1 d 12 h". It is exact to the nanosecond, and
// never negative.
func ParseDuration(text string) (sim.Time, error) {
	rest := strings.TrimSpace(text)
	if rest == "" || rest[0] == '-' {
		return 0, badDuration(text, "", "")
	}
	total := new(big.Rat)
	for rest != "" {
		n := 0
		for n < len(rest) && (rest[n] >= '0' && rest[n] <= '9' || rest[n] == '.') {
			n++
		}
		number, ok := new(big.Rat).SetString(rest[:n])
		if n == 0 || n > 40 || !ok {
			return 0, badDuration(text, rest, "")
		}
		rest = strings.TrimLeft(rest[n:], " \t")
		k := strings.IndexAny(rest, " \t0123456789.")
		if k < 0 {
			k = len(rest)
		}
		symbol := rest[:k]
		size, ok := durationUnit(symbol)
		switch {
		case symbol == "":
			return 0, bare(strings.TrimSpace(text), Unit{Symbol: "min", Dim: Dimension{2: 1}})
		case !ok:
			return 0, badDuration(text, rest[k:], symbol)
		}
		total.Add(total, number.Mul(number, new(big.Rat).SetInt64(int64(size))))
		rest = strings.TrimLeft(rest[k:], " \t")
	}
	return roundNanoseconds(total, text)
}

func roundNanoseconds(r *big.Rat, text string) (sim.Time, error) {
	half := big.NewRat(1, 2)
	r.Add(r, half)
	ns := new(big.Int).Div(r.Num(), r.Denom())
	if !ns.IsInt64() || ns.Int64() == math.MaxInt64 {
		return 0, &mistake{what: fmt.Sprintf("%q is too long", text), expected: "at most 292 years"}
	}
	return sim.Time(ns.Int64()), nil
}

func badDuration(text, rest, symbol string) error {
	m := &mistake{
		what:     fmt.Sprintf("%q is not a duration", text),
		expected: `a number and ns, us, ms, s, min, h, d or weeks, such as "10 min" or "1h30m"`,
	}
	if symbol == "" {
		return m
	}
	if u, err := ParseUnit(symbol); err == nil && u.Dim != (Dimension{2: 1}) {
		m.what = fmt.Sprintf("%q is %s, not a time", text, u.Dim.Name())
		return m
	}
	var known []string
	for _, u := range durationUnits {
		known = append(known, strings.Fields(u.symbols)...)
	}
	m.what = fmt.Sprintf("%q is not a duration: unknown unit %q", text, symbol)
	m.try = DidYouMean(symbol, known)
	if symbol == "mo" || strings.HasPrefix(symbol, "month") || strings.HasPrefix(symbol, "y") {
		m.try = "months and years have no fixed length; write days"
	}
	m.at, m.width = len(strings.TrimRight(text, " \t"))-len(rest)-len(symbol), len([]rune(symbol))
	return m
}

// ParseClock reads a time of day, "05:00" or "05:00:30", as the span since
// midnight. "24:00" is not one.
func ParseClock(text string) (sim.Time, error) {
	parts := strings.Split(strings.TrimSpace(text), ":")
	var hms [3]int
	ok := len(parts) == 2 || len(parts) == 3
	for i := 0; ok && i < len(parts); i++ {
		p := parts[i]
		if len(p) == 0 || len(p) > 2 {
			ok = false
			break
		}
		for _, c := range []byte(p) {
			if c < '0' || c > '9' {
				ok = false
				break
			}
			hms[i] = hms[i]*10 + int(c-'0')
		}
	}
	if !ok || hms[0] > 23 || hms[1] > 59 || hms[2] > 59 {
		return 0, &mistake{what: fmt.Sprintf("%q is not a time of day", text), expected: `hours and minutes from "00:00" to "23:59"`}
	}
	return sim.Time(hms[0])*sim.Hour + sim.Time(hms[1])*sim.Minute + sim.Time(hms[2])*sim.Second, nil
}
