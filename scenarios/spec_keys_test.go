package scenarios

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

const docFile = "../docs/scenario.md"

func heading(s *Section) string {
	if s.Name == "" {
		return "The top of the file"
	}
	return "`" + s.Name + "`"
}

// keyTable is the table of a section's keys in docs/scenario.md.
func keyTable(s *Section) string {
	var b strings.Builder
	b.WriteString("| key | type | default | meaning |\n|---|---|---|---|\n")
	for _, k := range s.Keys {
		def := k.Default
		if def != "" {
			def = "`" + def + "`"
		}
		if k.Required {
			def = "required"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, k.Type, def, k.Doc)
	}
	return b.String()
}

var (
	docTable = regexp.MustCompile(`(?m)^\| key \|.*\n(\|.*\n)+`)
	docCode  = regexp.MustCompile("(?s)```toml\n(.*?)```\n")
)

// TestDocs holds docs/scenario.md against the keys that Decode knows, in both
// directions, and each section's example against its keys. -update writes the tables.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	chapters := strings.Split(string(text), "\n## ")
	found := make(map[string]int)
	for i, c := range chapters {
		title, _, _ := strings.Cut(c, "\n")
		found[title] = i
	}
	for _, s := range Sections() {
		i, ok := found[heading(&s)]
		if !ok {
			t.Errorf("no chapter %q", heading(&s))
			continue
		}
		delete(found, heading(&s))
		c := chapters[i]
		want := keyTable(&s)
		if *update {
			c = docTable.ReplaceAllString(c, "")
			title, rest, _ := strings.Cut(c, "\n")
			rest = strings.TrimLeft(rest, "\n")
			rest = strings.TrimPrefix(rest, strings.ToUpper(s.Doc[:1])+s.Doc[1:]+".\n\n")
			chapters[i] = title + "\n\n" + strings.ToUpper(s.Doc[:1]) + s.Doc[1:] + ".\n\n" + want + "\n" + strings.TrimLeft(rest, "\n")
		} else if got := docTable.FindString(c); got != want {
			t.Errorf("chapter %s has\n%s\nwant\n%s", heading(&s), got, want)
		}
		code := docCode.FindStringSubmatch(c)
		if code == nil {
			t.Errorf("chapter %s has no example", heading(&s))
			continue
		}
		for _, k := range s.Keys {
			if s.Name != "" && !regexp.MustCompile(`\b`+k.Name+` = `).MatchString(code[1]) {
				t.Errorf("the example of %s lacks %q", heading(&s), k.Name)
			}
		}
	}
	for title := range found {
		if strings.HasPrefix(title, "`") {
			t.Errorf("chapter %s is of no section", title)
		}
	}
	if *update {
		if err := os.WriteFile(docFile, []byte(strings.Join(chapters, "\n## ")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestEveryKeyIsRead decodes the page's pieces as one file: each key of the table
// of sections must be asked for, and nothing else.
func TestEveryKeyIsRead(t *testing.T) {
	text, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	var whole strings.Builder
	for _, code := range docCode.FindAllStringSubmatch(string(text), -1) {
		whole.WriteString(code[1] + "\n")
	}
	d := &decoder{read: make(map[string]bool)}
	s, err := d.decode("docs/scenario.md", []byte(whole.String()))
	if err != nil {
		t.Fatal(err)
	}
	for _, sec := range Sections() {
		for _, k := range sec.Keys {
			name := sec.Name + "." + k.Name
			if !d.read[name] {
				t.Errorf("%s is in the table, but nothing reads it", name)
			}
			delete(d.read, name)
		}
	}
	for name := range d.read {
		if !strings.HasPrefix(name, "add.") {
			t.Errorf("%s is read, but not in the table", name)
		}
	}
	if _, err := s.Apply("timer"); err != nil {
		t.Error(err)
	}
}
