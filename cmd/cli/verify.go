package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinsim/twinsim/devices/wire"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/report"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

func (a *app) verifyCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify RUN",
		Short: "Run what a folder has recorded again, and compare",
		Long: `Run what a folder has recorded again, and compare.

RUN is a folder that run --out has written. The recorded readings go through the
scenario in the folder again; every reading, firing, command and alarm, and the
digest, must come out as they were. Files of the folder that have changed since
are told. Of a run that was cut off, what the recording holds is verified, and
tables and figures that are missing are made from it.
Exit code 0: the same; 3: not the same.`,
		Args: want(1, "a run folder"),
		RunE: func(c *cobra.Command, args []string) error { return a.verify(c.Context(), args[0], asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// A verification is what verify found.
type verification struct {
	Same     bool     `json:"same"`
	Status   string   `json:"status"` // of the run
	Compared uint64   `json:"compared"`
	Until    string   `json:"until,omitempty"` // how far a run that was cut off could be verified
	Digest   string   `json:"digest,omitempty"`
	Changed  []string `json:"changed,omitempty"` // files that are not what they were
	Notes    []string `json:"notes,omitempty"`
	Made     []string `json:"made,omitempty"` // files that were missing
	At       string   `json:"at,omitempty"`
	Left     string   `json:"recorded,omitempty"`
	Right    string   `json:"now,omitempty"`

	diff *difference
}

// A verifier runs the recordings of a folder again.
type verifier struct {
	verification
	app      *app
	dir      string
	manifest *report.Manifest
	scene    *scene
	options  scenarios.Options
	mend     *folder // to be completed from the recording; nil if it is complete
	results  []scenarios.Result
}

func (a *app) verify(ctx context.Context, dir string, asJSON bool) error {
	v, err := a.verifier(dir)
	if err != nil {
		return err
	}
	v.checkFiles()
	if v.manifest.Status == report.Running {
		if err := v.startMending(); err != nil {
			return &exit{failed, err}
		}
	}
	for k := range v.manifest.Replications {
		more, err := v.replication(ctx, k)
		if err != nil {
			return v.fail(ctx, err)
		}
		if !more || v.diff != nil {
			break
		}
	}
	if err := v.conclude(); err != nil {
		return &exit{failed, err}
	}
	return v.show(asJSON)
}

func (v *verifier) fail(ctx context.Context, err error) error {
	var e *exit
	if errors.As(err, &e) {
		return err
	}
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	return &exit{failed, fmt.Errorf("verify %s: %w", v.dir, err)}
}

// verifier reads what the folder says of its run.
func (a *app) verifier(dir string) (*verifier, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	if m.Status == report.Running && alive(m) {
		return nil, &exit{failed, fmt.Errorf("%s: the run (process %d) is still going on; wait for its end", dir, m.Process.PID)}
	}
	path := filepath.Join(dir, m.Scenario.File)
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, badUsage("%w", err)
	}
	s, err := decode(m.Scenario.From, path, dir, text, false)
	if err != nil {
		return nil, err
	}
	v := &verifier{app: a, dir: dir, manifest: m, scene: s}
	v.Status, v.Same = m.Status, true
	if m.Status == report.Running {
		v.Status = "killed"
	}
	for _, f := range m.Data {
		s.opened[f.Name] = f.Path
	}
	v.options = scenarios.Options{
		Kinds: a.kinds, Seed: &m.Seed, For: sim.Time(m.ForNS), Params: m.Params, Source: m.Source, Set: m.Set,
		Data: m.DataFlag, Open: s.open,
	}
	if m.Start != "" { // so that the data need not be there
		if v.options.Epoch, err = time.Parse(time.RFC3339Nano, m.Start); err != nil {
			return nil, badUsage("%s: start: %w", dir, err)
		}
	}
	return v, nil
}

// checkFiles compares the files that the manifest names with what they were.
func (v *verifier) checkFiles() {
	files := append([]report.File{{Name: v.manifest.Scenario.File, SHA256: v.manifest.Scenario.SHA256}}, v.manifest.Files...)
	for _, f := range slices.Concat(files, v.manifest.Data) {
		path := f.Path
		if path == "" {
			path = filepath.Join(v.dir, f.Name)
		}
		now, err := fingerprint(f.Name, path)
		what := ""
		switch {
		case err != nil:
			what = fmt.Sprintf("%s can't be read: %v", f.Name, err)
		case now.SHA256 != f.SHA256:
			what = f.Name + " has changed since the run"
		}
		if what != "" && !slices.Contains(v.Changed, what) {
			v.Changed = append(v.Changed, what)
		}
	}
}

// startMending prepares to write what a killed run could not write.
func (v *verifier) startMending() error {
	err := clearFolder(v.dir, func(name string) bool { return strings.HasSuffix(name, ".parquet") || name == report.KPIsName })
	if err != nil {
		return err
	}
	v.mend = &folder{dir: v.dir, manifest: *v.manifest, started: time.Now()}
	v.mend.begin()
	return nil
}

// replication runs recording k again; more is false when there is none, or it
// was cut off.
func (v *verifier) replication(ctx context.Context, k int) (more bool, err error) {
	path := filepath.Join(v.dir, report.RecordingName(k, v.manifest.Replications))
	last, cut, err := lastInstant(path)
	if errors.Is(err, fs.ErrNotExist) {
		if v.manifest.Status == report.Complete {
			return false, err
		}
		return false, nil // it did not come to that replication
	}
	if err != nil {
		return false, err
	}
	if cut != nil && cut.Offset == 0 { // not even a header
		return false, nil
	}
	rec, err := openRecording(path)
	if err != nil {
		return false, err
	}
	defer rec.file.Close()
	w := &witness{rec: rec}
	o := v.options
	o.Replication = uint32(k)
	o.Sinks = []twins.Sink{w}
	if v.mend != nil {
		o.Sinks = append(o.Sinks, v.mend.tables)
	}
	if cut != nil {
		o.For = max(last, 1)
		v.Notes = append(v.Notes, fmt.Sprintf("%s was cut off at %v", filepath.Base(path), last))
	}
	o.Recording = func() (io.ReadCloser, error) { return os.Open(path) }
	run, err := scenarios.Build(v.scene.spec, o)
	if err != nil {
		return false, &exit{usage, err}
	}
	defer run.Close()
	w.names = run.Channels()
	if v.mend != nil {
		v.mend.tables.Begin(uint32(k), run.Start(), run.Channels().Name)
	}
	if err := run.Execute(ctx); err != nil {
		return false, err
	}
	v.judge(k, run.Result(), w, cut != nil)
	return cut == nil, nil
}

// judge takes over what the witness saw.
func (v *verifier) judge(k int, r scenarios.Result, w *witness, cut bool) {
	if !cut {
		w.end()
	}
	v.Compared += w.index
	v.results = append(v.results, r)
	if w.diff != nil {
		v.diff = w.diff
		return
	}
	if cut {
		v.Until = w.until.String()
		return
	}
	if k < len(v.manifest.Digests) && v.manifest.Digests[k] != r.Digest {
		v.Same = false
		v.Notes = append(v.Notes, fmt.Sprintf("the digest of replication %d is %s, the manifest says %s", k+1, r.Digest, v.manifest.Digests[k]))
	}
}

// lastInstant reads a recording through and returns when its last record was
// taken in, and how it was cut off if it was.
func lastInstant(path string) (last sim.Time, cut *wire.Truncated, err error) {
	r, err := openRecording(path)
	if err != nil {
		if t, ok := wire.IsTruncated(err); ok {
			return 0, t, nil
		}
		return 0, nil, err
	}
	defer r.file.Close()
	var rec wire.Record
	for {
		err := r.Next(&rec)
		if err == io.EOF {
			return last, nil, nil
		}
		if t, ok := wire.IsTruncated(err); ok {
			return last, t, nil
		}
		if err != nil {
			return last, nil, fmt.Errorf("%s: %w", path, err)
		}
		last = rec.Now
	}
}

// conclude sums up, and completes the folder of a killed run.
func (v *verifier) conclude() error {
	if v.diff != nil {
		v.Same = false
		c := comparison{}
		c.found(v.diff)
		v.At, v.Left, v.Right = c.At, c.Left, c.Right
	}
	if len(v.Changed) > 0 {
		v.Same = false
	}
	var digests []string
	for _, r := range v.results {
		digests = append(digests, r.Digest)
	}
	if len(digests) > 0 {
		v.Digest = twins.JoinDigests(digests)
	} else if v.diff == nil {
		v.Until = sim.Time(0).String()
	}
	if v.mend == nil || v.diff != nil {
		return nil
	}
	var sum *scenarios.Summary
	if len(v.results) > 0 {
		s, err := scenarios.Summarize(v.scene.spec, v.results)
		if err != nil {
			return err
		}
		sum = &s
	}
	v.mend.manifest.Notes = append(v.mend.manifest.Notes, "the run was killed; tables and figures were made from the recording")
	err := v.mend.finish(report.Interrupted, v.scene, sum, v.results)
	for _, f := range v.mend.manifest.Files {
		if f.Name != report.ScenarioName && !strings.HasSuffix(f.Name, ".rec") {
			v.Made = append(v.Made, f.Name)
		}
	}
	return err
}

func (v *verifier) show(asJSON bool) error {
	if asJSON {
		if err := json.NewEncoder(v.app.stdout).Encode(v.verification); err != nil {
			return err
		}
	} else {
		v.print(v.app.stdout)
	}
	if !v.Same {
		return &exit{code: rejected}
	}
	return nil
}

func (v *verifier) print(w io.Writer) {
	for _, c := range v.Changed {
		fmt.Fprintln(w, "changed:", c)
	}
	for _, n := range v.Notes {
		fmt.Fprintln(w, "note:", n)
	}
	switch {
	case v.diff != nil:
		fmt.Fprintf(w, "NOT THE SAME after %d readings and events:\n", v.Compared)
		v.diff.show(w, "recorded", "now")
	case !v.Same:
		fmt.Fprintf(w, "NOT THE SAME: %d readings and events are\n", v.Compared)
	case v.Until != "":
		fmt.Fprintf(w, "the same up to %s: %d readings and events (the run was %s)\n", v.Until, v.Compared, v.Status)
	default:
		fmt.Fprintf(w, "the same: %d readings and events, digest %s\n", v.Compared, v.Digest)
	}
	if len(v.Made) > 0 {
		fmt.Fprintln(w, "made from the recording:", strings.Join(v.Made, ", "))
	}
}
