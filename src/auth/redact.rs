//! What token services and other programs say, made fit to be shown: without secrets and control characters.

use crate::arm::redact::{self, HIDDEN};
use crate::env_vars::{self, Environment};

/// Variables whose values nobody may see.
const SECRET_VARIABLES: [&str; 6] = [
    env_vars::AZURE_CLIENT_SECRET,
    env_vars::AZURE_CLIENT_CERTIFICATE_PASSWORD,
    env_vars::ACTIONS_ID_TOKEN_REQUEST_TOKEN,
    env_vars::SYSTEM_ACCESSTOKEN,
    env_vars::IDENTITY_HEADER,
    env_vars::MSI_SECRET,
];
/// Length from which a word without a break is taken for a token; ids and addresses in messages are shorter.
const TOKEN_LENGTH: usize = 120;
/// Longest text that is shown.
const LONGEST: usize = 4000;

/// Takes secrets out of texts.
pub(super) struct Redactor {
    secrets: Vec<String>,
}

impl Redactor {
    /// One that knows the secrets among the variables.
    pub(super) fn new(environment: &Environment) -> Self {
        Self { secrets: SECRET_VARIABLES.iter().filter_map(|name| environment.value(name)).collect() }
    }

    /// `text` without known secrets, without anything that looks like a token, and without control characters.
    pub(super) fn clean(&self, text: &str) -> String {
        let mut text = text.replace("\r\n", "\n");
        for secret in &self.secrets {
            text = text.replace(secret.as_str(), HIDDEN);
        }
        let printable: String =
            text.chars().take(LONGEST).map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
        let words = printable.split_inclusive(|c| !is_part_of_token(c));
        let hidden: String = words
            .map(|piece| match piece.trim_end_matches(|c| !is_part_of_token(c)) {
                word if word.len() >= TOKEN_LENGTH => piece.replace(word, HIDDEN),
                _ => piece.to_owned(),
            })
            .collect();
        redact::text(&hidden)
    }
}

/// Characters of tokens.
fn is_part_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_an_error_is_shown() {
        let said = "managed identity: {\"error\":{\"code\":\"IdentityNotFound\",\"message\":\"none\"}}";
        assert_eq!(Redactor::new(&Environment::default()).clean(said), said);
    }

    #[test]
    fn secrets_and_tokens_are_hidden_and_the_rest_is_kept() {
        let redactor = Redactor::new(&Environment::from([("AZURE_CLIENT_SECRET", "s3cr3t~x")]));
        let opaque = "x".repeat(TOKEN_LENGTH);
        let text = format!(
            "AADSTS7000215: secret 's3cr3t~x' of app 7b795fb9-09d3-42f4-a494-38864f99ba3c, \
             assertion \"eyJhbGciOiJSUzI1NiJ9.eyJ0aWQ.sig\", token {opaque}.\u{1b}[31m See https://aka.ms/x"
        );
        assert_eq!(
            redactor.clean(&text),
            "AADSTS7000215: secret '***' of app 7b795fb9-09d3-42f4-a494-38864f99ba3c, \
             assertion \"***\", token *** [31m See https://aka.ms/x"
        );
    }
}
