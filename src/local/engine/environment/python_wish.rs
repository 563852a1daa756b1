//! What a conda file asks of Python, and which interpreters of this machine will do.

use std::fmt;

/// Comparisons of a constraint; the longer sign is tried first.
const SIGNS: [(&str, Comparison); 7] = [
    ("==", Comparison::Same),
    ("~=", Comparison::Compatible),
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("!=", Comparison::Other),
    (">", Comparison::Above),
    ("<", Comparison::Below),
];

/// Versions of Python 3 that workers run on.
const MINORS: std::ops::RangeInclusive<u32> = 8..=15;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Same,
    Compatible,
    AtLeast,
    AtMost,
    Other,
    Above,
    Below,
}

/// A constraint on the version of Python. Only major and minor version are held to `==`: patch releases differ from
/// machine to machine, and no scoring script depends on one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PythonWish {
    clauses: Vec<(Comparison, Vec<u32>)>,
    written: String,
}

impl PythonWish {
    /// Reads a constraint in pip's words; `None` when it asks for nothing that can be checked.
    pub(super) fn parse(constraint: &str) -> Option<Self> {
        let clauses: Vec<_> = constraint.split(',').filter_map(clause).collect();
        (!clauses.is_empty()).then(|| Self { clauses, written: constraint.to_owned() })
    }

    /// Whether an interpreter of this version, such as `3.11.7`, will do.
    pub(super) fn admits(&self, version: &str) -> bool {
        let found = numbers(version);
        self.clauses.iter().all(|(comparison, wanted)| {
            let prefix = &found[..wanted.len().min(found.len())];
            let same_minor = wanted.iter().zip(&found).take(2).all(|(wanted, found)| wanted == found);
            match comparison {
                Comparison::Same => same_minor,
                Comparison::Compatible => wanted.first() == found.first() && found >= *wanted,
                Comparison::AtLeast => found >= *wanted,
                Comparison::AtMost => prefix <= wanted.as_slice(),
                Comparison::Other => prefix != wanted.as_slice(),
                Comparison::Above => prefix > wanted.as_slice(),
                Comparison::Below => found < *wanted,
            }
        })
    }

    /// The minor versions of Python 3 that are worth looking for, newest first: `3.11`.
    pub(super) fn minors(&self) -> impl Iterator<Item = String> {
        let admitted = |minor: &u32| {
            // The least and the highest patch release: a bound may lie between them.
            [0, u32::from(u16::MAX)].iter().any(|patch| self.admits(&format!("3.{minor}.{patch}")))
        };
        MINORS.rev().filter(admitted).map(|minor| format!("3.{minor}"))
    }
}

impl fmt::Display for PythonWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.written.trim_start_matches("==").trim_end_matches(".*"))
    }
}

fn clause(text: &str) -> Option<(Comparison, Vec<u32>)> {
    let (sign, comparison) = SIGNS.iter().find(|(sign, _)| text.starts_with(sign))?;
    let wanted = numbers(&text[sign.len()..]);
    (!wanted.is_empty()).then_some((*comparison, wanted))
}

/// The leading numbers of a version.
fn numbers(version: &str) -> Vec<u32> {
    version.split('.').map_while(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn ranges_admit_every_version_inside() {
        for (constraint, yes, no) in [
            ("==3.10.*", "3.10.4", "3.11.0"),
            ("==3.9.7", "3.9.18", "3.10.0"),
            (">=3.9", "3.11.7", "3.8.18"),
            (">=3.8,<3.12", "3.11.7", "3.12.0"),
            ("~=3.9", "3.13.0", "3.8.1"),
            ("<=3.10", "3.10.9", "3.11.0"),
            (">3.9", "3.10.0", "3.9.5"),
            ("!=3.9", "3.10.0", "3.9.5"),
            ("==3.*", "3.12.1", "2.7.18"),
        ] {
            let wish = PythonWish::parse(constraint).unwrap();
            assert!(wish.admits(yes), "{constraint} {yes}");
            assert!(!wish.admits(no), "{constraint} {no}");
        }
    }

    #[test]
    fn versions_are_looked_for_from_the_newest_that_will_do() {
        let minors = |constraint| PythonWish::parse(constraint).unwrap().minors().collect::<Vec<_>>();
        assert_eq!(minors("==3.10.*"), ["3.10"]);
        assert_eq!(minors("==3.9.7"), ["3.9"]);
        assert_eq!(minors(">=3.8,<3.11"), ["3.10", "3.9", "3.8"]);
        assert_eq!(minors(">3.9.5,<=3.10"), ["3.10", "3.9"]);
        assert!(minors("==3.7.11").is_empty(), "workers need Python 3.8");
        assert_eq!(PythonWish::parse(""), None);
    }
}
