//! Addresses and secrets: which may be told one, and how one is shown that may hold one.

/// Whether what is sent to an address stays between the two ends: https, or plain http that does not leave the machine.
pub fn is_private(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match scheme.to_ascii_lowercase().as_str() {
        "https" => !host.is_empty(),
        "http" => is_loopback(host),
        _ => false,
    }
}

/// An address as people may see it: without its query and fragment, which may hold a signature, and without the user
/// and password that may stand before its host.
pub fn shown(url: &str) -> String {
    let address = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.to_owned();
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

/// Whether an address is one of this machine.
pub fn is_on_this_machine(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    is_loopback(rest.split(['/', '?', '#']).next().unwrap_or_default())
}

/// The host and port of an address's authority: what stands before an `@` is neither.
fn is_loopback(authority: &str) -> bool {
    is_loopback_host(authority.rsplit('@').next().unwrap_or_default())
}

/// Whether the text is a host that is this machine, with or without a port, and nothing more.
pub fn is_loopback_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((name, port))) => (name, port),
        Some(None) => return false,
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.chars().all(|c| c.is_ascii_digit()));
    is_port
        && (name.eq_ignore_ascii_case("localhost")
            || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        for (url, expected) in [
            ("https://user:pass@h:1/a/b@c?sig=x#y", "https://h:1/a/b@c"),
            ("https://us@er:pa@h", "https://h"),
            ("https://h#sig", "https://h"),
            ("azureml://datastores/d/paths/p", "azureml://datastores/d/paths/p"),
            ("/relative/a@b?sig=x", "/relative/a@b"),
            ("azureml:d@latest", "azureml:d@latest"),
        ] {
            assert_eq!(shown(url), expected);
        }
    }

    #[test]
    fn plain_http_is_private_on_loopback_only() {
        for url in [
            "https://h/x",
            "HTTPS://h",
            "http://127.0.0.1:80/x",
            "http://localhost?q",
            "http://[::1]:1/",
            "http://127.9.9.9",
        ] {
            assert!(is_private(url), "{url}");
        }
        assert!(is_on_this_machine("https://127.0.0.1:1/x") && !is_on_this_machine("https://h/127.0.0.1"));
        for url in [
            "http://h/x",
            "http://127.0.0.1@evil/",
            "http://127.0.0.1.evil/",
            "http://evil/127.0.0.1",
            "/relative",
            "https://",
            "ftp://127.0.0.1",
        ] {
            assert!(!is_private(url), "{url}");
        }
    }
}
