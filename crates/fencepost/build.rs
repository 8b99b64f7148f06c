//! Facts that only the build knows: target, compiler, commit, profile.

use std::env;
use std::process::Command;

fn main() {
    let of = |name: &str| env::var(name).unwrap_or_else(|_| "unknown".into());
    let compiler = first_line(&of("RUSTC"), &["--version"]).unwrap_or_else(|| "unknown".into());
    let commit = first_line("git", &["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]);
    println!("cargo::rustc-env=FENCEPOST_TARGET={}", of("TARGET"));
    println!("cargo::rustc-env=FENCEPOST_PROFILE={}", of("PROFILE"));
    println!("cargo::rustc-env=FENCEPOST_COMPILER={compiler}");
    println!("cargo::rustc-env=FENCEPOST_COMMIT={}", commit.unwrap_or_else(|| "not built from a repository".into()));
    println!("cargo::rerun-if-changed=../../crates");
    println!("cargo::rerun-if-changed=../../.git/HEAD");
    println!("cargo::rerun-if-changed=../../.git/logs/HEAD");
}

fn first_line(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok()?.lines().next().map(str::to_owned)
}
