package scenarios_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Adding something leaves the series of every channel that does not read it as
// they were, bit for bit.
func TestIndependence(t *testing.T) {
	// A pump that is enough for all: otherwise a further valve takes from the others.
	base := strings.Replace(busyFor("3 d"), "900 L/min", "9000 L/min", 1)
	files := wind(8000)
	before := func(section, text string) string { return strings.Replace(base, section, text+"\n"+section, 1) }
	twin := func(id, count string) string {
		return fmt.Sprintf("[[twin]]\nid = %q\ncount = %s\ntype = \"farm/valve\"\nwith = { flow = \"normal(40 L/min, 2 L/min)\", cycles_to_failure = 5 }\n", id, count)
	}
	for name, text := range map[string]string{
		"a twin at the end of a block": strings.ReplaceAll(base, "count = 3", "count = 4"),
		"a block of twins before all":  before("[[twin]]\nid = \"weather\"", twin("extra-{n}", "2")),
		"a block of twins behind all":  before("[source.default]", twin("extra-{n}", "2")),
		"another weather":              before("[[twin]]\nid = \"weather\"", "[[twin]]\nid = \"sky\"\ntype = \"farm/weather\"\n"),
		"a zone elsewhere": before("[[twin]]\nid = \"pump\"", "[[twin]]\nid = \"field\"\ntype = \"farm/zone\"\nneeds = { weather = \"weather\" }\n"+
			"[[sensor]]\non = \"field.soil_moisture\"\nevery = \"10 min\"\nnoise = 0.01\n"),
		"a sensor that looks often": base + "\n[[sensor]]\non = \"{zone-*,weather}.{soil_temperature,canopy_cover,temperature,rain}\"\nevery = \"1 min\"\ndropout = 0.3\n",
		"a sensor at the same beat": before("[[sensor]]\non = \"zone-*.soil_moisture\"", "[[sensor]]\non = \"zone-*.canopy_cover\"\nevery = \"10 min\"\nnoise = 0.1\ndropout = 0.5\n"),
		"a fault of another sensor": base + "\n[[sensor]]\non = \"zone-2.canopy_cover\"\nevery = \"10 min\"\n" +
			"[[fault]]\nkind = \"noise\"\non = \"zone-2.canopy_cover\"\nevery = \"exponential(5 h)\"\nfor = \"2 h\"\nwith = { sd = 0.1 }\n",
		"a fault of another twin":     strings.Replace(before("[source.default]", twin("extra-{n}", "2")), "[[kpi]]", "[[fault]]\nkind = \"stuck_open\"\non = \"extra-*\"\nfrom = \"3 h\"\nfor = \"9 h\"\n[[kpi]]", 1),
		"a pipe":                      base + "\n[[pipe]]\non = \"weather.rain_today\"\nsteps = [ { ewma = { alpha = 0.5 } }, { detect = { zscore = {} } }, { out = \"wet\" } ]\n",
		"a KPI that probes the plant": base + "\n[[kpi]]\nname = \"more\"\nexpr = \"rms_error('zone-*', 'soil_moisture', 'soil_moisture') + total('zone-*', 'et') + rms_error('valve-*', 'flow', 'open')\"\n",
		"a rule that never fires":     before("[[rule]]\nname = \"water\"", "[[rule]]\nname = \"never\"\neach = \"zone-*\"\nwhen = \"self.vwc < 0 or age(self.soil_moisture) > 1e9\"\nthen = [ { alarm = \"!\" } ]\n"),
	} {
		t.Run(name, func(t *testing.T) {
			if text == base {
				t.Fatal("the scenario did not change")
			}
			run, want := traced(t, base, files)
			old := finish(t, run)
			run, got := traced(t, text, files)
			res := finish(t, run)
			if looksOn := strings.Contains(name, "KPI") || strings.Contains(name, "rule"); looksOn && res.Digest != old.Digest {
				t.Errorf("digest %s, was %s", res.Digest, old.Digest)
			}
			for channel, series := range want.series {
				if !slices.Equal(got.series[channel], series) {
					for i := range series {
						if i >= len(got.series[channel]) || got.series[channel][i] != series[i] {
							t.Fatalf("%s differs at reading %d: %v\nwas %v", channel, i, got.series[channel][min(i, len(got.series[channel])):], series[i])
						}
					}
					t.Fatalf("%s has %d readings, had %d", channel, len(got.series[channel]), len(series))
				}
			}
		})
	}
}
