//! Embeds the source of the folio and of the strategies, so that a place in it can be named by its function.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../..");
    let mut table = String::from("&[\n");
    for folder in ["crates/folio/src", "crates/strategies"] {
        println!("cargo::rerun-if-changed={}", root.join(folder).display());
        embed(&root, Path::new(folder), &mut table);
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("sources.rs");
    fs::write(&out, table).expect("the build folder can be written");
}

/// A line for every Rust file below `folder`: its path from the workspace's root, and its text.
fn embed(root: &Path, folder: &Path, table: &mut String) {
    let entries = fs::read_dir(root.join(folder)).expect("the folder is part of the workspace");
    let mut paths: Vec<PathBuf> = entries.map(|e| folder.join(e.expect("it can be listed").file_name())).collect();
    paths.sort();
    for path in paths {
        if root.join(&path).is_dir() {
            embed(root, &path, table);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::canonicalize(root.join(&path)).expect("it was listed");
            writeln!(table, "({:?}, include_str!({:?})),", path.display(), text.display()).expect("a string grows");
        }
    }
}
