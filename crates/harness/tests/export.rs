//! What is exported means what it was exported from: read back as a litmus test, it has the verdict of the Rust source.

use fencepost_harness::export::export;
use fencepost_harness::scenario::find as scenario;
use fencepost_litmus::{Observation, parse};
use fencepost_model::{Bounds, Target, Verdict};
use fencepost_strategies::find;

#[test]
fn exported_tests_are_read_back_to_the_same_verdict() {
    let lkmm = Target::named("lkmm").expect("a target of the engine");
    let mut seen = Vec::new();
    for strategy in ["unordered", "fence/rfc1", "fence/rfc2", "frozen/relaxed", "seqlock/rmb+giveup", "flagword"] {
        for id in find(strategy) {
            for name in ["slab-life", "page-isolation", "useful"] {
                let exported = export(id, scenario(name).expect("a scenario")).expect("the dialect has words for it");
                let test = parse(&exported.name, &exported.text).expect("what was exported is a test");
                let stated = test.expectation().and_then(|expectation| expectation.observation);
                assert_eq!(stated, Some(exported.expected), "{}", exported.text);
                let found = test.judge(&lkmm, &Bounds::default()).expect("LKMM has a meaning for it").verdict;
                let reached = matches!(found, Verdict::Racy(_));
                assert_eq!(reached, exported.expected != Observation::Never, "{}\n{found:?}", exported.text);
                assert!(reached || found.is_safe(), "{}\n{found:?}", exported.name);
                seen.push((exported.name, exported.expected));
            }
        }
    }
    let expected = |name: &str| seen.iter().find(|(known, _)| known == name).map(|(_, expected)| *expected);
    assert_eq!(expected("fence-rfc1.split.slab-life"), Some(Observation::Sometimes));
    assert_eq!(expected("fence-rfc1.shared.slab-life"), Some(Observation::Never));
    assert_eq!(expected("frozen-relaxed.split.page-isolation"), Some(Observation::Always));
}
