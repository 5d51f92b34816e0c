//! The command `check`: everything that is wrong with a configuration, at once.

use std::path::Path;
use std::process::ExitCode;

use deskbridge_embedded::{LocalSecrets, SystemClock};
use deskbridge_engine::config::{self, Config, Problem};
use deskbridge_engine::{Bridge, Directory, check};

use crate::EXIT_PROBLEMS;
use crate::arguments::CheckOptions;
use crate::bridge_process;

/// Reads a configuration and opens its accounts.
///
/// # Errors
/// Everything that is wrong, printed already; the exit code to end with.
pub(crate) async fn load(file: &Path) -> Result<(Config, Directory), ExitCode> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        eprintln!("deskbridge: cannot read {}: {error}", file.display());
        ExitCode::from(EXIT_PROBLEMS)
    })?;
    let (config, mut problems) = Config::read(&text);
    // The other accounts are opened even if some have problems, so that all problems come out together.
    match config::open(&config, &LocalSecrets).await {
        Ok(directory) if problems.is_empty() => return Ok((config, directory)),
        Ok(_) => {}
        Err(found) => problems.extend(found),
    }
    print(file, &problems);
    Err(ExitCode::from(EXIT_PROBLEMS))
}

fn print(file: &Path, problems: &[Problem]) {
    let count = problems.len();
    eprintln!("{}: {count} problem{}", file.display(), if count == 1 { "" } else { "s" });
    for problem in problems {
        eprintln!("  {problem}");
    }
}

/// `deskbridge check`
pub(crate) async fn run(options: CheckOptions) -> Result<ExitCode, String> {
    let directory = match load(&options.config).await {
        Ok((_, directory)) => directory,
        Err(code) => return Ok(code),
    };
    let accounts = directory.iter().count();
    println!("{}: {accounts} accounts, no problems", options.config.display());
    if !options.live {
        return Ok(ExitCode::SUCCESS);
    }
    let scratch = std::env::temp_dir().join(format!("deskbridge-check-{}", std::process::id()));
    let world = bridge_process::world(&scratch, SystemClock::default(), false)?;
    let bridge = Bridge::new(world, directory).without_renewing();
    let mut code = ExitCode::SUCCESS;
    for account in bridge.directory.iter() {
        if account.connector.seed().is_some_and(|seed| seed.token.is_none()) {
            println!("  {}: not tried, because that would use its refresh token up", account.name);
            continue;
        }
        match check(&bridge, account).await {
            Ok(name) => println!("  {}: works, acting as {name}", account.name),
            Err(why) => {
                println!("  {}: {why}", account.name);
                code = ExitCode::from(EXIT_PROBLEMS);
            }
        }
    }
    drop(bridge);
    // Nothing was stored there; a folder left behind does no harm.
    let _ = std::fs::remove_dir_all(&scratch);
    Ok(code)
}
