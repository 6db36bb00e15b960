package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// ManifestVersion is the version of the format of run folders.
const ManifestVersion = 1

// The names of the files in a run folder.
const (
	ManifestName = "manifest.json"
	ScenarioName = "scenario.toml"
	KPIsName     = "kpis.json"
)

// RecordingName returns the file name of a replication's recording.
func RecordingName(replication, of int) string {
	if of <= 1 {
		return "inputs.rec"
	}
	return fmt.Sprintf("inputs-%04d.rec", replication+1)
}

// Owned reports whether a file of a run folder was written by a run, so that
// the next run into the same folder may replace it.
func Owned(name string) bool {
	switch name {
	case ManifestName, ScenarioName, KPIsName:
		return true
	}
	for _, kind := range []struct{ prefix, suffix string }{
		{"inputs", ".rec"}, {"series", ".parquet"}, {"events", ".parquet"},
	} {
		if rest, ok := strings.CutPrefix(name, kind.prefix); ok {
			if number, ok := strings.CutSuffix(rest, kind.suffix); ok {
				return number == "" || len(number) >= 5 && number[0] == '-' && strings.Trim(number[1:], "0123456789") == ""
			}
		}
	}
	return false
}

// What the status of a run may be; after "failed: " comes why.
const (
	Running     = "running" // or it was killed
	Complete    = "complete"
	Interrupted = "interrupted"
	Failed      = "failed: "
)

// A Manifest says how a run folder came to be, and what is in it: enough to run
// it again and to find out whether anything has changed since.
type Manifest struct {
	Format       int               `json:"format"`
	Spec         int               `json:"spec"` // version of the scenario language
	Status       string            `json:"status"`
	Scenario     Scenario          `json:"scenario"`
	Seed         uint64            `json:"seed"`
	Replications int               `json:"replications"`
	Start        string            `json:"start,omitempty"`  // calendar time of the run's epoch, RFC 3339
	ForNS        int64             `json:"for_ns,omitempty"` // given on the command line, in ns
	Params       map[string]string `json:"params,omitempty"` // given on the command line
	Source       string            `json:"source,omitempty"` // profile
	Set          map[string]string `json:"set,omitempty"`    // channel to source
	Data         []File            `json:"data,omitempty"`   // that the run read
	DataFlag     string            `json:"data_flag,omitempty"`
	Digest       string            `json:"digest,omitempty"`  // of all replications
	Digests      []string          `json:"digests,omitempty"` // of each
	Readings     uint64            `json:"readings"`
	Events       uint64            `json:"events"`
	SimSeconds   float64           `json:"sim_seconds"` // s of simulated time, over all replications
	Alarms       int               `json:"alarms"`
	Files        []File            `json:"files,omitempty"` // that the run wrote
	Program      Program           `json:"program"`
	Again        []string          `json:"again"` // the command that runs it again
	Process      Process           `json:"process"`
	Notes        []string          `json:"notes,omitempty"`
}

// Scenario says which scenario was run.
type Scenario struct {
	Name   string `json:"name"`
	From   string `json:"from"` // name of a built-in, or path
	File   string `json:"file"` // the copy in the folder
	SHA256 string `json:"sha256"`
}

// A File is one file, with what it takes to see whether it has changed.
type File struct {
	Name   string `json:"name"`           // as the scenario or the folder calls it
	Path   string `json:"path,omitempty"` // where it was, if not in the folder
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"` // bytes
}

// A Program says what ran.
type Program struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Platform string `json:"platform"` // "linux/amd64"
}

// A Process says where and when it ran.
type Process struct {
	Host    string  `json:"host,omitempty"`
	PID     int     `json:"pid"`
	Started string  `json:"started"`         // wall time, RFC 3339
	Ended   string  `json:"ended,omitempty"` // wall time, RFC 3339
	Seconds float64 `json:"seconds"`         // s of wall time
}

// Marshal returns the manifest as it stands in its file.
func (m *Manifest) Marshal() ([]byte, error) { return indented(m) }

// ParseManifest reads a manifest; name is for errors.
func ParseManifest(name string, text []byte) (*Manifest, error) {
	m := new(Manifest)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%s is not the manifest of a run: %w", name, err)
	}
	if m.Format < 1 || m.Format > ManifestVersion || m.Scenario.File == "" {
		return nil, fmt.Errorf("%s has format %d, this program reads 1 to %d: read it with a newer program", name, m.Format, ManifestVersion)
	}
	return m, nil
}

// indented returns v as JSON for people and programs, the same bytes for the
// same v.
func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return b.Bytes(), nil
}

// KPIs returns the text of kpis.json for a summary that marshals itself.
func KPIs(summary any) ([]byte, error) { return indented(summary) }
