package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
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
	speed        float64
	replications int
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
long it took goes to standard error. An interrupt (Ctrl-C) ends the run in order:
what there is gets written. Exit code 3 means that a check of the scenario failed.`,
		Example: `  twinsim run farm
  twinsim run farm -p trigger=0.20 --for "30 d" --replications 1
  twinsim run farm --out summer
  twinsim run my.toml --speed 60 --source bench`,
		Args: want(1, "a scenario"),
		RunE: func(c *cobra.Command, args []string) error { return a.run(c, args[0], &f) },
	}
	f.add(c)
	c.Flags().Float64Var(&f.speed, "speed", 0, "simulated seconds for each real `second`; 0 is as fast as possible, 1 is real time")
	c.Flags().IntVar(&f.replications, "replications", 0, "how many `times` to run, instead of the scenario's number")
	c.Flags().StringVar(&f.out, "out", "", "write recording, tables, figures and manifest into a `folder`")
	c.Flags().BoolVar(&f.force, "force", false, "with --out: replace what an unfinished run left in the folder, or write into a folder of other files")
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
	note    string // how far the last replication came, if it did not end
	lag     hil.Lag
}

func (a *app) run(c *cobra.Command, arg string, f *runFlags) error {
	b, err := a.batch(c, arg, f)
	if err != nil {
		return err
	}
	// Building once before anything is written finds what is wrong with the scenario.
	started := time.Now()
	if f.out != "" {
		run, err := scenarios.Build(b.scene.spec, b.options)
		if err != nil {
			return &exit{usage, err}
		}
		if err := run.Close(); err != nil {
			return &exit{failed, err}
		}
		if err := b.open(c, f); err != nil {
			return &exit{failed, err}
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
		if perr := b.show(sum, f.json, time.Since(started)); err == nil {
			err = perr
		}
	}
	return b.verdict(c.Context(), err, sum)
}

func (a *app) batch(c *cobra.Command, arg string, f *runFlags) (*batch, error) {
	switch {
	case !(f.speed >= 0):
		return nil, badUsage("--speed %v: want 0 (as fast as possible) or more", f.speed)
	case f.replications < 0 || c.Flags().Changed("replications") && f.replications == 0:
		return nil, badUsage("--replications %d: want 1 or more", f.replications)
	}
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
	b := &batch{app: a, scene: s, options: o, of: max(1, s.spec.Run.Replications), speed: f.speed}
	if f.replications > 0 {
		b.of = f.replications
	}
	return b, nil
}

// open makes the run folder.
func (b *batch) open(c *cobra.Command, f *runFlags) error {
	seed := b.scene.spec.Run.Seed
	if f.seeded {
		seed = f.seed
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
	run, err := scenarios.Build(b.scene.spec, o)
	if err != nil {
		return nil, false, &exit{usage, err}
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	if rec != nil {
		rec.Use(run.Channels())
		b.folder.tables.Begin(uint32(k), run.Start(), run.Channels().Name)
		if t := run.Start(); !t.IsZero() {
			b.folder.manifest.Start = t.Format(time.RFC3339Nano)
		}
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
		b.note = fmt.Sprintf("replication %d of %d came to %v", k+1, b.of, run.Sim().Now())
		return &r, false, err
	}
	if rec != nil {
		err = rec.End(run.Sim().Now(), r.Digest)
	}
	return &r, err == nil, err
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
func (b *batch) show(sum *scenarios.Summary, asJSON bool, took time.Duration) error {
	if asJSON {
		return b.showJSON(sum, took)
	}
	if err := b.print(sum); err != nil {
		return err
	}
	rate := float64(sum.Readings) / took.Seconds()
	fmt.Fprintf(b.app.stderr, "took %.2f s, %.3g readings/s\n", took.Seconds(), rate)
	if b.speed > 0 {
		fmt.Fprintf(b.app.stderr, "clock: %d instants, %d late, at most %v behind (at %v)\n", b.lag.Steps, b.lag.Late, b.lag.Max, b.lag.MaxAt)
	}
	if b.folder != nil {
		fmt.Fprintf(b.app.stderr, "wrote %s\n", b.folder.dir)
	}
	return nil
}

// showJSON prints the summary with the time that it took.
func (b *batch) showJSON(sum *scenarios.Summary, took time.Duration) error {
	timed := *sum
	timed.WallSeconds = took.Seconds()
	return json.NewEncoder(b.app.stdout).Encode(timed)
}

// verdict turns the end of a run into an exit code.
func (b *batch) verdict(ctx context.Context, err error, sum *scenarios.Summary) error {
	var e *exit
	switch {
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return &exit{failed, fmt.Errorf("interrupted: %s", b.note)}
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
