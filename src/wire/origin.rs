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

/// Text of another program as people may see it: of the addresses in it, what stands before the host and the value of
/// `sig` are masked.
pub fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + 3);
        shown += before;
        let address = after.find(is_end_of_address).map_or(after, |end| &after[..end]);
        let authority = address.split(['/', '?', '#']).next().unwrap_or_default();
        let login = authority.rfind('@').unwrap_or(0);
        shown += if login > 0 { "***" } else { "" };
        shown += &without_signature(&address[login..]);
        rest = &after[address.len()..];
    }
    shown + rest
}

fn is_end_of_address(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')' | ',')
}

fn without_signature(address: &str) -> String {
    let Some((path, query)) = address.split_once('?') else {
        return address.to_owned();
    };
    let parameters = query.split('&').map(|parameter| match parameter.split_once('=') {
        Some((name, _)) if name.eq_ignore_ascii_case("sig") => format!("{name}=***"),
        _ => parameter.to_owned(),
    });
    format!("{path}?{}", parameters.collect::<Vec<_>>().join("&"))
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
    fn text_is_shown_without_the_secrets_of_its_addresses() {
        for (text, expected) in [
            ("nothing to hide: a@b", "nothing to hide: a@b"),
            (
                "Looking in https://me:p@ss@h/simple, file:///x@y",
                "Looking in https://***@h/simple, file:///x@y",
            ),
            ("-e git+https://token@h/x.git@main#egg=x y", "-e git+https://***@h/x.git@main#egg=x y"),
            ("(`https://a.b/x.whl?sv=1&sig=abc%3D&se=2`)", "(`https://a.b/x.whl?sv=1&sig=***&se=2`)"),
            ("https://u:a\nhttps://u:b@h", "https://u:a\nhttps://***@h"),
        ] {
            assert_eq!(masked(text), expected);
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
