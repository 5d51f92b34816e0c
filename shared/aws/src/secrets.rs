//! Secrets from the Parameter Store and from the environment.

use std::env::VarError;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::get_parameter::GetParameterError;
use deskbridge_engine::ports::Secrets;
use secrecy::SecretString;

use crate::cloud::{Cloud, why};

/// Reads `ssm:/PATH` (decrypted) and `env:NAME`. One line break at the end of a parameter is not part of the secret.
#[derive(Clone, Debug)]
pub struct CloudSecrets {
    parameters: Client,
}

impl CloudSecrets {
    /// The secrets of this account and region.
    #[must_use]
    pub fn new(cloud: &Cloud) -> Self {
        Self { parameters: Client::new(&cloud.service("SSM")) }
    }

    /// The value of a parameter.
    ///
    /// # Errors
    /// Why there is none, and what to do.
    pub(crate) async fn parameter(&self, name: &str) -> Result<String, String> {
        let answer = self.parameters.get_parameter().name(name).with_decryption(true).send().await;
        match answer {
            Ok(found) => {
                let value = found.parameter.and_then(|parameter| parameter.value).unwrap_or_default();
                let value = value.strip_suffix('\n').unwrap_or(&value);
                Ok(value.strip_suffix('\r').unwrap_or(value).to_owned())
            }
            Err(error) => Err(match (error.as_service_error(), why(&error)) {
                (Some(GetParameterError::ParameterNotFound(_)), _) => {
                    format!("there is no parameter {name} in this region")
                }
                (_, code) if code == "AccessDeniedException" => {
                    format!(
                        "the function's role may not read the parameter {name} (ssm:GetParameter, kms:Decrypt)"
                    )
                }
                (_, why) => format!("the Parameter Store did not give {name}: {why}"),
            }),
        }
    }
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
}
