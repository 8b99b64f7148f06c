//! What something costs as it grows: a line for each way of doing it.

use plotters::prelude::*;

use super::canvas::{
    BLUE, Drawn, GREEN, GREY, INK, Label, MARGIN, PURPLE, Page, SMALL, VERMILLION, WIDTH, fit, text_width,
};
use super::origin;
use super::plot::{Rect, Shape, axes, line, mark};
use super::scale::Scale;
use crate::record::Machine;

/// How the lines are told apart, in order.
const MARKS: [(Shape, RGBColor); 8] = [
    (Shape::Disc, BLUE),
    (Shape::Square, VERMILLION),
    (Shape::Triangle, GREEN),
    (Shape::Diamond, PURPLE),
    (Shape::Cross, INK),
    (Shape::Square, BLUE),
    (Shape::Diamond, VERMILLION),
    (Shape::Cross, GREY),
];

/// A line: points from left to right.
#[derive(Clone, Debug)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Sizes with what they cost.
    pub points: Vec<(f64, f64)>,
}

/// What stands around a chart of growth.
#[derive(Clone, Debug)]
pub struct Growth<'a> {
    /// The title.
    pub title: &'a str,
    /// What the horizontal axis counts.
    pub size: &'a str,
    /// What the vertical axis measures, with its unit.
    pub cost: &'a str,
    /// How to read it.
    pub notes: &'a str,
    /// What the figures are, such as the statistic and how many of them there are.
    pub statistic: &'a str,
}

/// Draws cost against size, with logarithmic axes where the ranges are wide.
///
/// # Errors
/// One sentence, if there is no point to draw.
pub fn growth(chart: &Growth<'_>, series: &[Series], machine: &Machine) -> Result<String, String> {
    const HEIGHT: i32 = 380;
    let points = || series.iter().flat_map(|series| series.points.iter().copied());
    if points().next().is_none() {
        return Err(format!("{}: nothing was measured, so nothing can be drawn", chart.title));
    }
    let ends = series.iter().filter_map(|series| {
        let ((first, from), (last, to)) = (series.points.first()?, series.points.last()?);
        Some(format!("{}: {from:.3} at {first}, {to:.3} at {last}.", series.name))
    });
    let page = Page {
        title: chart.title,
        description: &ends.collect::<Vec<_>>().join(" "),
        notes: chart.notes,
        caption: &format!("{}. {}", chart.statistic, origin(machine)),
        height: HEIGHT,
    };
    let names = series.iter().map(|series| text_width(&series.name, SMALL)).max().unwrap_or(0).min(260);
    let right = WIDTH - MARGIN - names - 30;
    page.draw(|root, top| -> Drawn {
        let inside = Rect(MARGIN + 76, top + 22, right, top + HEIGHT - 44);
        let (x, y) = (Scale::around(points().map(|(x, _)| x)), Scale::around(points().map(|(_, y)| y)));
        let at = axes(root, inside, &x, Some(&y))?;
        Label::new(chart.cost).draw(root, (MARGIN, top + 8))?;
        Label::new(chart.size).centre().draw(root, ((inside.0 + inside.2) / 2, top + HEIGHT - 8))?;
        for (place, (series, (shape, colour))) in series.iter().zip(MARKS.into_iter().cycle()).enumerate() {
            let places: Vec<_> = series.points.iter().map(|&(x, y)| at(x, y)).collect();
            for ends in places.windows(2) {
                line(root, ends[0], ends[1], colour.stroke_width(1))?;
            }
            places.iter().try_for_each(|&place| mark(root, shape, place, colour))?;
            let row = inside.1 + 8 + place as i32 * 20;
            mark(root, shape, (right + 14, row), colour)?;
            Label::new(&fit(&series.name, SMALL, names)).draw(root, (right + 26, row))?;
        }
        Ok(())
    })
}
