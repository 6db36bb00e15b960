package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/twinsim/twinsim/scenarios"
	"github.com/twinsim/twinsim/scenarios/library"
	"github.com/twinsim/twinsim/scenarios/report"
)

// A scene is a scenario with the place it came from.
type scene struct {
	spec   *scenarios.Spec
	name   string
	from   string            // as on the command line: a path or a built-in name
	dir    string            // where its data files are looked for
	built  bool              // built in
	opened map[string]string // data files by name: where they were found
}

// load finds a scenario: a path if it looks like one or is one, else a name.
func load(arg string) (*scene, error) {
	looksLikePath := strings.HasSuffix(arg, ".toml") || strings.ContainsAny(arg, `/\`)
	if !looksLikePath {
		if _, err := os.Stat(arg); err != nil {
			return loadBuiltIn(arg)
		}
		if text, ok := library.Text(arg); ok && isDir(arg) { // a folder may have the name of a built-in
			return decode(arg, arg+".toml", "", text, true)
		}
	}
	if isDir(arg) {
		return nil, badUsage("%s is a directory: want a scenario file, such as %s", arg, filepath.Join(arg, report.ScenarioName))
	}
	text, err := os.ReadFile(arg)
	if err != nil {
		return nil, badUsage("scenario: %w%s", err, builtInHint(strings.TrimSuffix(filepath.Base(arg), ".toml")))
	}
	return decode(arg, arg, filepath.Dir(arg), text, false)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func loadBuiltIn(name string) (*scene, error) {
	text, ok := library.Text(name)
	if !ok {
		return nil, badUsage("there is no scenario %q%s", name, builtInHint(name))
	}
	return decode(name, name+".toml", "", text, true)
}

func builtInHint(name string) string {
	names := library.Names()
	hint := "; built in are " + strings.Join(names, ", ")
	if near, ok := scenarios.Nearest(name, names); ok {
		hint = fmt.Sprintf("; did you mean %s, which is built in?", near)
	}
	return hint
}

func decode(from, file, dir string, text []byte, built bool) (*scene, error) {
	spec, err := scenarios.Decode(file, text)
	if err != nil {
		return nil, &exit{usage, err}
	}
	return &scene{spec: spec, name: spec.Name.Src, from: from, dir: dir, built: built, opened: make(map[string]string)}, nil
}

// open opens a data file of the scenario: beside it, or, of a built-in, among
// the files built in or where the program was started.
func (s *scene) open(name string) (io.ReadCloser, error) {
	if s.built && fs.ValidPath(name) {
		if f, err := library.Files().Open(name); err == nil {
			return f, nil
		}
	}
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.dir, filepath.FromSlash(name))
	}
	if known, ok := s.opened[name]; ok {
		path = known
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		hint := ""
		if s.built {
			hint = "; give it with --data FILE"
		}
		return nil, fmt.Errorf("data file %s is not there (looked for %s)%s", name, path, hint)
	}
	if err != nil {
		return nil, fmt.Errorf("data file: %w", err)
	}
	s.opened[name] = path
	return f, nil
}

// make builds a run that is ready to start.
func (s *scene) make(o scenarios.Options) (*scenarios.Run, error) {
	run, err := scenarios.Build(s.spec, o)
	if err != nil {
		return nil, &exit{usage, err}
	}
	if _, read := s.opened[o.Data]; o.Data != "" && !read {
		_ = run.Close() // it is not going to run
		return nil, badUsage("--data %s: nothing in this run of %s replays \"data\"; leave --data out, or choose the source that does with --source", o.Data, s.from)
	}
	return run, nil
}

// data returns the data files that were opened, with their fingerprints.
func (s *scene) data() ([]report.File, error) {
	var names []string
	for name := range s.opened {
		names = append(names, name)
	}
	slices.Sort(names)
	var all []report.File
	for _, name := range names {
		f, err := fingerprint(name, s.opened[name])
		if err != nil {
			return nil, err
		}
		if f.Path, err = filepath.Abs(s.opened[name]); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// fingerprint hashes a file.
func fingerprint(name, path string) (report.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return report.File{}, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return report.File{}, err
	}
	return report.File{Name: name, SHA256: hex.EncodeToString(h.Sum(nil)), Size: n}, nil
}

func hashText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// sceneFlags are the flags that say how a scenario is built.
type sceneFlags struct {
	params []string
	seed   seedFlag
	seeded bool
	span   string
	source string
	set    []string
	data   string
}

func (f *sceneFlags) add(c *cobra.Command) {
	c.Flags().StringArrayVarP(&f.params, "param", "p", nil, "set a parameter of the scenario: `name=value`; may be repeated")
	c.Flags().Var(&f.seed, "seed", "seed of all random numbers, instead of the scenario's")
	c.Flags().StringVar(&f.span, "for", "", "simulated `span`, such as \"30 d\", instead of the scenario's")
	c.Flags().StringVar(&f.source, "source", "", "take readings as the `profile` [source.PROFILE] of the scenario says")
	c.Flags().StringArrayVar(&f.set, "set", nil, "where one channel's readings come from: `channel=source`, a profile or synth; may be repeated")
	c.Flags().StringVar(&f.data, "data", "", "the data `file` that a scenario which replays one stands for")
}

// options turns the flags into what Build takes.
func (a *app) options(c *cobra.Command, f *sceneFlags, s *scene) (scenarios.Options, error) {
	o := scenarios.Options{Kinds: a.kinds, Source: f.source, Open: s.open}
	var err error
	if o.Params, err = pairs("-p", "name=value", f.params); err != nil {
		return o, err
	}
	if o.Set, err = pairs("--set", "channel=source", f.set); err != nil {
		return o, err
	}
	if f.seeded = c.Flags().Changed("seed"); f.seeded {
		o.Seed = (*uint64)(&f.seed)
	}
	if f.span != "" {
		if o.For, err = scenarios.ParseDuration(f.span); err != nil {
			return o, badUsage("--for: %w", err)
		}
		if o.For <= 0 {
			return o, badUsage("--for %s: want a span above 0, such as \"30 d\"", f.span)
		}
	}
	if f.data != "" {
		if o.Data, err = filepath.Abs(f.data); err != nil {
			return o, badUsage("--data: %w", err)
		}
		if _, err := os.Stat(o.Data); err != nil {
			return o, badUsage("--data: %w", err)
		}
	}
	return o, nil
}

// pairs splits "name=value" texts.
func pairs(flag, form string, list []string) (map[string]string, error) {
	if len(list) == 0 {
		return nil, nil
	}
	m := make(map[string]string, len(list))
	for _, text := range list {
		name, value, ok := strings.Cut(text, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok || name == "" || value == "" {
			return nil, badUsage("%s %q: want %s", flag, text, form)
		}
		if _, dup := m[name]; dup {
			return nil, badUsage("%s: %s is given twice", flag, name)
		}
		m[name] = value
	}
	return m, nil
}
