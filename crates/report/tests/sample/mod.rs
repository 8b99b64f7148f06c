//! Made-up results of the size that a real run has. Nothing here was measured.

use fencepost_report::{Build, Cache, Case, Machine, Measurement, Outcome, Question, Run, TradeOff, Verdict};

const STRATEGIES: [(&str, f64, f64); 15] = [
    ("unordered", 1.0, 1.0),
    ("fence/rfc1", 1.02, 1.004),
    ("fence/rfc1+rmb", 1.03, 1.006),
    ("fence/rfc2", 1.04, 1.01),
    ("fence/cheapest", 1.005, 1.002),
    ("frozen/relaxed", 0.8, 0.98),
    ("frozen/release", 0.81, 0.99),
    ("frozen/release+walker", 0.83, 0.99),
    ("seqlock/rmb", 1.4, 1.3),
    ("seqlock/acquire", 1.3, 1.31),
    ("seqlock/give-up", 1.2, 1.3),
    ("flagword/beside", 1.1, 1.9),
    ("flagword/inside", 1.0, 2.4),
    ("wide", 5.5, 1.2),
    ("peers/parking_lot-rwlock", 7.0, 6.2),
];

const WORKLOADS: [(&str, f64, bool); 8] = [
    ("pre-check-rejects", 0.8, true),
    ("reject-slab", 6.1, true),
    ("reject-free", 1.7, true),
    ("isolate-and-put-back", 23.0, true),
    ("slab-direct", 18.0, false),
    ("slab-rcu", 64.0, false),
    ("movable-take-back", 14.0, false),
    ("scan-memmap", 41.0, true),
];

/// A fixed sequence of numbers in 0..1 (xorshift).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

pub fn machine() -> Machine {
    let not = || "not available (the hypervisor hides it)".to_string();
    let cache =
        |level: &str, kind: &str, size: &str| Cache { level: level.into(), kind: kind.into(), size: size.into() };
    Machine {
        build: Build {
            target: "x86_64-unknown-linux-gnu".into(),
            compiler: "rustc 1.95.0 (59807616e 2026-04-14)".into(),
            commit: "0123abcd4567".into(),
            profile: "release".into(),
        },
        cpu: Ok("Example(R) CPU 9000 (made up)".into()),
        cores: Ok(2),
        caches: Ok(vec![cache("1", "Data", "48K"), cache("2", "Unified", "1024K")]),
        os: "Example OS".into(),
        kernel: Ok("6.12.0".into()),
        governor: Err(not()),
        turbo: Err(not()),
        date: "2026-01-02T03:04:05Z".into(),
    }
}

pub fn run() -> Run {
    let mut run = Run::new(machine(), "cargo run --release");
    run.checks = checks();
    run.measurements = measurements();
    run.trade_offs = vec![TradeOff { scanner: "reject-slab".into(), allocator: "slab-direct".into() }];
    run.relate_to("unordered");
    run
}

/// Five strategies and two workloads of [`run`].
#[allow(dead_code, reason = "each test file uses its own part")]
pub fn small() -> Run {
    let mut run = run();
    let kept = ["unordered", "fence/rfc1", "frozen/relaxed", "seqlock/rmb", "wide"];
    run.checks.retain(|v| kept.contains(&v.question.strategy.as_str()));
    run.measurements.retain(|m| {
        kept.contains(&m.case.strategy.as_str()) && ["reject-slab", "slab-direct"].contains(&m.case.workload.as_str())
    });
    run.measurements[0].note = Some("misidentified 9 of 9".into());
    run.measurements[3].figures = Err("3 of 1000000 folios | were left behind <unverified>".into());
    run
}

fn checks() -> Vec<Verdict> {
    let columns = [
        ("model/naive", "sc", ""),
        ("model/naive", "x86-tso", "kernel"),
        ("model/naive", "armv8", "kernel"),
        ("loom", "rust", "rust"),
        ("stress", "kernel", "kernel"),
        ("stress", "rust", "rust"),
    ];
    let mut checks = Vec::new();
    for (strategy, ..) in STRATEGIES {
        for layout in ["shared", "split"] {
            for scenario in ["slab-life", "slab-two-cpus", "movable-life"] {
                for property in ["no-misidentification", "lock-bit-kept"] {
                    for (engine, column, lowering) in columns {
                        let racy = (strategy == "unordered" && scenario != "movable-life" && engine != "stress")
                            || (strategy == "fence/rfc1"
                                && layout == "split"
                                && scenario == "slab-two-cpus"
                                && column == "armv8");
                        let outcome = match (strategy, engine) {
                            ("peers/parking_lot-rwlock", "model/naive" | "loom") => {
                                Outcome::NotChecked { why: "the lock's code is not generic over the memory".into() }
                            }
                            _ if racy && property == "no-misidentification" => Outcome::Racy {
                                property: property.into(),
                                witness: "CPU 0                | CPU 1\nR mapping = slab:f   |\n                     | W mapping = 0\n".into(),
                            },
                            (_, "stress") => Outcome::Unknown { why: "nothing seen in 2 s; stress only samples".into() },
                            ("wide", "loom") => Outcome::NotChecked { why: "loom has no 128-bit atomics".into() },
                            ("seqlock/rmb", "loom") if scenario == "slab-life" => {
                                Outcome::Unknown { why: "loom's limit of 100000 branches".into() }
                            }
                            _ => Outcome::Safe,
                        };
                        checks.push(Verdict {
                            question: Question {
                                strategy: strategy.into(),
                                layout: layout.into(),
                                scenario: scenario.into(),
                                property: property.into(),
                                engine: engine.into(),
                                column: column.into(),
                                lowering: lowering.into(),
                            },
                            outcome,
                            claims_safe: !matches!(strategy, "unordered" | "fence/rfc2"),
                            orders_less: false,
                            executions: 1_234,
                            seconds: 0.0625,
                        });
                    }
                }
            }
        }
    }
    checks
}

fn measurements() -> Vec<Measurement> {
    let mut noise = Noise(0x9E37_79B9_7F4A_7C15);
    let mut all = Vec::new();
    for (workload, cost, scanner) in WORKLOADS {
        for layout in ["shared", "split"] {
            let drift: Vec<f64> = (0..31).map(|_| 1.0 + 0.1 * noise.next()).collect();
            for (strategy, reader, owner) in STRATEGIES {
                let factor = if scanner { reader } else { owner } * if layout == "split" { 1.03 } else { 1.0 };
                let samples = drift.iter().map(|d| cost * factor * d * (1.0 + 0.06 * noise.next().powi(3)));
                let samples = match (strategy, workload, layout) {
                    ("frozen/relaxed", "scan-memmap", "split") => Err("the machine lacks the memory".into()),
                    _ => Ok(samples.collect()),
                };
                let case = Case {
                    strategy: strategy.into(),
                    layout: layout.into(),
                    lowering: "kernel".into(),
                    workload: workload.into(),
                    setting: "hot".into(),
                };
                all.push(Measurement::new(case, samples, 31_000_000));
            }
        }
    }
    all
}
