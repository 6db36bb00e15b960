// Package twins holds what can be known of a plant through its devices, and the
// description of plants themselves. Every reading of every source, simulated,
// replayed or live, passes [Hub.Ingest], where it is tapped for the digest and
// the recording, cleaned, judged, and made the state that rules see.
package twins
