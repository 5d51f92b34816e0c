//! The platforms: where customers write. One folder each.

pub mod facebook;
pub mod instagram;
pub mod whatsapp;
pub mod x;
