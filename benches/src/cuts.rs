//! The cuts of the engine's search, to be left out one by one.

use fencepost_model::Pruning;

/// The cuts of the engine's search, by name, each with what leaves it out.
pub const CUTS: &[(&str, fn(&mut Pruning))] = &[
    ("without availability", |cuts| cuts.availability = false),
    ("without coherence", |cuts| cuts.coherence = false),
    ("without results", |cuts| cuts.results = false),
    ("without saturation", |cuts| cuts.saturation = false),
    ("without partial executions", |cuts| cuts.partial = false),
    ("without learning", |cuts| cuts.learning = false),
];
