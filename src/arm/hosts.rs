//! Who may be told a token: addresses come from answers, and who gave one need not have the user's good in mind.

use http::Uri;

use super::credential::Audience;
use super::error::ArmErrorKind;
use crate::wire::origin::{is_loopback_host, is_private};

/// The domains in which a cloud has the services that take a token.
#[derive(Debug, Clone, Default)]
pub struct TokenDomains {
    /// Of the data planes that take tokens for Resource Manager.
    pub resource_manager: Vec<String>,
    /// Of the batch data plane.
    pub machine_learning: Vec<String>,
    /// Of storage accounts.
    pub storage: Vec<String>,
}

impl TokenDomains {
    fn of(&self, audience: Audience) -> &[String] {
        match audience {
            Audience::ResourceManager => &self.resource_manager,
            Audience::MachineLearning => &self.machine_learning,
            Audience::Storage => &self.storage,
        }
    }
}

/// The hosts tokens are sent to: the one the user named, and those in the cloud's domains.
#[derive(Debug, Clone)]
pub(super) struct TokenHosts {
    /// Host of the origin the client was made for.
    own: Option<String>,
    domains: TokenDomains,
}

impl TokenHosts {
    pub(super) fn new(origin: &str, domains: TokenDomains) -> Self {
        Self { own: host_of(origin), domains }
    }

    /// Whether a token for `audience` may be sent to `url`, and if not, why.
    pub(super) fn check(&self, audience: Audience, url: &str) -> Result<(), ArmErrorKind> {
        if !is_private(url) {
            return Err(ArmErrorKind::TokenInTheOpen);
        }
        match host_of(url) {
            Some(host) if self.is_own(&host) || self.is_within(audience, &host) => Ok(()),
            _ => Err(ArmErrorKind::StrangeHost),
        }
    }

    /// Whether it is the host the user named. Where that is this machine, so are the services it names.
    fn is_own(&self, host: &str) -> bool {
        let is_same = |own: &String| own == host || (is_loopback_host(own) && is_loopback_host(host));
        self.own.as_ref().is_some_and(is_same)
    }

    fn is_within(&self, audience: Audience, host: &str) -> bool {
        self.domains.of(audience).iter().filter_map(|domain| domain_of(domain)).any(|domain| {
            host == domain || host.strip_suffix(domain.as_str()).is_some_and(|front| front.ends_with('.'))
        })
    }
}

/// A domain as people write it, in small letters: without the dot in front, and the port.
fn domain_of(written: &str) -> Option<String> {
    let domain = written.trim_start_matches('.').split(':').next()?.to_ascii_lowercase();
    (!domain.is_empty()).then_some(domain)
}

/// The host of an address, as the HTTP client understands it, in small letters.
fn host_of(url: &str) -> Option<String> {
    let host = url.parse::<Uri>().ok()?.host()?.to_ascii_lowercase();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(origin: &str) -> TokenHosts {
        let domains = |name: &str| vec![name.to_owned()];
        TokenHosts::new(
            origin,
            TokenDomains {
                resource_manager: domains("api.azureml.ms"),
                machine_learning: domains("inference.ml.azure.com"),
                storage: domains("core.windows.net"),
            },
        )
    }

    fn is_told(audience: Audience, url: &str) -> bool {
        hosts("https://management.azure.com").check(audience, url).is_ok()
    }

    #[test]
    fn tokens_go_to_the_clouds_own_services_and_private_links_of_them() {
        for url in [
            "https://management.azure.com/x",
            "https://MANAGEMENT.azure.com:443/x",
            "https://westeurope.api.azureml.ms/history",
            "https://id.workspace.westeurope.privatelink.api.azureml.ms/",
        ] {
            assert!(is_told(Audience::ResourceManager, url), "{url}");
        }
        assert!(is_told(Audience::MachineLearning, "https://ep.westeurope.inference.ml.azure.com/jobs"));
        assert!(is_told(Audience::Storage, "https://a.privatelink.blob.core.windows.net/c"));
    }

    #[test]
    fn tokens_go_to_no_other_host_however_its_name_is_dressed_up() {
        for url in [
            "https://evil.example/",
            "https://evilapi.azureml.ms/",
            "https://api.azureml.ms.evil.example/",
            "https://api.azureml.ms@evil.example/",
            "https://evil.example/api.azureml.ms",
            "https://evil.example?api.azureml.ms",
            "https://evil.example\\.api.azureml.ms/",
            "https://vm.westeurope.instances.azureml.ms/",
            "https://ep.westeurope.inference.ml.azure.com/",
            "https://a.blob.core.windows.net/",
            "https://127.0.0.1/",
            "https://",
        ] {
            assert!(!is_told(Audience::ResourceManager, url), "{url}");
        }
        assert!(!is_told(Audience::Storage, "https://westeurope.api.azureml.ms/"));
        let open =
            hosts("https://management.azure.com").check(Audience::Storage, "http://management.azure.com/");
        assert!(matches!(open, Err(ArmErrorKind::TokenInTheOpen)));
    }

    #[test]
    fn domains_are_understood_however_they_are_written() {
        for written in ["Core.Sealed", ".core.sealed", "core.sealed:8443"] {
            let storage = vec![String::new(), written.to_owned()];
            let domains = TokenDomains { resource_manager: vec![], machine_learning: vec![], storage };
            let hosts = TokenHosts::new("https://arm.sealed", domains);
            assert!(hosts.check(Audience::Storage, "https://a.blob.core.sealed/c").is_ok(), "{written}");
            assert!(hosts.check(Audience::Storage, "https://a.blob.core.open/c").is_err(), "{written}");
        }
    }

    #[test]
    fn a_service_on_this_machine_may_name_others_on_it() {
        let local = hosts("http://127.0.0.1:1");
        for url in ["http://127.0.0.1:2/x", "https://localhost/", "http://[::1]:3/"] {
            assert!(local.check(Audience::Storage, url).is_ok(), "{url}");
        }
    }
}
