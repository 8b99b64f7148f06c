//! The assembly of the crate under test, function by function.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::process::Command;

/// Functions by symbol. One instruction a line, labels numbered from the top, no directives; where the compiler was
/// kept from moving accesses, the line `# compiler barrier`.
pub struct Assembly {
    /// What `rustc --version` says.
    pub compiler: String,
    bodies: BTreeMap<String, Vec<String>>,
    aliases: BTreeMap<String, String>,
}

/// The instructions whose number is part of a strategy's design.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    pub locked: usize,
    pub fences: usize,
    pub calls: usize,
}

/// `-` for nothing, `2` for two locked instructions, `2+1f+1c` with a fence and a call.
impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: usize, unit| (number > 0).then(|| format!("{number}{unit}"));
        let counts = [count(self.locked, ""), count(self.fences, "f"), count(self.calls, "c")];
        let counts: Vec<String> = counts.into_iter().flatten().collect();
        f.pad(&if counts.is_empty() { "-".into() } else { counts.join("+") })
    }
}

impl Assembly {
    /// Compiles this package in release, in a folder of its own, whatever flags the tests were compiled with.
    pub fn compile() -> Self {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let compiler = run(Command::new(rustc).arg("--version")).trim().to_owned();
        let version: String = compiler.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
        // With a folder for each compiler, a file that cargo finds fresh is that compiler's.
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(version);
        let file = folder.join("codegen.s");
        run(Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("CARGO_ENCODED_RUSTFLAGS", "")
            .env_remove("CARGO_BUILD_TARGET")
            .args(["rustc", "--quiet", "--release", "--lib", "--offline", "--target-dir"])
            .arg(&folder)
            .args(["--", "-Copt-level=3", "-Ccodegen-units=1", "-Cdebuginfo=0"])
            .arg(format!("--emit=asm={}", file.display())));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self::parse(compiler, &text)
    }

    fn parse(compiler: String, text: &str) -> Self {
        let mut assembly = Self { compiler, bodies: BTreeMap::new(), aliases: BTreeMap::new() };
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some((alias, symbol)) = line.split_once(" = ") {
                assembly.aliases.insert(unquoted(alias), unquoted(symbol));
            } else if let Some(symbol) = line.strip_suffix(':').filter(|label| !label.starts_with('.')) {
                let body = lines.by_ref().take_while(|line| !line.starts_with(".Lfunc_end"));
                assembly.bodies.insert(unquoted(symbol), normal_form(body));
            }
        }
        assembly
    }

    /// A function's instructions. Functions with the same instructions may share them, under other names.
    pub fn body(&self, symbol: &str) -> &[String] {
        let mut symbol = symbol;
        while let Some(target) = self.aliases.get(symbol) {
            symbol = target;
        }
        self.bodies.get(symbol).unwrap_or_else(|| panic!("the compiler's assembly has no function {symbol}"))
    }

    /// Counts in a function's instructions.
    pub fn census(&self, symbol: &str) -> Census {
        let mut census = Census::default();
        for line in self.body(symbol) {
            let (instruction, operands) = line.split_once(' ').unwrap_or((line, ""));
            let jumps_out = instruction.starts_with('j') && !operands.starts_with(".L");
            match instruction {
                "lock" => census.locked += 1,
                _ if instruction.starts_with("xchg") && operands.contains('(') => census.locked += 1,
                "mfence" | "lfence" | "sfence" => census.fences += 1,
                _ if instruction.starts_with("call") || jumps_out => census.calls += 1,
                _ => {}
            }
        }
        census
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn unquoted(symbol: &str) -> String {
    symbol.trim_matches('"').to_owned()
}

fn normal_form<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut body: Vec<String> = Vec::new();
    let mut labels = Vec::new();
    let mut inline = None;
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["#APP"] => inline = Some(body.len()),
            // Inline assembly without instructions: a barrier for the compiler alone.
            ["#NO_APP"] if inline == Some(body.len()) => body.push("# compiler barrier".into()),
            ["#MEMBARRIER"] => body.push("# compiler barrier".into()),
            [word, ..] if word.starts_with('#') || word.starts_with('.') && !word.ends_with(':') => {}
            [] => {}
            _ => body.push(renumbered(&words.join(" "), &mut labels)),
        }
    }
    body
}

/// Names a line's local labels by the order in which the function first mentions them.
fn renumbered(line: &str, labels: &mut Vec<String>) -> String {
    let Some(start) = line.find(".LBB") else { return line.to_owned() };
    let length = line[start..].find([':', ',', '(']).unwrap_or(line.len() - start);
    let label = &line[start..start + length];
    let number = labels.iter().position(|known| known == label).unwrap_or_else(|| {
        labels.push(label.to_owned());
        labels.len() - 1
    });
    format!("{}.L{number}{}", &line[..start], &line[start + length..])
}
