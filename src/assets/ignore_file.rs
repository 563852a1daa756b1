//! `.amlignore`, or else `.gitignore`, of an asset's root folder.
//!
//! One file counts, nested ones do nothing. Patterns are Git's; each is matched against a path and the folders
//! above it, and the last pattern that matches decides, `!` meaning "keep" (measured on azure-ai-ml 1.35.2,
//! which uses `pathspec`). The ignore file itself is an ordinary file of the asset.

use std::fs;
use std::path::Path;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder, Glob};

use super::AssetError;

/// Names of ignore files; the first that is there counts.
const NAMES: [&str; 2] = [".amlignore", ".gitignore"];

/// The patterns of one asset folder.
#[derive(Debug)]
pub struct IgnoreRules {
    patterns: Gitignore,
    /// Number of the last pattern that takes files back in.
    last_re_inclusion: Option<usize>,
}

/// What the last pattern that matches an entry, or a folder above it, says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Number of the pattern.
    pattern: usize,
    is_ignored: bool,
}

impl Verdict {
    /// Whether an entry with this verdict is left out; without any verdict it is kept.
    pub fn leaves_out(verdict: Option<Self>) -> bool {
        verdict.is_some_and(|verdict| verdict.is_ignored)
    }
}

impl IgnoreRules {
    /// Reads the rules of `root`; none when it has no ignore file.
    pub fn load(root: &Path) -> Result<Self, AssetError> {
        for path in NAMES.map(|name| root.join(name)) {
            match fs::read_to_string(&path) {
                Ok(text) => return Self::parse(&text).map_err(|source| AssetError::Read { path, source }),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(AssetError::Read { path, source }),
            }
        }
        Ok(Self { patterns: Gitignore::empty(), last_re_inclusion: None })
    }

    /// Reads patterns; a line that is no pattern is passed over. Fails when there are more than can be matched.
    pub fn parse(text: &str) -> std::io::Result<Self> {
        let mut builder = GitignoreBuilder::new("");
        let mut last_re_inclusion = None;
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_end).enumerate();
        for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            // The matcher keeps a file's name with each pattern; here that is the pattern's own number.
            let is_pattern = builder.add_line(Some(number.to_string().into()), line).is_ok();
            if is_pattern && line.starts_with('!') {
                last_re_inclusion = Some(number);
            }
        }
        let patterns = builder.build().map_err(std::io::Error::other)?;
        Ok(Self { patterns, last_re_inclusion })
    }

    /// What is said of the entry at `relative` itself, below a folder with the verdict `above`. A folder is matched
    /// as a file is: `build/` does not match the folder's own name, `build` does.
    pub fn entry(&self, relative: &str, above: Option<Verdict>) -> Option<Verdict> {
        self.later(relative, false, above)
    }

    /// What is said of everything below the folder at `relative`, unless a pattern says otherwise.
    pub fn below(&self, relative: &str, above: Option<Verdict>) -> Option<Verdict> {
        self.later(relative, true, above)
    }

    /// Whether nothing below a folder can be kept, so it need not be walked.
    pub fn prunes(&self, below: Option<Verdict>) -> bool {
        below.is_some_and(|verdict| verdict.is_ignored && self.last_re_inclusion < Some(verdict.pattern))
    }

    fn later(&self, relative: &str, is_folder: bool, above: Option<Verdict>) -> Option<Verdict> {
        let verdict = |glob: &Glob, is_ignored| {
            let pattern = glob.from()?.to_str()?.parse().ok()?;
            Some(Verdict { pattern, is_ignored })
        };
        let own = match self.patterns.matched(relative, is_folder) {
            Match::None => None,
            Match::Ignore(glob) => verdict(glob, true),
            Match::Whitelist(glob) => verdict(glob, false),
        };
        [own, above].into_iter().flatten().max_by_key(|verdict| verdict.pattern)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use super::*;

    fn rules(text: &str) -> IgnoreRules {
        IgnoreRules::parse(text).unwrap()
    }

    /// What is said of what lies in the folder `relative`.
    fn below(rules: &IgnoreRules, relative: &str) -> Option<Verdict> {
        let ends = relative.match_indices('/').map(|(at, _)| at).chain([relative.len()]);
        ends.fold(None, |above, end| rules.below(&relative[..end], above))
    }

    fn excludes(rules: &IgnoreRules, relative: &str) -> bool {
        let above = relative.rsplit_once('/').and_then(|(folder, _)| below(rules, folder));
        Verdict::leaves_out(rules.entry(relative, above))
    }

    #[test]
    fn the_last_matching_pattern_decides() {
        let rules = rules("*.log\nbuild/\n# c\n\n!d/keep.log\n");
        for (path, out) in [
            ("skip.log", true),
            ("d/skip.log", true),
            ("d/keep.log", false),
            ("build/out.o", true),
            ("build/deep/er/out.o", true),
            ("build", false),
            ("keep.py", false),
        ] {
            assert_eq!(excludes(&rules, path), out, "{path}");
        }
    }

    #[test]
    fn a_later_pattern_beats_an_earlier_re_inclusion() {
        assert!(excludes(&rules("!build/keep\nbuild/"), "build/keep"));
        assert!(!excludes(&rules("build/\n!build/keep"), "build/keep"));
        assert!(excludes(&rules("build/\n!build/keep"), "build/other"));
    }

    #[test]
    fn a_folder_is_walked_only_where_a_later_pattern_may_keep_something_of_it() {
        for (text, folder, is_pruned) in [
            ("build/", "build", true),
            ("build/", "build/deep", true),
            ("build", "src", false),
            ("!x\nbuild", "build", true),
            ("build\n!x", "build", false),
            ("*.log\nbuild\n!build", "build", false),
        ] {
            let rules = rules(text);
            assert_eq!(rules.prunes(below(&rules, folder)), is_pruned, "{text:?} {folder}");
        }
    }

    #[test]
    fn a_line_that_is_no_pattern_is_passed_over() {
        assert!(excludes(&rules("a[\n*.log"), "x.log"));
    }
}
