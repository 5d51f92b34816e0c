//! Tells the program by which compiler it was made: instructions depend on it.

use std::process::Command;

fn main() {
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(compiler).arg("--version").output();
    let version = version.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let target = std::env::var("TARGET").unwrap_or_default();
    println!("cargo::rustc-env=DESKBRIDGE_COMPILER={}, {target}", version.unwrap_or_default());
    println!("cargo::rerun-if-changed=build.rs");
}
