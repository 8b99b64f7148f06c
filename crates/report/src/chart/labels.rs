//! Places for the labels of points.

use super::canvas::{SMALL, text_width};
use super::plot::Rect;

/// Where a label goes.
pub(super) struct Place {
    /// The space that the text fills.
    pub(super) space: Rect,
    /// The line from the point to a label that does not touch it.
    pub(super) leader: Option<((i32, i32), (i32, i32))>,
}

/// How far away a place may be, in rings around the point.
const RINGS: i32 = 24;

/// Finds a place for each label, inside the plot and on no other label; among these one that is near its point,
/// on no point and no leader, and whose own leader crosses neither.
///
/// Labels are placed one after the other, each where it does the least harm, so the first have the best places.
pub(super) fn place_labels(names: &[&str], points: &[(i32, i32)], inside: Rect) -> Vec<Place> {
    let mut placed: Vec<Place> = Vec::new();
    for (name, point) in names.iter().zip(points) {
        let size = (text_width(name, SMALL) + 4, 15);
        let leaders: Vec<(i32, i32)> = placed.iter().filter_map(|other| other.leader).flat_map(steps).collect();
        // Leaving the plot or lying on a label counts before everything else.
        let harm = |(ring, place): &(i32, Place)| -> (i32, i32) {
            let beyond = size.0 * size.1 - place.space.overlap(&inside);
            let on_points: i32 = points.iter().map(|p| around(*p).overlap(&place.space)).sum();
            let on_labels: i32 = placed.iter().map(|other| other.space.overlap(&place.space)).sum();
            let mine = place.leader.map(steps).unwrap_or_default();
            let crossed = |p: &(i32, i32)| {
                points.iter().any(|other| other != point && around(*other).contains(*p))
                    || placed.iter().any(|other| other.space.contains(*p))
            };
            let crossings = mine.iter().filter(|p| crossed(p)).count();
            let under = leaders.iter().filter(|p| place.space.contains(**p)).count();
            (beyond + on_labels, 10 * on_points + 30 * (crossings + under) as i32 + 20 * ring)
        };
        // Of places that are equally good, min_by_key takes the first.
        let places = (0..RINGS).flat_map(|ring| candidates(*point, size, ring).map(move |place| (ring, place)));
        placed.extend(places.min_by_key(harm).map(|(_, place)| place));
    }
    placed
}

/// The places on one ring: right, left, above, below, the corners, and between these.
fn candidates((x, y): (i32, i32), (w, h): (i32, i32), ring: i32) -> impl Iterator<Item = Place> {
    let directions = [(2, 0), (-2, 0), (0, -2), (0, 2), (2, -2), (2, 2), (-2, -2), (-2, 2)];
    let between = [(2, -1), (2, 1), (-2, -1), (-2, 1), (1, -2), (1, 2), (-1, -2), (-1, 2)];
    directions.into_iter().chain(between).map(move |(dx, dy)| {
        let (cx, cy) = (x + dx * (w / 2 + 7 + 10 * ring) / 2, y + dy * (h / 2 + 6 + 9 * ring) / 2);
        let space = Rect(cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2);
        let near = (x.clamp(space.0, space.2), y.clamp(space.1, space.3));
        let far = (near.0 - x).abs().max((near.1 - y).abs()) > 10;
        Place { space, leader: far.then_some(((x, y), near)) }
    })
}

/// The space that a point fills.
fn around((x, y): (i32, i32)) -> Rect {
    Rect(x - 6, y - 6, x + 6, y + 6)
}

/// Places along a line, both ends left out.
fn steps((from, to): ((i32, i32), (i32, i32))) -> Vec<(i32, i32)> {
    let n = ((to.0 - from.0).abs().max((to.1 - from.1).abs()) / 5).max(2);
    (1..n).map(|i| (from.0 + (to.0 - from.0) * i / n, from.1 + (to.1 - from.1) * i / n)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_apart(points: &[(i32, i32)]) -> Result<(), TestCaseError> {
        let inside = Rect(80, 60, 880, 440);
        let places = place_labels(&vec!["fence/cheapest"; points.len()], points, inside);
        prop_assert_eq!(places.len(), points.len());
        for (i, Place { space, .. }) in places.iter().enumerate() {
            prop_assert!(space.0 >= inside.0 && space.1 >= inside.1 && space.2 <= inside.2 && space.3 <= inside.3);
            for other in &places[i + 1..] {
                prop_assert_eq!(space.overlap(&other.space), 0);
            }
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn scattered_points(points in prop::collection::vec((80..880i32, 60..440i32), 15)) {
            assert_apart(&points)?;
        }

        #[test]
        fn a_crowd(
            (x, y) in (128..832i32, 83..417i32), offsets in prop::collection::vec((-9..9i32, -9..9i32), 15),
        ) {
            // An axis leaves this much room at its ends.
            let points: Vec<_> = offsets.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
            assert_apart(&points)?;
        }
    }
}
