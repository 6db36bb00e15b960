// Package twins holds what can be known of a plant through its devices, and the
// description of plants themselves. Every reading of every source, simulated,
// replayed or live, passes [Hub.Ingest], where it is tapped for the digest and
// the recording, cleaned, judged, and made the state that rules see.
//
// # Saved states and forks
//
// A snapshot holds names: channels, alarms, pending commands, what a reorder
// window holds back, the stages of pipes. So it can be loaded into a run with other
// twins, or the same in another order. What is in both goes on, what is new begins,
// what is gone is passed over and counted by a Dropped method. States that save
// themselves do it by [Marshal] and [Unmarshal], and find names by [Match].
//
// # The end of the data
//
// Stages that wait for later readings hand on what they hold when the run calls
// [Hub.Flush], at its end.
package twins
