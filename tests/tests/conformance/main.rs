//! The laws of connectors, checked on every line of the registry and every fixture. Whoever adds a connector adds its
//! documented answers in `tests/laws/src/answers.rs`; everything else is taken from the registry.

mod arbitrary;
mod documents;
mod doors;
mod effects;
mod folders;
mod formats;
mod parsing;
mod readings;
