//! The only async logic of the bridge: ingress, relay and sweep, generic over the ports.

mod bridge;
pub mod config;
mod credential;
mod directory;
pub mod envelope;
mod ingress;
mod look_back;
mod operate;
mod pace;
pub mod ports;
mod relay;
mod sweep;
pub mod telemetry;

pub use bridge::{Bridge, Illness};
pub use directory::{Account, Directory};
pub use envelope::{Cargo, Envelope, Piece};
pub use ingress::{BODY_BYTES_MAX, accept, try_accept, turn_away};
pub use operate::{NotPutBack, put_back};
pub use pace::{HeldBack, Room};
pub use relay::{
    CLAIM_LIFE, Delivery, Disposition, FILES_CLAIM_LIFE, REQUEST_DEADLINE, TRANSFER_DEADLINE, quarantine,
    relay,
};
pub use sweep::{Swept, check, sweep};
