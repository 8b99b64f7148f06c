//! Places for the labels of points.

use super::canvas::{SMALL, text_width};
use super::plot::Rect;

/// A line from one place to another.
pub(super) type Line = ((i32, i32), (i32, i32));

/// The labels of points that lie so close together that they share a place: one under the other.
pub(super) struct Block {
    /// Which points, from the highest to the lowest.
    pub(super) points: Vec<usize>,
    /// The space that the labels fill.
    pub(super) space: Rect,
    /// The line from the points to a block of several labels, or one that does not touch its point.
    pub(super) leader: Option<Line>,
}

/// The height of a label.
pub(super) const HEIGHT: i32 = 14;
/// Room before each label of a block, for the mark that says which point it belongs to.
pub(super) const INDENT: i32 = 14;
/// Points that are nearer than this, directly or through others, share a block.
const CLOSE: i32 = 14;
/// How far away a block may be, in rings around its points.
const RINGS: i32 = 24;

/// Finds a place for each block of labels, inside the plot and on no other block; among these one that is near
/// its points, on no point, no bar and no leader, and whose own leader crosses neither point nor block.
///
/// Larger blocks are placed first; each takes the place where it does the least harm.
pub(super) fn place_labels(names: &[String], points: &[(i32, i32)], bars: &[Line], inside: Rect) -> Vec<Block> {
    let mut groups = groups(points);
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let mut placed: Vec<Block> = Vec::new();
    for group in groups {
        let widest = group.iter().map(|i| text_width(&names[*i], SMALL)).max().unwrap_or(0);
        let size = (widest + 4 + if group.len() > 1 { INDENT + 2 } else { 0 }, HEIGHT * group.len() as i32 + 4);
        let leaders = placed.iter().filter_map(|block| block.leader);
        let lines: Vec<(i32, i32)> = leaders.chain(bars.iter().copied()).flat_map(steps).collect();
        // Leaving the plot or lying on another block counts before everything else.
        let harm = |(ring, block): &(i32, Block)| -> (i32, i32) {
            let space = block.space;
            let beyond = space.overlap(&space) - space.overlap(&inside);
            let forbidden = beyond + placed.iter().map(|other| other.space.overlap(&space)).sum::<i32>();
            if forbidden > 0 {
                return (forbidden, *ring);
            }
            let on_points: i32 = points.iter().map(|p| around(*p).overlap(&space)).sum();
            let strangers = || points.iter().enumerate().filter(|(i, _)| !group.contains(i)).map(|(_, p)| around(*p));
            let crossed = |p: &(i32, i32)| {
                strangers().any(|point| point.contains(*p)) || placed.iter().any(|other| other.space.contains(*p))
            };
            let mine = block.leader.map(steps).unwrap_or_default();
            let crossings =
                mine.into_iter().filter(crossed).count() + lines.iter().filter(|p| space.contains(**p)).count();
            (0, 5 * on_points + 60 * crossings as i32 + 20 * ring)
        };
        let places = (0..RINGS).flat_map(|ring| places(&group, points, size, ring).map(move |block| (ring, block)));
        // Of places that are equally good, min_by_key takes the first.
        placed.extend(places.min_by_key(harm).map(|(_, block)| block));
    }
    placed
}

/// The points in groups that are connected by short distances, each from the highest to the lowest.
fn groups(points: &[(i32, i32)]) -> Vec<Vec<usize>> {
    let close = |a: usize, b: usize| {
        let (a, b) = (points[a], points[b]);
        (a.0 - b.0).abs() < CLOSE && (a.1 - b.1).abs() < CLOSE
    };
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for i in 0..points.len() {
        let (near, apart): (Vec<_>, Vec<_>) = groups.into_iter().partition(|g| g.iter().any(|j| close(i, *j)));
        groups = apart;
        groups.push(near.into_iter().flatten().chain([i]).collect());
    }
    for group in &mut groups {
        group.sort_by_key(|i| (points[*i].1, *i));
    }
    groups
}

/// The places on one ring around a group: right, left, above, below, the corners, and between these.
fn places(group: &[usize], points: &[(i32, i32)], (w, h): (i32, i32), ring: i32) -> impl Iterator<Item = Block> {
    let ends = |side: fn(&(i32, i32)) -> i32| {
        let along = || group.iter().map(|i| side(&points[*i]));
        (along().min().unwrap_or(0), along().max().unwrap_or(0))
    };
    let ((left, right), (top, bottom)) = (ends(|p| p.0), ends(|p| p.1));
    let (x, y) = ((left + right) / 2, (top + bottom) / 2);
    let (far_x, far_y) = ((right - left + w) / 2 + 8 + 10 * ring, (bottom - top + h) / 2 + 7 + 9 * ring);
    let directions = [(2, 0), (-2, 0), (0, -2), (0, 2), (2, -2), (2, 2), (-2, -2), (-2, 2)];
    let between = [(2, -1), (2, 1), (-2, -1), (-2, 1), (1, -2), (1, 2), (-1, -2), (-1, 2)];
    directions.into_iter().chain(between).map(move |(dx, dy)| {
        let (cx, cy) = (x + dx * far_x / 2, y + dy * far_y / 2);
        let space = Rect(cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2);
        let near = (x.clamp(space.0, space.2), y.clamp(space.1, space.3));
        let is_far = (near.0 - x).abs() - (right - left) / 2 > 10 || (near.1 - y).abs() - (bottom - top) / 2 > 10;
        Block { points: group.to_vec(), space, leader: (is_far || group.len() > 1).then_some(((x, y), near)) }
    })
}

/// The space that a point fills.
fn around((x, y): (i32, i32)) -> Rect {
    Rect(x - 6, y - 6, x + 6, y + 6)
}

/// Places along a line, both ends left out.
fn steps((from, to): Line) -> Vec<(i32, i32)> {
    let n = ((to.0 - from.0).abs().max((to.1 - from.1).abs()) / 5).max(2);
    (1..n).map(|i| (from.0 + (to.0 - from.0) * i / n, from.1 + (to.1 - from.1) * i / n)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn assert_apart(points: &[(i32, i32)]) -> Result<(), TestCaseError> {
        let inside = Rect(80, 60, 880, 440);
        let blocks = place_labels(&vec!["fence/cheapest".into(); points.len()], points, &[], inside);
        let mut labelled: Vec<usize> = blocks.iter().flat_map(|b| b.points.clone()).collect();
        labelled.sort();
        prop_assert_eq!(labelled, (0..points.len()).collect::<Vec<_>>());
        for (i, Block { space, .. }) in blocks.iter().enumerate() {
            prop_assert!(space.0 >= inside.0 && space.1 >= inside.1 && space.2 <= inside.2 && space.3 <= inside.3);
            for other in &blocks[i + 1..] {
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
            (x, y) in (128..832i32, 83..417i32), offsets in prop::collection::vec((-30..30i32, -15..15i32), 15),
        ) {
            // An axis leaves this much room at its ends.
            let points: Vec<_> = offsets.iter().map(|(dx, dy)| (x + dx, y + dy)).collect();
            assert_apart(&points)?;
        }
    }
}
