package scenarios

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what is printed now into the .golden files")

// golden runs check on every .toml of a folder of broken files, and compares
// the error with the .golden file beside it. A file that brings no error fails.
func golden(t *testing.T, dir string, check func(name string, text []byte) error) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.toml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s (%v)", dir, err)
	}
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(strings.TrimSuffix(name, ".toml"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			err = check(name, text)
			if err == nil {
				t.Fatal("no error")
			}
			got := err.Error() + "\n"
			file := strings.TrimSuffix(path, ".toml") + ".golden"
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v; run the test with -update and read what it wrote", err)
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func TestBroken(t *testing.T) {
	golden(t, "testdata/broken", func(name string, text []byte) error {
		_, err := Decode(name, text)
		return err
	})
}
