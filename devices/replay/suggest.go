package replay

import (
	"fmt"

	"github.com/twinsim/twinsim/devices"
)

// didYouMean returns "; did you mean X?" for the nearest of the names, or "" if
// none is near.
func didYouMean(word string, names []string) string {
	if near := devices.Nearest(word, names); len(near) > 0 {
		return fmt.Sprintf("; did you mean %q?", near[0])
	}
	return ""
}
