//! YAML as the Azure ML tools read and write it, which is PyYAML's dialect of YAML 1.1.

mod compose;
mod construct;
pub mod dump;
pub mod load;
mod resolve;
