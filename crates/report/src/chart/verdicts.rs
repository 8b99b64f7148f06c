//! The verdict matrix: strategies and layouts down, engines and models across.

use plotters::prelude::*;

use super::canvas::{Area, Drawn, FAINT, GREY, INK, LINE, Label, MARGIN, Page, SMALL, WIDTH, fit, text_width};
use super::origin;
use super::plot::line;
use crate::matrix::{Cell, Kind, Matrix, STARRED};
use crate::record::{Question, Run};

/// The fill and the ink of a cell: light blue, dark orange, hatched yellow and white differ in lightness too.
fn colours(kind: Kind) -> (RGBColor, RGBColor) {
    match kind {
        Kind::Safe => (RGBColor(0xB3, 0xDB, 0xF2), INK),
        Kind::Racy => (RGBColor(0xB3, 0x45, 0x00), WHITE),
        Kind::Unknown => (RGBColor(0xFB, 0xF2, 0xB0), INK),
        Kind::NotChecked => (WHITE, FAINT),
    }
}

/// Draws the verdicts: each cell shows the worst outcome over the scenarios asked and all properties, and how many of
/// them have it; a corner marks a contradicted claim.
///
/// # Errors
/// One sentence, if the run has no verdicts.
pub fn verdicts(run: &Run) -> Result<String, String> {
    let matrix = Matrix::of(run);
    if matrix.rows.is_empty() {
        return Err("nothing was checked, so there is no verdict to draw".into());
    }
    let grid = Grid::of(&matrix);
    let distinct = |part: fn(&Question) -> &str, what: &str| {
        let n = super::distinct(run.checks.iter().map(|v| part(&v.question))).len();
        format!("{n} {what}{}", if n == 1 { "" } else { "s" })
    };
    let caption = format!(
        "Statistic: the worst outcome in a cell. n = {} verdicts on {}, {} executions looked at. {}",
        run.checks.len(),
        distinct(|q| &q.scenario, "scenario"),
        run.checks.iter().map(|v| v.executions).sum::<u64>(),
        origin(&run.machine)
    );
    let most = matrix.most();
    let notes = format!(
        "A cell shows the worst outcome over the scenarios asked and all properties. \"R 1/{most}\", \"R 1\" where that is too wide: of its {most} \
         verdicts one is racy. \
         \"*\": {STARRED}."
    );
    let page = Page {
        title: "Verdicts",
        description: &description(&matrix),
        notes: &notes,
        caption: &caption,
        height: 30 + grid.header + matrix.rows.len() as i32 * ROW + 6,
    };
    page.draw(|root, top| {
        legend(root, top + 10)?;
        grid.draw(root, top + 30, &matrix)
    })
}

fn description(matrix: &Matrix) -> String {
    let row = |(r, (strategy, layout)): (usize, &(&str, &str))| {
        let cells: Vec<String> = matrix
            .columns
            .iter()
            .enumerate()
            .map(|(c, (engine, column))| format!("{engine} {column} {}", matrix.cell(r, c).kind().meaning()))
            .collect();
        format!("{strategy}, {layout} layout: {}.", cells.join(", "))
    };
    matrix.rows.iter().enumerate().map(row).collect::<Vec<_>>().join(" ")
}

fn legend(root: &Area, y: i32) -> Drawn {
    let mut x = MARGIN;
    let mut entry = |text: &str, draw: &dyn Fn((i32, i32)) -> Drawn| -> Drawn {
        draw((x, y - 9))?;
        Label::new(text).draw(root, (x + 34, y))?;
        x += 34 + text_width(text, SMALL) + 14;
        Ok(())
    };
    for kind in Kind::ALL {
        entry(kind.meaning(), &|at| fill(root, at, (28, 18), kind, kind.letter()))?;
    }
    entry("claims to be safe and is racy", &|at| {
        fill(root, at, (28, 18), Kind::Racy, Kind::Racy.letter())?;
        claims_too_much(root, at, (28, 18))
    })?;
    entry("safe, but does not claim it", &|at| {
        fill(root, at, (28, 18), Kind::Safe, Kind::Safe.letter())?;
        claims_too_little(root, at, (28, 18))
    })
}

const ROW: i32 = 22;

/// Where the cells are.
struct Grid {
    left: i32,
    layouts: i32,
    column: i32,
    header: i32,
    upwards: bool,
}

impl Grid {
    fn of(matrix: &Matrix) -> Self {
        let widest = |texts: &mut dyn Iterator<Item = &str>| texts.map(|t| text_width(t, SMALL)).max().unwrap_or(0);
        let strategies = widest(&mut matrix.rows.iter().map(|r| r.0)).min(220);
        let layouts = widest(&mut matrix.rows.iter().map(|r| r.1)).min(100);
        let left = MARGIN + strategies + layouts + 24;
        let column = ((WIDTH - MARGIN - left) / matrix.columns.len().max(1) as i32).clamp(20, 110);
        let names = widest(&mut matrix.columns.iter().map(|c| c.1));
        let upwards = names + 6 > column;
        let header = 24 + if upwards { names.min(160) + 8 } else { 20 };
        Self { left, layouts: left - layouts - 12, column, header, upwards }
    }

    fn draw(&self, root: &Area, top: i32, matrix: &Matrix) -> Drawn {
        let right = self.left + matrix.columns.len() as i32 * self.column;
        let first = top + self.header;
        let bottom = first + matrix.rows.len() as i32 * ROW;
        for (c, (engine, column)) in matrix.columns.iter().enumerate() {
            let x = self.left + c as i32 * self.column;
            if c == 0 || matrix.columns[c - 1].0 != *engine {
                let wide = matrix.columns[c..].iter().take_while(|other| other.0 == *engine).count() as i32;
                let text = fit(engine, SMALL, wide * self.column - 4);
                Label::new(&text).bold().centre().draw(root, (x + wide * self.column / 2, top + 10))?;
                line(root, (x + 3, top + 20), (x + wide * self.column - 3, top + 20), GREY)?;
            }
            let text = fit(column, SMALL, if self.upwards { 160 } else { self.column - 2 });
            if self.upwards {
                Label::new(&text).upwards().draw(root, (x + self.column / 2, first - 6))?;
            } else {
                Label::new(&text).centre().draw(root, (x + self.column / 2, first - 11))?;
            }
        }
        for (r, (strategy, layout)) in matrix.rows.iter().enumerate() {
            let y = first + r as i32 * ROW;
            let middle = y + ROW / 2;
            if r == 0 || matrix.rows[r - 1].0 != *strategy {
                line(root, (MARGIN, y), (right, y), LINE)?;
                Label::new(&fit(strategy, SMALL, self.layouts - MARGIN - 8)).draw(root, (MARGIN, middle))?;
            }
            let layout = fit(layout, SMALL, self.left - self.layouts - 4);
            Label::new(&layout).colour(FAINT).draw(root, (self.layouts, middle))?;
            for c in 0..matrix.columns.len() {
                let x = self.left + c as i32 * self.column;
                cell(root, (x + 1, y + 1), (self.column - 2, ROW - 2), matrix.cell(r, c))?;
            }
        }
        line(root, (MARGIN, bottom), (right, bottom), LINE)
    }
}

fn cell(root: &Area, at: (i32, i32), size: (i32, i32), cell: &Cell) -> Drawn {
    let text = cell.text();
    // Bold is a tenth wider.
    let fits = |text: &&String| text_width(text, text_size(size.0)) * 11 / 10 + 4 <= size.0;
    let star = if cell.is_racy_where_less_is_ordered() { "*" } else { "" };
    let letter = format!("{}{star}", cell.kind().letter());
    let count = text.split_once('/').map_or(letter.clone(), |(count, _)| format!("{count}{star}"));
    let text = [&text, &count].into_iter().find(fits).unwrap_or(&letter);
    fill(root, at, size, cell.kind(), text)?;
    if cell.claims_too_much() {
        claims_too_much(root, at, size)?;
    } else if cell.claims_too_little() {
        claims_too_little(root, at, size)?;
    }
    Ok(())
}

/// The size of text in a cell of this width.
fn text_size(width: i32) -> f64 {
    if width < 44 { SMALL - 2.0 } else { SMALL }
}

fn fill(root: &Area, (x, y): (i32, i32), (w, h): (i32, i32), kind: Kind, text: &str) -> Drawn {
    let (paper, ink) = colours(kind);
    root.draw(&Rectangle::new([(x, y), (x + w, y + h)], paper.filled()))?;
    if kind == Kind::Unknown {
        for start in (x - h..x + w).step_by(7) {
            let (from, to) = (start.max(x), (start + h).min(x + w));
            line(root, (from, y + h - (from - start)), (to, y + h - (to - start)), RGBColor(0xDD, 0xC8, 0x5A))?;
        }
    }
    if matches!(kind, Kind::Unknown | Kind::NotChecked) {
        root.draw(&Rectangle::new([(x, y), (x + w, y + h)], LINE))?;
    }
    Label::new(text).size(text_size(w)).bold().colour(ink).centre().draw(root, (x + w / 2, y + h / 2))
}

/// A thick frame and a black corner.
fn claims_too_much(root: &Area, (x, y): (i32, i32), (w, h): (i32, i32)) -> Drawn {
    root.draw(&Rectangle::new([(x + 1, y + 1), (x + w - 1, y + h - 1)], BLACK.stroke_width(2)))?;
    Ok(root.draw(&Polygon::new(vec![(x + w - 10, y), (x + w, y), (x + w, y + 10)], BLACK.filled()))?)
}

/// A small ring in the corner.
fn claims_too_little(root: &Area, (x, y): (i32, i32), (w, _): (i32, i32)) -> Drawn {
    root.draw(&Circle::new((x + w - 5, y + 5), 3, WHITE.filled()))?;
    Ok(root.draw(&Circle::new((x + w - 5, y + 5), 3, INK))?)
}
