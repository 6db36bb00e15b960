package scenarios

import (
	"fmt"
	"sort"
	"strings"

	"github.com/twinsim/twinsim/scenarios/rules"
)

// Nearest returns the candidate that word was most likely meant to be, by
// [rules.Nearest]; false if none is near.
func Nearest(word string, candidates []string) (string, bool) {
	near := rules.Nearest(word, candidates)
	if len(near) == 0 {
		return "", false
	}
	return near[0], true
}

// DidYouMean returns `did you mean "x"?`, or "" if no candidate is near.
func DidYouMean(word string, candidates []string) string {
	if near, ok := Nearest(word, candidates); ok {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return ""
}

// oneOf lists words for the "expected" line of a problem, the first dozen of
// them; those near to the word that stands there come first if not all are shown.
func oneOf(words []string, instead ...string) string {
	const most = 14
	if len(words) > most && len(instead) > 0 {
		words = hiddenFirst(words, rules.Nearest(instead[0], words), most)
	}
	switch {
	case len(words) == 0:
		return "nothing"
	case len(words) == 1:
		return words[0]
	case len(words) > most:
		return "one of " + strings.Join(words[:most], ", ") + fmt.Sprintf(" and %d more", len(words)-most)
	}
	return "one of " + strings.Join(words, ", ")
}

// hiddenFirst puts the near words in front if the first of them is not among the
// first most words.
func hiddenFirst(words, near []string, most int) []string {
	if len(near) == 0 || contains(words[:most], near[0]) {
		return words
	}
	all := append([]string(nil), near...)
	for _, w := range words {
		if !contains(near, w) {
			all = append(all, w)
		}
	}
	return all
}

func sortProblems(list []*Problem) {
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i].Pos, list[j].Pos
		if a.IsZero() != b.IsZero() {
			return b.IsZero()
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
}
