package scenarios_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twinsim/twinsim/devices"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/library"
	"github.com/twinsim/twinsim/sim"
)

// rooms is a scenario of two rooms, with lines of its own in [run] and [source.default].
func rooms(run, source string) string {
	return fmt.Sprintf(`
spec = 1
name = "rooms"
run = { %s }

[[twin]]
id = "room-{n}"
count = 2
type = "record"
channels = { t = "degC", door = "" }

[source.default]
%s
`, run, source)
}

var (
	early = "time,t\n2026-03-01 00:00,20\n2026-03-01 01:00,21\n2026-03-01 02:00,22\n"
	later = "time,t\n2026-03-01 01:30,30\n2026-03-01 02:30,31\n2026-03-03 00:00,32\n"
	two   = `"room-1.t" = { replay = "later.csv", time = "time" }
"room-2.t" = { replay = "early.csv", time = "time" }`
)

func TestEpoch(t *testing.T) {
	utc := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC) }
	for _, x := range []struct {
		name, run, source string
		start             time.Time
		first             [2]sim.Time // of each room
		before            [2]int64
		end               sim.Time
	}{
		{"the earliest stamp of all files", `seed = 1`, two, utc(1, 0), [2]sim.Time{90 * sim.Minute, 0}, [2]int64{}, 48 * sim.Hour},
		{"the scenario's start, inside the data", `start = 2026-03-01T02:00:00Z`, two, utc(1, 2), [2]sim.Time{30 * sim.Minute, 0}, [2]int64{1, 2}, 46 * sim.Hour},
		{"the scenario's start, before the data", `start = 2026-02-28T23:00:00Z`, two, utc(1, -1), [2]sim.Time{150 * sim.Minute, sim.Hour}, [2]int64{}, 49 * sim.Hour},
		{"naive stamps are in run.timezone", `start = 2026-03-01T00:00:00Z, timezone = "Europe/Berlin"`, two, utc(1, 0), [2]sim.Time{30 * sim.Minute, 0}, [2]int64{0, 1}, 47 * sim.Hour},
		{"and run time 0 is theirs", `timezone = "Europe/Berlin"`, two, utc(1, -1), [2]sim.Time{90 * sim.Minute, 0}, [2]int64{}, 48 * sim.Hour},
		{"the offset of start is the zone", `start = 2026-03-01T00:00:00+02:00`, two, utc(1, -2), [2]sim.Time{90 * sim.Minute, 0}, [2]int64{}, 48 * sim.Hour},
		{"unless a file has its own", `timezone = "Europe/Berlin"`, strings.Replace(two, `"early.csv",`, `"early.csv", zone = "America/New_York",`, 1),
			time.Date(2026, 3, 1, 0, 30, 0, 0, time.UTC), [2]sim.Time{0, 270 * sim.Minute}, [2]int64{}, 46*sim.Hour + 30*sim.Minute},
		{"a file that begins when it is told", `start = 2030-01-01T00:00:00Z`, strings.ReplaceAll(two, `time = "time"`, `time = "time", start = "3 h"`),
			time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), [2]sim.Time{3 * sim.Hour, 3 * sim.Hour}, [2]int64{}, 49*sim.Hour + 30*sim.Minute},
		{"does not set the calendar", `seed = 1`, strings.Replace(two, `"early.csv",`, `"early.csv", start = "10 min",`, 1),
			time.Date(2026, 3, 1, 1, 30, 0, 0, time.UTC), [2]sim.Time{0, 10 * sim.Minute}, [2]int64{}, 46*sim.Hour + 30*sim.Minute},
		{"numbers times a step", `seed = 1`, "\"room-1.t\" = { replay = \"steps.csv\", time = \"n\", step = \"1 min\" }\n\"room-2.t\" = { replay = \"steps.csv\", step = \"1 min\", start = \"5 min\" }",
			time.Time{}, [2]sim.Time{10 * sim.Minute, 5 * sim.Minute}, [2]int64{}, 20 * sim.Minute},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := scenarios.Options{Open: files(map[string]string{"early.csv": early, "later.csv": later, "steps.csv": "n,t\n10,1\n20,2\n"})}
			r, w := execute(t, rooms(x.run, x.source), o)
			if !r.Start().Equal(x.start) || r.Sim().Now() != x.end {
				t.Errorf("starts at %v and takes %v, want %v and %v", r.Start(), r.Sim().Now(), x.start, x.end)
			}
			for i := range x.first {
				got := w.of(r, fmt.Sprintf("room-%d.t", i+1))
				if len(got) == 0 || got[0].At != x.first[i] || r.Sources()[i].Before != x.before[i] {
					t.Errorf("room %d: %+v, %d before; want it at %v, %d before", i+1, got, r.Sources()[i].Before, x.first[i], x.before[i])
				}
			}
		})
	}
}

// One key after another, times beginning anew: without grouped the second waits.
func TestGrouped(t *testing.T) {
	text := "who,n,t\nroom-1,1,10\nroom-1,2,11\nroom-1,3,12\nroom-2,1,20\nroom-2,2,21\n"
	line := `"room-*.t" = { replay = "long.csv", key = "who", time = "n", step = "1 h" }`
	for _, x := range []struct {
		line  string
		files int
		now   sim.Time // arrival of room 2's first
	}{{line, 1, 3 * sim.Hour}, {strings.Replace(line, " }", ", grouped = true }", 1), 2, sim.Hour}} {
		r, w := execute(t, rooms("seed = 1", x.line), scenarios.Options{Open: files(map[string]string{"long.csv": text})})
		if n := len(r.Sources()); n != x.files || len(w.taps) != 5 {
			t.Errorf("%s: %d passes, %d readings", x.line, n, len(w.taps))
		}
		for i, tap := range w.taps {
			if tap.Value == 20 && (w.nows[i] != x.now || tap.At != sim.Hour) {
				t.Errorf("%s: room 2's first, of %v, comes at %v", x.line, tap.At, w.nows[i])
			}
		}
	}
}

func TestReplayKeys(t *testing.T) {
	text := "# made by hand\nlogger 7\nroom;temp_1;temp_2;ok;state\n;F;F;;\n1.3.2026 00:00;68,5;-99;0;open\n1.3.2026 01:00;x;212;2;shut\n"
	keys := `replay = "a.txt", comment = "#", skip = 2, header = 2, delimiter = ";", decimal = ",", time = "room", time_format = "%d.%m.%Y %H:%M"`
	r, w := execute(t, rooms("seed = 1", fmt.Sprintf(`
"room-*.t" = { %s, column = "temp_{n}", unit = "degF", missing = [-99.0], flag = "ok", good = [0, 1] }
"room-1.door" = { %s, column = "state", words = { open = 1, shut = 0 } }
`, keys, keys)), scenarios.Options{Open: files(map[string]string{"a.txt": text})})
	near := func(name string, i int, want float64, q devices.Quality) {
		t.Helper()
		got := w.of(r, name)
		if len(got) != 2 || got[i].Quality != q || q&devices.Missing == 0 && (got[i].Value-want > 1e-9 || want-got[i].Value > 1e-9) {
			t.Errorf("%s: %+v, want %v %v", name, got, want, q)
		}
	}
	near("room-1.t", 0, (68.5-32)/1.8, 0)
	near("room-2.t", 0, 0, devices.Missing)
	near("room-1.t", 1, 0, devices.Missing|devices.Suspect)
	near("room-2.t", 1, 100, devices.Suspect)
	near("room-1.door", 0, 1, 0)
	near("room-1.door", 1, 0, 0)
	if n := r.Result().Notes; len(r.Sources()) != 1 || len(n) != 2 ||
		n[0] != "a.txt: 6 lines: 2 rows + 4 heading; 6 readings, 2 missing, 1 unreadable, 1 flagged" || !strings.Contains(n[1], "a.txt:6: column 2") {
		t.Errorf("notes %q", n)
	}
}

// What a reader complains about is told at its place in the scenario.
func TestReplayComplaints(t *testing.T) {
	for line, want := range map[string]string{
		`"room-1.t" = { replay = "none.csv", time = "time" }`:                                                                                       `test.toml:13:25: none.csv: none.csv is not there`,
		`"room-1.t" = { replay = "early.csv", time = "tim" }`:                                                                                       `test.toml:13:45: early.csv: line 1 has no time column "tim"; did you mean "time"?`,
		`"room-1.t" = { replay = "early.csv", time = "time", column = "temp" }`:                                                                     `test.toml:13:62: early.csv: line 1 has no value column "temp"`,
		"\"room-1.t\" = { replay = \"early.csv\", time = \"time\", column = \"t\" }\n\"room-1.door\" = { replay = \"early.csv\", time = \"time\" }": `test.toml:14:1: early.csv: line 1 has no value column "door"`,
		`"room-1.t" = { replay = "early.csv", time = "time", column = 7 }`:                                                                          `test.toml:13:62: early.csv: value column 7: the columns are 1 to 2`,
		`"room-1.t" = { replay = "early.csv", time = "time", zone = "Mars/Olympus" }`:                                                               `test.toml:13:60: early.csv: zone "Mars/Olympus" is not in the time zone database`,
		`"room-1.t" = { replay = "early.csv", time = "time", time_format = "%Y %Q" }`:                                                               `test.toml:13:67: early.csv: time column "time": time format "%Y %Q": %Q is unknown`,
		`"room-1.t" = { replay = "early.csv" }`:                                                                                                     `test.toml:13:25: early.csv: no time: name the time column, or give a step for the row number`,
		`"room-1.t" = { replay = "early.csv", time = "time", scale = 0 }`:                                                                           `test.toml:13:61: with scale 0 every reading is the same`,
		`"room-1.t" = { replay = "early.csv", time = "time", step = "0 s" }`:                                                                        `test.toml:13:60: a step of nothing`,
		`"room-1.t" = { replay = "early.csv", time = "time", unit = "bar" }`:                                                                        `test.toml:13:60: 0 bar is a pressure, not a temperature`,
		`"room-1.t" = { replay = "early.csv", time = "time", grouped = true }`:                                                                      `test.toml:13:63: grouped, but by what?`,
		`"room-1.t" = { replay = "early.csv", time = "time", column = "{m}" }`:                                                                      `test.toml:13:`,
		`"room-1.t" = { replay = "data", time = "time" }`:                                                                                           `test.toml:13:25: this scenario replays a file that you name`,
		`"room-1.t" = { replay = "early.csv", time = "time", flag = "quality" }`:                                                                    `test.toml:13:60: early.csv: line 1 has no flag column "quality"`,
		`"room-*.t" = { replay = "early.csv", time = "time", key = "who", match = "a" }`:                                                            `test.toml:13:59: early.csv: line 1 has no key column "who"`,
	} {
		spec, err := scenarios.Decode("test.toml", []byte(rooms("seed = 1", line)))
		if err == nil {
			_, err = scenarios.Build(spec, scenarios.Options{Kinds: library.Kinds(), Open: files(map[string]string{"early.csv": early})})
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v\nwant %s", line, err, want)
		}
	}
}
