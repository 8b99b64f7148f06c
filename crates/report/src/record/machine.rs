//! The machine that results belong to.

use std::fmt::{self, Display};
use std::path::Path;
use std::time::SystemTime;
use std::{env, fs, thread};

use serde::{Deserialize, Serialize};

/// What only the build knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// The target triple.
    pub target: String,
    /// The compiler and its version.
    pub compiler: String,
    /// The source's commit; says so where the tree was modified.
    pub commit: String,
    /// The build profile, as in `release`.
    pub profile: String,
}

/// A cache of the first CPU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cache {
    /// 1 is nearest to the core.
    pub level: String,
    /// `Data`, `Instruction` or `Unified`.
    pub kind: String,
    /// As the kernel writes it: `32K`.
    pub size: String,
}

/// A machine and the program that ran on it. What cannot be found out here says why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// What was built.
    pub build: Build,
    /// The CPU's model name.
    pub cpu: Result<String, String>,
    /// The number of hardware threads that the program may use.
    pub cores: Result<usize, String>,
    /// The first CPU's caches.
    pub caches: Result<Vec<Cache>, String>,
    /// The operating system.
    pub os: String,
    /// The kernel's release.
    pub kernel: Result<String, String>,
    /// The frequency governor.
    pub governor: Result<String, String>,
    /// Whether the CPU may raise its frequency above the nominal one.
    pub turbo: Result<bool, String>,
    /// When the run began: RFC 3339, UTC, to the second.
    pub date: String,
}

impl Machine {
    /// Describes the machine that this runs on.
    pub fn detect(build: Build) -> Self {
        let cpus = Path::new("/sys/devices/system/cpu");
        Self {
            build,
            cpu: read(Path::new("/proc/cpuinfo")).and_then(|text| cpu_model(&text)),
            cores: thread::available_parallelism().map(usize::from).map_err(|e| not_available(&e)),
            caches: caches(&cpus.join("cpu0/cache")),
            os: read(Path::new("/etc/os-release"))
                .ok()
                .and_then(|text| field(&text, '=', "PRETTY_NAME"))
                .unwrap_or_else(|| env::consts::OS.into()),
            kernel: read(Path::new("/proc/sys/kernel/osrelease")),
            governor: read(&cpus.join("cpu0/cpufreq/scaling_governor")),
            turbo: turbo(cpus),
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        }
    }

    /// The CPU's name, or `unknown CPU`.
    pub fn cpu_name(&self) -> &str {
        self.cpu.as_deref().unwrap_or("unknown CPU")
    }

    /// The CPU's name as the name of a folder: lower-case letters, digits, underscores and single hyphens.
    pub fn cpu_slug(&self) -> String {
        slug(&self.cpu_name().replace("(R)", "").replace("(TM)", ""))
    }
}

/// One line a fact, in plain text.
impl Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn told<T: Display>(fact: &Result<T, String>) -> String {
            fact.as_ref().map_or_else(String::clone, T::to_string)
        }
        let caches = self.caches.as_ref().map(|list| {
            list.iter().map(|c| format!("L{} {} {}", c.level, c.kind, c.size)).collect::<Vec<_>>().join(", ")
        });
        let turbo = self.turbo.as_ref().map(|on| if *on { "on" } else { "off" });
        writeln!(f, "CPU       {}", told(&self.cpu))?;
        writeln!(f, "threads   {}", told(&self.cores))?;
        writeln!(f, "caches    {}", told(&caches.map_err(String::clone)))?;
        writeln!(f, "governor  {}", told(&self.governor))?;
        writeln!(f, "turbo     {}", told(&turbo.map_err(String::clone)))?;
        writeln!(f, "system    {}", self.os)?;
        writeln!(f, "kernel    {}", told(&self.kernel))?;
        writeln!(f, "target    {}", self.build.target)?;
        writeln!(f, "compiler  {}", self.build.compiler)?;
        writeln!(f, "profile   {}", self.build.profile)?;
        writeln!(f, "commit    {}", self.build.commit)?;
        writeln!(f, "date      {}", self.date)
    }
}

/// A name as part of a file's name: lower-case letters, digits, underscores and single hyphens, never empty.
pub(crate) fn slug(name: &str) -> String {
    let kept = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = name.to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c| !kept(c)).filter(|w| !w.is_empty()).collect();
    if words.is_empty() { "unnamed".into() } else { words.join("-") }
}

fn not_available(why: &dyn Display) -> String {
    format!("not available ({why})")
}

/// A file of `/proc`, `/sys` or `/etc`, trimmed.
fn read(path: &Path) -> Result<String, String> {
    match fs::read_to_string(path) {
        Ok(text) if text.trim().is_empty() => Err(not_available(&format!("{} is empty", path.display()))),
        Ok(text) => Ok(text.trim().into()),
        Err(e) => Err(not_available(&format!("{}: {e}", path.display()))),
    }
}

/// The value of the first line `key SEPARATOR value`, without quotation marks.
fn field(text: &str, separator: char, key: &str) -> Option<String> {
    let value = |line: &str| {
        let (name, value) = line.split_once(separator)?;
        (name.trim() == key).then(|| value.trim().trim_matches('"').to_string())
    };
    text.lines().find_map(value).filter(|v| !v.is_empty())
}

/// The model in `/proc/cpuinfo`: x86 has `model name`, POWER `cpu`, RISC-V `uarch`, arm64 only two numbers.
fn cpu_model(cpuinfo: &str) -> Result<String, String> {
    let named = ["model name", "cpu", "uarch"].iter().find_map(|key| field(cpuinfo, ':', key));
    let numbered = || {
        let (vendor, part) = (field(cpuinfo, ':', "CPU implementer")?, field(cpuinfo, ':', "CPU part")?);
        Some(format!("implementer {vendor} part {part}"))
    };
    named.or_else(numbered).ok_or_else(|| not_available(&"/proc/cpuinfo names no CPU"))
}

fn caches(folder: &Path) -> Result<Vec<Cache>, String> {
    let one = |index: usize| -> Result<Cache, String> {
        let of = |name: &str| read(&folder.join(format!("index{index}")).join(name));
        Ok(Cache { level: of("level")?, kind: of("type")?, size: of("size")? })
    };
    let first = one(0)?;
    Ok([first].into_iter().chain((1..).map_while(|i| one(i).ok())).collect())
}

/// intel_pstate has a switch that turns it *off*; every other driver has one that turns it on.
fn turbo(cpus: &Path) -> Result<bool, String> {
    read(&cpus.join("intel_pstate/no_turbo"))
        .map(|off| off == "0")
        .or_else(|_| read(&cpus.join("cpufreq/boost")).map(|on| on == "1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_names_of_four_architectures() {
        let x86 = "processor\t: 0\nmodel name\t: AMD EPYC 9B45\ncpu MHz\t: 2600.000\n";
        let arm64 = "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd40\n";
        let riscv = "processor\t: 0\nhart\t: 0\nuarch\t: sifive,u74-mc\n";
        let power = "processor\t: 0\ncpu\t\t: POWER9, altivec supported\n";
        let models = [x86, arm64, riscv, power].map(cpu_model);
        let names = ["AMD EPYC 9B45", "implementer 0x41 part 0xd40", "sifive,u74-mc", "POWER9, altivec supported"];
        assert_eq!(models, names.map(|name| Ok(name.into())));
    }

    #[test]
    fn what_is_not_there_says_so() {
        for text in ["", ":", "model name", "model name:", "\0\u{7f}"] {
            assert!(cpu_model(text).unwrap_err().starts_with("not available"), "{text:?}");
        }
        let nowhere = Path::new("/nonexistent");
        assert!(caches(nowhere).unwrap_err().starts_with("not available (/nonexistent/index0/level:"));
        assert!(turbo(nowhere).unwrap_err().starts_with("not available"));
    }

    #[test]
    fn detection_gives_a_date_and_a_usable_folder_name() {
        let text = || String::from("t");
        let machine = Machine::detect(Build { target: text(), compiler: text(), commit: text(), profile: text() });
        assert!(humantime::parse_rfc3339(&machine.date).is_ok());
        assert!(machine.cpu_slug().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
    }

    #[test]
    fn slugs() {
        let text = String::new;
        let mut m = Machine::detect(Build { target: text(), compiler: text(), commit: text(), profile: text() });
        let mut slug = |name: &str| {
            m.cpu = Ok(name.into());
            m.cpu_slug()
        };
        assert_eq!(slug("Intel(R) Xeon(R) CPU @ 2.20GHz"), "intel-xeon-cpu-2-20ghz");
        assert_eq!(slug("../../etc"), "etc");
        assert_eq!(slug("龍芯"), "unnamed");
    }
}
