//! `azml local serve`

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::cli::shell::Shell;
use crate::context::Context;
use crate::local::serve::{self, Access, Claim, DEFAULT_PORT, Server};
use crate::local::server::Tokens;
use crate::wire::ids::WorkspaceId;

/// Arguments of `local serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Port of 127.0.0.1 to listen on; 0 takes any free one [default: 8443]
    #[arg(long)]
    port: Option<u16>,
    /// Shell to print the variables for
    #[arg(long, value_enum, default_value = "sh")]
    shell: Shell,
    /// Print the variables of the server that runs, and end
    #[arg(long)]
    print_env: bool,
    /// Accept any token, so that every user of this machine who can connect may run code as you
    #[arg(long, conflicts_with = "print_env")]
    insecure_any_token: bool,
}

/// Prints the variables that point SDKs here, and answers them until it is stopped.
pub(super) async fn run(cx: &Context, args: ServeArgs) -> anyhow::Result<()> {
    if args.print_env {
        return Ok(cx.ui().text(&variables(cx, &the_running(cx, args.port)?, args.shell))?);
    }
    let tokens = if args.insecure_any_token { Tokens::Any } else { Tokens::Issued };
    let home = cx.home()?;
    home.ensure()?;
    let claim = Claim::to_serve(&home)?;
    let server = Server::bind(claim, cx.local_service()?, args.port.unwrap_or(DEFAULT_PORT), tokens)?;
    // Asked for first, so that a signal after the lines are out is not missed.
    let stopped = stop_signal()?;
    let origin = server.access().origin();
    cx.ui().notice(&format!("Serving the local workspace at {origin}. Ctrl-C stops it; jobs go on."));
    if tokens == Tokens::Any {
        cx.ui().warn(
            "Any token is accepted: every user of this machine can run code as you through this server. \
             Use --insecure-any-token for tests alone.",
        );
    }
    cx.ui().text(&variables(cx, server.access(), args.shell))?;
    server.run(stopped).await?;
    cx.ui().notice("Stopped.");
    Ok(())
}

/// The server of this state folder that runs, or the one of them on that port.
fn the_running(cx: &Context, port: Option<u16>) -> anyhow::Result<Access> {
    let mut found = serve::running(&cx.home()?)?;
    found.retain(|access| port.is_none_or(|port| access.port() == port));
    match (found.pop(), found.is_empty()) {
        (Some(access), true) => Ok(access),
        (Some(last), false) => {
            let ports: Vec<_> = found.iter().chain([&last]).map(|access| access.port().to_string()).collect();
            bail!("servers run on the ports {}; choose one with --port", ports.join(", "))
        }
        (None, _) => match port {
            Some(port) => {
                bail!("no server of this workspace runs on port {port}; `azml local serve` starts one")
            }
            None => bail!("no server of this workspace runs; `azml local serve` starts one"),
        },
    }
}

/// What makes `azure-ai-ml` and `DefaultAzureCredential` use the server, without a change to a script.
fn variables(cx: &Context, access: &Access, shell: Shell) -> String {
    let WorkspaceId { subscription, resource_group, name } = WorkspaceId::local();
    let certificate = access.certificate().display().to_string();
    let mut pairs = vec![
        ("AZUREML_DEV_URL_MFE", access.origin()),
        ("REQUESTS_CA_BUNDLE", certificate),
        ("IDENTITY_ENDPOINT", access.identity_endpoint()),
        ("IDENTITY_HEADER", access.identity_header().to_owned()),
        ("AZURE_TOKEN_CREDENTIALS", "ManagedIdentityCredential".to_owned()),
        ("AZURE_SUBSCRIPTION_ID", subscription),
        ("AZURE_RESOURCE_GROUP", resource_group),
        ("AZURE_ML_WORKSPACE", name),
    ];
    // Which of the two spellings counts is another one in every library.
    let hosts = cx.settings().no_proxy_for_loopback();
    pairs.extend(hosts.into_iter().flat_map(|hosts| [("NO_PROXY", hosts.clone()), ("no_proxy", hosts)]));
    pairs.iter().fold(String::new(), |mut lines, (name, value)| {
        // A string takes everything that is written to it.
        let _ = writeln!(lines, "{}", shell.export(name, value));
        lines
    })
}

/// Ends with the first request to stop: Ctrl-C, or on Unix what `kill` and service managers send.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut interrupt = signal(SignalKind::interrupt()).context("listening for Ctrl-C")?;
        let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
        Ok(async move {
            tokio::select! {
                _ = interrupt.recv() => (),
                _ = terminate.recv() => (),
            }
        })
    }
    #[cfg(not(unix))]
    Ok(async {
        // Without a handler there is only the hard way to stop.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
