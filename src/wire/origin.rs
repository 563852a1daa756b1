//! Which addresses may be told a secret.

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

/// Whether a host, with or without a port, is this machine. What stands before an `@` is no host.
fn is_loopback(host: &str) -> bool {
    let host = host.rsplit('@').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

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
