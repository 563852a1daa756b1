//! What a command works with: settings, the terminal, and a client that is built when first asked for.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::arm::hosts::TokenDomains;
use crate::arm::trace::{Detail, Trace};
use crate::arm::transport::InProcess;
use crate::arm::{AccessToken, Client, Credential};
use crate::auth::{Network, SignIn, Surroundings};
use crate::cli::common::{ConfirmArgs, GlobalArgs, RegistryArgs, SendArgs, WorkspaceArgs};
use crate::env_vars::AZURE_SUBSCRIPTION_ID;
use crate::local;
use crate::local::home::Home;
use crate::local::server::LocalService;
use crate::net::{HttpTransport, Reach};
use crate::settings::target::AzureTarget;
use crate::settings::{Settings, Target};
use crate::supervisor::ProcessLauncher;
use crate::ui::{Confirmation, Ui};
use crate::wire::ids::WorkspaceId;

/// Origin of the local workspace's addresses. No socket listens there: `.localhost` never leaves the machine
/// (RFC 6761), and requests to it are answered in process.
pub const LOCAL_ORIGIN: &str = "https://azml.localhost";

/// What `--debug` calls those who send requests.
const HTTP_LOGGER: &str = "azml.http";

/// What a command works with.
pub struct Context {
    global: GlobalArgs,
    settings: Settings,
    ui: Ui,
}

impl Context {
    /// Everything a command needs; nothing is opened yet.
    pub fn new(global: GlobalArgs, settings: Settings, ui: Ui) -> Self {
        Self { global, settings, ui }
    }

    /// The same, but results are not printed; logs, progress and messages are.
    pub fn without_results(&self) -> Self {
        Self { global: self.global.clone(), settings: self.settings.clone(), ui: self.ui.without_results() }
    }

    /// Whether the user asked for data, by `-o` or `--query`, where the command would print a page.
    pub fn is_format_named(&self) -> bool {
        self.global.output.is_some() || self.global.query.is_some()
    }

    /// The terminal.
    pub fn ui(&self) -> &Ui {
        &self.ui
    }

    /// The configuration.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The folder the command was started in.
    pub fn current_dir(&self) -> &PathBuf {
        self.settings.current_dir()
    }

    /// A client for the workspace the options choose. The first use opens the local workspace's state.
    pub fn arm(&self, workspace: &WorkspaceArgs) -> anyhow::Result<Client> {
        match self.settings.target(&workspace.target(&self.global))? {
            Target::Local { implied } => {
                if implied {
                    self.ui.notice("Workspace: local, the one built into azml (-w and -g choose another).");
                }
                self.local_client()
            }
            Target::Azure(target) => self.azure_client(target),
        }
    }

    /// A client for a workspace on Azure. Nobody is signed in, nothing is sent and no TLS roots are read before its
    /// first request.
    fn azure_client(&self, target: AzureTarget) -> anyhow::Result<Client> {
        let cloud = self.settings.cloud()?;
        let origin = self.settings.arm_endpoint(&cloud)?;
        let profile = self.settings.az_profile(&cloud);
        let Some(subscription) = self.settings.subscription(target.subscription.as_deref(), &profile) else {
            bail!(
                "no subscription for the workspace `{}`: sign in with `az login`, give --subscription, or set \
                 {AZURE_SUBSCRIPTION_ID}",
                target.workspace
            );
        };
        let network = self.network()?;
        let (transport, retries) = (Arc::clone(&network.transport), network.retries);
        let domains = TokenDomains {
            resource_manager: vec![cloud.data_plane.clone()],
            machine_learning: vec![cloud.data_plane.clone(), cloud.scoring_domain()],
            storage: cloud.storage_domains(),
        };
        let credential: Arc<dyn Credential> = match self.settings.access_token() {
            Some(token) => {
                Arc::new(AccessToken::new(token.expose(), None).context("AZML_ACCESS_TOKEN is no token")?)
            }
            None => Arc::new(SignIn::new(Surroundings {
                environment: self.settings.environment().clone(),
                cloud,
                profile,
                subscription: subscription.clone(),
                network,
                tokens_dir: self.home().ok().map(|home| home.tokens_dir()),
                trace: self.trace(),
            })),
        };
        let workspace =
            WorkspaceId { subscription, resource_group: target.resource_group, name: target.workspace };
        Ok(Client::new(Box::new(transport), origin, workspace)
            .with_credential(credential, domains)
            .repeating(retries)
            .traced(self.trace()))
    }

    /// As [`Self::arm`], for commands that could also act on a registry.
    pub fn arm_or_registry(&self, place: &RegistryArgs) -> anyhow::Result<Client> {
        match &place.registry_name {
            Some(name) => {
                bail!("the registry `{name}` is on Azure, which this version of azml does not reach yet")
            }
            None => self.arm(&place.workspace),
        }
    }

    /// As [`Self::arm`], for a command that changes something.
    pub fn arm_to_change(&self, workspace: &WorkspaceArgs, send: &SendArgs) -> anyhow::Result<Client> {
        Ok(self.arm(workspace)?.waiting(!send.no_wait).dry(send.dry.dry_run))
    }

    /// As [`Self::arm_or_registry`], for a command that changes something.
    pub fn arm_or_registry_to_change(&self, place: &RegistryArgs, send: &SendArgs) -> anyhow::Result<Client> {
        Ok(self.arm_or_registry(place)?.waiting(!send.no_wait).dry(send.dry.dry_run))
    }

    /// Ends a command that changed something: prints the result, or nothing with `--no-wait`, or on a dry run what
    /// would have been sent.
    pub fn conclude(
        &self,
        arm: &Client,
        send: &SendArgs,
        result: impl FnOnce() -> Value,
    ) -> anyhow::Result<()> {
        match arm.planned() {
            Some(planned) => Ok(self.ui.print_exact(&planned.into())?),
            None if send.no_wait => Ok(()),
            None => Ok(self.ui.print(&result(), None)?),
        }
    }

    /// Where the local workspace keeps its state.
    pub fn home(&self) -> anyhow::Result<Home> {
        Ok(Home::new(self.settings.home()?))
    }

    /// Asks before something is deleted, unless that was answered already.
    pub fn confirm(&self, args: &ConfirmArgs) -> anyhow::Result<()> {
        if args.yes || self.settings.config().core_flag("disable_confirm_prompt")? {
            return Ok(());
        }
        match self.ui.confirm("Are you sure you want to perform this operation?")? {
            Confirmation::Yes => Ok(()),
            Confirmation::No | Confirmation::NoTerminal => bail!("Operation cancelled."),
        }
    }

    /// As [`Self::confirm`]; a dry run deletes nothing, so it does not ask.
    pub fn confirm_change(&self, args: &ConfirmArgs, send: &SendArgs) -> anyhow::Result<()> {
        if send.dry.dry_run { Ok(()) } else { self.confirm(args) }
    }

    /// The way out of this process; nothing is opened yet.
    fn network(&self) -> anyhow::Result<Network> {
        let reach = Reach::from_settings(&self.settings)?;
        Ok(Network::new(Arc::new(HttpTransport::new(reach.options())), reach.retries))
    }

    /// Who hears of requests: somebody at a terminal of long waits, and whoever asked to of more.
    fn trace(&self) -> Option<Trace> {
        let detail = match (self.global.debug, self.global.verbose) {
            (true, _) => Detail::Everything,
            (false, true) => Detail::Notes,
            (false, false) if self.ui.shows_progress() => Detail::Waits,
            (false, false) => return None,
        };
        let ui = self.ui.clone();
        Some(Trace::new(detail, move |told, text| match told {
            Detail::Everything => ui.debug(HTTP_LOGGER, text),
            Detail::Waits if detail == Detail::Waits => ui.notice(text),
            Detail::Waits | Detail::Notes => ui.info(text),
        }))
    }

    /// The local workspace, opened.
    pub fn local_service(&self) -> anyhow::Result<LocalService> {
        let launcher = ProcessLauncher::from_settings(&self.settings)?;
        Ok(local::open(self.home()?, Box::new(launcher))?)
    }

    fn local_client(&self) -> anyhow::Result<Client> {
        let router = local::server::router(Arc::new(self.local_service()?));
        let client = Client::new(Box::new(InProcess::new(router)), LOCAL_ORIGIN, WorkspaceId::local());
        Ok(client.traced(self.trace()))
    }
}
