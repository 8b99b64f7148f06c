//! Axes, and the marks that are drawn between them.

use plotters::coord::CoordTranslate;
use plotters::prelude::*;

use super::canvas::{Area, Drawn, INK, LINE, SMALL, svg_size};
use super::scale::Scale;

/// A rectangle in pixels: left, top, right, bottom.
#[derive(Clone, Copy)]
pub(super) struct Rect(pub(super) i32, pub(super) i32, pub(super) i32, pub(super) i32);

impl Rect {
    pub(super) fn contains(&self, (x, y): (i32, i32)) -> bool {
        (self.0..=self.2).contains(&x) && (self.1..=self.3).contains(&y)
    }

    /// The area that two rectangles share.
    pub(super) fn overlap(&self, other: &Self) -> i32 {
        let shared = |a: (i32, i32), b: (i32, i32)| (a.1.min(b.1) - a.0.max(b.0)).max(0);
        shared((self.0, self.2), (other.0, other.2)) * shared((self.1, self.3), (other.1, other.3))
    }
}

/// Draws axes whose plotting area is `inside`, with grid lines, and returns where a pair of values lies.
/// Without a scale for *y*, that axis is bare and runs from 0 at the bottom to 1 at the top.
pub(super) fn axes(
    root: &Area,
    inside: Rect,
    x: &Scale,
    y: Option<&Scale>,
) -> Result<impl Fn(f64, f64) -> (i32, i32), Box<dyn std::error::Error + Send + Sync>> {
    const BELOW: i32 = 24;
    const LEFT: i32 = 56;
    let left = if y.is_some() { LEFT } else { 0 };
    let Rect(x0, y0, x1, y1) = inside;
    let area = root.clone().shrink((x0 - left, y0), (x1 - x0 + left, y1 - y0 + BELOW));
    let mut chart = ChartBuilder::on(&area)
        .x_label_area_size(BELOW)
        .y_label_area_size(left)
        .build_cartesian_2d(x.clone(), y.cloned().unwrap_or_else(Scale::bare))?;
    chart
        .configure_mesh()
        .max_light_lines(0)
        .bold_line_style(LINE)
        .axis_style(LINE)
        .set_all_tick_mark_size(4)
        .label_style(("sans-serif", svg_size(SMALL - 1.0)).into_font().color(&INK))
        .draw()?;
    let place = chart.plotting_area().as_coord_spec().clone();
    Ok(move |x, y| place.translate(&(x, y)))
}

/// What a point looks like: shapes tell points apart where colours do not.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Disc,
    Square,
    Triangle,
    Diamond,
    Cross,
}

/// Draws a point. Discs and triangles are solid, squares and diamonds hollow.
pub(super) fn mark(area: &Area, shape: Shape, (x, y): (i32, i32), colour: RGBColor) -> Drawn {
    let outline = colour.stroke_width(2);
    let closed = |area: &Area, corners: Vec<(i32, i32)>| -> Drawn {
        area.draw(&Polygon::new(corners.clone(), WHITE.filled()))?;
        let around: Vec<_> = corners.iter().chain(&corners[..1]).copied().collect();
        Ok(area.draw(&PathElement::new(around, outline))?)
    };
    match shape {
        Shape::Disc => area.draw(&Circle::new((x, y), 4, colour.filled()))?,
        Shape::Triangle => area.draw(&TriangleMarker::new((x, y), 6, colour.filled()))?,
        Shape::Square => closed(area, vec![(x - 4, y - 4), (x + 4, y - 4), (x + 4, y + 4), (x - 4, y + 4)])?,
        Shape::Diamond => closed(area, vec![(x - 5, y), (x, y - 5), (x + 5, y), (x, y + 5)])?,
        Shape::Cross => area.draw(&Cross::new((x, y), 4, outline))?,
    }
    Ok(())
}

/// Draws a straight line.
pub(super) fn line(area: &Area, from: (i32, i32), to: (i32, i32), style: impl Into<ShapeStyle>) -> Drawn {
    Ok(area.draw(&PathElement::new(vec![from, to], style))?)
}
