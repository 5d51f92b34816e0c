//! `cargo xtask package`: one zip file per function, without paths or times of the machine; `--check` builds twice and compares.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::{Args, ValueEnum};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::glibc;
use crate::shell::{Trouble, cargo, root};

/// The functions, by the name of their package, binary and zip file.
pub(crate) const FUNCTIONS: [&str; 3] = ["deskbridge-ingress", "deskbridge-relay", "deskbridge-sweep"];

/// What is built together, by profile. What is built by one call of cargo shares the features of its dependencies: the door
/// would get what only the others ask for, HTTP/2 for one.
const BUILT_TOGETHER: [(&str, &[&str]); 2] =
    [("door", &["deskbridge-ingress"]), ("function", &["deskbridge-relay", "deskbridge-sweep"])];

/// What to package.
#[derive(Args)]
pub(crate) struct Options {
    /// For which kind of processor; `all` leaves out what this machine cannot build.
    #[arg(long, value_enum, default_value = "x86_64")]
    arch: Wanted,
    /// Build a second time from scratch and compare the bytes.
    #[arg(long)]
    check: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wanted {
    #[value(name = "x86_64")]
    X86,
    Arm64,
    All,
}

/// A kind of processor that Lambda has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Arch {
    #[value(name = "x86_64")]
    X86,
    Arm64,
}

impl Arch {
    /// Its name in Lambda.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::X86 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }

    fn target(self) -> &'static str {
        match self {
            Self::X86 => "x86_64-unknown-linux-gnu",
            Self::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// What this machine lacks for it, if anything.
    fn lacking(self) -> Option<String> {
        let target = self.target();
        let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().ok()?;
        let sysroot = String::from_utf8_lossy(&sysroot.stdout).trim().to_owned();
        if !Path::new(&sysroot).join("lib/rustlib").join(target).join("lib").is_dir() {
            return Some(format!("the Rust target is not installed (rustup target add {target})"));
        }
        let linker = "aarch64-linux-gnu-gcc";
        let foreign = self == Self::Arm64 && std::env::consts::ARCH != "aarch64";
        let found = Command::new(linker).arg("--version").output().is_ok();
        (foreign && !found)
            .then(|| format!("there is no linker {linker} (apt install gcc-aarch64-linux-gnu)"))
    }
}

/// Packages what is wanted.
pub(crate) fn run(options: &Options) -> ExitCode {
    let archs: &[Arch] = match options.arch {
        Wanted::X86 => &[Arch::X86],
        Wanted::Arm64 => &[Arch::Arm64],
        Wanted::All => &[Arch::X86, Arch::Arm64],
    };
    for &arch in archs {
        match (arch.lacking(), options.arch) {
            (Some(lacking), Wanted::All) => eprintln!("{} is left out: {lacking}", arch.name()),
            _ => {
                if let Err(trouble) = package_and_check(arch, options.check) {
                    return trouble.report();
                }
            }
        }
    }
    ExitCode::SUCCESS
}

fn package_and_check(arch: Arch, check: bool) -> Result<(), Trouble> {
    let folder = package(arch)?;
    if !check {
        return Ok(());
    }
    let again = build_functions(arch, &root().join("target/package-again"))?;
    let again = zip_all(&again, &root().join("target/lambda-again").join(arch.name()))?;
    for function in FUNCTIONS {
        let name = format!("{function}.zip");
        let (one, two) = (read(&folder.join(&name))?, read(&again.join(&name))?);
        if one != two {
            return Err(Trouble::new(format!("{name}: two builds of the same sources differ")));
        }
    }
    println!("built again from scratch: the same bytes");
    Ok(())
}

/// Builds and zips all functions; gives the folder with the zip files.
pub(crate) fn package(arch: Arch) -> Result<PathBuf, Trouble> {
    if let Some(lacking) = arch.lacking() {
        return Err(Trouble::new(format!("cannot build for {}: {lacking}", arch.name())));
    }
    let binaries = build_functions(arch, &root().join("target"))?;
    for function in FUNCTIONS {
        glibc::check(function, &read(&binaries.join(function))?)?;
    }
    let folder = zip_all(&binaries, &root().join("target/lambda").join(arch.name()))?;
    for function in FUNCTIONS {
        let bytes = read(&folder.join(format!("{function}.zip")))?.len();
        println!("{:>9} bytes  {}", bytes, folder.join(format!("{function}.zip")).display());
    }
    Ok(folder)
}

/// Where the binaries of all functions are, built into this folder.
pub(crate) fn binaries(arch: Arch, target_dir: &Path) -> PathBuf {
    target_dir.join("functions").join(arch.name())
}

/// Builds the binaries of all functions; gives the folder that they are in.
fn build_functions(arch: Arch, target_dir: &Path) -> Result<PathBuf, Trouble> {
    let folder = binaries(arch, target_dir);
    let write_error = |error: std::io::Error| Trouble::new(format!("{}: {error}", folder.display()));
    fs::create_dir_all(&folder).map_err(write_error)?;
    for (profile, packages) in BUILT_TOGETHER {
        let built = build(arch, target_dir, profile, packages)?;
        for package in packages {
            fs::copy(built.join(package), folder.join(package)).map_err(write_error)?;
        }
    }
    Ok(folder)
}

/// Builds the binaries of these packages together; gives the folder that they are in. No path of this machine gets into them.
pub(crate) fn build(
    arch: Arch,
    target_dir: &Path,
    profile: &str,
    packages: &[&str],
) -> Result<PathBuf, Trouble> {
    let cargo_home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
        .unwrap_or_default();
    let flags = [
        format!("--remap-path-prefix={cargo_home}=/cargo"),
        format!("--remap-path-prefix={}=/deskbridge", root().display()),
    ];
    let mut cargo = cargo();
    cargo.args(["build", "--locked", "--quiet", "--profile", profile]);
    cargo.args(["--target", arch.target(), "--target-dir"]).arg(target_dir);
    cargo.args(packages.iter().flat_map(|package| ["-p", package]));
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    cargo.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "aarch64-linux-gnu-gcc");
    let built = cargo.status().is_ok_and(|status| status.success());
    let folder = target_dir.join(arch.target()).join(profile);
    if built { Ok(folder) } else { Err(Trouble::new("cargo build failed".to_owned())) }
}

/// Zips each binary as `bootstrap`, the name that Lambda starts, and writes the checksums beside.
fn zip_all(binaries: &Path, folder: &Path) -> Result<PathBuf, Trouble> {
    let write_error = |error: std::io::Error| Trouble::new(format!("{}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(write_error)?;
    let mut sums = String::new();
    for function in FUNCTIONS {
        let name = format!("{function}.zip");
        let bytes =
            zipped(&read(&binaries.join(function))?).map_err(|error| Trouble::new(error.to_string()))?;
        sums.push_str(&format!("{}  {name}\n", hex::encode(Sha256::digest(&bytes))));
        File::create(folder.join(&name)).and_then(|mut file| file.write_all(&bytes)).map_err(write_error)?;
    }
    fs::write(folder.join("SHA256SUMS"), sums).map_err(write_error)?;
    Ok(folder.to_owned())
}

fn zipped(binary: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    // Zip's own beginning of time: nothing in the file depends on when it was made.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("bootstrap", options)?;
    zip.write_all(binary)?;
    Ok(zip.finish()?.into_inner())
}

fn read(file: &Path) -> Result<Vec<u8>, Trouble> {
    fs::read(file).map_err(|error| Trouble::new(format!("{}: {error}", file.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_built_once() {
        assert_eq!(BUILT_TOGETHER.map(|(_, packages)| packages).concat(), FUNCTIONS);
    }
}
