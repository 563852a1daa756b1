//! Texts that must not be shown, and the token the user may give as one.

use std::fmt;

use crate::env_vars::{self, Environment};

/// A text that must not be shown. `Debug` hides it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the header it belongs into.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A bearer token given by the user. White space around it, such as the line end of a file, is no part of it.
pub(super) fn access_token(environment: &Environment) -> Option<Secret> {
    let text = environment.text(env_vars::AZML_ACCESS_TOKEN)?;
    Some(text.trim()).filter(|token| !token.is_empty()).map(|token| Secret::new(token.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("token".to_owned())), "Secret(..)");
    }
}
