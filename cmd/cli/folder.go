package cli

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/twinsim/twinsim/hil"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/report"
)

// partial is what a file is called until it is whole.
const partial = ".partial"

// A folder is a run folder that is being written.
type folder struct {
	dir      string
	manifest report.Manifest
	tables   *report.Tables
	started  time.Time
}

// readManifest reads the manifest of a run folder.
func readManifest(dir string) (*report.Manifest, error) {
	path := filepath.Join(dir, report.ManifestName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, badUsage("%s is not a run folder: it has no %s; want one that run --out has written", dir, report.ManifestName)
	}
	if err != nil {
		return nil, badUsage("%w", err)
	}
	m, err := report.ParseManifest(path, text)
	if err != nil {
		return nil, &exit{usage, err}
	}
	return m, nil
}

// checkFolder refuses a folder that holds something that must not be lost.
func checkFolder(dir string, force bool) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return badUsage("--out %s: %w; want a folder that can be written", dir, err)
	}
	if len(entries) == 0 {
		return nil
	}
	m, err := readManifest(dir)
	switch {
	case err == nil && m.Status == report.Running && alive(m):
		return badUsage("--out %s: a run (process %d) is still writing there", dir, m.Process.PID)
	case force:
		return nil
	case err != nil:
		return badUsage("--out %s: the folder is not empty and not a run folder; name another, or use --force", dir)
	}
	what := "a finished run"
	if m.Status != report.Complete {
		what = "a run that did not complete (" + m.Status + ")"
	}
	digest := ""
	if m.Digest != "" {
		digest = ", digest " + m.Digest[:min(12, len(m.Digest))] + "..."
	}
	return badUsage("--out %s: holds %s of %s, begun %s (seed %d, %s, %d readings%s); name another folder, or use --force to replace it",
		dir, what, m.Scenario.Name, m.Process.Started, m.Seed, plural(m.Replications, "replication"), m.Readings, digest)
}

// alive reports whether the process that wrote a manifest is still there.
func alive(m *report.Manifest) bool {
	host, err := os.Hostname()
	if err != nil || host != m.Process.Host || m.Process.PID <= 0 {
		return false
	}
	p, err := os.FindProcess(m.Process.PID)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return m.Process.PID != os.Getpid() && (err == nil || errors.Is(err, fs.ErrPermission))
}

// clear removes what an earlier run wrote into the folder.
func clearFolder(dir string, remove func(name string) bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), partial); report.Owned(name) && remove(name) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// newFolder makes the folder, with the scenario in it and a manifest that says
// that the run is going on.
func newFolder(dir string, m report.Manifest, s *scene) (*folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := clearFolder(dir, func(string) bool { return true }); err != nil {
		return nil, err
	}
	f := &folder{dir: dir, manifest: m, started: time.Now()}
	if err := f.write(report.ScenarioName, []byte(s.spec.Source)); err != nil {
		return nil, err
	}
	f.manifest.Status = report.Running
	f.manifest.Process = report.Process{PID: os.Getpid(), Started: f.started.Format(time.RFC3339)}
	f.manifest.Process.Host, _ = os.Hostname() // for people; may be empty
	f.begin()
	return f, f.save()
}

// begin makes the tables.
func (f *folder) begin() {
	f.tables = report.NewTables(report.TablesConfig{Create: f.create})
}

// save writes the manifest, the whole of it or nothing.
func (f *folder) save() error {
	text, err := f.manifest.Marshal()
	if err != nil {
		return err
	}
	return f.write(report.ManifestName, text)
}

// write writes a file, the whole of it or nothing.
func (f *folder) write(name string, text []byte) error {
	w, err := f.create(name)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return errors.Join(err, w.Close())
	}
	return w.Close()
}

// create makes a file that gets its name when it is closed, so that no file
// under that name is ever incomplete.
func (f *folder) create(name string) (io.WriteCloser, error) {
	path := filepath.Join(f.dir, name)
	file, err := os.Create(path + partial)
	if err != nil {
		return nil, err
	}
	return &wholeFile{file, path}, nil
}

type wholeFile struct {
	*os.File
	path string
}

func (w *wholeFile) Close() error {
	if err := errors.Join(w.File.Sync(), w.File.Close()); err != nil {
		return err
	}
	return os.Rename(w.path+partial, w.path)
}

// record begins the recording of a replication.
func (f *folder) record(replication int, m *report.Manifest) (*hil.Recorder, error) {
	rec, err := hil.Record(filepath.Join(f.dir, report.RecordingName(replication, m.Replications)))
	if err != nil {
		return nil, err
	}
	meta, err := json.Marshal(runMeta{m.Scenario.Name, m.Scenario.SHA256, m.Seed, replication})
	if err != nil {
		return nil, errors.Join(err, rec.Close())
	}
	return rec, rec.Meta(runKey, meta)
}

// use tells the recording and the tables of replication k what run they are of.
func (f *folder) use(rec *hil.Recorder, k int, run *scenarios.Run) {
	rec.Use(run.Channels())
	f.replication(k, run)
}

// replication begins the tables of replication k, and notes when runs begin.
func (f *folder) replication(k int, run *scenarios.Run) {
	f.tables.Begin(uint32(k), run.Start(), run.Channels().Name)
	if t := run.Start(); !t.IsZero() {
		f.manifest.Start = t.Format(time.RFC3339Nano)
	}
}

// finish ends the tables and writes the figures and the manifest.
func (f *folder) finish(status string, s *scene, sum *scenarios.Summary, results []scenarios.Result) error {
	err := f.tables.Close()
	m := &f.manifest
	if sum != nil {
		text, kerr := kpisText(sum, status)
		if kerr == nil {
			kerr = f.write(report.KPIsName, text)
		}
		err = errors.Join(err, kerr)
		count(m, results)
	}
	data, derr := s.data()
	if derr == nil && len(data) > 0 {
		m.Data = data
	}
	m.Status = status
	m.Process.Ended = time.Now().Format(time.RFC3339)
	m.Process.Seconds = time.Since(f.started).Seconds()
	files, ferr := f.files()
	m.Files = files
	return errors.Join(err, derr, ferr, f.save())
}

// kpisText is what kpis.json holds: the object of --json without the time that the run took.
func kpisText(sum *scenarios.Summary, status string) ([]byte, error) {
	object, err := summaryObject(sum, status)
	if err != nil {
		return nil, err
	}
	delete(object, "wall_seconds")
	return report.KPIs(object)
}

// files returns the fingerprints of what the run wrote, but for the manifest.
func (f *folder) files() ([]report.File, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	var all []report.File
	for _, e := range entries {
		if name := e.Name(); report.Owned(name) && name != report.ManifestName {
			one, err := fingerprint(name, filepath.Join(f.dir, name))
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// recordings returns the paths of the recordings of a run: of a folder, or the
// one that is named.
func recordings(path string) ([]string, error) {
	if !isDir(path) {
		if _, err := os.Stat(path); err != nil {
			return nil, badUsage("%w", err)
		}
		return []string{path}, nil
	}
	if _, err := readManifest(path); err != nil {
		return nil, err
	}
	found, err := filepath.Glob(filepath.Join(globQuote(path), "inputs*.rec"))
	if err != nil {
		return nil, badUsage("%w", err)
	}
	if len(found) == 0 {
		return nil, badUsage("%s has no recording", path)
	}
	slices.Sort(found)
	return found, nil
}

// globQuote makes a path stand for itself in a pattern.
func globQuote(path string) string {
	return strings.NewReplacer("*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}
