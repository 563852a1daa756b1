//! From the words of a failed tool to the entries of the conda file that they are about.

use super::conda::{Entry, Requirement};
use crate::wire::requirement::normalized;

/// Entries that are named at most: a list of everything would say nothing.
const MOST: usize = 3;

/// What a line that gives a reason has in it, in lower case. Other lines name packages that did no wrong.
const REASONS: [&str; 11] = [
    "error",
    "because",
    "could not find",
    "no matching",
    "nothing provides",
    "does not exist",
    "not found",
    "not available",
    "conflict",
    "failed to",
    "invalid requirement",
];
/// After these, conda lists packages one a line.
const LIST_HEADINGS: [&str; 3] =
    ["resolvepackagenotfound", "packagesnotfounderror", "packages are not available"];

/// The numbers of the entries that a tool's output blames.
pub(super) fn blamed(entries: &[Entry], requirements: &[Requirement], output: &[String]) -> Vec<usize> {
    let mut blamed = Vec::new();
    let mut is_list = false;
    for line in output {
        let small = line.to_lowercase();
        is_list |= LIST_HEADINGS.iter().any(|heading| small.contains(heading));
        let is_item = is_list && line.trim_start().starts_with("- ");
        if !is_item && !REASONS.iter().any(|reason| small.contains(reason)) {
            continue;
        }
        let by_line =
            line_of_requirements(&small).and_then(|number| requirements.get(number.checked_sub(1)?));
        match by_line {
            Some(requirement) => blamed.push(requirement.entry),
            None => blamed.extend((0..entries.len()).filter(|at| is_named(&entries[*at], &small, is_item))),
        }
    }
    blamed.sort_unstable();
    blamed.dedup();
    blamed.truncate(MOST);
    blamed
}

/// The line of the requirements file that pip names: `(from line 2 of ...)`, `-r ... (line 2)`.
fn line_of_requirements(line: &str) -> Option<usize> {
    let rest = ["from line ", "(line "].iter().find_map(|words| line.split(words).nth(1))?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn is_named(entry: &Entry, line: &str, is_item: bool) -> bool {
    let Some(name) = entry.package_name().filter(|name| !name.is_empty() && name != "pip") else {
        // An option or a place has no name, but tools repeat it.
        return entry.is_pips && entry.text.len() > 3 && line.contains(&entry.text.to_lowercase());
    };
    if name == "python" && !is_item && !line.contains("nothing provides") {
        // Every other reason is told of a package, for one version of Python or another.
        return false;
    }
    line.split(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
        .any(|word| normalized(word.trim_matches(['.', '-'])) == name)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::super::conda::{CondaFile, PipView};
    use super::*;

    const FILE: &str = "dependencies: [python=3.11, numpy=1.26, no_such.pkg=1.0, pip, \
                        pip: [pandas, no-such-thing==1.0, foo bar baz, -r /no/such.txt]]";

    fn blame(output: &str) -> Vec<String> {
        let entries = CondaFile::parse(FILE).unwrap().entries();
        let requirements = PipView::of(&entries).requirements;
        let output: Vec<String> = output.lines().map(str::to_owned).collect();
        blamed(&entries, &requirements, &output).into_iter().map(|at| entries[at].text.clone()).collect()
    }

    #[test]
    fn each_tool_s_words_lead_to_the_entry() {
        for (output, expected) in [
            (
                "Collecting pandas\nERROR: Could not find a version that satisfies the requirement no-such-thing==1.0 \
                 (from versions: none)\nERROR: No matching distribution found for no-such-thing==1.0",
                "no-such-thing==1.0",
            ),
            ("ERROR: Invalid requirement: 'foo bar baz' (from line 4 of /e/requirements.txt)", "foo bar baz"),
            (
                "error: No solution found when resolving dependencies\n  cause: Because no-such-thing was not found in the \
                 package registry and you require no-such-thing==1.0, we can conclude",
                "no-such-thing==1.0",
            ),
            (
                "ERROR: Could not open requirements file: [Errno 2] No such file: '/no/such.txt' -r /no/such.txt",
                "-r /no/such.txt",
            ),
            (
                "Collecting package metadata\nResolvePackageNotFound: \n  - no-such.pkg=1.0\n",
                "no_such.pkg=1.0",
            ),
            (
                "PackagesNotFoundError: The following packages are not available from current channels:\n\n  - no_such.pkg=1.0*",
                "no_such.pkg=1.0",
            ),
            (
                "error    libmamba Could not solve\n  nothing provides requested no_such.pkg 1.0**",
                "no_such.pkg=1.0",
            ),
        ] {
            assert_eq!(blame(output), [expected], "{output}");
        }
    }

    #[test]
    fn packages_that_did_no_wrong_are_not_named() {
        for output in [
            "Collecting numpy\nInstalled pandas",
            "ERROR: out of luck",
            "ERROR: pip is old, for a different python version",
        ] {
            assert!(blame(output).is_empty(), "{output}");
        }
        assert_eq!(
            blame("ERROR: Cannot install numpy and pandas because they conflict"),
            ["numpy=1.26", "pandas"]
        );
    }
}
