package twinsim_test

import (
	"strings"
	"testing"
)

// This file is the law of the repository, and TestLaw keeps it; the machinery
// is in repo_check_test.go, and repo_planted_test.go shows that each rule
// catches what it should.

const module = "github.com/twinsim/twinsim"

// layers, left to right: a package may import what is left of it.
var layers = []string{"sim", "devices", "analytics", "twins", "scenarios", "hil", "cmd"}

// pure layers have no wall clock, goroutine, global random number, log, or file.
var pure = []string{"sim", "devices", "analytics", "twins", "scenarios"}

// An exception lets one package import another against the rule of layers.
// "x/*" stands for all packages below x.
type exception struct{ from, to, why string }

var importExceptions = []exception{
	{"*", "sim/detmath", "a leaf: functions of numbers that anyone may use"},
	{"sim/detmath/internal/*", "sim/detmath/internal/*", "the program that makes its tables"},
	{"sim/process", "sim/resource", "process-style modelling wraps the resources"},
	{"sim/process", "sim/stat", "reports of a process-style model"},
	{"sim/resource", "sim/stat", "what a resource measures is kept in tallies and time-weighted means"},
	{"sim/parallel", "sim/resource", "groups share resources by messages"},
	{"twins/*", "twins/estimate", "assimilation is common to the families"},
	{"scenarios", "scenarios/rules", "compiles the expressions of a scenario file; knows no scenario"},
	{"scenarios/library", "scenarios/rules", "the table of all kinds"},
	{"scenarios/study", "scenarios/experiment", "a study is a set of experiments"},
	{"scenarios/report", "scenarios/experiment", "reports on experiments"},
	{"scenarios/report", "scenarios/study", "reports on studies"},
	{"hil/bench", "hil/*", "a bench drives whatever hardware there is"},
	{"hil/mqtt/*", "hil/mqtt", "profiles of cloud brokers"},
	{"cmd/twinsim", "cmd/cli", "the ten-line main"},
	{"cmd/cli", "cmd/cli/web", "the page that `serve` serves"},
}

// thirdParties says which module each package may import besides the standard
// library and this module. Packages that are not named may import none.
var thirdParties = []struct{ from, modules string }{
	{"sim/stat", "gonum.org/v1/gonum"},
	{"sim/dist", "gonum.org/v1/gonum"},
	{"devices/synth", "gonum.org/v1/gonum"},
	{"devices/catalog", "gonum.org/v1/gonum"},
	{"devices/link", "gonum.org/v1/gonum"},
	{"devices/power", "gonum.org/v1/gonum"},
	{"devices/wire", "github.com/fxamacker/cbor"},
	{"devices/replay", "github.com/parquet-go/parquet-go"},
	{"analytics/*", "gonum.org/v1/gonum"},
	{"twins/*", "gonum.org/v1/gonum"},
	{"scenarios", "github.com/BurntSushi/toml github.com/expr-lang/expr"},
	{"scenarios/rules", "github.com/expr-lang/expr"},
	{"scenarios/experiment", "gonum.org/v1/gonum"},
	{"scenarios/study", "github.com/BurntSushi/toml gonum.org/v1/gonum"},
	{"scenarios/report", "github.com/parquet-go/parquet-go gonum.org/v1/plot gonum.org/v1/gonum"},
	{"hil", "golang.org/x/sys"},
	{"hil/mqtt", "github.com/eclipse/paho.mqtt.golang"},
	{"hil/mqtt/*", "github.com/eclipse/paho.mqtt.golang"},
	{"hil/serial", "go.bug.st/serial golang.org/x/sys"},
	{"hil/kafka", "github.com/twmb/franz-go"},
	{"hil/nats", "github.com/nats-io"},
	{"cmd/cli", "github.com/spf13/cobra"},
}

// goroutines may be started by these packages although they are pure: they run
// pure work side by side and put it together in a fixed order.
var goroutines = []string{"scenarios/experiment", "scenarios/study", "sim/parallel"}

// tools below the pure layers are in no run.
var tools = []exception{
	{"sim/detmath/internal/*", "", "arbitrary-precision arithmetic, and the program that makes the tables of detmath with it"},
}

// impureImports are what a pure package may not import.
var impureImports = []string{
	"os", "os/*", "net", "net/*", "log", "log/*", "syscall", "math/rand", "math/rand/*", "math/cmplx",
	"crypto/rand", "io/ioutil", "path/filepath", "runtime/*", "plugin", "testing",
}

// impureNames are what a pure package may not use. The functions of math give
// other bits on other processors; sim/detmath has them with the same bits.
var impureNames = map[string]string{
	"time": "Now Since Until Sleep After AfterFunc Tick NewTicker NewTimer Local",
	"math": "Acos Acosh Asin Asinh Atan Atan2 Atanh Cbrt Cos Cosh Erf Erfc Erfinv Erfcinv Exp Exp2 Expm1 Gamma Hypot " +
		"J0 J1 Jn Lgamma Log Log10 Log1p Log2 Pow Sin Sincos Sinh Tan Tanh Y0 Y1 Yn",
}

// badNames of directories say nothing about what is in them.
var badNames = []string{"util", "utils", "common", "helpers", "types", "core", "pkg"}

// blankImports are allowed although they run for their effect.
var blankImports = []string{"embed", "time/tzdata"}

const (
	maxFunc = 75  // lines
	maxFile = 600 // lines
)

// TestLaw checks every package of the repository.
func TestLaw(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the whole repository")
	}
	for _, v := range check(load(t, ".", "./...")) {
		t.Error(v)
	}
}

// Every exception has a reason and names layers that exist.
func TestExceptions(t *testing.T) {
	for _, e := range importExceptions {
		if e.why == "" {
			t.Errorf("%s may import %s: why?", e.from, e.to)
		}
		if first, _, _ := strings.Cut(e.to, "/"); layer(first) < 0 {
			t.Errorf("%s may import %s: there is no layer %q", e.from, e.to, first)
		}
	}
	for _, p := range thirdParties {
		if first, _, _ := strings.Cut(p.from, "/"); layer(first) < 0 {
			t.Errorf("third parties of %s: there is no layer %q", p.from, first)
		}
	}
}
