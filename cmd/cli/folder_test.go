package cli

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/scenarios/report"
)

func manifest(t *testing.T, dir string) *report.Manifest {
	t.Helper()
	m, err := readManifest(dir)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func series(t *testing.T, dir string) []report.SeriesRow {
	t.Helper()
	rows, err := parquet.ReadFile[report.SeriesRow](filepath.Join(dir, "series.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A run folder holds everything, says so, and verifies.
func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "out")
	out, errs := twinsim(t, done, "run", zones, "--seed", "9", "--out", dir, "--json")
	if errs != "" {
		t.Errorf("standard error: %s", errs)
	}
	v, m := object(t, out), manifest(t, dir)
	if m.Status != report.Complete || m.Digest != v["digest"] || len(m.Digests) != 2 || m.Seed != 9 ||
		m.Readings != uint64(v["readings"].(float64)) || m.Start != "2026-06-01T00:00:00Z" {
		t.Errorf("manifest %+v\nbut %s", m, out)
	}
	var names []string
	for _, f := range m.Files {
		names = append(names, f.Name)
		now, err := fingerprint(f.Name, filepath.Join(dir, f.Name))
		if err != nil || now != f {
			t.Errorf("%+v is %+v, %v", f, now, err)
		}
	}
	if got := strings.Join(names, " "); got != "events.parquet inputs-0001.rec inputs-0002.rec kpis.json scenario.toml series.parquet" {
		t.Errorf("files %s", got)
	}
	if k := object(t, read(t, filepath.Join(dir, "kpis.json"))); k["digest"] != m.Digest || k["wall_seconds"] != nil || k["status"] != nil {
		t.Errorf("kpis.json: %v", k)
	}
	if read(t, filepath.Join(dir, "scenario.toml")) != read(t, zones) {
		t.Error("the scenario is not the one that was run")
	}
	var raw, derived uint64
	for _, r := range series(t, dir) {
		switch r.Kind {
		case "raw":
			raw++
		case "derived":
			derived++
		}
	}
	if raw != m.Readings || derived == 0 {
		t.Errorf("%d raw rows and %d derived of %d readings", raw, derived, m.Readings)
	}
	out, _ = twinsim(t, done, "verify", dir)
	wants(t, out, "the same", m.Digest)

	// The command in the manifest is the same run.
	again := object(t, first(twinsim(t, done, append(m.Again[1:], "--json")...)))
	if again["digest"] != m.Digest {
		t.Errorf("%v gives %v, want %v", m.Again, again["digest"], m.Digest)
	}
}

// The folder is the same, whenever and wherever it is written, but for the manifest.
func TestFolderIsDeterministic(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	twinsim(t, done, "run", zones, "--out", a)
	twinsim(t, done, "run", zones, "--out", b)
	for _, f := range manifest(t, a).Files {
		if read(t, filepath.Join(a, f.Name)) != read(t, filepath.Join(b, f.Name)) {
			t.Errorf("%s differs", f.Name)
		}
	}
	out, _ := twinsim(t, done, "diff", a, b)
	wants(t, out, "the same")
}

func TestFolderIsNotOverwritten(t *testing.T) {
	dir := t.TempDir()
	mine := write(t, filepath.Join(dir, "mine.txt"), "precious")
	twinsim(t, usage, "run", press, "--out", dir)
	twinsim(t, done, "run", press, "--out", dir, "--force")
	_, errs := twinsim(t, usage, "run", zones, "--out", dir)
	wants(t, errs, "holds a finished run of press", "seed 0, 1 replication, 400 readings, digest cde2632f79d6", "--force")
	v := object(t, first(twinsim(t, usage, "run", zones, "--out", dir, "--json")))
	wants(t, v["error"].(string), "finished run")
	if _, err := os.Stat(filepath.Join(dir, "inputs.rec")); err != nil {
		t.Error("the run that was to be kept is gone")
	}
	twinsim(t, done, "run", zones, "--out", dir, "--force")
	if read(t, mine) != "precious" {
		t.Error("a file that no run wrote has changed")
	}
	if _, err := os.Stat(filepath.Join(dir, "inputs.rec")); err == nil {
		t.Error("the recording of the run before is still there")
	}
	twinsim(t, done, "verify", dir)

	m := manifest(t, dir)
	m.Status = report.Interrupted
	save(t, dir, m)
	_, errs = twinsim(t, usage, "run", press, "--out", dir)
	wants(t, errs, "did not complete", "--force")
	file := write(t, filepath.Join(t.TempDir(), "file"), "")
	_, errs = twinsim(t, usage, "run", press, "--out", file)
	wants(t, errs, "--out "+file)
	_, errs = twinsim(t, usage, "run", press, "--out", filepath.Join(file, "below"))
	wants(t, errs, "--out "+file)
}

func save(t *testing.T, dir string, m *report.Manifest) {
	t.Helper()
	text, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, report.ManifestName), string(text))
}

func fresh(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	twinsim(t, done, "run", zones, "--replications", "1", "--out", dir)
	return dir
}

func edit(t *testing.T, dir, name string, change func(string) string) {
	t.Helper()
	path := filepath.Join(dir, name)
	write(t, path, change(read(t, path)))
}

// A scenario that was changed is found where the run becomes another.
func TestVerifyFindsScenario(t *testing.T) {
	dir := fresh(t)
	edit(t, dir, "scenario.toml", func(s string) string { return strings.Replace(s, "0.31", "0.25", 1) })
	out, _ := twinsim(t, rejected, "verify", dir)
	wants(t, out, "scenario.toml has changed", "NOT THE SAME after", "recorded", "rule \"water\"")
	v := object(t, first(twinsim(t, rejected, "verify", dir, "--json")))
	if v["same"] != false || v["same_digest"] != false || v["at"] == nil {
		t.Errorf("verify --json: %v", v)
	}
}

// Files that were changed and do not change the run are another matter.
func TestVerifyFindsFiles(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"kpis.json":      func(s string) string { return s + " " },
		"scenario.toml":  func(s string) string { return "# mine\n" + s },
		"series.parquet": nil,
	} {
		dir, did := fresh(t), "is missing"
		if change != nil {
			edit(t, dir, name, change)
			did = "has changed since the run"
		} else if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		out, _ := twinsim(t, rejected, "verify", dir)
		wants(t, out, "the run is the same: ", "readings and events, digest "+manifest(t, dir).Digest, "these files are not what they were:\n  "+name+" "+did)
		if strings.Contains(out, "NOT THE SAME") {
			t.Errorf("%s changes the run:\n%s", name, out)
		}
		v := object(t, first(twinsim(t, rejected, "verify", dir, "--json")))
		list := v["changed"].([]any)
		if v["same"] != false || v["same_digest"] != true || len(list) != 1 || list[0].(map[string]any)["file"] != name {
			t.Errorf("verify --json: %v", v)
		}
	}
}

// What the manifest says of the run is held against it.
func TestVerifyFindsManifest(t *testing.T) {
	dir := fresh(t)
	m := manifest(t, dir)
	m.Digests[0] = strings.Repeat("0", 64)
	save(t, dir, m)
	out, _ := twinsim(t, rejected, "verify", dir)
	wants(t, out, "NOT THE SAME, though", "the manifest says 0000", "the manifest that was changed")

	dir = fresh(t)
	m = manifest(t, dir)
	m.Digest = strings.Repeat("1", 64)
	save(t, dir, m)
	out, _ = twinsim(t, rejected, "verify", dir)
	wants(t, out, "NOT THE SAME, though", "the manifest says 1111")

	dir = fresh(t)
	m = manifest(t, dir)
	m.Seed++
	save(t, dir, m)
	out, _ = twinsim(t, rejected, "verify", dir)
	wants(t, out, "manifest.json says seed 4, inputs.rec says 3")

	dir = fresh(t)
	edit(t, dir, "manifest.json", func(s string) string { return s[:len(s)/2] })
	twinsim(t, usage, "verify", dir)
}

// A recording that was damaged, cut or lost is found, with the place.
func TestVerifyFindsRecording(t *testing.T) {
	dir := fresh(t)
	edit(t, dir, "inputs.rec", func(s string) string { b := []byte(s); b[len(b)/2] ^= 1; return string(b) })
	out, _ := twinsim(t, rejected, "verify", dir)
	wants(t, out, "inputs.rec has changed", "NOT THE SAME", "is damaged at byte ")

	dir = fresh(t)
	edit(t, dir, "inputs.rec", func(s string) string { return s[:len(s)/2] })
	out, _ = twinsim(t, rejected, "verify", dir)
	wants(t, out, "inputs.rec has changed", "NOT THE SAME", "was cut off at byte ")

	dir = fresh(t)
	edit(t, dir, "inputs.rec", func(s string) string { return "x" + s[1:] })
	out, _ = twinsim(t, rejected, "verify", dir)
	wants(t, out, "NOT THE SAME", "is damaged at byte 0")

	dir = fresh(t)
	if err := os.Remove(filepath.Join(dir, "inputs.rec")); err != nil {
		t.Fatal(err)
	}
	out, _ = twinsim(t, rejected, "verify", dir)
	wants(t, out, "NOT THE SAME", "nothing to run again")
}

// The data that a run read may change: what is run again is the recording.
func TestVerifyData(t *testing.T) {
	src, dir := t.TempDir(), t.TempDir()
	s := write(t, filepath.Join(src, "press.toml"), read(t, press))
	csv := write(t, filepath.Join(src, "press.csv"), read(t, "testdata/press.csv"))
	twinsim(t, done, "run", s, "--out", dir)
	m := manifest(t, dir)
	if len(m.Data) != 1 || m.Data[0].Name != "press.csv" || m.Data[0].Path != csv || m.Data[0].Size == 0 {
		t.Errorf("data %+v", m.Data)
	}
	twinsim(t, done, "verify", dir)
	write(t, csv, strings.Replace(read(t, csv), "50.0", "50.1", 1))
	out, _ := twinsim(t, done, "verify", dir)
	wants(t, out, "note: the data file "+csv+" has changed", "the same: ")
	if err := os.Remove(csv); err != nil {
		t.Fatal(err)
	}
	out, _ = twinsim(t, done, "verify", dir)
	wants(t, out, "press.csv is missing", "the same: ")
}

func TestDiff(t *testing.T) {
	base, other := t.TempDir(), t.TempDir()
	twinsim(t, done, "run", press, "--out", base)
	twinsim(t, done, "run", press, "--out", other, "-p", "limit=64.9")
	out, _ := twinsim(t, rejected, "diff", base, other)
	wants(t, out, "they differ after", base, other, `rule "hot"`)
	v := object(t, first(twinsim(t, rejected, "diff", base, other, "--json")))
	if v["same"] != false || v["at"] == nil || v["left"] == nil || v["right"] == nil {
		t.Errorf("diff --json: %v", v)
	}
	out, _ = twinsim(t, done, "diff", base, filepath.Join(base, "inputs.rec"))
	wants(t, out, "the same: 408 readings and events")

	// A value that differs is shown with its channel, time and both values.
	dir := t.TempDir()
	s := write(t, filepath.Join(dir, "press.toml"), read(t, press))
	write(t, filepath.Join(dir, "press.csv"), strings.Replace(read(t, "testdata/press.csv"), ",5.04\n", ",5.94\n", 1))
	twinsim(t, done, "run", s, "--out", filepath.Join(dir, "out"))
	out, _ = twinsim(t, rejected, "diff", base, filepath.Join(dir, "out"))
	wants(t, out, "press.pressure = 5.04", "press.pressure = 5.94", "20 min")

	two := t.TempDir()
	twinsim(t, done, "run", zones, "--out", two)
	one := t.TempDir()
	twinsim(t, done, "run", zones, "--out", one, "--replications", "1")
	out, _ = twinsim(t, rejected, "diff", one, two)
	wants(t, out, "the same as far as both go", "has 1 replication,", "has 2 replications")

	// A recording that was cut off is the same, as far as it goes.
	cut, whole := filepath.Join(t.TempDir(), "cut.rec"), read(t, filepath.Join(one, "inputs.rec"))
	write(t, cut, whole[:len(whole)/2])
	for _, pair := range [][]string{{cut, one}, {one, cut}} {
		out, _ = twinsim(t, rejected, "diff", pair[0], pair[1])
		wants(t, out, "was cut off at byte", "the same as far as both go: ", cut+" stops at ", one+" goes on")
	}
	v = object(t, first(twinsim(t, rejected, "diff", one, cut, "--json")))
	if v["same"] != false || v["stops"] != "right" || v["at"] == nil {
		t.Errorf("diff --json: %v", v)
	}
}

// A run that is interrupted keeps what it had, and verifies up to there.
func TestInterrupt(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	out, errs := twinsimContext(t, ctx, failed, "run", zones, "--replications", "1", "--speed", "20000", "--out", dir)
	wants(t, errs, "interrupted at ", " of 6 d")
	wants(t, out, "\ninterrupted at ", " of 6 d\n", "digest", "not decided: the run was interrupted")
	if strings.Contains(out, "  ok  ") {
		t.Errorf("a check of half a run is ok:\n%s", out)
	}
	m := manifest(t, dir)
	if m.Status != report.Interrupted || m.Readings == 0 || m.SimSeconds >= 6*86400 || m.SimSeconds == 0 {
		t.Errorf("manifest %+v", m)
	}
	if n := len(series(t, dir)); n == 0 {
		t.Error("no series")
	}
	k := object(t, read(t, filepath.Join(dir, "kpis.json")))
	if k["status"] != report.Interrupted || k["checks"].([]any)[0].(map[string]any)["ok"] != nil {
		t.Errorf("kpis.json: %v", k)
	}
	out, _ = twinsim(t, done, "verify", dir)
	wants(t, out, "the same: ", " up to ", "of a run that was interrupted at")
	if strings.Contains(out, "cut off") {
		t.Errorf("an interruption in order is said to be none:\n%s", out)
	}
	ctx, cancel = context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	out, _ = twinsimContext(t, ctx, failed, "run", zones, "--replications", "1", "--speed", "20000", "--json")
	if v := object(t, out); v["status"] != report.Interrupted || v["checks"].([]any)[0].(map[string]any)["ok"] != nil {
		t.Errorf("--json: %s", out)
	}
}

// start starts a run in a process of its own and waits until its recording has
// readings.
func start(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "run", zones, "--speed", "20000", "--for", "300 d", "--out", dir)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing was recorded in 30 s")
		}
		rec, err := openRecording(filepath.Join(dir, "inputs-0001.rec"))
		if err != nil {
			continue
		}
		var e entry
		err = rec.next(&e)
		rec.file.Close()
		if err == nil {
			return cmd
		}
	}
}

// What a run that was killed had recorded is there, verifies, and becomes
// tables and figures.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	cmd := start(t, dir)
	_, errs := twinsim(t, failed, "verify", dir)
	wants(t, errs, "still going on")
	twinsim(t, usage, "run", press, "--out", dir, "--force")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if m := manifest(t, dir); m.Status != report.Running {
		t.Fatalf("status %q", m.Status)
	}
	_, cut, err := readThrough(filepath.Join(dir, "inputs-0001.rec"))
	if err != nil || cut == nil || cut.Damaged {
		t.Fatalf("the recording ends with %v, %v", cut, err)
	}
	twinsim(t, usage, "run", zones, "--out", dir)
	out, _ := twinsim(t, done, "verify", dir)
	wants(t, out, "the same: ", " up to ", "killed", "was cut off", "made from the recording", "series.parquet", "kpis.json")
	if m := object(t, read(t, filepath.Join(dir, "manifest.json"))); m["start"] == nil || m["start"] == "" {
		t.Errorf("the manifest that verify made has no start: %v", m)
	}
	m := manifest(t, dir)
	if m.Status != report.Interrupted || m.Readings == 0 || m.Digest == "" {
		t.Errorf("manifest %+v", m)
	}
	var raw uint64
	for _, r := range series(t, dir) {
		if r.Kind == "raw" {
			raw++
		}
	}
	if raw != m.Readings {
		t.Errorf("%d raw rows of %d readings", raw, m.Readings)
	}
	out, _ = twinsim(t, done, "verify", dir)
	wants(t, out, "the same: ", " up to ", "interrupted")
	out, _ = twinsim(t, done, "diff", dir, dir)
	wants(t, out, "was cut off", "the same")
}

// A signal ends a run in order.
func TestSignal(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no signals to send")
	}
	dir := t.TempDir()
	cmd := start(t, dir)
	for range 2 { // as timeout does: to the process, and to its group
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	_ = cmd.Wait() // the exit code is looked at below
	if code := cmd.ProcessState.ExitCode(); code != failed {
		t.Errorf("exit code %d, want %d", code, failed)
	}
	if m := manifest(t, dir); m.Status != report.Interrupted {
		t.Errorf("status %q", m.Status)
	}
}

// A run whose disk is full ends at once, and says so.
func TestDiskFull(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil || runtime.GOOS == "windows" {
		t.Skip("no shell to limit the size of files with")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cmd := exec.Command(sh, "-c", `ulimit -f 100 && exec "$@"`, "sh", exe, "run", zones, "--for", "3000 d", "--out", dir)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	out, _ := cmd.CombinedOutput() // the exit code is looked at below
	if code := cmd.ProcessState.ExitCode(); code != failed {
		t.Errorf("exit code %d, want %d\n%s", code, failed, out)
	}
	wants(t, string(out), "too large")
	m := manifest(t, dir)
	if !strings.HasPrefix(m.Status, report.Failed) || m.SimSeconds <= 0 || m.SimSeconds > 2000*86400 {
		t.Errorf("status %q after %v s", m.Status, m.SimSeconds)
	}
}

// A recording of a run is cut off at every possible place by a kill at that
// moment; what is left verifies.
func TestVerifyCutAnywhere(t *testing.T) {
	dir := t.TempDir()
	twinsim(t, done, "run", zones, "--replications", "1", "--for", "2 d", "--out", dir)
	whole := read(t, filepath.Join(dir, "inputs.rec"))
	for _, n := range []int{0, 5, 12, 20, len(whole) / 3, len(whole) - 1} {
		m := manifest(t, dir)
		m.Status, m.Files, m.Process.PID = report.Running, nil, 0
		save(t, dir, m)
		write(t, filepath.Join(dir, "inputs.rec"), whole[:n])
		out, _ := twinsim(t, done, "verify", dir)
		wants(t, out, "killed")
		if m := manifest(t, dir); m.Status != report.Interrupted {
			t.Errorf("cut at %d: status %q", n, m.Status)
		}
	}
	if _, err := wire.NewReader(strings.NewReader(whole)); err != nil {
		t.Fatal(err)
	}
}
