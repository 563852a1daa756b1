//! Keeping secrets out of what people see: signatures, tokens, keys and passwords, wherever they stand.
//!
//! Everything that is logged, and every text of a service that becomes an error, goes through here.

use http::{HeaderName, HeaderValue};
use serde_json::Value;

/// What stands for a secret.
pub const HIDDEN: &str = "***";

/// Headers whose value is a secret.
const SECRET_HEADERS: &[&str] = &[
    "authorization",
    "proxy-authorization",
    "x-ms-copy-source-authorization",
    "x-ms-authorization-auxiliary",
    "x-identity-header",
    "ocp-apim-subscription-key",
    "cookie",
    "set-cookie",
];

/// Names, without case, `_` and `-`, whose value is a secret.
const SECRET_NAMES: &[&str] =
    &["key", "sig", "signature", "sas", "token", "pwd", "authorization", "clientassertion"];

/// Names whose value is a secret as a parameter of a query or form, where OAuth hands over what a token is got for.
/// Anywhere else, and above all in the body of an error, they say what the matter is.
const SECRET_PARAMETERS: &[&str] = &["code"];

/// Parts of names whose value is a secret.
const SECRET_PARTS: &[&str] = &[
    "password",
    "passphrase",
    "secret",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "sastoken",
    "apikey",
    "accountkey",
    "accesskey",
    "sharedaccess",
    "primarykey",
    "secondarykey",
    "privatekey",
    "connectionstring",
];

/// Ends of names that only speak of a secret: `secretsType`, `tokenExpiry`.
const HARMLESS_ENDS: &[&str] = &["type", "name", "uri", "url", "expiry", "expireson", "expiresin"];

/// Characters that end a value in running text.
const ENDS: &[char] = &['&', ';', ',', '"', '\'', '<', '>', '#', ')', '}', ']', '\\'];

/// A header's value, unless it is a secret.
pub(super) fn header(name: &HeaderName, value: &HeaderValue) -> String {
    match SECRET_HEADERS.contains(&name.as_str()) || value.is_sensitive() {
        true => HIDDEN.to_owned(),
        false => text(&String::from_utf8_lossy(value.as_bytes())),
    }
}

/// JSON without its secrets: members with telling names, and what is hidden in the other texts.
pub(super) fn json(value: &Value) -> Value {
    match value {
        Value::String(string) => Value::String(text(string)),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::Object(members) => {
            let shown = |(name, value): (&String, &Value)| match is_secret(name) {
                true => (name.clone(), hidden(value)),
                false => (name.clone(), json(value)),
            };
            Value::Object(members.iter().map(shown).collect())
        }
        other => other.clone(),
    }
}

/// The value of a member with a telling name: structure stays, texts and numbers go.
fn hidden(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) => value.clone(),
        Value::String(text) if text.is_empty() => value.clone(),
        Value::String(_) | Value::Number(_) => HIDDEN.into(),
        Value::Array(items) => items.iter().map(hidden).collect(),
        Value::Object(_) => json(value),
    }
}

/// Text (an address, a form, a message) without its secrets: `name=value` with telling names, also percent-encoded,
/// what follows `Bearer`, JSON web tokens, and passwords of addresses.
pub fn text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        shown.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c: char| !is_of_a_name(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        // A name in an address within an address follows an encoded `&`, which ends in two digits.
        let name = if shown.ends_with('%') { word.get(2..).unwrap_or_default() } else { word };
        shown.push_str(if is_web_token(word, after) { HIDDEN } else { word });
        rest = match () {
            () if is_web_token(word, after) => &after[value_length(after, false)..],
            () if is_scheme(word, after) => {
                shown.push_str(" ***");
                &after[1 + value_length(&after[1..], false)..]
            }
            () => hide_value(name, after, &mut shown),
        };
        rest = hide_user(word, rest, &mut shown);
    }
    shown.push_str(rest);
    shown
}

/// Skips the value that follows `name=` or `"name": "`, if the name says that it is a secret; returns what is left.
fn hide_value<'a>(name: &str, after: &'a str, shown: &mut String) -> &'a str {
    if let Some(value) = json_value(after).filter(|_| is_secret(name)) {
        shown.push_str(&after[..after.len() - value.len()]);
        shown.push_str(HIDDEN);
        return &value[value.find('"').unwrap_or(value.len())..];
    }
    let is_encoded = after.get(..3).is_some_and(|sign| sign.eq_ignore_ascii_case("%3d"));
    let sign = if is_encoded { 3 } else { usize::from(after.starts_with('=')) };
    if sign == 0 || !(is_secret(name) || (is_parameter(name, shown) && is_secret_parameter(name))) {
        return after;
    }
    let length = value_length(&after[sign..], is_encoded);
    shown.push_str(&after[..sign]);
    shown.push_str(if length == 0 { "" } else { HIDDEN });
    &after[sign + length..]
}

/// Whether a name, the last thing shown, stands where parameters do: at the beginning, or after `?` or `&`, which an
/// address within an address has encoded.
fn is_parameter(name: &str, shown: &str) -> bool {
    let before = shown.strip_suffix(name).unwrap_or(shown);
    let last_three = before.get(before.len().saturating_sub(3)..).unwrap_or_default();
    before.is_empty()
        || before.ends_with(['?', '&'])
        || ["%26", "%3f"].iter().any(|sign| last_three.eq_ignore_ascii_case(sign))
}

/// What follows `": "`, in JSON that was cut off and so is no JSON any more.
fn json_value(after: &str) -> Option<&str> {
    after.strip_prefix('"')?.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')
}

/// Hides who is named in an address: `https://user:password@host`.
fn hide_user<'a>(scheme: &str, after: &'a str, shown: &mut String) -> &'a str {
    let Some(address) = after.strip_prefix("://").filter(|_| !scheme.is_empty()) else { return after };
    let end = address.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c)).unwrap_or(address.len());
    match address[..end].rfind('@').filter(|at| address[..*at].contains(':')) {
        Some(at) => {
            shown.push_str("://***");
            &address[at..]
        }
        None => after,
    }
}

fn value_length(text: &str, is_encoded: bool) -> usize {
    let end = text.find(|c: char| c.is_whitespace() || ENDS.contains(&c)).unwrap_or(text.len());
    match text[..end].find("%26").filter(|_| is_encoded) {
        Some(encoded_ampersand) => encoded_ampersand,
        None => end,
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// Whether a word is the scheme of an `Authorization` header, its secret after a space.
fn is_scheme(word: &str, after: &str) -> bool {
    ["bearer", "sharedkey", "sharedkeylite"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
        && after.strip_prefix(' ').is_some_and(|value| value_length(value, false) > 8)
}

/// Whether a word begins a JSON web token: its header is the base64 of `{"...`.
fn is_web_token(word: &str, after: &str) -> bool {
    word.starts_with("eyJ") && word.len() > 12 && after.starts_with('.')
}

fn is_secret_parameter(name: &str) -> bool {
    SECRET_PARAMETERS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let tells =
        SECRET_NAMES.contains(&plain.as_str()) || SECRET_PARTS.iter().any(|part| plain.contains(part));
    tells && !HARMLESS_ENDS.iter().any(|end| plain.ends_with(end))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use serde_json::json;

    use super::*;

    #[test]
    fn signatures_stay_out_of_addresses_and_the_rest_stays() {
        for (given, shown) in [
            ("https://h/c/b?sv=1&sig=a%2Fb%3D&se=2", "https://h/c/b?sv=1&sig=***&se=2"),
            ("https://h/c?SIG=x", "https://h/c?SIG=***"),
            ("see https://h/c?sig=x, or not", "see https://h/c?sig=***, or not"),
            (
                "u=https%3A%2F%2Fh%3Fsv%3D1%26sig%3Dabc%26se%3D2",
                "u=https%3A%2F%2Fh%3Fsv%3D1%26sig%3D***%26se%3D2",
            ),
            ("https://user:pass@h/x", "https://***@h/x"),
            ("https://h/x?design=1&api-version=2", "https://h/x?design=1&api-version=2"),
            ("https://h:1/x@y:z", "https://h:1/x@y:z"),
        ] {
            assert_eq!(text(given), shown);
        }
    }

    #[test]
    fn tokens_keys_and_forms_are_hidden_in_text() {
        for (given, shown) in [
            ("Bearer abcdefghijkl", "Bearer ***"),
            ("bearer of bad news", "bearer of bad news"),
            ("SharedKey account:c2lnbmF0dXJl", "SharedKey ***"),
            (
                "AccountName=a;AccountKey=c2Vj/+==;EndpointSuffix=s",
                "AccountName=a;AccountKey=***;EndpointSuffix=s",
            ),
            (
                "grant_type=x&client_secret=s3&client_assertion=y&scope=z",
                "grant_type=x&client_secret=***&client_assertion=***&scope=z",
            ),
            ("got eyJhbGciOiJSUzI1NiJ9.eyJ0aWQiOiIxIn0.sig-x today", "got *** today"),
            ("password='x' key=", "password='x' key="),
            ("é sig=ü&x", "é sig=***&x"),
            ("{\"name\": \"n\", \"key\" : \"s3cr, et\", \"n", "{\"name\": \"n\", \"key\" : \"***\", \"n"),
            ("{\"sasToken\":\"sv=1", "{\"sasToken\":\"***"),
        ] {
            assert_eq!(text(given), shown);
        }
    }

    #[test]
    fn codes_are_secrets_where_oauth_hands_them_over_and_words_everywhere_else() {
        for (given, shown) in [
            ("code=abc&scope=z", "code=***&scope=z"),
            ("grant_type=authorization_code&code=abc", "grant_type=authorization_code&code=***"),
            ("https://h/back?code=abc&state=1", "https://h/back?code=***&state=1"),
            ("u=https%3A%2F%2Fh%3Fcode%3Dabc%26state%3D1", "u=https%3A%2F%2Fh%3Fcode%3D***%26state%3D1"),
            ("it ended with exit code=3", "it ended with exit code=3"),
            ("{\"error\":{\"code\":\"NotFound\",\"mess", "{\"error\":{\"code\":\"NotFound\",\"mess"),
        ] {
            assert_eq!(text(given), shown);
        }
        let error = json!({"error": {"code": "NotFound", "message": "m", "innererror": {"code": 7}}});
        assert_eq!(json(&error), error);
    }

    #[test]
    fn members_with_telling_names_are_hidden_and_their_neighbours_stay() {
        let given = json!({
            "secretsType": "Sas", "sasToken": "sv=1&sig=x", "key": "k", "keys": {"primaryKey": "p"},
            "access_token": "t", "expires_on": "1", "token_type": "Bearer", "connectionString": "c",
            "credential": {"credentialType": "SAS", "sasUri": "https://h/c?sv=1&sig=x"},
            "environmentVariables": {"DB_PASSWORD": "p", "MODE": "fast", "API-KEY": 7},
            "adminUserPassword": null, "nextLink": "https://h/x?$skiptoken=5", "list": ["?sig=y"],
        });
        let shown = json!({
            "secretsType": "Sas", "sasToken": "***", "key": "***", "keys": {"primaryKey": "***"},
            "access_token": "***", "expires_on": "1", "token_type": "Bearer", "connectionString": "***",
            "credential": {"credentialType": "SAS", "sasUri": "https://h/c?sv=1&sig=***"},
            "environmentVariables": {"DB_PASSWORD": "***", "MODE": "fast", "API-KEY": "***"},
            "adminUserPassword": null, "nextLink": "https://h/x?$skiptoken=5", "list": ["?sig=***"],
        });
        assert_eq!(json(&given), shown);
    }

    #[test]
    fn secret_headers_are_hidden_whatever_they_say() {
        let show = |name: &str, value: &str| header(&name.parse().unwrap(), &value.parse().unwrap());
        assert_eq!(show("Authorization", "Basic x"), "***");
        assert_eq!(show("X-IDENTITY-HEADER", "x"), "***");
        assert_eq!(show("location", "https://h/x?sig=1&v=2"), "https://h/x?sig=***&v=2");
        let mut marked: HeaderValue = "x".parse().unwrap();
        marked.set_sensitive(true);
        assert_eq!(header(&"x-other".parse().unwrap(), &marked), "***");
    }
}
