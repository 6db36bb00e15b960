package dist

import (
	"os"
	"os/exec"
	"regexp"
	"testing"
)

// TestNothingFused compiles the package for processors with fused multiply-add:
// only fitting and its tests, which promise no bits, may use it.
func TestNothingFused(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the package three times; skipped with -short")
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the go command")
	}
	fused := regexp.MustCompile(`\((\S*?(\w+)\.go:\d+)\)\s+(FN?M(?:ADD|SUB)\w*|VFN?M(?:ADD|SUB)\w+)\b`)
	for _, env := range [][]string{{"GOARCH=arm64"}, {"GOARCH=amd64", "GOAMD64=v3"}, {"GOARCH=riscv64"}} {
		cmd := exec.Command(tool, "build", "-gcflags=-S", ".")
		cmd.Env = append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", env, err, out)
		}
		if len(out) < 10_000 {
			t.Fatalf("%v: no listing:\n%s", env, out)
		}
		seen := false
		for _, m := range fused.FindAllSubmatch(out, -1) {
			switch string(m[2]) {
			case "fit", "goodness":
				seen = true
			default:
				t.Errorf("%v: %s at %s", env, m[3], m[1])
			}
		}
		if !seen {
			t.Errorf("%v: the listing shows no fused operation at all, not even where they are allowed", env)
		}
	}
}
