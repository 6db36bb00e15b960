package scenarios_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/devices/replay"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/library"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

// datasets is where recorded data sets lie, beside the repository.
var datasets = filepath.Join("..", "..", "shared", "data")

// A witness is a sink that remembers what it was told.
type witness struct {
	taps   []devices.Reading
	nows   []sim.Time
	alarms []sim.Time
}

func (w *witness) Tap(now sim.Time, r devices.Reading) {
	w.taps, w.nows = append(w.taps, r), append(w.nows, now)
}
func (w *witness) Value(sim.Time, devices.Reading) {}
func (w *witness) Event(e twins.Event) {
	if e.Kind == "alarm" {
		w.alarms = append(w.alarms, e.At)
	}
}

// of returns the readings of a channel.
func (w *witness) of(r *scenarios.Run, name string) (all []devices.Reading) {
	c, _ := r.Channels().Lookup(name)
	for _, x := range w.taps {
		if x.Channel == c {
			all = append(all, x)
		}
	}
	return all
}

func count(all []devices.Reading, q devices.Quality) (n int) {
	for _, x := range all {
		if x.Quality.Has(q) {
			n++
		}
	}
	return n
}

// execute runs a scenario to its end; files are opened by name.
func execute(t *testing.T, text string, o scenarios.Options) (*scenarios.Run, *witness) {
	t.Helper()
	w := new(witness)
	spec, err := scenarios.Decode("test.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	o.Kinds, o.Sinks = library.Kinds(), append(o.Sinks, w)
	r, err := scenarios.Build(spec, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	if err := r.Execute(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Sources() {
		if err := c.Check(); err != nil {
			t.Error(err)
		}
	}
	return r, w
}

// files opens data from a table of texts.
func files(m map[string]string) func(string) (io.ReadCloser, error) {
	return func(name string) (io.ReadCloser, error) {
		text, ok := m[name]
		if !ok {
			return nil, fmt.Errorf("%s is not there", name)
		}
		return io.NopCloser(strings.NewReader(text)), nil
	}
}

var tomlBlock = regexp.MustCompile("(?s)```toml\n(.*?)```\n")

// worked returns the examples of docs/replay.md by name.
func worked(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../docs/replay.md")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for _, m := range tomlBlock.FindAllStringSubmatch(string(page), -1) {
		spec, err := scenarios.Decode("docs/replay.md", []byte(m[1]))
		if err != nil {
			t.Fatal(err)
		}
		all[spec.Name.Src] = m[1]
	}
	return all
}

// example runs an example of docs/replay.md on a data set.
func example(t *testing.T, name, dir string) (*scenarios.Run, *witness) {
	t.Helper()
	text, ok := worked(t)[name]
	if !ok {
		t.Fatalf("docs/replay.md has no example %q", name)
	}
	at := filepath.Join(datasets, dir)
	if _, err := os.Stat(at); err != nil {
		t.Skipf("the data set %s is not beside this repository (%v)", dir, err)
	}
	return execute(t, text, scenarios.Options{Open: func(name string) (io.ReadCloser, error) { return os.Open(filepath.Join(at, name)) }})
}

// Every example of the page is run by one of the tests below.
func TestReplayExamples(t *testing.T) {
	var names []string
	for name := range worked(t) {
		names = append(names, name)
	}
	if len(names) != 7 {
		t.Errorf("docs/replay.md has the examples %q; give each a test", names)
	}
}

// UCI: 9357 rows, 114 empty lines, -200 in 8443 cells of NMHC and 366 to 1683 of
// the others.
func TestAirQualityData(t *testing.T) {
	r, w := example(t, "air-quality", "air_quality_uci")
	all := r.Sources()
	if len(all) != 1 {
		t.Fatalf("%d passes over one file", len(all))
	}
	c := all[0]
	if c.Records != 9472 || c.Rows != 9357 || c.Empty != 114 || c.Heading != 1 || c.Readings != 8*9357 || c.Unreadable+c.Repeated+c.Disordered != 0 {
		t.Errorf("%+v", c)
	}
	sum := 0
	for name, want := range map[string]int{"CO": 1683, "NMHC": 8443, "C6H6": 366, "NOx": 1639, "NO2": 1642, "T": 366, "RH": 366, "AH": 366} {
		got := w.of(r, "station."+name)
		if len(got) != 9357 || count(got, devices.Missing) != want {
			t.Errorf("%s: %d readings, %d missing, want 9357 and %d", name, len(got), count(got, devices.Missing), want)
		}
		sum += want
	}
	if q := r.Result().Quality["missing"]; int(c.Missing) != sum || int(q) != sum {
		t.Errorf("%d missing in the file, %d at the entry, want %d", c.Missing, q, sum)
	}
	if got := w.of(r, "station.CO")[0].Value; got != 2.6 {
		t.Errorf("first CO %v", got)
	}
	if start := r.Start(); !start.Equal(time.Date(2004, 3, 10, 18, 0, 0, 0, time.UTC)) || r.Sim().Now() != 9356*sim.Hour {
		t.Errorf("from %v, %v long", start, r.Sim().Now())
	}
}

// UCI: 8143 rows, 21.2 % occupied, and 2665 rows, 36.5 %; the second file is the
// earlier one and gives the run its time 0.
func TestOccupancyData(t *testing.T) {
	r, w := example(t, "occupancy", "occupancy")
	if start := r.Start(); !start.Equal(time.Date(2015, 2, 2, 14, 19, 0, 0, time.UTC)) {
		t.Errorf("begins at %v", start)
	}
	for name, want := range map[string]struct {
		rows  int
		share float64
	}{"test": {2665, 0.365}, "training": {8143, 0.212}} {
		occupied := 0.0
		got := w.of(r, name+".Occupancy")
		for _, x := range got {
			occupied += x.Value
		}
		if share := occupied / float64(len(got)); len(got) != want.rows || share < want.share-0.0006 || share > want.share+0.0006 {
			t.Errorf("%s: %d rows, %v occupied", name, len(got), share)
		}
	}
	if first := w.of(r, "training.Light")[0].At; first != 2*sim.Day+3*sim.Hour+32*sim.Minute {
		t.Errorf("the training data begin at %v", first)
	}
	for _, c := range r.Sources() {
		if c.Missing+c.Malformed+c.Unreadable+c.Before != 0 {
			t.Errorf("%+v", c)
		}
	}
}

// NASA: 100 engines, 20 631 flights; the first fails after 192, the last after 200.
func TestTurbofanData(t *testing.T) {
	r, w := example(t, "turbofans", "cmapss")
	var total replay.Counters
	for _, c := range r.Sources() {
		if c.Records != 20631 || c.Rows+c.Unmatched != 20631 {
			t.Errorf("%+v", c)
		}
		total.Rows += c.Rows
		total.Readings += c.Readings
		total.Missing += c.Missing
	}
	if total.Rows != 20631 || total.Readings != 3*20631 || total.Missing != 0 || r.Result().Readings != 3*20631 {
		t.Errorf("%+v", total)
	}
	for name, want := range map[string]struct {
		flights int
		first   float64
	}{"engine-1.T24": {192, 641.82}, "engine-2.T24": {287, 641.89}, "engine-100.T24": {200, 642.25}, "engine-1.Nf": {192, 2388.06}} {
		got := w.of(r, name)
		if len(got) != want.flights || got[0].Value != want.first || got[0].At != sim.Hour || got[len(got)-1].At != sim.Time(want.flights)*sim.Hour {
			t.Errorf("%s: %d flights, first %+v", name, len(got), got[0])
		}
	}
	for i, x := range w.taps { // nobody waits for another engine
		if x.At != w.nows[i] || x.Quality != 0 {
			t.Fatalf("%+v comes at %v", x, w.nows[i])
		}
	}
}

func TestWeatherData(t *testing.T) {
	const year = 2018
	for name, want := range map[string]struct {
		start            time.Time
		rows             int64
		missing, flagged int64
		last             sim.Time
		channel          string
		first            float64
	}{
		"surfrad": {time.Date(2016, 1, 1, 0, 0, 0, 0, time.UTC), 1440, 1440, 0, 1439 * sim.Minute, "alamosa.pressure", 773.5},
		"srml":    {time.Date(year, 1, 1, 8, 1, 0, 0, time.UTC), 1440, 0, 1440, 1439 * sim.Minute, "eugene.temperature", -20.5},
		"midc":    {time.Date(year, 10, 14, 7, 0, 0, 0, time.UTC), 1440, 0, 0, 1439 * sim.Minute, "tower.at_2m", -4.669},
		"crn":     {time.Date(2019, 1, 1, 16, 10, 0, 0, time.UTC), 4, 5, 0, 15 * sim.Minute, "tucson.radiation", 296},
	} {
		t.Run(name, func(t *testing.T) {
			r, w := example(t, name, "weather_formats")
			c := r.Sources()[0]
			if len(r.Sources()) != 1 || c.Rows != want.rows || c.Missing != want.missing || c.Flagged != want.flagged || c.Malformed+c.Unreadable != 0 {
				t.Errorf("%d files, %+v", len(r.Sources()), c)
			}
			if !r.Start().Equal(want.start) {
				t.Errorf("begins at %v, want %v", r.Start(), want.start)
			}
			if got := w.of(r, want.channel)[0].Value; got != want.first || r.Sim().Now() != want.last {
				t.Errorf("first %v, end %v", got, r.Sim().Now())
			}
		})
	}
}

// A file of the same network with a line of blanks that goes on after a thousand
// of them: it has no stamp, so it is malformed, and said to be.
func TestWeatherDataWithProblems(t *testing.T) {
	at := filepath.Join(datasets, "weather_formats")
	if _, err := os.Stat(at); err != nil {
		t.Skipf("the data set weather_formats is not beside this repository (%v)", err)
	}
	text := strings.ReplaceAll(worked(t)["crn"], "CRNS0101-05-2019-AZ_Tucson_11_W.txt", "CRN_with_problems.txt")
	r, _ := execute(t, text, scenarios.Options{Open: func(name string) (io.ReadCloser, error) { return os.Open(filepath.Join(at, name)) }})
	if c := r.Sources()[0]; c.Records != 3 || c.Rows != 2 || c.Malformed != 1 || c.Missing != 3 {
		t.Errorf("%+v", c)
	}
	if n := r.Result().Notes; len(n) != 2 || !strings.Contains(n[1], "CRN_with_problems.txt:2") {
		t.Errorf("notes %q", n)
	}
}

const machineTemperature = "realKnownCause/machine_temperature_system_failure.csv"

// windows returns the labelled windows of a file of the Numenta Anomaly Benchmark.
func windows(t *testing.T, name string) (all [][2]time.Time) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(datasets, "nab", "labels", "combined_windows.json"))
	if err != nil {
		t.Skipf("the Numenta Anomaly Benchmark is not beside this repository (%v)", err)
	}
	var labels map[string][][2]string
	if err := json.Unmarshal(b, &labels); err != nil {
		t.Fatal(err)
	}
	for _, w := range labels[name] {
		var span [2]time.Time
		for i := range w {
			if span[i], err = time.Parse("2006-01-02 15:04:05.000000", w[i]); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, span)
	}
	return all
}

// The built-in scenario on its file: every row in the account, the clock that goes
// back an hour, and alarms where there is something to find.
func TestMachineTemperatureData(t *testing.T) {
	labelled := windows(t, machineTemperature)
	text, _ := library.Text("machine-temperature")
	o := scenarios.Options{
		Data: filepath.Join(datasets, "nab", "data", filepath.FromSlash(machineTemperature)),
		Open: func(name string) (io.ReadCloser, error) { return os.Open(name) },
	}
	r, w := execute(t, string(text), o)
	res := r.Result()
	// 12 stamps come twice when the clock goes back from 02:55 to 02:00, 11 of them
	// earlier than the latest: 22 683 rows have nothing to say.
	if c := r.Sources()[0]; c.Rows != 22695 || c.Repeated != 12 || c.Disordered != 11 || c.Missing != 0 {
		t.Errorf("%+v", c)
	}
	if q := res.Quality; res.Readings != 22695 || q["good"] != 22683 || q["repeated"] != 12 || q["disordered"] != 11 || len(q) != 3 {
		t.Errorf("%d readings: %v", res.Readings, q)
	}
	if res.Alarms != uint64(len(w.alarms)) || res.Alarms != res.Rules[0].Fired || res.Alarms >= 25 || res.Alarms == 0 {
		t.Errorf("%d alarms of %d firings", res.Alarms, res.Rules[0].Fired)
	}
	hit := 0
	for _, span := range labelled {
		in := 0
		for _, at := range w.alarms {
			if when := r.Start().Add(time.Duration(at)); !when.Before(span[0]) && !when.After(span[1]) {
				in++
			}
		}
		t.Logf("%v to %v: %d alarms", span[0].Format(time.DateTime), span[1].Format(time.DateTime), in)
		hit += min(in, 1)
	}
	if len(labelled) != 4 || hit < 2 {
		t.Errorf("alarms in %d of %d windows, %d in all", hit, len(labelled), res.Alarms)
	}
	t.Logf("%d alarms, %d of %d windows", res.Alarms, hit, len(labelled))
	again, _ := execute(t, string(text), o)
	if d := again.Result().Digest; d != res.Digest {
		t.Errorf("digest %s, then %s", res.Digest, d)
	}
}
