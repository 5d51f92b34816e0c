//! The bill per million events: counts times list prices.

use serde::Deserialize;

use crate::events::Count;

const PRICES: &str = include_str!("../prices.toml");

/// `prices.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    lambda_per_million_requests: f64,
    lambda_per_gb_second: f64,
    sqs_fifo_per_million_calls: f64,
    dynamodb_per_million_write_units: f64,
    dynamodb_per_million_read_units: f64,
    logs_per_gb: f64,
    egress_per_gb: f64,
    assumed: Assumed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assumed {
    ingress_milliseconds: f64,
    relay_milliseconds: f64,
    memory_mb: f64,
    log_line_overhead_bytes: f64,
}

/// Dollars per million events, by what they are for.
pub(crate) struct Bill {
    pub(crate) doors: f64,
    pub(crate) queue: f64,
    pub(crate) relay: f64,
    pub(crate) table: f64,
    pub(crate) logs: f64,
    pub(crate) egress: f64,
}

impl Bill {
    pub(crate) fn total(&self) -> f64 {
        self.doors + self.queue + self.relay + self.table + self.logs + self.egress
    }
}

impl Prices {
    /// The prices that are checked in.
    ///
    /// # Panics
    /// When the file is not as it must be.
    pub(crate) fn read() -> Self {
        toml::from_str(PRICES).unwrap_or_else(|error| panic!("prices.toml: {error}"))
    }

    /// What a million events of this kind cost. The queue's trigger receives and deletes once a batch.
    pub(crate) fn bill(&self, count: &Count) -> Bill {
        let each = |number: f64| number / count.events;
        let invocations = |number: f64, milliseconds: f64| {
            let seconds = milliseconds / 1_000.0 * self.assumed.memory_mb / 1_024.0 * 1e6;
            each(number) * (self.lambda_per_million_requests + seconds * self.lambda_per_gb_second)
        };
        let gigabytes = |bytes: f64| each(bytes) * 1e6 / 1e9;
        let log_bytes = count.log_bytes + count.log_lines * self.assumed.log_line_overhead_bytes;
        Bill {
            doors: invocations(count.doors, self.assumed.ingress_milliseconds),
            queue: each(count.sends + 2.0 * count.batches) * self.sqs_fifo_per_million_calls,
            relay: invocations(count.batches, self.assumed.relay_milliseconds),
            table: each(count.write_units) * self.dynamodb_per_million_write_units
                + each(count.read_units) * self.dynamodb_per_million_read_units,
            logs: gigabytes(log_bytes) * self.logs_per_gb,
            egress: gigabytes(count.bytes_out) * self.egress_per_gb,
        }
    }
}
