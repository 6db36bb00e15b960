package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/twinsim/twinsim/hil"
	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/report"
	"github.com/twinsim/twinsim/sim"
	"github.com/twinsim/twinsim/twins"
)

type runFlags struct {
	sceneFlags
	speed        speedFlag
	replications countFlag
	out          string
	force        bool
	json         bool
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	c := &cobra.Command{
		Use:   "run SCENARIO",
		Short: "Run a scenario: a file, or one that is built in",
		Long: `Run a scenario: a file, or one that is built in.

What a run finds goes to standard output, and is the same for the same seed. How
long it took goes to standard error; with --json it is wall_seconds of the object,
which alone differs from run to run. An interrupt (Ctrl-C) ends the run in order:
what there is gets written, and "status" in the object says so. Exit code 3 means
that a check of the scenario failed.`,
		Example: `  twinsim run farm
  twinsim run farm -p trigger=0.20 --for "30 d" --replications 1
  twinsim run farm --out summer
  twinsim run my.toml --speed 60`,
		Args: want(1, "a scenario"),
		RunE: func(c *cobra.Command, args []string) error {
			shown, err := a.run(c, args[0], &f)
			if f.json && !shown && err != nil {
				return a.errorJSON(args[0], err)
			}
			return err
		},
	}
	f.add(c)
	c.Flags().Var(&f.speed, "speed", "simulated seconds for each real one, a `factor`: 0 is as fast as possible, 1 is real time")
	c.Flags().Var(&f.replications, "replications", "how many `times` to run, instead of the scenario's number")
	c.Flags().StringVar(&f.out, "out", "", "write recording, tables, figures and manifest into a `folder`")
	c.Flags().BoolVar(&f.force, "force", false, "with --out: replace the run that the folder holds, finished or not, or write into a folder of other files")
	c.Flags().BoolVar(&f.json, "json", false, "print one JSON object on standard output and nothing else")
	return c
}

// A batch is all replications of one run of the program.
type batch struct {
	app     *app
	scene   *scene
	options scenarios.Options
	of      int // replications
	speed   float64
	folder  *folder // nil without --out
	results []scenarios.Result
	stopped stop     // if the last replication did not end
	end     sim.Time // of a replication
	lag     hil.Lag
}

// A stop is where a batch ended early.
type stop struct {
	replication int // from 1; 0 if it did not
	at, of      sim.Time
}

// text is for people; the batch has n replications.
func (s stop) text(n int) string {
	text := scenarios.ShowDuration(s.at)
	if s.of != sim.Never {
		text += " of " + scenarios.ShowDuration(s.of)
	}
	if n > 1 {
		text += fmt.Sprintf(", in replication %d of %d", s.replication, n)
	}
	return text
}

// errorJSON prints an error instead of a summary.
func (a *app) errorJSON(arg string, err error) error {
	e := &exit{usage, err}
	errors.As(err, &e)
	text := strings.TrimRight(e.Error(), "\n")
	if jerr := a.encode(map[string]any{"error": text, "problems": findings(arg, err)}); jerr != nil {
		return jerr
	}
	return &exit{code: e.code}
}

// run runs a scenario; shown says whether its summary was printed.
func (a *app) run(c *cobra.Command, arg string, f *runFlags) (shown bool, err error) {
	b, err := a.batch(c, arg, f)
	if err != nil {
		return false, err
	}
	// Building once before anything is written finds what is wrong with the scenario.
	started := time.Now()
	if f.out != "" {
		run, err := b.scene.make(b.options)
		if err != nil {
			return false, err
		}
		if err := run.Close(); err != nil {
			return false, &exit{failed, err}
		}
		if err := b.open(c, f); err != nil {
			return false, badUsage("--out %s: %w; want a folder that can be written", f.out, err)
		}
	}
	err = b.runAll(c.Context())
	sum, serr := b.summarize()
	status := statusOf(errors.Join(err, serr))
	if b.folder != nil {
		ferr := b.folder.finish(status, b.scene, sum, b.results)
		err = errors.Join(err, ferr)
	}
	if err = errors.Join(err, serr); sum != nil {
		shown = true
		if perr := b.show(sum, status, f.json, time.Since(started)); err == nil {
			err = perr
		}
	}
	return shown, b.verdict(c.Context(), err, sum)
}

func (a *app) batch(c *cobra.Command, arg string, f *runFlags) (*batch, error) {
	s, err := load(arg)
	if err != nil {
		return nil, err
	}
	o, err := a.options(c, &f.sceneFlags, s)
	if err != nil {
		return nil, err
	}
	if f.out != "" {
		if err := checkFolder(f.out, f.force); err != nil {
			return nil, err
		}
	}
	b := &batch{app: a, scene: s, options: o, of: max(1, s.spec.Run.Replications), speed: float64(f.speed)}
	if f.replications > 0 {
		b.of = int(f.replications)
	}
	return b, nil
}

// open makes the run folder.
func (b *batch) open(c *cobra.Command, f *runFlags) error {
	seed := b.scene.spec.Run.Seed
	if f.seeded {
		seed = uint64(f.seed)
	}
	data, err := b.scene.data()
	if err != nil {
		return err
	}
	m := report.Manifest{
		Format: report.ManifestVersion, Spec: specVersion,
		Scenario: report.Scenario{
			Name: b.scene.name, From: b.scene.from, File: report.ScenarioName, SHA256: hashText(b.scene.spec.Source),
		},
		Seed: seed, Replications: b.of, ForNS: int64(b.options.For), Params: b.options.Params,
		Source: b.options.Source, Set: b.options.Set, Data: data, DataFlag: b.options.Data,
		Program: program(), Again: b.again(f, seed),
	}
	b.folder, err = newFolder(f.out, m, b.scene)
	return err
}

// again is the command that does the same run, whatever the defaults become.
func (b *batch) again(f *runFlags, seed uint64) []string {
	cmd := []string{"twinsim", "run", b.scene.from, "--seed", strconv.FormatUint(seed, 10), "--replications", strconv.Itoa(b.of)}
	for _, p := range f.params {
		cmd = append(cmd, "-p", p)
	}
	for _, s := range f.set {
		cmd = append(cmd, "--set", s)
	}
	for _, x := range [][2]string{{"--for", f.span}, {"--source", f.source}, {"--data", f.data}} {
		if x[1] != "" {
			cmd = append(cmd, x[0], x[1])
		}
	}
	return cmd
}

// runAll runs one replication after the other, until one fails.
func (b *batch) runAll(ctx context.Context) error {
	for k := range b.of {
		res, done, err := b.runOne(ctx, k)
		if done || len(b.results) == 0 && res != nil { // half a replication is better than none
			b.results = append(b.results, *res)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// runOne runs replication k. The result is nil if there was nothing to run, and
// done says whether it came to its end.
func (b *batch) runOne(ctx context.Context, k int) (res *scenarios.Result, done bool, err error) {
	o := b.options
	o.Replication = uint32(k)
	var wall *hil.Wall
	if b.speed > 0 {
		wall = &hil.Wall{Speed: b.speed}
		o.Clock = wall
	}
	var rec *hil.Recorder
	if b.folder != nil {
		if rec, err = b.folder.record(k, &b.folder.manifest); err != nil {
			return nil, false, err
		}
		var stop context.CancelCauseFunc
		ctx, stop = context.WithCancelCause(ctx)
		defer stop(nil)
		rec.Failed = stop // there is no use in a run that can't be written
		tables := newBackground(b.folder.tables, stop)
		defer func() {
			tables.close()
			err = errors.Join(err, rec.Close(), b.folder.tables.Err())
		}()
		o.Sinks = []twins.Sink{rec, tables}
	}
	bar := b.progress(k)
	if bar != nil {
		o.Sinks = append(o.Sinks, bar)
	}
	run, err := b.scene.make(o)
	if err != nil {
		return nil, false, b.unmade(k, err)
	}
	b.end = run.End()
	defer func() { err = errors.Join(err, run.Close()) }()
	if rec != nil {
		b.folder.use(rec, k, run)
	}
	if bar != nil {
		bar.end = run.End()
	}
	if err = run.Execute(ctx); errors.Is(err, context.Canceled) {
		err = context.Cause(ctx)
	}
	bar.clear()
	r := run.Result()
	if wall != nil {
		b.merge(wall.Lag())
	}
	if err != nil {
		b.stopped = stop{k + 1, run.Sim().Now(), run.End()}
		if rec != nil && statusOf(err) == report.Interrupted {
			err = errors.Join(err, rec.Interrupt())
		}
		return &r, false, err
	}
	if rec != nil {
		err = rec.End(run.Sim().Now(), r.Digest)
	}
	return &r, err == nil, err
}

// unmade says that replication k could not be built. The scenario itself is sound
// if another replication was: then it is what this one drew.
func (b *batch) unmade(k int, err error) error {
	if len(b.results) == 0 {
		return err
	}
	b.stopped = stop{k + 1, 0, b.end}
	return &exit{failed, fmt.Errorf("replication %d of %d can't be built with what it drew; keep the laws within what is possible: %w", k+1, b.of, err)}
}

func (b *batch) progress(k int) *progress {
	if !isTerminal(b.app.stderr) {
		return nil
	}
	p := &progress{w: b.app.stderr, end: sim.Never, often: b.speed > 0, drawn: time.Now()}
	if b.of > 1 {
		p.label = fmt.Sprintf("replication %d of %d  ", k+1, b.of)
	}
	return p
}

// merge adds how well the clock of a replication kept time.
func (b *batch) merge(l hil.Lag) {
	b.lag.Steps += l.Steps
	b.lag.Late += l.Late
	if l.Max > b.lag.Max {
		b.lag.Max, b.lag.MaxAt = l.Max, l.MaxAt
	}
}

func (b *batch) summarize() (*scenarios.Summary, error) {
	if len(b.results) == 0 {
		return nil, nil
	}
	sum, err := scenarios.Summarize(b.scene.spec, b.results)
	if err != nil {
		return nil, err
	}
	return &sum, nil
}

// count puts the figures of the results into a manifest.
func count(m *report.Manifest, results []scenarios.Result) {
	m.Digests, m.Readings, m.Events, m.SimSeconds, m.Alarms = nil, 0, 0, 0, 0
	for _, r := range results {
		m.Digests = append(m.Digests, r.Digest)
		m.Readings += r.Readings
		m.Events += r.Events
		m.SimSeconds += r.SimSeconds
		m.Alarms += int(r.Alarms)
	}
	m.Digest = twins.JoinDigests(m.Digests)
}

func statusOf(err error) string {
	switch {
	case err == nil:
		return report.Complete
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return report.Interrupted
	}
	return report.Failed + err.Error()
}

// show prints what was found.
func (b *batch) show(sum *scenarios.Summary, status string, asJSON bool, took time.Duration) error {
	if asJSON {
		return b.showJSON(sum, status, took)
	}
	if err := b.print(sum, status); err != nil {
		return err
	}
	rate := float64(sum.Readings) / took.Seconds()
	fmt.Fprintf(b.app.stderr, "took %.2f s, %.3g readings/s\n", took.Seconds(), rate)
	if b.speed > 0 {
		fmt.Fprintf(b.app.stderr, "clock: %d instants, %d late, at most %s behind (at %s)\n",
			b.lag.Steps, b.lag.Late, scenarios.ShowDuration(sim.Time(b.lag.Max)), scenarios.ShowDuration(b.lag.MaxAt))
	}
	if b.folder != nil {
		fmt.Fprintf(b.app.stderr, "wrote %s\n", b.folder.dir)
	}
	return nil
}

// showJSON prints the summary with the time that it took.
func (b *batch) showJSON(sum *scenarios.Summary, status string, took time.Duration) error {
	timed := *sum
	timed.WallSeconds = took.Seconds()
	object, err := summaryObject(&timed, status)
	if err != nil {
		return err
	}
	return b.app.encode(object)
}

// summaryObject returns a summary as a JSON object. That of a run which did not
// come to its end says so, and leaves its checks open.
func summaryObject(sum *scenarios.Summary, status string) (map[string]json.RawMessage, error) {
	text, err := sum.MarshalJSON()
	if err != nil {
		return nil, err
	}
	object := make(map[string]json.RawMessage)
	if err := json.Unmarshal(text, &object); err != nil || status == report.Complete {
		return object, err
	}
	var checks []map[string]any
	if err := json.Unmarshal(object["checks"], &checks); err != nil {
		return nil, err
	}
	for _, c := range checks {
		c["ok"] = nil
	}
	for key, v := range map[string]any{"checks": checks, "status": statusWord(status)} {
		b, err := unescaped(v)
		if err != nil {
			return nil, err
		}
		object[key] = b
	}
	return object, nil
}

// unescaped is v as JSON with < and > as they are.
func unescaped(v any) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return text.Bytes(), err
}

// verdict turns the end of a run into an exit code.
func (b *batch) verdict(ctx context.Context, err error, sum *scenarios.Summary) error {
	var e *exit
	switch {
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return &exit{failed, fmt.Errorf("interrupted at %s", b.stopped.text(b.of))}
	case errors.As(err, &e):
		return err
	case err != nil:
		return &exit{failed, err}
	}
	if sum.Failed() {
		return &exit{code: rejected}
	}
	return nil
}
