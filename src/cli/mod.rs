//! What can be typed: option groups shared by the verbs, argument files, and usage errors in `az`'s words.
//!
//! Plain data only; nothing here reads files (but for `@file` arguments), sends or prints.

pub mod argv;
pub mod common;
pub mod edits;
pub mod shell;
pub mod usage;
