//! The charts: the same bytes for the same data, well-formed, and nothing outside the page, whatever the data.

use fencepost_report::{Case, Interval, Measurement, Outcome, Run, Verdict, chart};
use proptest::prelude::*;

mod sample;

/// Every chart that the run allows.
fn charts(run: &Run) -> Vec<String> {
    let mut all = vec![chart::verdicts(run)];
    for view in run.views() {
        all.push(chart::cost(run, &view));
        all.extend(run.trade_offs.iter().map(|pair| chart::trade_off(run, &view, pair)));
    }
    all.into_iter().filter_map(Result::ok).collect()
}

/// That it is XML with a title and a description on an opaque page, and that no text leaves the page.
fn assert_sound(svg: &str) {
    let document = roxmltree::Document::parse(svg).unwrap_or_else(|e| panic!("{e}\n{svg}"));
    let root = document.root_element();
    let number = |node: roxmltree::Node, name: &str| -> f64 { node.attribute(name).unwrap().parse().unwrap() };
    let (width, height) = (number(root, "width"), number(root, "height"));
    let children: Vec<_> = root.children().filter(|n| n.is_element()).collect();
    assert_eq!([children[0], children[1]].map(|n| n.tag_name().name()), ["title", "desc"]);
    assert!(!children[0].text().unwrap().is_empty() && !children[1].text().unwrap().is_empty());
    let page = children[2];
    assert_eq!((page.tag_name().name(), page.attribute("fill")), ("rect", Some("#FFFFFF")));
    assert_eq!((number(page, "width"), number(page, "height")), (width, height));
    for text in children.iter().filter(|n| n.tag_name().name() == "text") {
        let shown = text.text().unwrap_or("").trim();
        let length = 0.5 * number(*text, "font-size") * shown.chars().count() as f64;
        let before = match text.attribute("text-anchor").unwrap() {
            "start" => 0.0,
            "middle" => length / 2.0,
            _ => length,
        };
        let (x, y) = (number(*text, "x"), number(*text, "y"));
        let (from, to, end) = match text.attribute("transform") {
            None => (x - before, x - before + length, width),
            Some(_) => (y + before - length, y + before, height),
        };
        assert!(from >= 0.0 && to <= end && y <= height && x <= width, "{shown:?} leaves the page: {from} to {to}");
    }
}

#[test]
fn golden() {
    let run = sample::small();
    for (name, svg) in ["verdicts", "cost", "trade-off"].into_iter().zip(charts(&run)) {
        insta::assert_snapshot!(name, svg);
    }
}

#[test]
fn full_size_charts_are_sound_and_reproducible() {
    let run = sample::run();
    let first = charts(&run);
    assert_eq!(first.len(), 3);
    first.iter().for_each(|svg| assert_sound(svg));
    assert_eq!(first, charts(&run));
}

#[test]
fn every_chart_names_cpu_compiler_commit_and_n() {
    for svg in charts(&sample::run()) {
        let document = roxmltree::Document::parse(&svg).unwrap();
        let words: Vec<&str> =
            document.descendants().filter_map(|n| n.text()).flat_map(str::split_whitespace).collect();
        let words = words.join(" ");
        for fact in ["Example(R) CPU 9000", "rustc 1.95.0", "0123abcd4567", "n = ", "edian", "95 %"] {
            let of_costs = ["edian", "95 %"].contains(&fact);
            assert!(words.contains(fact) || (of_costs && words.starts_with("Verdicts")), "{fact}: {words}");
        }
    }
}

#[test]
fn what_cannot_be_drawn_is_an_error() {
    let mut run = sample::small();
    let (view, pair) = (run.views().remove(0), run.trade_offs[0].clone());
    run.relate_to("no such strategy");
    assert!(chart::cost(&run, &view).unwrap_err().contains("kernel hot: no cost over a baseline"));
    run.measurements.clear();
    assert!(chart::trade_off(&run, &view, &pair).unwrap_err().contains("reject-slab and slab-direct"));
    run.checks.clear();
    assert!(chart::verdicts(&run).unwrap_err().contains("nothing was checked"));
}

/// The colour in which a strategy is named in the trade-off chart of the small run, after a change to it.
fn name_colour(strategy: &str, change: impl Fn(&mut Run)) -> String {
    let mut run = sample::small();
    change(&mut run);
    let svg = chart::trade_off(&run, &run.views()[0], &run.trade_offs[0]).unwrap();
    let document = roxmltree::Document::parse(&svg).unwrap();
    let named = document.descendants().find(|n| n.has_tag_name("text") && n.text().map(str::trim) == Some(strategy));
    named.expect("the strategy is named").attribute("fill").unwrap().into()
}

#[test]
fn only_strategies_proven_safe_grey_others() {
    let grey = name_colour("seqlock/rmb", |_| ());
    // fence/rfc1 under the shared layout is cheaper on both sides, and safe.
    let racy = |run: &mut Run| {
        for v in run.checks.iter_mut().filter(|v| v.question.strategy != "seqlock/rmb") {
            v.outcome = Outcome::Racy { property: "p".into(), witness: "w".into() };
        }
    };
    let unchecked = |run: &mut Run| run.checks.retain(|v| v.question.strategy == "seqlock/rmb");
    assert_ne!(name_colour("seqlock/rmb", racy), grey);
    assert_ne!(name_colour("seqlock/rmb", unchecked), grey);
}

#[test]
fn a_chart_of_one_lowering_looks_at_that_lowerings_verdicts() {
    let racy_in = |lowering: &'static str| {
        name_colour("seqlock/rmb", move |run: &mut Run| {
            let here = |v: &&mut Verdict| (&*v.question.strategy, &*v.question.layout) == ("seqlock/rmb", "split");
            let v = run.checks.iter_mut().find(here).unwrap();
            v.question.lowering = lowering.into();
            v.outcome = Outcome::Racy { property: "p".into(), witness: "w".into() };
        })
    };
    let unchanged = name_colour("seqlock/rmb", |_| ());
    assert_eq!(racy_in("rust"), unchanged);
    assert_ne!(racy_in("kernel"), unchanged);
    assert_ne!(racy_in(""), unchanged);
}

#[test]
fn a_copy_of_the_baseline_is_explained_and_trades_nothing_off() {
    let mut run = sample::small();
    let copy = Case::copy_of(&run.baseline);
    let mut again: Vec<Measurement> =
        run.measurements.iter().filter(|m| m.case.strategy == run.baseline).cloned().collect();
    again.iter_mut().for_each(|m| m.case.strategy.clone_from(&copy));
    run.measurements.extend(again);
    let (view, pair) = (run.views().remove(0), run.trade_offs[0].clone());
    let cost = chart::cost(&run, &view).unwrap();
    assert!(cost.contains(&format!("{copy} is the same code")));
    assert_sound(&cost);
    assert!(!chart::trade_off(&run, &view, &pair).unwrap().contains(&copy));
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z/+-]{1,12}", "[<>&\"'|a-zA-Z \u{e9}\u{4e00}]{1,60}", Just("m".repeat(200))]
}

fn samples() -> impl Strategy<Value = Result<Vec<f64>, String>> {
    let one = || prop_oneof![Just(0.0), 1e-9..1e-6, 0.1..100.0, 1e15..1e18];
    let constant = one().prop_map(|v| vec![v; 9]);
    prop_oneof![prop::collection::vec(one(), 9).prop_map(Ok), constant.prop_map(Ok), "[a-z<&]{0,40}".prop_map(Err)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn odd_data_gives_sound_charts(
        mut run in Just(sample::small()),
        strategies in prop::collection::vec(name(), 1..8),
        workloads in prop::collection::vec(name(), 2..4),
        (layout, engine, cpu) in (name(), name(), name()),
        costs in prop::collection::vec(samples(), 32),
    ) {
        run.machine.cpu = Ok(cpu);
        for (v, strategy) in run.checks.iter_mut().zip(strategies.iter().cycle()) {
            v.question.strategy.clone_from(strategy);
            v.question.layout.clone_from(&layout);
            v.question.engine.clone_from(&engine);
        }
        let cases = workloads.iter().flat_map(|w| strategies.iter().map(move |s| (w, s)));
        run.measurements = cases.zip(costs).map(|((workload, strategy), samples)| {
            let (lowering, setting) = ("kernel".into(), "hot".into());
            let (strategy, workload, layout) = (strategy.clone(), workload.clone(), layout.clone());
            Measurement::new(Case { strategy, layout, lowering, workload, setting }, samples, 1)
        }).collect();
        run.trade_offs[0].scanner.clone_from(&workloads[0]);
        run.trade_offs[0].allocator.clone_from(&workloads[1]);
        run.relate_to(&strategies[0]);
        charts(&run).iter().for_each(|svg| assert_sound(svg));
    }
}

#[test]
fn intervals_turned_around_by_hand_do_not_panic() {
    let mut run = sample::small();
    for m in &mut run.measurements {
        if let Ok(figures) = &mut m.figures {
            let odd = Interval { low: 1e18, median: 0.0, high: -1.0 };
            (figures.median, figures.ratio) = (odd, Ok(odd));
        }
    }
    charts(&run).iter().for_each(|svg| assert_sound(svg));
}
