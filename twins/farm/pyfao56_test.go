package farm

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// table reads the rows of a pyfao56 file whose first field is year-day.
func table(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("needs the pyfao56 records, which are not part of the repository: %v", err)
	}
	defer f.Close()
	var rows [][]string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		row := strings.Fields(sc.Text())
		if len(row) > 2 && len(row[0]) == 8 && row[0][4] == '-' && row[0][0] == '2' {
			rows = append(rows, row)
		}
	}
	return rows
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// FARM-25: cotton at Maricopa, Arizona, 23 April to 8 November 2013, as pyfao56
// (Thorp, 2022) computes it: 200 days of every term, and the season's totals.
func TestFARM25_Cotton2013(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "shared", "data", "pyfao56", "test01")
	totals := map[string]map[string]float64{
		"dry": {"ET0": 1352.490, "ETc": 1062.597, "ETa": 887.088, "E": 96.761, "T": 790.327, "DP": 49.790, "Irr": 754.400, "Rain": 49.270, "Dr": 208.208},
		"wet": {"ET0": 1352.490, "ETc": 1060.831, "ETa": 1049.731, "E": 94.995, "T": 954.736, "DP": 57.708, "Irr": 945.700, "Rain": 49.270, "Dr": 187.469},
	}
	crop := Crop{Stages: [4]int{31, 52, 50, 21}, Kcb: [3]float64{0.15, 1.20, 0.573}, Height: 1.2, RootMin: 0.6, Root: 1.7, P: 0.65}
	soil := Soil{FieldCapacity: 0.225, WiltingPoint: 0.1, REW: 9, Evaporation: 0.1143}
	for name, want := range totals {
		got := map[string]float64{}
		weather := map[string][]string{}
		for _, r := range table(t, filepath.Join(dir, "cotton2013.wth")) {
			weather[r[0]] = r
		}
		irrigation := map[string][]string{}
		for _, r := range table(t, filepath.Join(dir, "cotton"+name+"2013.irr")) {
			irrigation[r[0]] = r
		}
		w := Water{Dr: 75, De: soil.TEW(), Root: 0.6, Fw: 1}
		for i, out := range table(t, filepath.Join(dir, "cotton"+name+"2013.out")) {
			m := weather[out[0]]
			k := crop.Day(i)
			term := ClimateTerm(WindAt2(number(t, m[8]), 3), number(t, m[7]))
			d := Demand{ET0: number(t, m[10]), Rain: number(t, m[9]), Fw: 1, RootMax: 1.7, P: crop.P,
				Root: 0.6 + 1.1*k.Root, Coefficients: Dual(k.Kcb, 0.15, k.Height, term, k.Lift)}
			if irr, ok := irrigation[out[0]]; ok {
				d.Irrigation, d.Fw = number(t, irr[1]), number(t, irr[2])
			}
			f := w.Step(&soil, &d)
			for _, c := range []struct {
				col  int
				name string
				got  float64
				tol  float64
			}{{9, "Kcb", d.Kcb, 6e-4}, {11, "h", k.Height, 6e-4}, {12, "Kcmax", d.Kcmax, 6e-4}, {14, "fc", d.Cover, 6e-4},
				{15, "fw", w.Fw, 6e-4}, {17, "De", w.De, 6e-4}, {20, "E", f.E, 6e-4}, {23, "ETc", f.ETc, 6e-4},
				{24, "TAW", f.TAW, 6e-4}, {27, "Zr", w.Root, 6e-4}, {28, "p", f.P, 6e-4}, {30, "Ks", f.Ks, 6e-4},
				{32, "ETa", f.ET(), 6e-4}, {33, "T", f.T, 6e-4}, {34, "DP", f.Leached, 6e-4}, {36, "Dr", w.Dr, 6e-4}} {
				if v := number(t, out[c.col]); math.Abs(v-c.got) > c.tol {
					t.Fatalf("%s, %s: %s is %.4f, want %.4f", name, out[0], c.name, c.got, v)
				}
			}
			got["ET0"] += d.ET0
			got["ETc"] += f.ETc
			got["ETa"] += f.ET()
			got["E"] += f.E
			got["T"] += f.T
			got["DP"] += f.Leached
			got["Irr"] += d.Irrigation
			got["Rain"] += d.Rain
		}
		got["Dr"] = w.Dr
		for k, v := range want {
			near(t, name+" "+k, got[k], v, 6e-4)
		}
	}
}
