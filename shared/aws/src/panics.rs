//! What is told of a panic. Its message may quote what people wrote (slicing a text does), so it is never printed.

use std::panic::PanicHookInfo;

/// From now on a panic prints only where it happened, as one JSON line.
pub fn tell_only_where_it_panicked() {
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let at = panic.location().map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
        eprintln!("{}", serde_json::json!({ "line": "panic", "at": at }));
    }));
}
