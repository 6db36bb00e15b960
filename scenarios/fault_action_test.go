package scenarios_test

import (
	"fmt"
	"strings"
	"testing"
)

// A rule breaks a valve for two hours, each time it fires; a closed valve that
// leaks delivers.
func TestFaultAction(t *testing.T) {
	const text = `
spec = 1
name = "leaks"
run = { start = 2026-05-01T00:00:00Z, for = "40 h" }

[[twin]]
id = "valve-{n}"
count = 2
type = "farm/valve"
with = { flow = "100 L/min" }

[[event]]
name = "burst"
at = "3 h"
every = "1 d"
then = [ { fault = "leak", on = "valve-2", for = "2 h", with = { level = 0.1 } } ]

[[kpi]]
name = "sound"
expr = "total('valve-1', 'delivered')"

[[kpi]]
name = "leaky"
expr = "total('valve-2', 'delivered')"
`
	run, tr := traced(t, text, nil)
	res := finish(t, run)
	if res.KPIs[0].Value != 0 {
		t.Errorf("the sound valve delivered %v m3", res.KPIs[0].Value)
	}
	// twice two hours at a tenth of 6 m3/h
	if got := res.KPIs[1].Value; got < 2.4-1e-9 || got > 2.4+1e-9 {
		t.Errorf("the leaky valve delivered %v m3, want 2.4", got)
	}
	var faults []string
	for _, e := range tr.events {
		if strings.Contains(e, "leak") {
			faults = append(faults, e)
		}
	}
	if len(faults) != 4 {
		t.Errorf("events %q, want two onsets and two ends", faults)
	}
}

// A fault that a rule begins anew lasts from then on; a rule that is quiet for
// ever fires once.
func TestBegunAnewAndForEver(t *testing.T) {
	const text = `
spec = 1
name = "anew"
run = { start = 2026-05-01T00:00:00Z, for = "10 h" }

[[twin]]
id = "v"
type = "farm/valve"
with = { flow = "100 L/min" }

[[sensor]]
on = "v.open"
every = "1 h"

[[event]]
name = "burst"
at = "1 h"
every = "2 h"
until = "3 h"
then = [ { fault = "leak", on = "v", for = "3 h", with = { level = 1 } } ]

[[rule]]
name = "once"
when = "v.open == 0 and t > 3000"
every = "1 h"
quiet = "106700 d"
then = [ { alarm = "x" } ]

[[kpi]]
name = "water"
expr = "total('v', 'delivered')"
`
	res := finish(t, build(t, text, options(nil)))
	// from 1 h to 6 h at 6 m3/h
	if got := res.KPIs[0].Value; got < 30-1e-9 || got > 30+1e-9 {
		t.Errorf("leaked %v m3, want 30", got)
	}
	if res.Alarms != 1 {
		t.Errorf("%d alarms, want 1", res.Alarms)
	}
}

// rms_error is of what is known, faults after the tap included.
func TestErrorOfDistortedReadings(t *testing.T) {
	const text = `
spec = 1
name = "distorted"
run = { start = 2026-05-01T00:00:00Z, for = "10 h" }

[[twin]]
id = "weather"
type = "farm/weather"

[[twin]]
id = "zone"
type = "farm/zone"
needs = { weather = "weather" }

[source.default]
"zone.soil_moisture" = { replay = "a.csv", time = "t", step = "10 min", column = "m" }

[[fault]]
kind = "offset"
on = "zone.soil_moisture"
with = { amount = 5 }

[[kpi]]
name = "e"
expr = "rms_error('zone', 'soil_moisture', 'soil_moisture')"
`
	var b strings.Builder
	b.WriteString("t,m\n")
	for i := range 60 {
		fmt.Fprintf(&b, "%d,0.3\n", i)
	}
	res := finish(t, build(t, text, options(map[string]string{"a.csv": b.String()})))
	if got := res.KPIs[0].Value; got < 4.9 || got > 5.1 {
		t.Errorf("rms_error %v, want about 5", got)
	}
}
