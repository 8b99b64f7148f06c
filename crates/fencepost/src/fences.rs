//! `fencepost fences`: which barriers are needed, and what is the cheapest that would do?

use std::fmt::Write;

use clap::Args;
use fencepost_fences::{
    COSTS, Cheapest, Confirmed, Costs, Free, PLATFORMS, Placed, Platform, Ruling, Subject, compare, order, table,
};
use fencepost_folio::Property;
use fencepost_harness::UnknownName;
use fencepost_harness::check::Selection;
use fencepost_harness::scenario::Scenario;
use fencepost_model::Target;
use fencepost_strategies::Id;
use serde_json::{Value, json};

use crate::answer::{Answer, print};
use crate::check::Format;
use crate::progress::Progress;

/// Takes each barrier and order of a strategy away, alone, and searches the cheapest placements that are right in every
/// scenario at once.
///
/// Read-modify-writes keep their order in the placements, since they are the kernel's and shared by all; the owner's places
/// are those of allocation and free, since a slab is used in a hundred others. Exit status 1 if a strategy is
/// racy as it stands, or a mutant is not what the table says.
#[derive(Args)]
pub struct Options {
    /// A family (`fence`), a variant (`fence/rfc1`) or that in one layout (`fence/rfc1@split`); repeat or separate by
    /// commas.
    #[arg(long, value_delimiter = ',', value_name = "S", required_unless_present = "mutants")]
    strategy: Vec<String>,
    /// `shared`, `split` or `own`.
    #[arg(long, value_delimiter = ',', value_name = "L")]
    layout: Vec<String>,
    /// A scenario's name, such as `slab-life`, or `slab-life+life` with one life more (`+scanner`, `+try`). If none is named, all but those that order less than a kernel with a
    /// double-word cmpxchg.
    #[arg(long, value_delimiter = ',', value_name = "S")]
    scenario: Vec<String>,
    /// A property's name, such as `no-misidentification`. All if none is named.
    #[arg(long, value_delimiter = ',', value_name = "P")]
    property: Vec<String>,
    /// A platform (`arm64-kernel`: all its ways to compile at once), an architecture (`arm64`), a target
    /// (`arm64-kernel-lse`), or all of a lowering at once (`kernel`, `rust`). Each machine's kernel and LKMM if none is named.
    #[arg(long, value_delimiter = ',', value_name = "M")]
    model: Vec<String>,
    /// The table of costs to use instead of each platform's own: `count`, `x86-64`, `arm64`, `riscv64`, `powerpc64`.
    #[arg(long, value_name = "TABLE")]
    costs: Option<String>,
    /// Try every placement that is no dearer than the cheapest found, and compare.
    #[arg(long)]
    brute_force: bool,
    /// Show the execution for every order that is needed.
    #[arg(long)]
    explain: bool,
    /// Only weaken, one at a time, under every target, in every scenario, and compare with the table of predictions. A
    /// quarter of an hour for all strategies; less where one is named.
    #[arg(long, conflicts_with_all = ["model", "costs", "brute_force"])]
    mutants: bool,
    /// With --mutants: ask the naive procedure, which tries every candidate execution, about those that are safe. Slow: name
    /// scenarios of two CPUs, such as `slab-life`.
    #[arg(long, requires = "mutants")]
    naive: bool,
    /// How results are printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Answers for every strategy that was selected.
pub fn run(options: &Options) -> Result<Answer, String> {
    let all = Selection::everything().complete();
    let selection = all.narrowed(&options.strategy, &options.layout, &options.scenario, &[])?;
    let properties = properties(&options.property)?;
    let mut scenarios: Vec<&Scenario> = selection.scenarios.clone();
    if options.mutants {
        return mutants(options, &selection.strategies, &scenarios, &properties);
    }
    if options.scenario.is_empty() {
        scenarios.retain(|scenario| !scenario.orders_less());
    }
    let platforms = platforms(&options.model)?;
    let costs = options.costs.as_deref().map(costs).transpose()?;
    let mut racy = false;
    let mut documents = Vec::new();
    for &id in &selection.strategies {
        let subject = Subject::new(id, &scenarios, &properties).ok_or("the catalogue lost a strategy")?;
        for platform in &platforms {
            let report = Report::of(&subject, platform, costs.unwrap_or(platform.costs), options);
            racy |= !report.as_it_stands.is_safe();
            match options.format {
                Format::Json => documents.push(report.json()),
                Format::Table => print(&report.text(options.explain))?,
            }
        }
    }
    if options.format == Format::Json {
        print_json(&Value::Array(documents))?;
    }
    Ok(Answer::bad_if(racy))
}

fn print_json(value: &Value) -> Result<(), String> {
    let json = serde_json::to_string_pretty(value).map_err(|e| format!("no JSON can be made: {e}"))?;
    print(&(json + "\n"))
}

fn properties(names: &[String]) -> Result<Vec<Property>, String> {
    let named = |name: &String| {
        let known = || Property::ALL.map(Property::name);
        let found = Property::ALL.into_iter().find(|property| property.name() == name);
        found.ok_or_else(|| UnknownName::new("property", name, known()).to_string())
    };
    if names.is_empty() { Ok(Property::ALL.to_vec()) } else { names.iter().map(named).collect() }
}

fn platforms(names: &[String]) -> Result<Vec<Platform>, String> {
    let default = ["x86-64-kernel", "arm64-kernel", "riscv64-kernel", "powerpc64-kernel", "lkmm"].map(String::from);
    let names = if names.is_empty() { &default[..] } else { names };
    let mut all = Vec::new();
    for name in names {
        let found = Platform::find(name);
        if found.is_empty() {
            let targets = Target::known().into_iter().map(|target| target.name);
            let known = PLATFORMS.iter().map(|platform| platform.name).chain(targets);
            return Err(UnknownName::new("model", name, known).to_string());
        }
        all.extend(found);
    }
    Ok(all)
}

fn costs(name: &str) -> Result<&'static Costs, String> {
    let known = || COSTS.iter().map(|costs| costs.name);
    COSTS.iter().find(|c| c.name == name).ok_or_else(|| UnknownName::new("table of costs", name, known()).to_string())
}

/// What was found of a strategy on a platform.
struct Report<'s> {
    subject: &'s Subject,
    platform: Platform,
    costs: Costs,
    as_it_stands: Ruling,
    /// The same if no branch orders anything; where it is safe as it stands.
    without_control: Option<Ruling>,
    /// Place, what it is weakened to, and the first that is not safe; `None` where nothing that passes it is safe as it
    /// stands.
    orders: Vec<(usize, &'static str, Option<Ruling>)>,
    searches: Vec<(Free, Cheapest, Option<Check>)>,
}

/// A cross-check by brute force.
struct Check {
    tried: usize,
    agrees: bool,
}

impl<'s> Report<'s> {
    fn of(subject: &'s Subject, platform: &Platform, costs: &Costs, options: &Options) -> Report<'s> {
        let baseline = subject.as_it_stands(&platform.targets());
        let as_it_stands = baseline.overall();
        let bare: Vec<Target> = platform.targets().into_iter().map(Target::without_control).collect();
        let without_control = as_it_stands.is_safe().then(|| subject.as_it_stands(&bare).overall());
        let mut free = vec![Free::Reader, Free::Owner, Free::Both];
        if !as_it_stands.is_safe() {
            free.insert(0, Free::Additions);
        }
        let progress = Progress::new("fences", subject.orders() + free.len());
        let mutants = subject.mutants(&baseline, || progress.step());
        let orders = mutants.iter().map(|mutant| {
            let place = subject.places.iter().position(|place| std::ptr::eq(place, mutant.place)).unwrap_or_default();
            let worst = mutant.judged().find(|r| r.broken().is_some());
            let worst = worst.or_else(|| mutant.judged().find(|r| !r.is_safe())).or_else(|| mutant.judged().next());
            (place, mutant.to(), worst.cloned())
        });
        let orders = orders.collect();
        let search = |free| {
            let found = subject.cheapest(platform, costs, free);
            let check = options.brute_force.then(|| check(subject, platform, costs, free, &found)).flatten();
            progress.step();
            (free, found, check)
        };
        let searches = free.into_iter().map(search).collect();
        Report { subject, platform: *platform, costs: *costs, as_it_stands, without_control, orders, searches }
    }

    fn text(&self, explain: bool) -> String {
        let mut text = format!("{} on {}", self.subject.id, self.platform.name);
        let targets: Vec<&str> = self.platform.targets().iter().map(|target| target.name).collect();
        let _ = writeln!(text, " ({}), {} scenarios", targets.join(" and "), self.subject.cases.len());
        let _ = writeln!(text, "as it stands: {}", told(&self.as_it_stands));
        if let Ruling::Racy(broken) = &self.as_it_stands {
            let shown = if explain { broken.witness.to_string() } else { broken.witness.summary() };
            let _ = writeln!(text, "{}", shown.trim_end());
        }
        match &self.without_control {
            None => {}
            Some(Ruling::Safe) => text += "that rests on no control dependency\n",
            Some(other) => {
                let _ = writeln!(
                    text,
                    "that rests on a control dependency; where a compiler makes a select of the branch: {}",
                    told(other)
                );
            }
        }
        let _ = writeln!(text, "\norders, one at a time, in the scenarios that are safe as the code stands:");
        for (place, to, ruling) in &self.orders {
            let place = &self.subject.places[*place];
            let verdict = match ruling {
                None => "not asked: racy as it stands wherever it is passed".into(),
                Some(Ruling::Safe) => "redundant".into(),
                Some(Ruling::Racy(broken)) => {
                    format!("needed: {}, {}: {}", broken.scenario, broken.target, broken.violation.property.name())
                }
                Some(Ruling::Unknown(why)) => format!("unknown: {why}"),
            };
            let _ =
                writeln!(text, "  {:<7} {:<62} -> {to:<8} {verdict}  [{}]", place.side.name(), place.name, place.line);
            if let (true, Some(Ruling::Racy(broken))) = (explain, ruling) {
                let _ = writeln!(text, "{}\n{}", broken.violation.what, broken.witness);
            }
        }
        for (free, found, check) in &self.searches {
            let _ = write!(text, "\n{}: ", heading(*free));
            text += &self.placements(found);
            if let Some(Check { tried, agrees }) = check {
                let says = if *agrees { "agrees" } else { "DISAGREES" };
                let _ = writeln!(text, "  brute force {says}: {tried} placements that are no dearer were tried");
            }
        }
        let c = &self.costs;
        let _ = writeln!(
            text,
            "\ncosts ({}, in {}): smp_wmb {}, smp_rmb {}, smp_mb {}, acquire {}, release {}; each counts once where it stands\n  {}\n",
            c.name, c.unit, c.wmb, c.rmb, c.mb, c.acquire, c.release, c.from
        );
        text
    }

    fn placements(&self, found: &Cheapest) -> String {
        match found {
            Cheapest::Unknown(why) => format!("unknown: {why}\n"),
            Cheapest::Impossible(broken) => format!(
                "no placement is right; under the strongest, {} under {}: {}\n{}\n",
                broken.scenario,
                broken.target,
                broken.violation.what,
                broken.witness.summary()
            ),
            Cheapest::Found(cost, all) => {
                let mut text = format!("cost {cost} {}\n", self.costs.unit);
                for placement in all {
                    let orders: Vec<String> = placement.iter().map(|placed| self.order(placed)).collect();
                    let _ = writeln!(
                        text,
                        "  - {}",
                        if orders.is_empty() { "nothing".into() } else { orders.join("\n    ") }
                    );
                }
                text
            }
        }
    }

    fn order(&self, placed: &Placed) -> String {
        order(&self.subject.places[placed.place], placed.change)
    }

    fn json(&self) -> Value {
        let orders = self.orders.iter().map(|(place, to, ruling)| {
            let place = &self.subject.places[*place];
            json!({ "side": place.side.name(), "place": place.name, "line": place.line, "to": to, "verdict": ruling.as_ref().map(ruling_json) })
        });
        let searches = self.searches.iter().map(|(free, found, check)| {
            let (result, cost, placements) = match found {
                Cheapest::Unknown(why) => (format!("unknown: {why}"), None, Vec::new()),
                Cheapest::Impossible(broken) => (format!("impossible: {}", broken.violation.what), None, Vec::new()),
                Cheapest::Found(cost, all) => ("found".into(), Some(*cost), all.clone()),
            };
            let placements: Vec<Vec<String>> =
                placements.iter().map(|p| p.iter().map(|placed| self.order(placed)).collect()).collect();
            let check = check.as_ref().map(|check| json!({ "tried": check.tried, "agrees": check.agrees }));
            json!({ "free": free.name(), "result": result, "cost": cost, "placements": placements, "brute_force": check })
        });
        json!({
            "strategy": self.subject.id.name(),
            "layout": self.subject.id.layout.name(),
            "platform": self.platform.name,
            "targets": self.platform.targets().iter().map(|target| target.name).collect::<Vec<_>>(),
            "scenarios": self.subject.cases.iter().map(|case| case.scenario().name).collect::<Vec<_>>(),
            "as_it_stands": ruling_json(&self.as_it_stands),
            "without_control_dependencies": self.without_control.as_ref().map(ruling_json),
            "orders": orders.collect::<Vec<_>>(),
            "placements": searches.collect::<Vec<_>>(),
            "costs": { "table": self.costs.name, "unit": self.costs.unit, "from": self.costs.from },
        })
    }
}

fn heading(free: Free) -> &'static str {
    match free {
        Free::Reader => "cheapest readers, the owner as it stands",
        Free::Owner => "cheapest owners, the reader as it stands",
        Free::Both => "cheapest readers and owners together",
        Free::Additions => "missing: cheapest additions to the code as it stands",
    }
}

fn told(ruling: &Ruling) -> String {
    match ruling {
        Ruling::Safe => "safe".into(),
        Ruling::Unknown(why) => format!("unknown: {why}"),
        Ruling::Racy(broken) => format!(
            "racy: {} under {} breaks {}: {}",
            broken.scenario,
            broken.target,
            broken.violation.property.name(),
            broken.violation.what
        ),
    }
}

fn ruling_json(ruling: &Ruling) -> Value {
    match ruling {
        Ruling::Safe => json!({ "safe": true }),
        Ruling::Unknown(why) => json!({ "unknown": why }),
        Ruling::Racy(broken) => json!({
            "safe": false, "scenario": broken.scenario, "target": broken.target,
            "property": broken.violation.property.name(), "what": broken.violation.what,
            "witness": broken.witness.to_string(),
        }),
    }
}

/// Whether brute force finds the same placements.
fn check(subject: &Subject, platform: &Platform, costs: &Costs, free: Free, found: &Cheapest) -> Option<Check> {
    let Cheapest::Found(cost, all) = found else { return None };
    let size = all.first().map_or(0, Vec::len);
    let (right, tried) = subject.cheapest_by_brute_force(platform, costs, free, (*cost, size));
    Some(Check { tried, agrees: right.len() == all.len() && right.iter().all(|placement| all.contains(placement)) })
}

/// Weakens one order at a time and compares with the table.
fn mutants(options: &Options, ids: &[Id], scenarios: &[&Scenario], properties: &[Property]) -> Result<Answer, String> {
    let (table, targets) = (table(), Target::all());
    let everywhere = options.scenario.is_empty() && options.property.is_empty();
    let mut differ = 0;
    let mut all = Vec::new();
    let mut naive = Confirmed::default();
    for &id in ids {
        let subject = Subject::new(id, scenarios, properties).ok_or("the catalogue lost a strategy")?;
        let baseline = subject.as_it_stands(&targets);
        let progress = Progress::new("mutants", subject.orders());
        for mutant in subject.mutants(&baseline, || progress.step()) {
            let what = format!("{id}, {} -> {}", mutant.place.name, mutant.to());
            let compared = compare(&table, id, &mutant, &targets, everywhere);
            let first = mutant.judged().find_map(Ruling::broken);
            let first = first.map(|broken| format!("{}: {}", broken.scenario, broken.violation.property.name()));
            let agrees = compared.agrees();
            if options.naive {
                let confirmed = subject.confirm(&baseline, &mutant);
                naive.agrees += confirmed.agrees;
                naive.infeasible += confirmed.infeasible;
                naive.infeasible_in.extend(confirmed.infeasible_in);
                naive.wrong.extend(confirmed.wrong.into_iter().map(|cell| format!("{what}: {cell}")));
            }
            differ += usize::from(!agrees);
            if options.format == Format::Table {
                let racy: Vec<&str> = compared.racy.iter().copied().collect();
                let unknown = compared.unknown.iter().map(|(target, why)| format!("unknown under {target} ({why})"));
                let racy = match (&racy[..], &compared.unknown[..]) {
                    ([], []) => "safe".into(),
                    _ => racy.into_iter().map(str::to_owned).chain(unknown).collect::<Vec<_>>().join(" "),
                };
                let table = match (agrees, everywhere) {
                    (true, true) => "as the table says",
                    (true, false) => "no more than the table says",
                    (false, _) => "NOT WHAT THE TABLE SAYS",
                };
                print(&format!("{what}: {racy} ({table}) {}\n", first.clone().unwrap_or_default()))?;
            }
            all.push(json!({
                "strategy": id.name(), "layout": id.layout.name(), "place": mutant.place.name, "line": mutant.place.line,
                "to": mutant.to(), "racy": compared.racy, "unknown": compared.unknown, "first": first, "agrees": agrees,
            }));
        }
    }
    match options.format {
        Format::Json => print_json(&Value::Array(all))?,
        Format::Table => print(&format!("{} mutants, {differ} not what the table says\n", all.len()))?,
    }
    if options.naive && options.format == Format::Table {
        let Confirmed { agrees, infeasible, infeasible_in, wrong } = &naive;
        let scenarios: Vec<&str> = infeasible_in.iter().copied().collect();
        let places = if scenarios.is_empty() { String::new() } else { format!(" (in {})", scenarios.join(", ")) };
        print(&format!(
            "naive procedure: {agrees} safe cells confirmed, {infeasible} beyond its bounds{places}, {} contradicted\n{}",
            wrong.len(),
            wrong.iter().map(|cell| format!("  {cell}\n")).collect::<String>()
        ))?;
    }
    Ok(Answer::bad_if(differ > 0 || !naive.wrong.is_empty()))
}
