//! The cuts of the engine's search, to be left out one by one.

use fencepost_model::Pruning;

/// A cut's name, and what leaves it out.
pub type Cut = (&'static str, fn(&mut Pruning));

/// The cuts of the engine's search.
pub const CUTS: &[Cut] = &[
    ("without availability", |cuts| cuts.availability = false),
    ("without coherence", |cuts| cuts.coherence = false),
    ("without exchange", |cuts| cuts.exchange = false),
    ("without results", |cuts| cuts.results = false),
    ("without saturation", |cuts| cuts.saturation = false),
    ("without partial executions", |cuts| cuts.partial = false),
    ("without learning", |cuts| cuts.learning = false),
    ("without outlines", |cuts| cuts.outlines = false),
];
