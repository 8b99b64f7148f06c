use fencepost_fences::Subject;
use fencepost_folio::Property;
use fencepost_harness::scenario::SCENARIOS;
fn main() {
    let scenarios: Vec<_> = SCENARIOS.iter().collect();
    let pat: Vec<String> = std::env::args().skip(1).collect();
    let ids = if pat.is_empty() { fencepost_strategies::ids() } else { pat.iter().flat_map(|p| fencepost_strategies::find(p)).collect() };
    for id in ids {
        let t = std::time::Instant::now();
        let s = Subject::new(id, &scenarios, &Property::ALL).unwrap();
        eprintln!("{id} {:?}", t.elapsed());
        for p in &s.places {
            println!("{}\t{}\t{}\t{}\t{:?}\t{}", id.name(), id.layout.name(), p.side.name(), p.name, p.kind, p.line);
        }
    }
}
