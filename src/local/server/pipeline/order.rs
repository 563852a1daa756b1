//! The order in which steps can run.

use std::collections::BTreeMap;

/// Puts steps after those whose outputs they take, otherwise in the order given. `needs` has the names of the steps
/// that each takes outputs of. Steps that need each other are the error, as a chain that closes.
pub(super) fn sorted<'n>(needs: &[(&'n str, Vec<&'n str>)]) -> Result<Vec<usize>, Vec<&'n str>> {
    let place: BTreeMap<&str, usize> = needs.iter().enumerate().map(|(at, (name, _))| (*name, at)).collect();
    let (mut order, mut is_placed) = (Vec::with_capacity(needs.len()), vec![false; needs.len()]);
    while order.len() < needs.len() {
        let is_ready = |at: &usize| {
            !is_placed[*at] && needs[*at].1.iter().all(|name| place.get(name).is_none_or(|at| is_placed[*at]))
        };
        let Some(next) = (0..needs.len()).find(is_ready) else {
            return Err(circle(needs, &place, &is_placed));
        };
        is_placed[next] = true;
        order.push(next);
    }
    Ok(order)
}

/// Follows what is not placed until a step comes again.
fn circle<'n>(
    needs: &[(&'n str, Vec<&'n str>)],
    place: &BTreeMap<&str, usize>,
    is_placed: &[bool],
) -> Vec<&'n str> {
    let mut path: Vec<&str> = Vec::new();
    let mut next = is_placed.iter().position(|placed| !placed);
    while let Some(at) = next {
        let (name, takes) = &needs[at];
        if let Some(first) = path.iter().position(|seen| seen == name) {
            path.drain(..first);
            path.push(name);
            break;
        }
        path.push(name);
        next = takes.iter().filter_map(|name| place.get(name).copied()).find(|at| !is_placed[*at]);
    }
    path
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn steps_follow_what_they_need_and_keep_their_order_otherwise() {
        let steps = [("c", vec!["b"]), ("a", vec![]), ("b", vec!["a"]), ("d", vec![])];
        assert_eq!(sorted(&steps).unwrap(), [1, 2, 0, 3]);
    }

    #[test]
    fn a_circle_is_told_from_its_first_step_to_the_same_again() {
        let steps = [("start", vec!["a"]), ("a", vec!["b"]), ("b", vec!["c"]), ("c", vec!["a"])];
        assert_eq!(sorted(&steps).unwrap_err(), ["a", "b", "c", "a"]);
        assert_eq!(sorted(&[("x", vec!["x"])]).unwrap_err(), ["x", "x"]);
    }

    proptest! {
        #[test]
        fn any_graph_is_put_in_order_or_has_a_circle(edges in proptest::collection::vec((0..9_usize, 0..9_usize), 0..30)) {
            const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
            let takes = |at: usize| edges.iter().filter(|(from, _)| *from == at).map(|(_, to)| NAMES[*to]).collect();
            let steps: Vec<(&str, Vec<&str>)> = (0..9).map(|at| (NAMES[at], takes(at))).collect();
            let needs = |from: &str, to: &str| steps.iter().any(|(name, takes)| *name == from && takes.contains(&to));
            match sorted(&steps) {
                Ok(order) => {
                    let place = |name: &str| order.iter().position(|at| steps[*at].0 == name).unwrap();
                    prop_assert_eq!(order.len(), 9);
                    for (from, to) in &edges {
                        prop_assert!(place(NAMES[*to]) < place(NAMES[*from]));
                    }
                }
                Err(circle) => {
                    prop_assert!(circle.len() > 1 && circle.first() == circle.last());
                    prop_assert!(circle.windows(2).all(|pair| needs(pair[0], pair[1])));
                }
            }
        }
    }
}
