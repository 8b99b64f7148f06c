//! Cost over the unprotected baseline: a panel for each workload.

use plotters::prelude::*;

use super::canvas::{
    Area, BAND, BLUE, Drawn, FAINT, GREEN, GREY, INK, Label, MARGIN, PURPLE, Page, SMALL, VERMILLION, WIDTH, fit,
    text_width,
};
use super::plot::{Rect, Shape, axes, line, mark};
use super::scale::Scale;
use super::{distinct, origin, samples};
use crate::record::{Case, Measurement, Run, View};
use crate::stats::Interval;
use crate::table::number;

/// How the layouts are drawn, in order of appearance.
const MARKS: [(Shape, RGBColor); 4] =
    [(Shape::Disc, BLUE), (Shape::Square, VERMILLION), (Shape::Triangle, GREEN), (Shape::Diamond, PURPLE)];

/// One strategy in one panel: the ratio under each layout that it was measured under, or `None` if that failed.
struct Row<'a> {
    strategy: &'a str,
    ratios: Vec<(usize, Option<Interval>)>,
}

struct Panel<'a> {
    workload: &'a str,
    /// What the baseline costs, in words.
    baseline: String,
    rows: Vec<Row<'a>>,
}

/// Draws, for every workload of `view`, what each strategy costs as a multiple of the baseline, the cheapest
/// first, with 95 % intervals; a mark for each layout.
///
/// # Errors
/// One sentence, if the view has no ratio to draw.
pub fn cost(run: &Run, view: &View) -> Result<String, String> {
    let measured: Vec<&Measurement> = run.measurements.iter().filter(|m| view.holds(&m.case)).collect();
    let layouts = distinct(measured.iter().map(|m| m.case.layout.as_str()));
    let panels: Vec<Panel> = distinct(measured.iter().map(|m| m.case.workload.as_str()))
        .into_iter()
        .map(|workload| panel(run, &measured, &layouts, workload))
        .filter(|panel| panel.rows.iter().any(|row| row.cheapest().is_finite()))
        .collect();
    if panels.is_empty() {
        return Err(format!(
            "{} {}: no cost over a baseline was measured, so none can be drawn",
            view.lowering, view.setting
        ));
    }
    let grid = Grid::of(&panels, layouts.len());
    let title = format!("Cost over {}: {} lowering, {}", run.baseline, view.lowering, view.setting);
    let description = panels.iter().map(Panel::in_words).collect::<Vec<_>>().join(" ");
    let copy = Case::copy_of(&run.baseline);
    let has_copy = measured.iter().any(|m| m.case.strategy == copy);
    let mut notes = format!(
        "Time of an operation divided by the baseline's in the same round: the median, and its 95 % interval as a bar. \
         The vertical line at 1 is {}. Further right is slower; each panel has an axis of its own.",
        run.baseline
    );
    if has_copy {
        notes +=
            &format!(" {copy} is the same code at another address: what it differs from 1 by says nothing of costs.");
    }
    let caption = format!("Median ratio over {}. {}", samples(&measured), origin(&run.machine));
    let height = 26 + grid.height(panels.len());
    let page = Page { title: &title, description: &description, notes: &notes, caption: &caption, height };
    page.draw(|root, top| {
        legend(root, top + 8, &layouts)?;
        panels.iter().enumerate().try_for_each(|(i, panel)| grid.draw(root, top + 26, i, panel))
    })
}

fn panel<'a>(run: &Run, measured: &[&'a Measurement], layouts: &[&str], workload: &'a str) -> Panel<'a> {
    let here = || measured.iter().copied().filter(|m| m.case.workload == workload);
    let (base, others): (Vec<&Measurement>, Vec<&Measurement>) = here().partition(|m| m.case.strategy == run.baseline);
    let costs: Vec<String> = base
        .iter()
        .filter_map(|m| {
            Some(format!("{} {} {}", number(m.figures.as_ref().ok()?.median.median), m.unit, m.case.layout))
        })
        .collect();
    let mut rows: Vec<Row> = distinct(others.iter().map(|m| m.case.strategy.as_str()))
        .into_iter()
        .map(|strategy| {
            let ratio = |m: &Measurement| m.figures.as_ref().ok().and_then(|f| f.ratio.as_ref().ok().copied());
            let ratios = others
                .iter()
                .filter(|m| m.case.strategy == strategy)
                .filter_map(|m| Some((layouts.iter().position(|l| *l == m.case.layout)?, ratio(m))))
                .collect();
            Row { strategy, ratios }
        })
        .collect();
    rows.sort_by(|a, b| a.cheapest().total_cmp(&b.cheapest()));
    Panel { workload, baseline: format!("{} = {}", run.baseline, costs.join(", ")), rows }
}

impl Row<'_> {
    fn intervals(&self) -> impl Iterator<Item = Interval> {
        self.ratios.iter().filter_map(|(_, ratio)| *ratio)
    }

    /// The smallest ratio; infinite if nothing could be measured, which sorts last.
    fn cheapest(&self) -> f64 {
        self.intervals().map(|i| i.median).fold(f64::INFINITY, f64::min)
    }
}

impl Panel<'_> {
    fn in_words(&self) -> String {
        let rows = self.rows.iter().filter(|r| r.cheapest().is_finite());
        let rows: Vec<String> = rows.map(|r| format!("{} {}", r.strategy, number(r.cheapest()))).collect();
        format!("{}, from the cheapest: {}.", self.workload, rows.join(", "))
    }
}

fn legend(root: &Area, y: i32, layouts: &[&str]) -> Drawn {
    let mut x = MARGIN + 6;
    for (layout, (shape, colour)) in layouts.iter().zip(MARKS.iter().cycle()) {
        let text = format!("{} layout", fit(layout, SMALL, 160));
        mark(root, *shape, (x, y), *colour)?;
        Label::new(&text).draw(root, (x + 11, y))?;
        x += 11 + text_width(&text, SMALL) + 18;
    }
    mark(root, Shape::Cross, (x, y), GREY)?;
    Label::new("could not be measured or compared").draw(root, (x + 11, y))
}

/// Where the panels go: one column of them or two, as the strategies' names allow.
struct Grid {
    columns: i32,
    names: i32,
    row: i32,
    rows: i32,
}

impl Grid {
    const HEAD: i32 = 40;
    const FOOT: i32 = 40;
    const GAP: i32 = 28;
    /// Room for a ratio in figures.
    const FIGURES: i32 = 32;

    fn of(panels: &[Panel], layouts: usize) -> Self {
        let names = panels.iter().flat_map(|p| &p.rows).map(|r| text_width(r.strategy, SMALL)).max().unwrap_or(0);
        let rows = panels.iter().map(|p| p.rows.len()).max().unwrap_or(0) as i32;
        let columns = if panels.len() > 1 && names < 170 { 2 } else { 1 };
        Self { columns, names: names.min(360) + 10, row: 8 + 10 * layouts as i32, rows }
    }

    fn panel_height(&self) -> i32 {
        Self::HEAD + self.rows * self.row + Self::FOOT
    }

    fn height(&self, panels: usize) -> i32 {
        (panels as i32 + self.columns - 1) / self.columns * self.panel_height()
    }

    fn draw(&self, root: &Area, top: i32, index: usize, panel: &Panel) -> Drawn {
        let width = (WIDTH - 2 * MARGIN - (self.columns - 1) * Self::GAP) / self.columns;
        let left = MARGIN + index as i32 % self.columns * (width + Self::GAP);
        let top = top + index as i32 / self.columns * self.panel_height();
        Label::new(&fit(panel.workload, 14.0, width)).size(13.0).bold().draw(root, (left, top + 12))?;
        Label::new(&fit(&panel.baseline, SMALL, width)).colour(FAINT).draw(root, (left, top + 28))?;

        let first = top + Self::HEAD;
        let bottom = first + panel.rows.len() as i32 * self.row;
        let inside = Rect(left + self.names, first, left + width - Self::FIGURES, bottom);
        for i in (0..panel.rows.len() as i32).step_by(2) {
            let y = first + i * self.row;
            root.draw(&Rectangle::new([(left, y), (left + width, y + self.row)], BAND.filled()))?;
        }
        let ends = panel.rows.iter().flat_map(Row::intervals).flat_map(|i| [i.low, i.high]);
        let scale = Scale::around(ends.chain([1.0]));
        let at = axes(root, inside, &scale, None)?;
        let one = at(1.0, 0.0).0;
        line(root, (one, first), (one, bottom), INK.stroke_width(1))?;
        let unit = if scale.log { "times the baseline, logarithmic" } else { "times the baseline" };
        Label::new(unit).size(SMALL - 1.0).colour(FAINT).right().draw(root, (inside.2, bottom + 30))?;

        for (row, i) in panel.rows.iter().zip(0..) {
            let middle = first + i * self.row + self.row / 2;
            let name = fit(row.strategy, SMALL, self.names - 8);
            Label::new(&name).right().draw(root, (inside.0 - 8, middle))?;
            let below = |n: i32| middle - 5 * (row.ratios.len() as i32 - 1) + 10 * n;
            for ((layout, ratio), y) in row.ratios.iter().zip((0..).map(below)) {
                let (shape, colour) = MARKS[layout % MARKS.len()];
                let Some(ratio) = ratio else {
                    mark(root, Shape::Cross, (inside.0 + 8, y), GREY)?;
                    continue;
                };
                let x = |value| at(value, 0.0).0;
                line(root, (x(ratio.low), y), (x(ratio.high), y), colour.stroke_width(2))?;
                for end in [x(ratio.low), x(ratio.high)] {
                    line(root, (end, y - 3), (end, y + 3), colour.stroke_width(1))?;
                }
                mark(root, shape, (x(ratio.median), y), colour)?;
                let figure = number(ratio.median);
                Label::new(&figure).size(SMALL - 2.0).colour(colour).right().draw(root, (left + width - 2, y))?;
            }
        }
        Ok(())
    }
}
