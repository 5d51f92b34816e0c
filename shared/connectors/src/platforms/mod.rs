//! The platforms: where customers write. One folder each.
