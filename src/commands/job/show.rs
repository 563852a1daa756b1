//! `azml job show`

use std::process::Stdio;

use clap::Args;
use serde_json::Value;

use super::JobArgs;
use super::runs::{self, Found};
use crate::context::Context;

/// Arguments of `job show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    #[command(flatten)]
    job: JobArgs,
    /// Also open the page of the job in a browser
    #[arg(long, short = 'e')]
    web: bool,
}

/// Prints the job.
pub(super) async fn run(cx: &Context, args: ShowArgs) -> anyhow::Result<()> {
    let arm = cx.arm(&args.job.workspace)?;
    let (view, page) = match runs::find(&arm, &args.job.name).await? {
        Found::Job(job) => {
            super::tell_what_can_be_done(cx, &arm, &args.job.name, &job["properties"]["properties"]);
            let job = super::with_tenant(job, arm.tenant());
            (super::view(&job), job["properties"]["services"]["Studio"]["endpoint"].clone())
        }
        Found::Run(run) => (runs::run_view(&run), Value::Null),
    };
    if args.web {
        match page.as_str().filter(|page| !page.is_empty()) {
            Some(page) => open_page(cx, page),
            None => cx.ui().warn("this job has no page to open"),
        }
    }
    Ok(cx.ui().print(&view, None)?)
}

/// Hands an address to the desktop. Where there is none, the address itself is the next best thing.
fn open_page(cx: &Context, address: &str) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = std::process::Command::new(opener);
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if command.spawn().is_err() {
        cx.ui().warn(&format!("no browser could be opened; the page is {address}"));
    }
}
