//! Secrets from the Parameter Store and from the environment.

use std::collections::HashMap;
use std::env::VarError;

use deskbridge_engine::ports::Secrets;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::cloud::Cloud;
use crate::json_api::{JsonApi, SSM};

/// The Parameter Store gives so many parameters in one call.
const PARAMETERS_MAX: usize = 10;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetParameter<'a> {
    name: &'a str,
    with_decryption: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetParameters<'a> {
    names: &'a [&'a str],
    with_decryption: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct One {
    parameter: Parameter,
}

/// What exists of the parameters that were asked for.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Several {
    parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    name: String,
    value: String,
}

/// Reads `ssm:/PATH` (decrypted) and `env:NAME`. One line break at the end of a parameter is not part of the secret.
#[derive(Clone, Debug)]
pub struct CloudSecrets {
    api: JsonApi,
}

impl CloudSecrets {
    /// The secrets of this account and region.
    ///
    /// # Errors
    /// When a variable leads to an address of the Parameter Store that is none.
    pub fn new(cloud: &Cloud) -> Result<Self, String> {
        Ok(Self { api: cloud.client(SSM)? })
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// Why there is none, and what to do.
    pub(crate) async fn parameter(&self, name: &str) -> Result<String, String> {
        let call = GetParameter { name, with_decryption: true };
        match self.api.call::<One>("GetParameter", &call).await {
            Ok(found) => Ok(without_line_break(&found.parameter.value)),
            Err(trouble) => Err(match trouble.code() {
                "ParameterNotFound" => format!("there is no parameter {name} in this region"),
                "AccessDeniedException" => format!(
                    "the function's role may not read the parameter {name} (ssm:GetParameter, kms:Decrypt)"
                ),
                _ => format!("the Parameter Store did not give {name}: {trouble}"),
            }),
        }
    }

    /// The values of those of these parameters that exist.
    async fn parameters(&self, names: &[&str]) -> Option<HashMap<String, String>> {
        let call = GetParameters { names, with_decryption: true };
        let found = self.api.call::<Several>("GetParameters", &call).await.ok()?.parameters.into_iter();
        Some(found.map(|one| (one.name, without_line_break(&one.value))).collect())
    }
}

fn without_line_break(value: &str) -> String {
    let value = value.strip_suffix('\n').unwrap_or(value);
    value.strip_suffix('\r').unwrap_or(value).to_owned()
}

impl Secrets for CloudSecrets {
    async fn read(&self, reference: &str) -> Result<SecretString, String> {
        match reference.split_once(':') {
            Some(("ssm", name)) => self.parameter(name).await.map(SecretString::from),
            Some(("env", name)) => match std::env::var(name) {
                Ok(value) => Ok(SecretString::from(value)),
                Err(VarError::NotPresent) => Err(format!("the environment variable {name} is not set")),
                Err(VarError::NotUnicode(_)) => Err(format!("the environment variable {name} is not UTF-8")),
            },
            Some(("file", _)) => {
                Err("a function has no files of its own: use ssm:/PATH or env:NAME here".to_owned())
            }
            // The text may be the secret itself, written where a reference belongs: it is not repeated.
            _ => Err("this is not a reference to a secret: write ssm:/PATH or env:NAME".to_owned()),
        }
    }

    /// Parameters in few calls. Should one of these be refused as a whole, each is asked for alone, so that it is told which
    /// one is meant.
    async fn read_all(&self, references: &[&str]) -> Vec<Result<SecretString, String>> {
        let names: Vec<&str> = references.iter().filter_map(|one| one.strip_prefix("ssm:")).collect();
        let mut known: HashMap<String, String> = HashMap::new();
        for names in names.chunks(PARAMETERS_MAX) {
            known.extend(self.parameters(names).await.unwrap_or_default());
        }
        let mut values = Vec::with_capacity(references.len());
        for reference in references {
            let value = reference.strip_prefix("ssm:").and_then(|name| known.get(name));
            values.push(match value {
                Some(value) => Ok(SecretString::from(value.as_str())),
                None => self.read(reference).await,
            });
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json_api::scripted::{Act, Server};
    use secrecy::ExposeSecret;

    async fn secrets(script: &[Act]) -> (CloudSecrets, Server) {
        let server = Server::start(script).await;
        (CloudSecrets::new(&Cloud::emulated(&server.url).unwrap()).unwrap(), server)
    }

    /// Reads a reference while the Parameter Store answers so.
    async fn read(reference: &str, status: u16, answer: &'static str) -> Result<String, String> {
        let (secrets, server) = secrets(&[Act::Answer(status, answer)]).await;
        let secret = secrets.read(reference).await.map(|secret| secret.expose_secret().to_owned());
        for request in server.requests() {
            assert!(request.ends_with("\"WithDecryption\":true}"), "decryption is asked for: {request}");
        }
        secret
    }

    #[tokio::test]
    async fn parameters_are_decrypted_and_lose_one_line_break() {
        for (answer, value) in [
            (r#"{"Parameter":{"Name":"/x","Type":"SecureString","Value":"s3cret","Version":1}}"#, "s3cret"),
            (r#"{"Parameter":{"Name":"/x","Value":" s3 cret \r\n"}}"#, " s3 cret "),
            (r#"{"Parameter":{"Name":"/x","Value":"two\n\n"}}"#, "two\n"),
        ] {
            assert_eq!(read("ssm:/x", 200, answer).await.as_deref(), Ok(value), "{answer}");
        }
        for (answer, why) in [
            (r#"{"__type":"ParameterNotFound"}"#, "there is no parameter /x"),
            (r#"{"__type":"AccessDeniedException","message":"no"}"#, "ssm:GetParameter, kms:Decrypt"),
            (r#"{"__type":"ValidationException","message":"no"}"#, "ValidationException"),
        ] {
            let error = read("ssm:/x", 400, answer).await.unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[tokio::test]
    async fn other_references_are_read_or_refused_without_repeating_them() {
        let here = env!("CARGO_MANIFEST_DIR");
        assert_eq!(read("env:CARGO_MANIFEST_DIR", 500, "").await.as_deref(), Ok(here));
        for (reference, why) in [
            ("env:DESKBRIDGE_NO_SUCH_VARIABLE", "DESKBRIDGE_NO_SUCH_VARIABLE is not set"),
            ("file:/run/hunter2", "a function has no files"),
            ("hunter2", "not a reference"),
            ("EAAB:hunter2", "not a reference"),
        ] {
            let error = read(reference, 500, "").await.unwrap_err();
            assert!(error.contains(why) && !error.contains("hunter2"), "{error}");
        }
    }

    #[tokio::test]
    async fn many_parameters_take_few_calls_and_what_is_refused_is_told_by_name() {
        let (secrets, server) = secrets(&[
            Act::Answer(400, r#"{"__type":"ThrottlingException"}"#),
            Act::Answer(
                200,
                r#"{"InvalidParameters":["/b"],"Parameters":[{"Name":"/a","Value":"one\n","Type":"SecureString"}]}"#,
            ),
            Act::Answer(400, r#"{"__type":"ParameterNotFound"}"#),
        ])
        .await;
        let read = secrets.read_all(&["ssm:/a", "env:CARGO_PKG_NAME", "ssm:/b"]).await;
        let read: Vec<_> = read.iter().map(|one| one.as_ref().map(|secret| secret.expose_secret())).collect();
        let missing = "there is no parameter /b in this region".to_owned();
        assert_eq!(read, [Ok("one"), Ok("deskbridge-aws"), Err(&missing)]);
        let requests = server.requests();
        assert_eq!(requests.len(), 3);
        assert!(requests[1].ends_with(r#"{"Names":["/a","/b"],"WithDecryption":true}"#), "{requests:?}");
    }

    #[tokio::test]
    async fn a_refusal_of_all_is_told_for_each() {
        let denied = Act::Answer(400, r#"{"__type":"AccessDeniedException","message":"hunter2"}"#);
        let (secrets, server) = secrets(&[denied; 3]).await;
        for read in secrets.read_all(&["ssm:/a", "ssm:/b"]).await {
            let why = read.unwrap_err();
            assert!(why.contains("(ssm:GetParameter, kms:Decrypt)") && !why.contains("hunter2"), "{why}");
        }
        assert_eq!(server.requests().len(), 3);
    }

    #[tokio::test]
    async fn garbage_is_no_secret() {
        for garbage in ["", "<html>", "{}", r#"{"Parameter":{"Name":"/x"}}"#, r#"{"Parameter":"s3cret"}"#] {
            let why = read("ssm:/x", 200, garbage).await.unwrap_err();
            assert_eq!(why, "the Parameter Store did not give /x: the answer is not understood", "{garbage}");
        }
    }
}
