//! The target `step` of `deskbridge_laws::TARGETS`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| deskbridge_laws::fuzz("step", data));
