//! Scanner cost against allocator cost: a point for each strategy, a panel for each layout.

use plotters::prelude::*;

use super::canvas::{
    Area, BAND, BLUE, Drawn, FAINT, GREY, INK, Label, MARGIN, Page, SMALL, VERMILLION, WIDTH, fit, text_width,
};
use super::labels::{HEIGHT, INDENT, Line, place_labels};
use super::plot::{Rect, Shape, axes, line, mark};
use super::scale::Scale;
use super::{distinct, origin, samples};
use crate::record::{Case, Measurement, Outcome, Run, TradeOff, Verdict, View};
use crate::stats::Interval;

/// What is known of a point, which decides how it is drawn: the more important on top.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// Safe wherever it was judged, and no safe strategy is better on both sides.
    Best,
    /// Safe wherever it was judged, but another safe strategy is better.
    Dominated,
    /// Racy in some verdict on the lowering that was measured.
    Racy,
    /// No verdict says that it is safe.
    Unproven,
}

impl Standing {
    const ALL: [Self; 4] = [Self::Best, Self::Dominated, Self::Racy, Self::Unproven];

    fn look(self) -> (Shape, RGBColor, RGBColor) {
        match self {
            Self::Best => (Shape::Disc, BLUE, INK),
            Self::Dominated => (Shape::Disc, GREY, FAINT),
            Self::Racy => (Shape::Cross, VERMILLION, VERMILLION),
            Self::Unproven => (Shape::Diamond, FAINT, FAINT),
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Best => "safe, and no safe one is better",
            Self::Dominated => "safe, but another is better",
            Self::Racy => "racy in some verdict on this lowering",
            Self::Unproven => "no verdict says safe",
        }
    }
}

struct Point<'a> {
    strategy: &'a str,
    scanner: Interval,
    allocator: Interval,
    standing: Standing,
}

impl Point<'_> {
    /// Nowhere dearer by its median, and on one side cheaper beyond doubt: the intervals do not meet.
    fn beats(&self, other: &Self) -> bool {
        self.scanner.median <= other.scanner.median
            && self.allocator.median <= other.allocator.median
            && (self.scanner.high < other.scanner.low || self.allocator.high < other.allocator.low)
    }
}

/// Draws the cost of `pair`'s scanner workload against that of its allocator workload, with 95 % intervals both
/// ways. Only strategies that the run's verdicts on the view's lowering prove safe can put others in the shade.
///
/// # Errors
/// One sentence, if no strategy of the view was measured on both sides.
pub fn trade_off(run: &Run, view: &View, pair: &TradeOff) -> Result<String, String> {
    let measured: Vec<&Measurement> = run
        .measurements
        .iter()
        .filter(|m| view.holds(&m.case) && [&pair.scanner, &pair.allocator].contains(&&m.case.workload))
        .filter(|m| m.case.strategy != Case::copy_of(&run.baseline))
        .collect();
    let panels: Vec<(&str, Vec<Point>)> = distinct(measured.iter().map(|m| m.case.layout.as_str()))
        .into_iter()
        .map(|layout| (layout, points(run, view, &measured, layout, pair)))
        .filter(|(_, points)| !points.is_empty())
        .collect();
    let Some(first) = measured.first().filter(|_| !panels.is_empty()) else {
        return Err(format!(
            "{} {}: no strategy has both {} and {} measured, so they cannot be drawn against one another",
            view.lowering, view.setting, pair.scanner, pair.allocator
        ));
    };
    let unit = &first.unit;
    let title = format!("Scanner against allocator: {} lowering, {}", view.lowering, view.setting);
    let best = |points: &[Point]| {
        let best = points.iter().filter(|p| p.standing == Standing::Best);
        best.map(|p| p.strategy.to_string()).collect::<Vec<_>>().join(", ")
    };
    let description: Vec<String> =
        panels.iter().map(|(layout, points)| format!("Best under the {layout} layout: {}.", best(points))).collect();
    let description = description.join(" ");
    let notes = "Nearer to the lower left corner is cheaper on both sides. Bars are 95 % intervals, where they are wider \
                 than the mark. Points that lie together are named in a frame, from the highest to the lowest.";
    let caption = format!("Median of {}, 95 % order-statistic intervals. {}", samples(&measured), origin(&run.machine));
    let height = 24 + PANEL * panels.len() as i32;
    let page = Page { title: &title, description: &description, notes, caption: &caption, height };
    page.draw(|root, top| {
        legend(root, top + 8)?;
        for ((layout, points), i) in panels.iter().zip(0..) {
            panel(root, top + 24 + i * PANEL, layout, points, pair, unit)?;
        }
        Ok(())
    })
}

fn points<'a>(run: &Run, view: &View, measured: &[&'a Measurement], layout: &str, pair: &TradeOff) -> Vec<Point<'a>> {
    let here = || measured.iter().copied().filter(|m| m.case.layout == layout);
    let cost = |strategy: &str, workload: &str| {
        let m = here().find(|m| m.case.strategy == strategy && m.case.workload == workload)?;
        Some(m.figures.as_ref().ok()?.median)
    };
    let mut points: Vec<Point> = distinct(here().map(|m| m.case.strategy.as_str()))
        .into_iter()
        .filter_map(|strategy| {
            let (scanner, allocator) = (cost(strategy, &pair.scanner)?, cost(strategy, &pair.allocator)?);
            Some(Point { strategy, scanner, allocator, standing: standing(run, strategy, layout, &view.lowering) })
        })
        .collect();
    let proven = |p: &Point| p.standing == Standing::Best;
    let beaten: Vec<bool> = points.iter().map(|p| points.iter().any(|other| proven(other) && other.beats(p))).collect();
    for (point, beaten) in points.iter_mut().zip(beaten) {
        if beaten && point.standing == Standing::Best {
            point.standing = Standing::Dominated;
        }
    }
    points.sort_by_key(|p| p.standing);
    points
}

/// What the verdicts on a lowering say; whether a safe strategy is dominated is not decided here.
fn standing(run: &Run, strategy: &str, layout: &str, lowering: &str) -> Standing {
    let here = |v: &&Verdict| {
        v.question.strategy == strategy && v.question.layout == layout && v.judges(lowering) && !v.orders_less
    };
    let judged = || run.checks.iter().filter(here);
    if judged().any(|v| matches!(v.outcome, Outcome::Racy { .. })) {
        Standing::Racy
    } else if judged().any(|v| v.outcome == Outcome::Safe) {
        Standing::Best
    } else {
        Standing::Unproven
    }
}

const PANEL: i32 = 420;

fn legend(root: &Area, y: i32) -> Drawn {
    let mut x = MARGIN + 6;
    for standing in Standing::ALL {
        let (shape, colour, _) = standing.look();
        mark(root, shape, (x, y), colour)?;
        Label::new(standing.meaning()).draw(root, (x + 11, y))?;
        x += 11 + text_width(standing.meaning(), SMALL) + 14;
    }
    Ok(())
}

fn panel(root: &Area, top: i32, layout: &str, points: &[Point], pair: &TradeOff, unit: &str) -> Drawn {
    let inside = Rect(MARGIN + 72, top + 32, WIDTH - MARGIN - 4, top + PANEL - 48);
    let scale = |side: fn(&Point) -> Interval| Scale::around(points.iter().map(side).flat_map(|i| [i.low, i.high]));
    let (x, y) = (scale(|p| p.allocator), scale(|p| p.scanner));
    let named = |side: &str, workload: &str, scale: &Scale| {
        format!("{side}: {workload}, {unit}{}", if scale.log { ", logarithmic" } else { "" })
    };
    Label::new(&fit(&format!("{layout} layout"), 14.0, WIDTH - 2 * MARGIN))
        .size(13.0)
        .bold()
        .draw(root, (MARGIN, top + 14))?;
    let at = axes(root, inside, &x, Some(&y))?;
    let across = fit(&named("allocator", &pair.allocator, &x), SMALL, inside.2 - inside.0);
    Label::new(&across).colour(FAINT).right().draw(root, (inside.2, inside.3 + 32))?;
    let upwards = fit(&named("scanner", &pair.scanner, &y), SMALL, inside.3 - inside.1);
    Label::new(&upwards).colour(FAINT).upwards().right().draw(root, (MARGIN + 6, inside.1))?;

    let places: Vec<(i32, i32)> = points.iter().map(|p| at(p.allocator.median, p.scanner.median)).collect();
    let mut bars: Vec<Line> = Vec::new();
    for (p, (x, y)) in points.iter().zip(&places) {
        let (_, colour, _) = p.standing.look();
        let ((left, bottom), (right, top)) = (at(p.allocator.low, p.scanner.low), at(p.allocator.high, p.scanner.high));
        for bar in [((left, *y), (right, *y)), ((*x, bottom), (*x, top))] {
            line(root, bar.0, bar.1, colour)?;
            bars.push(bar);
        }
    }
    let names: Vec<String> = points.iter().map(|p| fit(p.strategy, SMALL, 200)).collect();
    let blocks = place_labels(&names, &places, &bars, inside);
    for (from, to) in blocks.iter().filter_map(|block| block.leader) {
        line(root, from, to, GREY)?;
    }
    for block in &blocks {
        let Rect(left, top, right, bottom) = block.space;
        let several = block.points.len() > 1;
        if several {
            // A frame, so that the marks inside are not taken for points.
            root.draw(&Rectangle::new([(left, top), (right, bottom)], BAND.filled()))?;
            root.draw(&Rectangle::new([(left, top), (right, bottom)], GREY))?;
        }
        for (i, y) in block.points.iter().zip((top + 2 + HEIGHT / 2..).step_by(HEIGHT as usize)) {
            let (shape, colour, ink) = points[*i].standing.look();
            if several {
                mark(root, shape, (left + 8, y), colour)?;
            }
            let indent = if several { INDENT } else { 0 };
            Label::new(&names[*i]).colour(ink).draw(root, (left + 2 + indent, y))?;
        }
    }
    for (p, at) in points.iter().zip(&places).rev() {
        let (shape, colour, _) = p.standing.look();
        mark(root, shape, *at, colour)?;
    }
    Ok(())
}
