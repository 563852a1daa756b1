//! Keeping secrets out of what people see: signatures, tokens, keys and passwords, wherever they stand.
//!
//! Everything that is logged, and every text of a service that becomes an error, goes through here.

use std::borrow::Cow;
use std::ops::Range;

use http::{HeaderName, HeaderValue};
use serde_json::Value;

use crate::wire::secrets::is_secret_name;

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

/// Names whose value is a secret as a parameter of a query or form, where OAuth hands over what a token is got for.
/// Anywhere else, and above all in the body of an error, they say what the matter is.
const SECRET_PARAMETERS: &[&str] = &["code"];

/// Schemes whose addresses name a container before the `@`, not a person.
const CONTAINER_SCHEMES: &[&str] = &["abfs", "abfss", "wasb", "wasbs"];

/// Schemes of `Authorization`, their secret after a space.
const AUTHORIZATION_SCHEMES: &[&str] = &["bearer", "basic", "sharedkey", "sharedkeylite"];

/// Most bytes shown of what a service says.
const LONGEST_SAID: usize = 16 << 10;

/// How a key or certificate begins and ends in PEM, and the rule that ends both lines.
const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_END: &str = "-----END ";
const PEM_RULE: &str = "-----";

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
            let shown = |(name, value): (&String, &Value)| match is_secret_name(name) {
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

/// Text (an address, a form, a message) without its secrets: what follows a telling name and `=` or `:`, also quoted
/// and percent-encoded, or an option of such a name; what follows `Bearer`; JSON web tokens; keys and certificates in
/// PEM; whoever an address names.
pub fn text(text: &str) -> String {
    let text = without_pem(text);
    let mut shown = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
        shown.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c: char| !is_of_a_name(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let secret = secret_after(&shown, word, after);
        let is_token = is_web_token(word, after);
        shown.push_str(if is_token { HIDDEN } else { word });
        rest = match secret {
            _ if is_token => &after[bare_length(after, false)..],
            Some(secret) => {
                shown.push_str(&after[..secret.start]);
                shown.push_str(if secret.is_empty() { "" } else { HIDDEN });
                &after[secret.end..]
            }
            None => hide_user(word, after, &mut shown),
        };
    }
    shown.push_str(rest);
    shown
}

/// What a service says, without its secrets and no more of it than anybody reads.
pub(super) fn said(said: &str) -> String {
    if said.len() <= LONGEST_SAID {
        return text(said);
    }
    let cut = (0..=LONGEST_SAID).rev().find(|at| said.is_char_boundary(*at)).unwrap_or_default();
    format!("{}... ({} bytes in all)", text(&said[..cut]), said.len())
}

/// Text without keys and certificates in PEM, also where they are cut off before their end.
fn without_pem(text: &str) -> Cow<'_, str> {
    if !text.contains(PEM_BEGIN) {
        return Cow::Borrowed(text);
    }
    let (mut shown, mut rest) = (String::new(), text);
    while let Some((before, inside)) = rest.split_once(PEM_BEGIN) {
        shown.extend([before, HIDDEN]);
        let end = inside.split_once(PEM_END).and_then(|(_, end)| end.split_once(PEM_RULE));
        rest = end.map_or("", |(_, after)| after);
    }
    Cow::Owned(shown + rest)
}

/// Where in what follows a word the secret stands that the word tells of.
fn secret_after(before: &str, word: &str, after: &str) -> Option<Range<usize>> {
    if is_scheme(word, after) {
        return Some(1..1 + bare_length(&after[1..], false));
    }
    if !tells(before, word) && !is_secret_parameter(before, word, after) {
        return None;
    }
    if let Some(sign) = encoded(after, "3d") {
        return Some(sign..sign + bare_length(&after[sign..], true));
    }
    let name_end = opening_quote(after).map_or(0, |quote| quote.len());
    let is_option = before.ends_with("--");
    let gap = name_end + blanks(&after[name_end..]);
    let sign = match after[gap..].chars().next() {
        Some('=') => 1,
        // `azureml:my-key:1` is a version, and `key://` an address.
        Some(':') if !after[gap..].starts_with("://") && !is_within_address(before, &after[gap + 1..]) => 1,
        // Of a list of words, each quoted.
        Some(',') if is_option && name_end > 0 => 1,
        _ if is_option && gap > name_end && !after[gap..].starts_with("--") => 0,
        _ => return None,
    };
    let start = gap + sign;
    let start = start + blanks(&after[start..]);
    let value = &after[start..];
    Some(match opening_quote(value) {
        Some(quote) => start + quote.len()..start + quote.len() + quoted_length(&value[quote.len()..], quote),
        None => start..start + bare_length(value, false),
    })
}

/// Whether a word is the name of a secret. A name in an address within an address follows an encoded `&`, whose digits
/// look like its beginning.
fn tells(before: &str, word: &str) -> bool {
    let mut name = word;
    if before.ends_with('%') {
        while let Some(rest) = name.strip_prefix("25") {
            if is_secret_name(rest) {
                return true;
            }
            name = rest;
        }
        name = name.get(2..).unwrap_or_default();
    }
    is_secret_name(name)
}

/// Whether a word is a parameter that is a secret as such, and stands where parameters do: at the beginning, or after
/// `?` or `&`, which an address within an address has encoded.
fn is_secret_parameter(before: &str, word: &str, after: &str) -> bool {
    let name = match before.chars().next_back() {
        None | Some('?' | '&') => word,
        Some('%') => {
            let sign = word.trim_start_matches("25");
            let name = ["26", "3f", "3F"].iter().find_map(|digits| sign.strip_prefix(digits));
            name.unwrap_or_default()
        }
        Some(_) => "",
    };
    let is_assigned = after.starts_with('=') || encoded(after, "3d").is_some();
    is_assigned && SECRET_PARAMETERS.iter().any(|secret| name.eq_ignore_ascii_case(secret))
}

fn is_within_address(before: &str, after_colon: &str) -> bool {
    before.ends_with([':', '/', '@']) && !after_colon.starts_with(char::is_whitespace)
}

/// Length of a character that is percent-encoded, once or several times: `%3D`, `%253D`.
fn encoded(text: &str, digits: &str) -> Option<usize> {
    let mut at = text.starts_with('%').then_some(1)?;
    while text[at..].starts_with("25") {
        at += 2;
    }
    text.get(at..at + 2)?.eq_ignore_ascii_case(digits).then_some(at + 2)
}

/// A quote at the beginning of a text, with the `\` before it where the text was quoted itself.
fn opening_quote(text: &str) -> Option<&str> {
    let slashes = text.len() - text.trim_start_matches('\\').len();
    text[slashes..].starts_with(['"', '\'']).then(|| &text[..=slashes])
}

/// Bytes until the quote that closes, or until the end of what was cut off.
fn quoted_length(text: &str, opening: &str) -> usize {
    let closes = |at: &usize| {
        let slashes = text[..*at].len() - text[..*at].trim_end_matches('\\').len();
        match opening.len() - 1 {
            0 => slashes.is_multiple_of(2),
            depth => slashes <= depth,
        }
    };
    let quote = &opening[opening.len() - 1..];
    let end = text.match_indices(quote).map(|(at, _)| at).find(closes).unwrap_or(text.len());
    // The `\` before a closing quote belongs to the quote.
    end - (opening.len() - 1).min(text[..end].len() - text[..end].trim_end_matches('\\').len())
}

/// Bytes of a value without quotes. Commas and quotes are part of it where it goes on after them.
fn bare_length(text: &str, is_encoded: bool) -> usize {
    let ends = |(at, c): (usize, char)| {
        let next = text[at + c.len_utf8()..].chars().next();
        match c {
            '&' | ';' | '<' | '>' => true,
            ',' => next.is_none_or(|next| next.is_whitespace() || matches!(next, '"' | '\'' | '\\')),
            '"' | '\'' | '`' => {
                next.is_none_or(|next| next.is_whitespace() || ",;:.)]}>\\&\"'`".contains(next))
            }
            '%' if is_encoded => encoded(&text[at..], "26").is_some(),
            _ => c.is_whitespace(),
        }
    };
    let end = text.char_indices().find(|place| ends(*place)).map_or(text.len(), |(at, _)| at);
    let value = text[..end].trim_end_matches([')', ']', '}', ',', '.', '\\']);
    // `Authorization: Basic x` names a scheme first.
    match text[value.len()..].strip_prefix(' ') {
        Some(secret) if is_named_scheme(value) => value.len() + 1 + bare_length(secret, is_encoded),
        _ => value.len(),
    }
}

fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// Hides who is named in an address: `https://user:password@host`, `https://token@host`.
fn hide_user<'a>(scheme: &str, after: &'a str, shown: &mut String) -> &'a str {
    let Some(address) = after.strip_prefix("://").filter(|_| !scheme.is_empty()) else { return after };
    let end = address.find(|c: char| c.is_whitespace() || "/?#\"'<>".contains(c)).unwrap_or(address.len());
    let names_container = |user: &str| {
        !user.contains(':') && CONTAINER_SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known))
    };
    match address[..end].rfind('@').filter(|at| !names_container(&address[..*at])) {
        Some(at) => {
            shown.push_str("://***");
            &address[at..]
        }
        None => after,
    }
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn is_named_scheme(word: &str) -> bool {
    AUTHORIZATION_SCHEMES.iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
}

/// Whether a word is the scheme of an `Authorization` header, its secret after a space.
fn is_scheme(word: &str, after: &str) -> bool {
    is_named_scheme(word) && after.strip_prefix(' ').is_some_and(|value| bare_length(value, false) > 8)
}

/// Whether a word begins a JSON web token: its header is the base64 of `{"...`.
fn is_web_token(word: &str, after: &str) -> bool {
    word.starts_with("eyJ") && word.len() > 12 && after.starts_with('.')
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
            (
                "https://h%253Fsv%253D1%2526sig%253DX%252F%2526se%253D2",
                "https://h%253Fsv%253D1%2526sig%253D***%2526se%253D2",
            ),
            ("https://user:pass@h/x", "https://***@h/x"),
            ("https://ghp_TOKEN@github.com/x", "https://***@github.com/x"),
            ("abfss://data@account.dfs.core.windows.net/x", "abfss://data@account.dfs.core.windows.net/x"),
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
            ("password='hunter2' key=", "password='***' key="),
            ("AccountKey: QUJD", "AccountKey: ***"),
            ("client_secret: X and more", "client_secret: *** and more"),
            ("{'api_key': 'X', 'mode': 'fast'}", "{'api_key': '***', 'mode': 'fast'}"),
            ("az login --password X --tenant t", "az login --password *** --tenant t"),
            ("['--password', 'X', '--tenant', 't']", "['--password', '***', '--tenant', 't']"),
            ("set --sas-token --or-not", "set --sas-token --or-not"),
            ("pwd=a,bc; and", "pwd=***; and"),
            ("pwd=a'bc", "pwd=***"),
            (r#"{"password":"ab\"REST","n":1}"#, r#"{"password":"***","n":1}"#),
            (r#"{"password":"ab\\","n":1}"#, r#"{"password":"***","n":1}"#),
            (r#""{\"password\":\"abc\",\"n\":1}""#, r#""{\"password\":\"***\",\"n\":1}""#),
            ("Authorization: Basic dTpw", "Authorization: ***"),
            ("HF_TOKEN=hf_x\nMODE=fast", "HF_TOKEN=***\nMODE=fast"),
            ("é sig=ü&x", "é sig=***&x"),
            ("{\"name\": \"n\", \"key\" : \"s3cr, et\", \"n", "{\"name\": \"n\", \"key\" : \"***\", \"n"),
            ("{\"sasToken\":\"sv=1", "{\"sasToken\":\"***"),
        ] {
            assert_eq!(text(given), shown);
        }
    }

    #[test]
    fn keys_and_certificates_in_pem_are_hidden_wherever_they_stand() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----";
        assert_eq!(text(&format!("got {key}\nand {key} once more")), "got ***\nand *** once more");
        assert_eq!(text("a -----BEGIN CERTIFICATE-----\\nMIIE"), "a ***");
        assert_eq!(json(&json!({"data": key})), json!({"data": "***"}));
        assert_eq!(text("----- BEGIN of the log -----"), "----- BEGIN of the log -----");
    }

    #[test]
    fn what_only_looks_like_a_secret_stays() {
        for shown in [
            "(NotFound) no such thing\nCode: NotFound\nMessage: no such thing",
            "exited with code=137",
            r#"{"error":{"code":"UserError","exitCode":1"#,
            "https://h/x?continuationToken=abc&$skipToken=5",
            "azureml:my-key:1 and /models/my-sas/versions/1",
            "monkey=1 compat: 2",
            "a token was refused, the key is wrong",
        ] {
            assert_eq!(text(shown), shown);
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
            "environmentVariables": {"DB_PASSWORD": "p", "MODE": "fast", "API-KEY": 7,
                "HF_TOKEN": "h", "GH_PAT": "g", "AZURE_STORAGE_SAS": "s"},
            "certificate": "-----BEGIN PRIVATE KEY-----", "code": "UserError", "continuationToken": "c",
            "adminUserPassword": null, "nextLink": "https://h/x?$skiptoken=5", "list": ["?sig=y"],
        });
        let shown = json!({
            "secretsType": "Sas", "sasToken": "***", "key": "***", "keys": {"primaryKey": "***"},
            "access_token": "***", "expires_on": "1", "token_type": "Bearer", "connectionString": "***",
            "credential": {"credentialType": "SAS", "sasUri": "https://h/c?sv=1&sig=***"},
            "environmentVariables": {"DB_PASSWORD": "***", "MODE": "fast", "API-KEY": "***",
                "HF_TOKEN": "***", "GH_PAT": "***", "AZURE_STORAGE_SAS": "***"},
            "certificate": "***", "code": "UserError", "continuationToken": "c",
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
