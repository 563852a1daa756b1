//! Rules for names and paths that stand in specs. Each function says why a text is refused, if it is.

/// Shortest name of an endpoint or deployment.
const SHORTEST_NAME: usize = 3;
/// Longest name of an endpoint or deployment.
const LONGEST_NAME: usize = 32;

/// The rule for endpoints and deployments, which are parts of addresses and folder names.
pub(super) fn refuse_resource_name(name: &str) -> Option<String> {
    let is_allowed = |character: char| character.is_ascii_alphanumeric() || character == '-';
    if let Some(wrong) = name.chars().find(|character| !is_allowed(*character)) {
        return Some(format!(
            "is `{name}`, but `{wrong}` cannot stand in a name, only letters, digits and dashes"
        ));
    }
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Some(format!("is `{name}`, but a name begins with a letter"));
    }
    if name.ends_with('-') {
        return Some(format!("is `{name}`, but a name ends with a letter or a digit"));
    }
    let length = name.chars().count();
    (!(SHORTEST_NAME..=LONGEST_NAME).contains(&length)).then(|| {
        let side = if length < SHORTEST_NAME { "short" } else { "long" };
        format!("is `{name}`, which is too {side}: a name has {SHORTEST_NAME} to {LONGEST_NAME} characters")
    })
}

/// Why a name is doubtful, if it is.
pub(super) fn doubt_dashes(name: &str) -> Option<String> {
    name.contains("--").then(|| "has a double dash, which Azure does not document as allowed".to_owned())
}

/// The rule for the file that results are written to.
pub(super) fn refuse_file_name(name: &str) -> Option<String> {
    const FORBIDDEN: &str = "~\"#%&*:<>?/\\{|}";
    if name.is_empty() || name == "." || name == ".." {
        return Some(format!("is `{name}`, which is not the name of a file"));
    }
    let wrong = name.chars().find(|character| FORBIDDEN.contains(*character) || character.is_control())?;
    Some(format!("is `{name}`, but `{}` cannot stand in the name of a file", wrong.escape_default()))
}

/// The rule for paths that may be local or remote.
pub(super) fn refuse_path(path: &str) -> Option<String> {
    if path.is_empty() {
        return Some("is empty".to_owned());
    }
    (path.starts_with("azureml:") && !path.starts_with("azureml://")).then(|| {
        format!("is `{path}`, which is neither a path nor an address such as `azureml://datastores/...`")
    })
}

/// The rule for names of assets and computes, which are parts of addresses.
pub(super) fn refuse_asset_name(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("is empty".to_owned());
    }
    let wrong = name
        .chars()
        .find(|character| matches!(character, '/' | '\\' | '?' | '#') || character.is_control())?;
    Some(format!("is `{name}`, but `{}` cannot stand in a name", wrong.escape_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resource_names_follow_the_documented_rule() {
        for good in ["abc", "a-b-c", "A1b", &"a".repeat(32)] {
            assert_eq!(refuse_resource_name(good), None, "{good}");
        }
        for bad in ["", "ab", "1abc", "a_b", "abc-", "-abc", "a/b", "../x", "a.b.c", &"a".repeat(33), "über"]
        {
            assert!(refuse_resource_name(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn output_files_have_plain_names() {
        for good in ["predictions.csv", "a b.txt", "x"] {
            assert_eq!(refuse_file_name(good), None, "{good}");
        }
        for bad in ["", "..", "a/b.csv", "C:x", "a?b", "a\\b", "{x}", "a\nb"] {
            assert!(refuse_file_name(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_marked_name_is_no_path() {
        assert_eq!(refuse_path("azureml://datastores/d/paths/p"), None);
        assert_eq!(refuse_path("./model"), None);
        assert!(refuse_path("azureml:https://host/x").is_some());
    }
}
