package scenarios

import "strings"

// A unitRow is one base symbol: one unit is num/den of the SI unit, which is
// written as a Dimension. Prefixable ones take n u m c d h k M G.
type unitRow struct {
	symbols  string // first the canonical one, then its aliases, separated by blanks
	dim      Dimension
	num, den float64 // SI units per unit, as a fraction
	zero     float64 // what it reads at 0 degC, in the unit
	prefix   bool
}

// pi is π, for angles in rad.
const pi = 3.14159265358979323846

// unitTable holds the exact definitions of the SI brochure (9th edition, 2019);
// mmHg is 13.5951 x 9.80665 Pa; cal is the thermochemical one.
var unitTable = [...]unitRow{
	{symbols: "% percent pct", num: 1, den: 100},
	{symbols: "ppm", num: 1, den: 1e6},
	{symbols: "ppb", num: 1, den: 1e9},
	{symbols: "m metre meter metres meters", dim: Dimension{0: 1}, num: 1, den: 1, prefix: true},
	{symbols: "ha", dim: Dimension{0: 2}, num: 1e4, den: 1},
	{symbols: "L l litre liter litres liters", dim: Dimension{0: 3}, num: 1, den: 1e3, prefix: true},
	{symbols: "g gram grams", dim: Dimension{1: 1}, num: 1, den: 1e3, prefix: true},
	{symbols: "t tonne tonnes", dim: Dimension{1: 1}, num: 1e3, den: 1},
	{symbols: "s sec second seconds", dim: Dimension{2: 1}, num: 1, den: 1, prefix: true},
	{symbols: "min minute minutes", dim: Dimension{2: 1}, num: 60, den: 1},
	{symbols: "h hr hour hours", dim: Dimension{2: 1}, num: 3600, den: 1},
	{symbols: "d day days", dim: Dimension{2: 1}, num: 86400, den: 1},
	{symbols: "week weeks", dim: Dimension{2: 1}, num: 604800, den: 1},
	{symbols: "Hz", dim: Dimension{2: -1}, num: 1, den: 1, prefix: true},
	{symbols: "bpm", dim: Dimension{2: -1}, num: 1, den: 60},
	{symbols: "rad", dim: Dimension{7: 1}, num: 1, den: 1},
	{symbols: "deg", dim: Dimension{7: 1}, num: pi, den: 180},
	{symbols: "rev", dim: Dimension{7: 1}, num: 2 * pi, den: 1},
	{symbols: "rpm", dim: Dimension{2: -1, 7: 1}, num: pi, den: 30},
	{symbols: "K kelvin", dim: Dimension{4: 1}, num: 1, den: 1, zero: zeroCelsius},
	{symbols: "degC °C ℃", dim: Dimension{4: 1}, num: 1, den: 1},
	{symbols: "degF °F", dim: Dimension{4: 1}, num: 5, den: 9, zero: 32},
	{symbols: "N", dim: Dimension{0: 1, 1: 1, 2: -2}, num: 1, den: 1, prefix: true},
	{symbols: "Nm", dim: Dimension{0: 2, 1: 1, 2: -2}, num: 1, den: 1},
	{symbols: "Pa", dim: Dimension{0: -1, 1: 1, 2: -2}, num: 1, den: 1, prefix: true},
	{symbols: "bar", dim: Dimension{0: -1, 1: 1, 2: -2}, num: 1e5, den: 1, prefix: true},
	{symbols: "mmHg", dim: Dimension{0: -1, 1: 1, 2: -2}, num: 133.322387415, den: 1},
	{symbols: "J", dim: Dimension{0: 2, 1: 1, 2: -2}, num: 1, den: 1, prefix: true},
	{symbols: "cal", dim: Dimension{0: 2, 1: 1, 2: -2}, num: 4184, den: 1e3, prefix: true},
	{symbols: "W", dim: Dimension{0: 2, 1: 1, 2: -3}, num: 1, den: 1, prefix: true},
	{symbols: "Wh", dim: Dimension{0: 2, 1: 1, 2: -2}, num: 3600, den: 1, prefix: true},
	{symbols: "A", dim: Dimension{3: 1}, num: 1, den: 1, prefix: true},
	{symbols: "Ah", dim: Dimension{2: 1, 3: 1}, num: 3600, den: 1, prefix: true},
	{symbols: "V", dim: Dimension{0: 2, 1: 1, 2: -3, 3: -1}, num: 1, den: 1, prefix: true},
	{symbols: "ohm Ω", dim: Dimension{0: 2, 1: 1, 2: -3, 3: -2}, num: 1, den: 1, prefix: true},
	{symbols: "S", dim: Dimension{0: -2, 1: -1, 2: 3, 3: 2}, num: 1, den: 1, prefix: true},
	{symbols: "cd", dim: Dimension{6: 1}, num: 1, den: 1},
	{symbols: "lx lux", dim: Dimension{0: -2, 6: 1}, num: 1, den: 1, prefix: true},
	{symbols: "mol", dim: Dimension{5: 1}, num: 1, den: 1, prefix: true},
	{symbols: "EUR €", dim: Dimension{8: 1}, num: 1, den: 1},
	{symbols: "dB", dim: Dimension{9: 1}, num: 1, den: 1},
	{symbols: "dBm", dim: Dimension{10: 1}, num: 1, den: 1},
}

// prefixes are the decimal prefixes, as fractions.
var prefixes = [...]struct {
	sign     string
	num, den float64 // pure
}{
	{"n", 1, 1e9}, {"u", 1, 1e6}, {"µ", 1, 1e6}, {"μ", 1, 1e6}, {"m", 1, 1e3}, {"c", 1, 100}, {"d", 1, 10},
	{"h", 100, 1}, {"k", 1e3, 1}, {"M", 1e6, 1}, {"G", 1e9, 1},
}

// lookUnit finds a symbol, with its prefix if it has one.
func lookUnit(symbol string) (Unit, bool) {
	for i := range unitTable {
		if r := &unitTable[i]; r.has(symbol, true) {
			return Unit{Symbol: symbol, Dim: r.dim, Num: r.num, Den: r.den, Zero: r.zero}, true
		}
	}
	for _, p := range prefixes {
		rest, ok := strings.CutPrefix(symbol, p.sign)
		if !ok || rest == "" {
			continue
		}
		for i := range unitTable {
			if r := &unitTable[i]; r.prefix && r.has(rest, false) {
				return Unit{Symbol: symbol, Dim: r.dim, Num: p.num * r.num, Den: p.den * r.den}, true
			}
		}
	}
	return Unit{}, false
}

// has reports whether symbol is the row's; words take no prefix.
func (r *unitRow) has(symbol string, words bool) bool {
	rest := r.symbols
	for rest != "" {
		var one string
		one, rest, _ = strings.Cut(rest, " ")
		if one == symbol {
			return words || len(one) <= 3
		}
	}
	return false
}

// unitSymbols lists the canonical symbols and the commonest prefixed ones, for did-you-mean.
func unitSymbols() []string {
	var list []string
	for i := range unitTable {
		list = append(list, strings.Fields(unitTable[i].symbols)...)
	}
	list = append(list, "mm", "cm", "km", "mL", "kg", "mg", "ms", "us", "kHz", "kPa", "hPa", "kW", "MW", "kJ", "MJ", "kWh", "mV", "mA", "mAh")
	return list
}

// dimensionTable names dimensions for messages, each with units that people use.
var dimensionTable = [...]struct{ unit, name, examples string }{
	{"", "a pure number", "no unit, %"},
	{"m", "a length", "mm, m, km"},
	{"m2", "an area", "m2, ha"},
	{"m3", "a volume", "L, m3"},
	{"m3/s", "a flow", "L/min, m3/h"},
	{"s", "a time", "s, min, h, d"},
	{"1/s", "a rate", "1/h, 1/d, Hz"},
	{"m/s", "a speed", "m/s, km/h, mm/d"},
	{"m/s2", "an acceleration", "m/s2"},
	{"kg", "a mass", "g, kg, t"},
	{"kg/s", "a mass flow", "kg/s, kg/h"},
	{"kg/m2", "a mass per area", "kg/ha, t/ha"},
	{"kg/m3", "a density", "kg/m3, g/L"},
	{"K", "a temperature", "degC, K"},
	{"K/s", "a rate of temperature", "K/h, K/min"},
	{"N", "a force", "N, kN"},
	{"Pa", "a pressure", "kPa, bar"},
	{"J", "an energy", "kWh, MJ"},
	{"J/m2", "an energy per area", "MJ/m2"},
	{"J/K", "a heat capacity", "kJ/K, MJ/K"},
	{"W", "a power", "W, kW"},
	{"W/m2", "a power per area", "W/m2"},
	{"W/K", "a heat conductance", "W/K"},
	{"rad", "an angle", "deg, rad"},
	{"rad/s", "a speed of rotation", "rpm, rad/s"},
	{"V", "a voltage", "mV, V"},
	{"A", "a current", "mA, A"},
	{"Ah", "a charge", "mAh, Ah"},
	{"ohm", "a resistance", "ohm, kohm"},
	{"S/m", "a conductivity", "dS/m"},
	{"lx", "an illuminance", "lx"},
	{"mol/m3", "a concentration", "mmol/L"},
	{"EUR", "money", "EUR"},
	{"EUR/J", "a price of energy", "EUR/kWh"},
	{"EUR/m3", "a price of volume", "EUR/m3"},
	{"EUR/s", "a cost rate", "EUR/h"},
	{"dB", "a ratio of levels", "dB"},
	{"dBm", "a power level", "dBm"},
}
