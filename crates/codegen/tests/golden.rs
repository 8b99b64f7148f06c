//! The compiled strategies against what is committed under `golden/`.

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod assembly;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod x86_64;

/// Says something of a test that passes, which would not be shown by `eprintln!`.
fn say(line: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "fencepost-codegen: {line}").expect("standard error can be written");
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
#[test]
fn there_are_no_goldens_here() {
    say("nothing was compared, since there are goldens for x86-64 Linux only");
}
