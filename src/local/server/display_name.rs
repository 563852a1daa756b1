//! Names for people, in Azure's pattern: `lucid_wing_72qx8v7n`.

use uuid::Uuid;

const ADJECTIVES: [&str; 32] = [
    "amber", "bold", "brave", "bright", "calm", "clever", "cool", "crisp", "eager", "fair", "fresh",
    "gentle", "golden", "happy", "honest", "jolly", "keen", "kind", "lively", "lucky", "mellow", "modest",
    "neat", "noble", "plain", "proud", "quick", "quiet", "sharp", "silver", "steady", "warm",
];
const NOUNS: [&str; 32] = [
    "anchor", "apple", "arrow", "basin", "beach", "bridge", "brook", "candle", "canyon", "cloud", "coral",
    "drum", "field", "forest", "garden", "harbor", "island", "kettle", "lamp", "meadow", "mountain",
    "needle", "ocean", "pillow", "planet", "pocket", "river", "root", "sail", "stone", "tree", "valley",
];
const LETTERS: &[u8; 32] = b"0123456789bcdfghjklmnpqrstvwxyza";

/// A name nobody chose.
pub(super) fn random() -> String {
    let bytes = Uuid::new_v4().into_bytes();
    let pick = |byte: u8| usize::from(byte % 32);
    // Bytes 6 and 8 of a random id hold its version and are left out.
    let suffix: String = bytes[8..16].iter().map(|byte| char::from(LETTERS[pick(*byte)])).collect();
    format!("{}_{}_{suffix}", ADJECTIVES[pick(bytes[0])], NOUNS[pick(bytes[1])])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_three_parts_and_differ() {
        let name = random();
        let lengths: Vec<_> = name.split('_').map(str::len).collect();
        assert!(lengths.len() == 3 && lengths[2] == 8, "{name}");
        assert_ne!(name, random());
    }
}
