//! `cargo xtask deploy` and `destroy`: a stack in your AWS account, and away with it, by the stock AWS CLI.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::package::{Arch, FUNCTIONS, package};
use crate::shell::{Aws, Trouble, root};

/// What to deploy, and where.
#[derive(Args)]
pub(crate) struct Deploy {
    /// The stack's name: lower-case letters, digits and hyphens.
    #[arg(long)]
    stack: String,
    /// The region; without it that of your AWS profile.
    #[arg(long)]
    region: Option<String>,
    /// For which kind of processor.
    #[arg(long, value_enum, default_value = "x86_64")]
    arch: Arch,
    /// The bucket for the functions' code; without it `deskbridge-code-ACCOUNT-REGION`, made if need be.
    #[arg(long)]
    bucket: Option<String>,
    /// This bridge.toml is written into the Parameter Store.
    #[arg(long)]
    config: Option<PathBuf>,
    /// A parameter of infra/template.yaml, as NAME=VALUE; may be repeated.
    #[arg(long = "parameter", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
}

/// What to remove.
#[derive(Args)]
pub(crate) struct Destroy {
    /// The stack's name.
    #[arg(long)]
    stack: String,
    /// The region; without it that of your AWS profile.
    #[arg(long)]
    region: Option<String>,
    /// The bucket that was used for the functions' code.
    #[arg(long)]
    bucket: Option<String>,
    /// Also removes configuration and secrets below /deskbridge/STACK from the Parameter Store.
    #[arg(long)]
    parameters: bool,
}

/// Deploys.
pub(crate) fn deploy(options: &Deploy) -> ExitCode {
    match try_deploy(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => trouble.report(),
    }
}

/// Destroys.
pub(crate) fn destroy(options: &Destroy) -> ExitCode {
    match try_destroy(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => trouble.report(),
    }
}

fn try_deploy(options: &Deploy) -> Result<(), Trouble> {
    let stack = checked_name(&options.stack)?;
    let aws = Aws::new(options.region.as_deref())?;
    let config = options.config.as_ref().map(read_config).transpose()?;
    let bucket = bucket(&aws, options.bucket.as_deref(), options.region.as_deref())?;
    println!("packaging ...");
    let folder = package(options.arch)?;
    let sums = fs::read(folder.join("SHA256SUMS")).map_err(|error| Trouble::new(error.to_string()))?;
    // Named by content, so that CloudFormation sees when the code changed and when it did not.
    let prefix = format!("{stack}/{}", &hex::encode(Sha256::digest(&sums))[..16]);
    for function in FUNCTIONS {
        let name = format!("{function}.zip");
        let (file, key) = (folder.join(&name), format!("{prefix}/{name}"));
        let file = file.to_string_lossy().into_owned();
        aws.run(&["s3api", "put-object", "--bucket", &bucket, "--key", &key, "--body", &file])?;
    }
    println!("uploaded to s3://{bucket}/{prefix}/");
    if let Some((file, _)) = &config {
        let (name, value) = (format!("/deskbridge/{stack}/config"), format!("file://{}", file.display()));
        let put = ["ssm", "put-parameter", "--name", &name, "--type", "String", "--overwrite"];
        aws.run(&[&put[..], &["--tier", "Intelligent-Tiering", "--value", &value]].concat())?;
        println!("wrote {name}");
    }
    println!("deploying ...");
    let template = root().join("infra/template.yaml").to_string_lossy().into_owned();
    let mut own = vec![
        format!("CodeBucket={bucket}"),
        format!("CodePrefix={prefix}"),
        format!("Architecture={}", options.arch.name()),
    ];
    own.extend(options.parameters.iter().cloned());
    let mut arguments = vec!["cloudformation", "deploy", "--stack-name", stack, "--template-file", &template];
    arguments.extend(["--capabilities", "CAPABILITY_NAMED_IAM", "--no-fail-on-empty-changeset"]);
    arguments.push("--parameter-overrides");
    arguments.extend(own.iter().map(String::as_str));
    aws.run(&arguments)?;
    tell(&aws, stack, config.as_ref().map(|(_, text)| text.as_str()))
}

/// Prints where webhooks go and what to do next.
fn tell(aws: &Aws, stack: &str, config: Option<&str>) -> Result<(), Trouble> {
    let outputs = outputs(aws, stack)?;
    let output = |name: &str| outputs.iter().find(|(key, _)| key == name).map_or("?", |(_, value)| value);
    println!("\nStack {stack} is up. Its outputs:");
    for (name, value) in &outputs {
        println!("  {name:<20} {value}");
    }
    let door = output("DoorUrl");
    println!("\nWebhooks go to:");
    let accounts = config.map(accounts_in).unwrap_or_default();
    for account in &accounts {
        println!("  {door}hooks/{account}");
    }
    if accounts.is_empty() {
        println!("  {door}hooks/ACCOUNT   for each account of your bridge.toml");
    }
    println!("\nNext:");
    println!("  1. put the secrets that bridge.toml refers to into the Parameter Store, as SecureString:");
    println!("       /deskbridge/{stack}/doors/...    what verifies webhooks");
    println!("       /deskbridge/{stack}/tokens/...   everything else");
    println!("  2. {door}healthz answers ok once every door has its secrets");
    println!("  3. enter the addresses above at the platforms and helpdesks (docs/deploy.md)");
    Ok(())
}

fn try_destroy(options: &Destroy) -> Result<(), Trouble> {
    let stack = checked_name(&options.stack)?;
    let aws = Aws::new(options.region.as_deref())?;
    let outputs = outputs(&aws, stack)?;
    let table = outputs.iter().find(|(key, _)| key == "TableName").map_or("?", |(_, value)| value);
    println!("deleting stack {stack} ...");
    aws.run(&["cloudformation", "delete-stack", "--stack-name", stack])?;
    aws.run(&["cloudformation", "wait", "stack-delete-complete", "--stack-name", stack])?;
    if let Some(bucket) = existing_bucket(&aws, options.bucket.as_deref(), options.region.as_deref())? {
        let prefix = format!("{stack}/");
        let listed = aws.ask(&["s3api", "list-objects-v2", "--bucket", &bucket, "--prefix", &prefix])?;
        for object in listed["Contents"].as_array().into_iter().flatten() {
            let key = object["Key"].as_str().unwrap_or_default();
            aws.run(&["s3api", "delete-object", "--bucket", &bucket, "--key", key])?;
        }
    }
    if options.parameters {
        delete_parameters(&aws, stack)?;
    }
    println!("\nStack {stack} is gone. Kept:");
    println!("  table {table}, with what the bridge remembers of conversations and what waits for a person");
    println!(
        "    (aws dynamodb update-table --table-name {table} --no-deletion-protection-enabled, then delete-table)"
    );
    if !options.parameters {
        println!("  parameters below /deskbridge/{stack} (destroy --parameters removes them)");
    }
    Ok(())
}

fn delete_parameters(aws: &Aws, stack: &str) -> Result<(), Trouble> {
    let path = format!("/deskbridge/{stack}");
    let listed = aws.ask(&["ssm", "get-parameters-by-path", "--path", &path, "--recursive"])?;
    for parameter in listed["Parameters"].as_array().into_iter().flatten() {
        let name = parameter["Name"].as_str().unwrap_or_default();
        aws.run(&["ssm", "delete-parameter", "--name", name])?;
    }
    Ok(())
}

/// What a stack tells of itself.
pub(crate) fn outputs(aws: &Aws, stack: &str) -> Result<Vec<(String, String)>, Trouble> {
    let answer = aws.ask(&["cloudformation", "describe-stacks", "--stack-name", stack])?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = answer["Stacks"][0]["Outputs"].as_array().cloned().unwrap_or_default();
    Ok(rows.iter().map(|row| (text(&row["OutputKey"]), text(&row["OutputValue"]))).collect())
}

/// The bucket for code, made if need be.
fn bucket(aws: &Aws, wanted: Option<&str>, region: Option<&str>) -> Result<String, Trouble> {
    if let Some(bucket) = existing_bucket(aws, wanted, region)? {
        return Ok(bucket);
    }
    if let Some(wanted) = wanted {
        return Err(Trouble::new(format!("there is no bucket {wanted} that you may use")));
    }
    let (name, region) = own_bucket(aws, region)?;
    let place = format!("LocationConstraint={region}");
    let mut arguments = vec!["s3api", "create-bucket", "--bucket", &name];
    if region != "us-east-1" {
        arguments.extend(["--create-bucket-configuration", &place]);
    }
    aws.run(&arguments)?;
    let closed =
        "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true";
    aws.run(&[
        "s3api",
        "put-public-access-block",
        "--bucket",
        &name,
        "--public-access-block-configuration",
        closed,
    ])?;
    println!("made the bucket {name}");
    Ok(name)
}

fn existing_bucket(aws: &Aws, wanted: Option<&str>, region: Option<&str>) -> Result<Option<String>, Trouble> {
    let name = match wanted {
        Some(wanted) => wanted.to_owned(),
        None => own_bucket(aws, region)?.0,
    };
    let there = aws.run(&["s3api", "head-bucket", "--bucket", &name]).is_ok();
    Ok(there.then_some(name))
}

/// The name of our own bucket, and the region.
fn own_bucket(aws: &Aws, region: Option<&str>) -> Result<(String, String), Trouble> {
    let identity = aws.ask(&["sts", "get-caller-identity"])?;
    let account = identity["Account"].as_str().unwrap_or_default();
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"];
    let region = region
        .map(str::to_owned)
        .or_else(|| variables.iter().find_map(|name| std::env::var(name).ok()))
        .or_else(|| aws.run(&["configure", "get", "region"]).ok().map(|region| region.trim().to_owned()))
        .filter(|region| !region.is_empty())
        .ok_or_else(|| Trouble::new("no region: give --region, or set one in your AWS profile"))?;
    Ok((format!("deskbridge-code-{account}-{region}"), region))
}

/// The queue's and the functions' names begin with the stack's, and have limits of their own.
fn checked_name(stack: &str) -> Result<&str, Trouble> {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if stack.len() <= 30
        && stack.starts_with(|first: char| first.is_ascii_lowercase())
        && stack.bytes().all(legal)
    {
        return Ok(stack);
    }
    Err(Trouble::new(format!(
        "{stack:?} cannot be a stack's name: at most 30 lower-case letters, digits and hyphens, a letter first"
    )))
}

fn read_config(file: &PathBuf) -> Result<(PathBuf, String), Trouble> {
    let trouble = |why: String| Trouble::new(format!("{}: {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| trouble(error.to_string()))?;
    text.parse::<toml::Table>().map_err(|error| trouble(error.message().to_owned()))?;
    Ok((file.clone(), text))
}

fn accounts_in(config: &str) -> Vec<String> {
    let table: toml::Table = config.parse().unwrap_or_default();
    let accounts = table.get("accounts").and_then(toml::Value::as_table);
    accounts.map(|accounts| accounts.keys().cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_stacks_are_checked_before_anything_is_made() {
        assert!(checked_name("deskbridge-prod2").is_ok());
        for name in ["", "Prod", "2prod", "a_b", &"a".repeat(31)] {
            assert!(checked_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn doors_are_told_for_every_account() {
        let config = "[accounts.a]\nkind = 'x'\n[accounts.b-2]\nkind = 'y'\n[local]\nsweep_minutes = 5";
        assert_eq!(accounts_in(config), ["a", "b-2"]);
    }
}
