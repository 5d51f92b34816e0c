//! Secrets from the environment and from files.

use std::fs::File;
use std::io::Read;

use deskbridge_engine::ports::Secrets;
use secrecy::SecretString;

/// Reads `env:NAME` and `file:PATH`. One line break at the end of a file is not part of the secret, since editors and
/// `echo` add it; everything else is.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalSecrets;

/// No secret is longer, in bytes; a longer file is the wrong file.
const SECRET_BYTES_MAX: u64 = 64 * 1024;

impl Secrets for LocalSecrets {
    async fn read(&self, reference: &str) -> Result<SecretString, String> {
        let value = match reference.split_once(':') {
            Some(("env", name)) => from_environment(name)?,
            Some(("file", path)) => from_file(path)?,
            Some(("ssm", _)) => {
                return Err(format!(
                    "`{reference}` points to the Parameter Store, which is read only on AWS: use env:NAME or file:PATH here"
                ));
            }
            // The text may be the secret itself, written where a reference belongs: it is not repeated.
            _ => return Err("this is not a reference to a secret: write env:NAME or file:PATH".to_owned()),
        };
        Ok(SecretString::from(value))
    }
}

fn from_environment(name: &str) -> Result<String, String> {
    match std::env::var(name) {
        Ok(value) if value.is_empty() => Err(format!("the environment variable {name} is empty")),
        Ok(value) => Ok(value),
        Err(std::env::VarError::NotPresent) => Err(format!("the environment variable {name} is not set")),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(format!("the environment variable {name} is not UTF-8"))
        }
    }
}

fn from_file(path: &str) -> Result<String, String> {
    let mut value = String::new();
    File::open(path)
        .and_then(|file| file.take(SECRET_BYTES_MAX + 1).read_to_string(&mut value))
        .map_err(|error| format!("the file {path} cannot be read: {error}"))?;
    if value.len() as u64 > SECRET_BYTES_MAX {
        return Err(format!("the file {path} is longer than {SECRET_BYTES_MAX} bytes: that is no secret"));
    }
    if value.ends_with('\n') {
        value.pop();
        if value.ends_with('\r') {
            value.pop();
        }
    }
    if value.is_empty() { Err(format!("the file {path} is empty")) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    async fn read(reference: &str) -> Result<String, String> {
        LocalSecrets.read(reference).await.map(|secret| secret.expose_secret().to_owned())
    }

    #[tokio::test]
    async fn files_lose_one_line_break_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        for (content, secret) in [
            ("s3cret", Ok("s3cret")),
            ("s3cret\n", Ok("s3cret")),
            ("s3cret\r\n", Ok("s3cret")),
            (" s3 cret \n\n", Ok(" s3 cret \n")),
            ("", Err("is empty")),
            ("\n", Err("is empty")),
        ] {
            let path = dir.path().join("secret");
            std::fs::write(&path, content).unwrap();
            let result = read(&format!("file:{}", path.display())).await;
            match secret {
                Ok(secret) => assert_eq!(result.as_deref(), Ok(secret), "{content:?}"),
                Err(why) => assert!(result.unwrap_err().contains(why), "{content:?}"),
            }
        }
        let long = dir.path().join("long");
        std::fs::write(&long, "x".repeat(70_000)).unwrap();
        assert!(read(&format!("file:{}", long.display())).await.unwrap_err().contains("longer"));
        let missing = dir.path().join("missing").display().to_string();
        assert!(read(&format!("file:{missing}")).await.unwrap_err().contains(&missing));
    }

    #[tokio::test]
    async fn the_environment_is_read_by_name() {
        let here = env!("CARGO_MANIFEST_DIR");
        assert_eq!(read("env:CARGO_MANIFEST_DIR").await.as_deref(), Ok(here));
        let error = read("env:DESKBRIDGE_NO_SUCH_VARIABLE").await.unwrap_err();
        assert!(error.contains("DESKBRIDGE_NO_SUCH_VARIABLE is not set"), "{error}");
    }

    #[tokio::test]
    async fn what_is_no_reference_is_refused_without_repeating_it() {
        let error = read("ssm:/deskbridge/meta/app-secret").await.unwrap_err();
        assert!(error.contains("only on AWS"), "{error}");
        for pasted in ["hunter2", "EAAB:hunter2", ""] {
            let error = read(pasted).await.unwrap_err();
            assert!(error.contains("env:NAME") && !error.contains("hunter2"), "{error}");
        }
    }
}
