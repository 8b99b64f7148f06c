//! Dumps mutants. Temporary.
use fencepost_fences::*;
use fencepost_folio::Property;
use fencepost_harness::scenario::SCENARIOS;
use fencepost_model::Target;
fn main() {
    let mut args = std::env::args().skip(1);
    let only = args.next().unwrap_or_default();
    let scenarios: Vec<_> =
        SCENARIOS.iter().filter(|s| only.is_empty() || only.split(',').any(|o| o == s.name)).collect();
    let pat: Vec<String> = args.collect();
    let ids = if pat.is_empty() {
        fencepost_strategies::ids()
    } else {
        pat.iter().flat_map(|p| fencepost_strategies::find(p)).collect()
    };
    let targets = Target::all();
    let table = table();
    for id in ids {
        let t = std::time::Instant::now();
        let s = Subject::new(id, &scenarios, &Property::ALL).unwrap();
        for c in &s.cases { let t = std::time::Instant::now(); let mut n = 0; for target in &targets { let j = c.checker().judge(target, |st| s.is_bad(c, st)); n += j.executions; } eprintln!("  {id} {} {:?} {n}", c.scenario().name, t.elapsed()); }
        if std::env::var("TIME").is_ok() { continue; }
        let base = s.as_it_stands(&targets);
        let t1 = t.elapsed();
        for (c, r) in s.cases.iter().zip(&base.rulings) {
            let racy: Vec<_> = r
                .iter()
                .zip(&targets)
                .filter(|(r, _)| !r.is_safe())
                .map(|(r, t)| format!("{}{}", t.name, if r.broken().is_none() { "?" } else { "" }))
                .collect();
            if !racy.is_empty() {
                println!("BASE\t{id}\t{}\t{}", c.scenario().name, racy.join(" "));
            }
        }
        for m in s.mutants(&base, || ()) {
            let f = found(&m, &targets);
            let c = compare(&table, id, &m, &targets);
            let (row, diff) = match &c {
                Ok(c) => (c.row, c.differs.iter().copied().collect::<Vec<_>>().join(" ")),
                Err(e) => (None, e.clone()),
            };
            let why: Vec<_> = m
                .rulings
                .iter()
                .filter_map(|r| r.broken())
                .map(|b| format!("{}:{}", b.scenario, b.violation.property.name()))
                .collect();
            println!(
                "MUT\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
                id.name(),
                id.layout.name(),
                m.place.name,
                m.to(),
                row.map_or(-1, |r| r as i64),
                f.map(|f| f.into_iter().collect::<Vec<_>>().join(" ")).unwrap_or_else(|e| e),
                diff,
                why.first().cloned().unwrap_or_default()
            );
        }
        eprintln!("{id} {:?} {:?}", t1, t.elapsed());
    }
}
