//! Where a service is found.

use http::Uri;

/// Where a service is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Name or address, without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: bool,
    /// As the header `host` says it.
    pub(crate) authority: String,
    pub(crate) path: String,
}

impl Endpoint {
    /// The endpoint that AWS has for a service in a region.
    pub(crate) fn of(service: &str, region: &str) -> Self {
        let host = format!("{service}.{region}.{}", domain(region));
        Self { authority: host.clone(), host, port: 443, tls: true, path: "/".to_owned() }
    }

    /// Another one, as `http://127.0.0.1:4566`.
    ///
    /// # Errors
    /// When this is no such address.
    pub(crate) fn at(url: &str) -> Result<Self, String> {
        let wrong =
            || format!("{url:?} is no address of an endpoint: write https://HOST or http://HOST:PORT");
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().ok_or_else(wrong)?;
        Ok(Self {
            host: authority.host().trim_matches(['[', ']']).to_owned(),
            port: authority.port_u16().unwrap_or(if tls { 443 } else { 80 }),
            tls,
            authority: authority.as_str().rsplit('@').next().unwrap_or_default().to_owned(),
            path: uri.path().to_owned(),
        })
    }

    /// Its address.
    #[cfg(feature = "world")]
    pub(crate) fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}{}", self.authority, self.path)
    }
}

/// The domain of a region's endpoints: one for each partition of AWS.
fn domain(region: &str) -> &'static str {
    const PARTITIONS: [(&str, &str); 6] = [
        ("cn-", "amazonaws.com.cn"),
        ("eusc-", "amazonaws.eu"),
        ("us-iso-", "c2s.ic.gov"),
        ("us-isob-", "sc2s.sgov.gov"),
        ("eu-isoe-", "cloud.adc-e.uk"),
        ("us-isof-", "csp.hci.ic.gov"),
    ];
    let partition = PARTITIONS.iter().find(|(beginning, _)| region.starts_with(beginning));
    partition.map_or("amazonaws.com", |(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_partition_has_its_domain() {
        for (region, host) in [
            ("eu-central-1", "sqs.eu-central-1.amazonaws.com"),
            ("us-gov-west-1", "sqs.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", "sqs.cn-north-1.amazonaws.com.cn"),
            ("eusc-de-east-1", "sqs.eusc-de-east-1.amazonaws.eu"),
            ("us-iso-east-1", "sqs.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", "sqs.us-isob-east-1.sc2s.sgov.gov"),
            ("eu-isoe-west-1", "sqs.eu-isoe-west-1.cloud.adc-e.uk"),
            ("us-isof-south-1", "sqs.us-isof-south-1.csp.hci.ic.gov"),
        ] {
            let endpoint = Endpoint::of("sqs", region);
            assert_eq!((endpoint.host.as_str(), endpoint.port, endpoint.tls), (host, 443, true));
            assert_eq!(endpoint.authority, host);
        }
    }

    #[test]
    fn an_endpoint_can_be_elsewhere() {
        let at = |url: &str| Endpoint::at(url).unwrap();
        let emulator = at("http://127.0.0.1:4566");
        assert_eq!((emulator.host.as_str(), emulator.port, emulator.tls), ("127.0.0.1", 4566, false));
        assert_eq!((emulator.authority.as_str(), emulator.path.as_str()), ("127.0.0.1:4566", "/"));
        let private = at("https://vpce-1.sqs.eu-central-1.vpce.amazonaws.com/");
        assert_eq!((private.port, private.tls, private.path.as_str()), (443, true, "/"));
        let six = at("http://[::1]:8080/aws/");
        assert_eq!(
            (six.host.as_str(), six.authority.as_str(), six.path.as_str()),
            ("::1", "[::1]:8080", "/aws/")
        );
        for wrong in ["localhost", "ftp://x", "", "http://", "sqs.eu-central-1.amazonaws.com:443"] {
            assert!(Endpoint::at(wrong).is_err(), "{wrong}");
        }
    }
}
