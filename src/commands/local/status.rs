//! `azml local status`

use serde_json::{Map, Value, json};

use crate::context::Context;
use crate::local::serve::{self, Access};
use crate::local::{self, LocalStatus};

/// Prints where the local workspace is and what is in it. Makes nothing.
pub(super) fn run(cx: &Context) -> anyhow::Result<()> {
    let home = cx.home()?;
    let (status, servers) = (local::status(&home)?, serve::running(&home)?);
    Ok(cx.ui().print(&view(&status, &servers), None)?)
}

fn view(status: &LocalStatus, servers: &[Access]) -> Value {
    let jobs: Map<String, Value> =
        status.jobs.iter().map(|found| (found.status.to_string(), found.jobs.into())).collect();
    let bytes = &status.bytes;
    json!({
        "home": status.home.display().to_string(),
        "endpoints": status.endpoints,
        "deployments": status.deployments,
        "computes": status.computes,
        "jobs": jobs,
        "servers": servers.iter().map(Access::origin).collect::<Vec<_>>(),
        "bytes": {
            "state": bytes.state,
            "jobs": bytes.jobs,
            "blobs": bytes.blobs,
            "environments": bytes.environments,
        },
    })
}
