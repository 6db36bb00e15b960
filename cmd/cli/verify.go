package cli

import (
	"context"
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
digest, must come out as they were, and the files of the folder must be what they
were. Data files outside of the folder may have changed since: the recording is what
is run again. Of a run that was cut off, what the recording holds is verified, and
tables and figures that are missing are made from it.
Exit code 0: the same; 3: the run is not the same, or a file of the folder is not.`,
		Args: want(1, "a run folder"),
		RunE: func(c *cobra.Command, args []string) error { return a.verify(c.Context(), args[0], asJSON) },
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

// A verification is what verify found.
type verification struct {
	Same     bool     `json:"same"`            // the run and the files
	Digests  bool     `json:"same_digest"`     // the run, as far as it was recorded
	Status   string   `json:"status"`          // of the run
	Compared uint64   `json:"compared"`        // readings and events that are the same
	Until    string   `json:"until,omitempty"` // how far a run that was cut off could be verified
	Digest   string   `json:"digest,omitempty"`
	Changed  []change `json:"changed,omitempty"` // files of the folder that are not what they were
	Reasons  []string `json:"reasons,omitempty"` // why the run is not the same, but for the first difference
	Notes    []string `json:"notes,omitempty"`
	Made     []string `json:"made,omitempty"` // files that were missing
	At       string   `json:"at,omitempty"`
	Left     string   `json:"recorded,omitempty"`
	Right    string   `json:"now,omitempty"`

	diff *difference
}

// A change is a file of a run folder that is not what it was.
type change struct {
	File string `json:"file"`
	What string `json:"what"` // what happened to it
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
		return nil, badUsage("%s can't be run again: its scenario is not there: %w", dir, err)
	}
	s, err := decode(m.Scenario.From, path, dir, text, false)
	if err != nil {
		return nil, err
	}
	v := &verifier{app: a, dir: dir, manifest: m, scene: s}
	v.Status, v.Digests = m.Status, true
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
	for _, f := range files {
		if what := changed(f, filepath.Join(v.dir, f.Name)); what != "" {
			v.change(f.Name, what)
		}
	}
	for _, f := range v.manifest.Data {
		if what := changed(f, f.Path); what != "" {
			v.Notes = append(v.Notes, fmt.Sprintf("the data file %s %s; what was recorded of it is what is run again", f.Path, what))
		}
	}
}

func (v *verifier) change(file, what string) {
	if c := (change{file, what}); !slices.Contains(v.Changed, c) {
		v.Changed = append(v.Changed, c)
	}
}

// changed says what happened to a file; "" is nothing.
func changed(f report.File, path string) string {
	now, err := fingerprint(f.Name, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "is missing"
	case err != nil:
		return "can't be read: " + err.Error()
	case now.SHA256 != f.SHA256:
		return "has changed since the run"
	}
	return ""
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
	name := report.RecordingName(k, v.manifest.Replications)
	path := filepath.Join(v.dir, name)
	whole, cut, err := readThrough(path)
	if errors.Is(err, fs.ErrNotExist) {
		if v.manifest.Status == report.Complete {
			v.differs("%s is missing, so there is nothing to run again", name)
		}
		return false, nil // or it did not come to that replication
	}
	if err != nil {
		return false, err
	}
	v.checkMeta(name, whole.meta)
	if cut != nil {
		if cut.Damaged || v.manifest.Status == report.Complete {
			v.differs("%s %s; what came then can't be compared", name, whole.how(cut))
		} else {
			v.Notes = append(v.Notes, name+" "+whole.how(cut))
		}
		if cut.Offset == 0 { // not even a header
			return false, nil
		}
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
		o.For = max(whole.last, 1)
	}
	o.Recording = func() (io.ReadCloser, error) { return os.Open(path) }
	run, err := scenarios.Build(v.scene.spec, o)
	if err != nil {
		return false, &exit{usage, err}
	}
	defer run.Close()
	w.names = run.Channels()
	if v.mend != nil {
		v.mend.replication(k, run)
	}
	if err := run.Execute(ctx); err != nil {
		return false, err
	}
	v.judge(k, run.Result(), w, whole, cut != nil)
	return cut == nil, nil
}

func (v *verifier) differs(format string, args ...any) {
	v.Digests = false
	v.Reasons = append(v.Reasons, fmt.Sprintf(format, args...))
}

// checkMeta compares what the manifest says with what a recording says of its run.
func (v *verifier) checkMeta(name string, m *runMeta) {
	if m == nil {
		return
	}
	if m.Seed != v.manifest.Seed {
		v.change(report.ManifestName, fmt.Sprintf("says seed %d, %s says %d", v.manifest.Seed, name, m.Seed))
	}
	if m.SHA256 != v.manifest.Scenario.SHA256 {
		v.change(report.ManifestName, fmt.Sprintf("is of another scenario than %s", name))
	}
}

// judge takes over what the witness saw.
func (v *verifier) judge(k int, r scenarios.Result, w *witness, whole *recording, cut bool) {
	if !cut {
		w.end()
	}
	v.Compared += w.index
	v.results = append(v.results, r)
	if w.diff != nil {
		v.diff, v.Digests = w.diff, false
		return
	}
	if cut {
		v.Until = scenarios.ShowDuration(w.until)
		if k > 0 {
			v.Until += fmt.Sprintf(" of replication %d", k+1)
		}
		return
	}
	if whole.digest != r.Digest {
		v.differs("the digest of replication %d is %s, its recording says %s", k+1, r.Digest, whole.digest)
	}
	if k < len(v.manifest.Digests) && v.manifest.Digests[k] != r.Digest {
		v.differs("the digest of replication %d is %s, the manifest says %s%s", k+1, r.Digest, v.manifest.Digests[k], v.blame(whole.digest == r.Digest))
	}
}

// blame says who is wrong when the recording is not.
func (v *verifier) blame(recorded bool) string {
	if recorded {
		return " (the recording agrees with the run: it is the manifest that was changed)"
	}
	return ""
}

// checkDigest compares the digest of all replications with the manifest's.
func (v *verifier) checkDigest() {
	if v.manifest.Status != report.Complete || v.diff != nil || len(v.results) < v.manifest.Replications || v.Until != "" {
		return
	}
	if n := len(v.manifest.Digests); n != len(v.results) {
		v.differs("the manifest has the digests of %s, there are %d", plural(n, "replication"), len(v.results))
	}
	if v.manifest.Digest != v.Digest {
		v.differs("the digest is %s, the manifest says %s%s", v.Digest, v.manifest.Digest, v.blame(len(v.Reasons) == 0))
	}
}

// conclude sums up, and completes the folder of a killed run.
func (v *verifier) conclude() error {
	if v.diff != nil {
		c := comparison{}
		c.found(v.diff)
		v.At, v.Left, v.Right = c.At, c.Left, c.Right
	}
	var digests []string
	for _, r := range v.results {
		digests = append(digests, r.Digest)
	}
	if len(digests) > 0 {
		v.Digest = twins.JoinDigests(digests)
	} else if v.diff == nil {
		v.Until = scenarios.ShowDuration(0)
	}
	v.checkDigest()
	v.Same = v.Digests && len(v.Changed) == 0
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
		if err := v.app.encode(v.verification); err != nil {
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
	for _, n := range v.Notes {
		fmt.Fprintln(w, "note:", n)
	}
	changes := func() {
		for _, c := range v.Changed {
			fmt.Fprintf(w, "  %s %s\n", c.File, c.What)
		}
	}
	same := fmt.Sprintf("%d readings and events, digest %s", v.Compared, v.Digest)
	if v.Until != "" {
		same = fmt.Sprintf("%d readings and events up to %s (the run was %s)", v.Compared, v.Until, v.Status)
	}
	switch {
	case v.diff != nil:
		fmt.Fprintf(w, "NOT THE SAME after %d readings and events:\n", v.Compared)
		v.diff.show(w, "recorded", "now")
	case !v.Digests && v.Compared == 0:
		fmt.Fprintln(w, "NOT THE SAME:")
	case !v.Digests:
		fmt.Fprintf(w, "NOT THE SAME, though %d readings and events are:\n", v.Compared)
	case len(v.Changed) > 0:
		fmt.Fprintf(w, "the run is the same: %s; but these files are not what they were:\n", same)
		changes()
	default:
		fmt.Fprintln(w, "the same:", same)
	}
	for _, r := range v.Reasons {
		fmt.Fprintln(w, " ", r)
	}
	if !v.Digests && len(v.Changed) > 0 {
		fmt.Fprintln(w, "these files are not what they were:")
		changes()
	}
	if len(v.Made) > 0 {
		fmt.Fprintln(w, "made from the recording:", strings.Join(v.Made, ", "))
	}
}
