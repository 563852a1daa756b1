//! Names that say that what they name is a secret: members of bodies, fields of specs, variables, options.

/// Last words of names whose value is a secret: `HF_TOKEN`, `accountKey`, `sig`.
const LAST_WORDS: &[&str] = &["key", "sas", "pat", "sig", "signature", "authorization", "certificate"];

/// Ends of names whose value is a secret, however their words are told apart: `PGPASSWORD`, `hftoken`.
const ENDS: &[&str] = &["token", "secret", "password", "pwd"];

/// Parts of names whose value is a secret.
const PARTS: &[&str] = &[
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
    "clientassertion",
    "connectionstring",
];

/// Ends of names that only speak of a secret (`secretsType`, `tokenExpiry`), or of a key or token that is none.
const HARMLESS_ENDS: &[&str] = &[
    "type",
    "name",
    "uri",
    "url",
    "expiry",
    "expireson",
    "expiresin",
    "continuationtoken",
    "nexttoken",
    "nextpagetoken",
    "skiptoken",
    "publickey",
    "partitionkey",
    "rowkey",
    "sortkey",
];

/// Whether the value of something of this name is nobody's business, however the name is spelled.
pub fn is_secret_name(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let tells = LAST_WORDS.contains(&last_word(name).to_lowercase().as_str())
        || ENDS.iter().any(|end| plain.ends_with(end))
        || PARTS.iter().any(|part| plain.contains(part));
    tells && !HARMLESS_ENDS.iter().any(|end| plain.ends_with(end))
}

/// The last word of a name, whether `_`, `-` or a capital begins it.
fn last_word(name: &str) -> &str {
    let is_lower = |at: usize| name[..at].ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let begins = |(at, c): (usize, char)| match c {
        '_' | '-' | '.' => Some(at + 1),
        c if c.is_ascii_uppercase() && is_lower(at) => Some(at),
        _ => None,
    };
    &name[name.char_indices().filter_map(begins).next_back().unwrap_or_default()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_of_secrets_in_every_spelling() {
        for name in [
            "key",
            "sig",
            "SIG",
            "HF_TOKEN",
            "hfToken",
            "GH_PAT",
            "ghPat",
            "AZURE_STORAGE_SAS",
            "storageSas",
            "API-KEY",
            "accountKey",
            "ACCOUNTKEY",
            "PGPASSWORD",
            "db_pwd",
            "certificate",
            "client_certificate",
            "client_secret",
            "admin_user_password",
            "primaryKey",
            "sasToken",
            "connectionString",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn names_that_only_sound_like_secrets_stay() {
        for name in [
            "",
            "code",
            "exitCode",
            "continuationToken",
            "nextToken",
            "$skipToken",
            "partitionKeys",
            "partition_key",
            "sshPublicKey",
            "SSH_PUBLIC_KEY",
            "secretsType",
            "sasUri",
            "expires_on",
            "token_type",
            "monkey",
            "compat",
            "Kansas",
            "max_tokens",
            "design",
            "certificatePath",
            "keyVaultUri",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
