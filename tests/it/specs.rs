//! Every file in `specs/` is a spec that loads.

use azml::spec::{SpecDocument, validate};

use super::common::spec_files;

#[test]
fn every_spec_loads_without_a_word() {
    for file in spec_files() {
        let document = SpecDocument::load(&file).unwrap();
        let found = validate(&[document]).swap_remove(0);
        assert!(found.kind.is_some(), "{} is of no known kind", file.display());
        assert_eq!(found.problems, [], "{}", file.display());
    }
}
