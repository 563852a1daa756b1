//! `.amlignore`, or else `.gitignore`, of an asset's root folder.
//!
//! One file counts, nested ones do nothing. Patterns are Git's; each is matched against a path and the folders
//! above it, and the last pattern that matches decides, `!` meaning "keep" (measured on azure-ai-ml 1.35.2,
//! which uses `pathspec`). The ignore file itself is an ordinary file of the asset.

use std::fs;
use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::AssetError;

/// Names of ignore files; the first that is there counts.
const NAMES: [&str; 2] = [".amlignore", ".gitignore"];

/// The patterns of one asset folder.
#[derive(Debug, Default)]
pub struct IgnoreRules {
    /// One matcher for each pattern, in file order, since each has to be asked on its own.
    patterns: Vec<Gitignore>,
    re_includes: bool,
}

impl IgnoreRules {
    /// Reads the rules of `root`; none when it has no ignore file.
    pub fn load(root: &Path) -> Result<Self, AssetError> {
        for path in NAMES.map(|name| root.join(name)) {
            match fs::read_to_string(&path) {
                Ok(text) => return Ok(Self::parse(&text)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(AssetError::Read { path, source }),
            }
        }
        Ok(Self::default())
    }

    /// Reads patterns; a line that is no pattern is passed over.
    pub fn parse(text: &str) -> Self {
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_end);
        let mut rules = Self::default();
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut builder = GitignoreBuilder::new("");
            if builder.add_line(None, line).is_ok()
                && let Ok(pattern) = builder.build()
            {
                rules.re_includes |= pattern.num_whitelists() > 0;
                rules.patterns.push(pattern);
            }
        }
        rules
    }

    /// Whether the entry at `relative` is left out. The path is matched as that of a file, also for folders:
    /// `build/` does not match the folder's own name, `build` does.
    pub fn excludes(&self, relative: &str) -> bool {
        self.patterns
            .iter()
            .rev()
            .map(|pattern| pattern.matched_path_or_any_parents(relative, false))
            .find(|matched| !matched.is_none())
            .is_some_and(|matched| matched.is_ignore())
    }

    /// Whether nothing below the folder at `relative` can be kept, so it need not be walked.
    pub fn prunes(&self, relative: &str) -> bool {
        !self.re_includes
            && self
                .patterns
                .iter()
                .any(|pattern| pattern.matched_path_or_any_parents(relative, true).is_ignore())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_matching_pattern_decides() {
        let rules = IgnoreRules::parse("*.log\nbuild/\n# c\n\n!d/keep.log\n");
        for (path, out) in [
            ("skip.log", true),
            ("d/skip.log", true),
            ("d/keep.log", false),
            ("build/out.o", true),
            ("build", false),
            ("keep.py", false),
        ] {
            assert_eq!(rules.excludes(path), out, "{path}");
        }
        assert!(!rules.prunes("build"), "a re-included file might be below");
        assert!(IgnoreRules::parse("build/").prunes("build"));
    }

    #[test]
    fn a_later_pattern_beats_an_earlier_re_inclusion() {
        assert!(IgnoreRules::parse("!build/keep\nbuild/").excludes("build/keep"));
        assert!(!IgnoreRules::parse("build/\n!build/keep").excludes("build/keep"));
    }
}
