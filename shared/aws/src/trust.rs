//! Whose certificates are trusted: few roots, compiled in, since parsing the system's takes longer than everything else before
//! the first event.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};

use crate::roots;

/// Whose certificates are trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Amazon's own.
    Amazon,
    /// The system's: where Amazon's may not be in use.
    System,
}

impl Trust {
    /// Other partitions, and endpoints of one's own (`AWS_ENDPOINT_URL`), may have certificates of others.
    pub(crate) fn of(region: &str) -> Self {
        let elsewhere = std::env::vars_os().any(|(name, value)| {
            name.to_string_lossy().starts_with("AWS_ENDPOINT_URL")
                && value.to_string_lossy().starts_with("https:")
        });
        let other_partition =
            ["cn-", "eusc-"].iter().any(|beginning| region.starts_with(beginning)) || region.contains("-iso");
        if elsewhere || other_partition { Self::System } else { Self::Amazon }
    }

    /// The settings of TLS connections.
    ///
    /// # Errors
    /// When there are no roots, or TLS cannot be set up.
    pub(crate) fn tls(self) -> Result<Arc<ClientConfig>, String> {
        let mut trusted = RootCertStore::empty();
        match self {
            Self::Amazon => {
                for root in roots::certificates() {
                    trusted.add(root).map_err(cannot)?;
                }
            }
            Self::System => {
                // Some of a system's are always broken.
                trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if trusted.is_empty() {
            return Err("TLS cannot be set up: the system has no trusted roots".to_owned());
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        Ok(Arc::new(config.map_err(cannot)?.with_root_certificates(trusted).with_no_client_auth()))
    }
}

fn cannot(error: impl std::fmt::Display) -> String {
    format!("TLS cannot be set up: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiled_in_roots_are_enough_for_tls() {
        assert!(Trust::Amazon.tls().is_ok());
    }

    #[test]
    fn other_partitions_have_the_system_s_roots() {
        for (region, trust) in [
            ("eu-central-1", Trust::Amazon),
            ("us-gov-west-1", Trust::Amazon),
            ("cn-north-1", Trust::System),
            ("us-iso-east-1", Trust::System),
            ("us-isob-east-1", Trust::System),
            ("eusc-de-east-1", Trust::System),
        ] {
            assert_eq!(Trust::of(region), trust, "{region}");
        }
    }
}
