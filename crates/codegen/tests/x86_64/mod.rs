//! x86-64.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use fencepost_codegen::{FUNCTIONS, LOWERINGS, STRATEGIES, symbol};
use fencepost_strategies::{Id, ids};

use crate::assembly::{Assembly, Census};
use crate::say;

static ASSEMBLY: LazyLock<Assembly> = LazyLock::new(Assembly::compile);

/// The families whose instructions are committed, and the functions of them.
const FAMILIES_IN_TEXT: [&str; 3] = ["unordered", "fence", "flagword"];
const FUNCTIONS_IN_TEXT: [&str; 7] =
    ["slab_alloc", "set_owner_flag", "clear_owner_flag", "slab_free", "precheck", "lock_movable", "isolate"];

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden/x86_64").join(name)
}

fn blessing() -> bool {
    std::env::var_os("FENCEPOST_BLESS").is_some_and(|value| value == "1")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| {
        panic!("{}: {error}; FENCEPOST_BLESS=1 cargo test -p fencepost-codegen writes it", path.display())
    })
}

fn family(family: &str) -> impl Iterator<Item = &'static (Id, &'static str)> {
    STRATEGIES.iter().filter(move |(id, _)| id.family == family)
}

#[test]
fn every_strategy_of_the_catalogue_has_its_symbols() {
    let here: Vec<Id> = STRATEGIES.iter().map(|&(id, _)| id).collect();
    assert_eq!(here, ids(), "src/entries.rs and the catalogue list the same strategies in the same order");
}

#[test]
fn the_fence_scanner_pays_for_its_trylock_and_the_slab_side_for_nothing() {
    for (id, rust_type) in family("fence") {
        let of = |function: &str| symbol(rust_type, "Kernel", function);
        let census = |function: &str| ASSEMBLY.census(&of(function));

        assert_eq!(census("lock_movable"), Census { locked: 1, fences: 0, calls: 0 }, "{id}");
        let trylock = "lock btsq $0, (%rdi)";
        assert!(ASSEMBLY.body(&of("lock_movable")).iter().any(|line| line == trylock), "{id} has no {trylock}");

        for function in ["slab_alloc", "set_owner_flag", "clear_owner_flag"] {
            assert_eq!(census(function), Census::default(), "{function} of {id}");
        }
        assert_eq!(census("slab_free"), census("put"), "{id} frees a slab at no more than the reference's cost");
    }
}

#[test]
fn the_census_is_the_committed_one() {
    // How often a compiler repeats the slow paths of `isolate` is its own affair.
    let functions: Vec<&str> = FUNCTIONS.into_iter().filter(|&function| function != "isolate").collect();
    let row = |name: &str, cell: &dyn Fn(&str) -> String| {
        let cells = functions.iter().map(|function| format!("  {:>1$}", cell(function), function.len()));
        format!("{name:<34}{}\n", cells.collect::<String>())
    };
    let mut census = String::from(
        "# Locked instructions in each function of each strategy on x86-64, in either lowering. \"-\": none at all;\n\
         # f: fences; c: calls. Of those in put and slab_free, one is the reference's and one the zone's lock's.\n\n",
    );
    census += &row("", &str::to_owned);
    for (id, rust_type) in STRATEGIES {
        census += &row(&id.to_string(), &|function| {
            let [kernel, rust] = LOWERINGS.map(|lowering| ASSEMBLY.census(&symbol(rust_type, lowering, function)));
            assert_eq!(kernel, rust, "{function} of {id}: {} and {}", LOWERINGS[0], LOWERINGS[1]);
            kernel.to_string()
        });
    }

    let path = golden("census.txt");
    if blessing() {
        return fs::write(&path, census).expect("the census can be written");
    }
    let committed = read(&path);
    for (committed, found) in committed.lines().zip(census.lines()) {
        assert_eq!(committed, found, "{} differs from the compiled code", path.display());
    }
    assert_eq!(committed, census, "{} differs from the compiled code", path.display());
}

#[test]
fn the_instructions_are_the_committed_ones() {
    for (id, rust_type) in FAMILIES_IN_TEXT.into_iter().flat_map(family) {
        let mut text = format!(
            "# {id}, {}\n\
             # %rdi: the folio (flags 0, mapping 24, sequence 40, page_type 48, refcount 52); %rsi: overlay or zone\n",
            ASSEMBLY.compiler
        );
        for function in FUNCTIONS_IN_TEXT {
            write!(text, "\n{function}:\n").expect("a string can be written");
            for line in ASSEMBLY.body(&symbol(rust_type, "Kernel", function)) {
                let indent = if line.ends_with(':') { "" } else { "    " };
                writeln!(text, "{indent}{line}").expect("a string can be written");
            }
        }

        let path = golden(&format!("{}.s", id.to_string().replace('/', "-").replace(" (", "-").replace(')', "")));
        if blessing() {
            fs::write(&path, text).expect("the golden can be written");
            continue;
        }
        let committed = read(&path);
        let compiler = committed.lines().next().and_then(|line| line.strip_prefix(&format!("# {id}, ")));
        let compiler = compiler.unwrap_or_else(|| panic!("{} does not begin with \"# {id}, \"", path.display()));
        if compiler != ASSEMBLY.compiler {
            let ours = &ASSEMBLY.compiler;
            return say(&format!("the instructions were not compared: they are {compiler}'s, and this is {ours}"));
        }
        for (committed, found) in committed.split("\n\n").zip(text.split("\n\n")) {
            assert!(committed == found, "{}\n\n-- committed\n{committed}\n\n-- compiled\n{found}", path.display());
        }
        assert_eq!(committed, text, "{}", path.display());
    }
}
