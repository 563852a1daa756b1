//! What requests need to know of addresses: who is behind one, and where a reference in an answer leads.

/// The address without its query.
pub(super) fn without_query(url: &str) -> String {
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// Whether a reference begins with a scheme (RFC 3986), and so is an address of its own.
fn has_scheme(reference: &str) -> bool {
    let scheme = reference.split_once(':').map_or("", |(scheme, _)| scheme);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
}

/// Scheme and authority.
pub(super) fn origin(url: &str) -> &str {
    let Some(scheme) = url.find("://").filter(|_| has_scheme(url)) else { return "" };
    let authority = scheme + "://".len();
    let end = url[authority..].find(['/', '?', '#']).map_or(url.len(), |length| authority + length);
    &url[..end]
}

/// Whether two addresses lead to the same server, so that one may be told what the other was told.
pub(super) fn is_same_origin(one: &str, other: &str) -> bool {
    !origin(one).is_empty() && explicit(one) == explicit(other)
}

/// The origin with its port, in small letters.
fn explicit(url: &str) -> String {
    let origin = origin(url).to_ascii_lowercase();
    let default = if origin.starts_with("https:") { ":443" } else { ":80" };
    origin.strip_suffix(default).map(str::to_owned).unwrap_or(origin)
}

/// The address that a reference in the answer of `base` means (RFC 3986, without `..`, which no service sends).
pub(super) fn resolve(base: &str, reference: &str) -> String {
    if has_scheme(reference) {
        return reference.to_owned();
    }
    if let Some(rest) = reference.strip_prefix("//") {
        let scheme = base.split_once("://").map_or("https", |(scheme, _)| scheme);
        return format!("{scheme}://{rest}");
    }
    if reference.starts_with('/') {
        return format!("{}{reference}", origin(base));
    }
    let path = without_query(base);
    if reference.starts_with('?') {
        return format!("{path}{reference}");
    }
    let folder = path.rfind('/').map_or(path.as_str(), |end| &path[..=end]);
    format!("{folder}{reference}")
}

/// The address, asking for the api-version that `like` asks for.
pub(super) fn with_api_version_of(url: &str, like: &str) -> String {
    let version = |pair: &&str| pair.to_ascii_lowercase().starts_with("api-version=");
    let Some(asked) = query(like).split('&').find(version) else { return url.to_owned() };
    let others = query(url).split('&').filter(|pair| !pair.is_empty() && !version(pair));
    let pairs: Vec<&str> = others.chain([asked]).collect();
    format!("{}?{}", without_query(url), pairs.join("&"))
}

fn query(url: &str) -> &str {
    url.split('#').next().and_then(|url| url.split_once('?')).map_or("", |(_, query)| query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_with_their_ports_and_without_case() {
        assert!(is_same_origin("https://H/x?y", "https://h:443/"));
        assert!(is_same_origin("http://h:80", "http://h/z"));
        for other in [
            "http://h/x",
            "https://h:8443/x",
            "https://h.evil/x",
            "https://h@evil/x",
            "/x?u=https://h/x",
            "/x",
            "",
        ] {
            assert!(!is_same_origin("https://h/x", other), "{other}");
        }
        assert!(!is_same_origin("/x", "/x"), "no host is no host in common");
    }

    #[test]
    fn references_lead_where_the_answer_was_from() {
        let base = "https://h:1/a/b?c=1";
        for (reference, address) in [
            ("https://i/x", "https://i/x"),
            ("//i/x", "https://i/x"),
            ("/x?y", "https://h:1/x?y"),
            ("?y", "https://h:1/a/b?y"),
            ("/x?u=https://i/", "https://h:1/x?u=https://i/"),
            ("?u=https://i/", "https://h:1/a/b?u=https://i/"),
            ("HTTPS://i/x", "HTTPS://i/x"),
            ("urn:x", "urn:x"),
            ("x?y", "https://h:1/a/x?y"),
        ] {
            assert_eq!(resolve(base, reference), address);
        }
        assert_eq!(without_query(base), "https://h:1/a/b");
    }

    #[test]
    fn the_next_page_is_asked_for_with_the_version_of_the_first() {
        let first = "https://h/x?api-version=2&a=b";
        assert_eq!(
            with_api_version_of("https://h/x?API-version=1&$skip=2", first),
            "https://h/x?$skip=2&api-version=2"
        );
        assert_eq!(with_api_version_of("https://h/x", first), "https://h/x?api-version=2");
        assert_eq!(with_api_version_of("https://h/x?s", "https://h/x"), "https://h/x?s");
    }
}
