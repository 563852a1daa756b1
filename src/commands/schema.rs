//! `azml schema`: JSON Schema of a kind of spec, for editors.

use clap::Args;

use super::explain::kind_named;
use crate::context::Context;
use crate::spec::json_schema;

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Kind of spec: batch-endpoint, batch-deployment, compute, model, environment, data or datastore
    kind: String,
}

/// Prints the schema.
pub fn run(cx: &Context, args: &SchemaArgs) -> anyhow::Result<()> {
    Ok(cx.ui().print_exact(&json_schema(kind_named(&args.kind)?))?)
}
