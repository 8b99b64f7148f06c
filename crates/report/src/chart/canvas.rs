//! A page to draw on: title, notes, caption, text that knows its size.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Drawn = Result<(), Box<dyn std::error::Error + Send + Sync>>;

pub(super) const WIDTH: i32 = 900;
pub(super) const MARGIN: i32 = 16;

pub(super) const INK: RGBColor = RGBColor(0x1F, 0x23, 0x28);
pub(super) const FAINT: RGBColor = RGBColor(0x59, 0x63, 0x6E);
pub(super) const GREY: RGBColor = RGBColor(0xA0, 0xA7, 0xAF);
pub(super) const LINE: RGBColor = RGBColor(0xD8, 0xDE, 0xE4);
pub(super) const BAND: RGBColor = RGBColor(0xF6, 0xF8, 0xFA);

// The palette of M. Okabe and K. Ito, "Color Universal Design", 2008.
pub(super) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
pub(super) const VERMILLION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
pub(super) const GREEN: RGBColor = RGBColor(0x00, 0x9E, 0x73);
pub(super) const PURPLE: RGBColor = RGBColor(0xCC, 0x79, 0xA7);

/// What stands around every drawing.
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    /// For those who cannot see the picture.
    pub(super) description: &'a str,
    /// How to read it, under the title.
    pub(super) notes: &'a str,
    /// Where the figures come from, at the foot.
    pub(super) caption: &'a str,
    /// The height of the drawing itself.
    pub(super) height: i32,
}

impl Page<'_> {
    /// The page as SVG. `draw` is told the drawing's top edge.
    pub(super) fn draw(&self, draw: impl FnOnce(&Area, i32) -> Drawn) -> Result<String, String> {
        let title = fit(self.title, 20.0, WIDTH - 2 * MARGIN);
        let notes = wrap(self.notes, SMALL, WIDTH - 2 * MARGIN);
        let caption = wrap(self.caption, SMALL, WIDTH - 2 * MARGIN);
        let lines = |text: &[String]| text.len() as i32 * LINE_HEIGHT;
        let top = MARGIN + 28 + lines(&notes) + 8;
        let foot = top + self.height + 10;
        let height = foot + lines(&caption) + MARGIN - 4;
        let mut svg = String::new();
        {
            let root = SVGBackend::with_string(&mut svg, (WIDTH as u32, height as u32)).into_drawing_area();
            let paint = || -> Drawn {
                root.fill(&WHITE)?;
                Label::new(&title).size(18.0).bold().draw(&root, (MARGIN, MARGIN + 9))?;
                for (text, first, colour) in [(&notes, MARGIN + 36, INK), (&caption, foot + 6, FAINT)] {
                    for (i, line) in text.iter().enumerate() {
                        Label::new(line).colour(colour).draw(&root, (MARGIN, first + i as i32 * LINE_HEIGHT))?;
                    }
                }
                draw(&root, top)?;
                Ok(root.present()?)
            };
            paint().map_err(|e| format!("the chart \"{}\" cannot be drawn ({e})", self.title))?;
        }
        Ok(with_title(&svg, self.title, self.description))
    }
}

/// The default size of text, in pixels.
pub(super) const SMALL: f64 = 11.0;
const LINE_HEIGHT: i32 = 15;

/// A line of text, anchored at its left end and half its height unless told otherwise.
pub(super) struct Label<'a> {
    text: &'a str,
    size: f64,
    style: FontStyle,
    colour: RGBColor,
    anchor: HPos,
    upwards: bool,
}

impl<'a> Label<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, size: SMALL, style: FontStyle::Normal, colour: INK, anchor: HPos::Left, upwards: false }
    }
    pub(super) fn size(self, size: f64) -> Self {
        Self { size, ..self }
    }
    pub(super) fn bold(self) -> Self {
        Self { style: FontStyle::Bold, ..self }
    }
    pub(super) fn colour(self, colour: RGBColor) -> Self {
        Self { colour, ..self }
    }
    pub(super) fn right(self) -> Self {
        Self { anchor: HPos::Right, ..self }
    }
    pub(super) fn centre(self) -> Self {
        Self { anchor: HPos::Center, ..self }
    }
    /// Reads from the bottom to the top.
    pub(super) fn upwards(self) -> Self {
        Self { upwards: true, ..self }
    }

    pub(super) fn draw(&self, area: &Area, at: (i32, i32)) -> Drawn {
        let turn = if self.upwards { FontTransform::Rotate270 } else { FontTransform::None };
        let font = ("sans-serif", svg_size(self.size)).into_font().style(self.style).transform(turn);
        let style = font.color(&self.colour).pos(Pos::new(self.anchor, VPos::Center));
        Ok(area.draw(&Text::new(self.text, at, style))?)
    }
}

/// The size to ask of plotters, which writes every size divided by 1.24.
pub(super) fn svg_size(size: f64) -> f64 {
    size * 1.24
}

/// The width of `text` in pixels, on the wide side: the viewer's font is not known here. The classes are
/// those of DejaVu Sans, the widest of the usual sans-serif fonts.
pub(super) fn text_width(text: &str, size: f64) -> i32 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '/' | 'I' | 'f' | 't' | 'r' | '-' => 0.40,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.98,
        'A'..='Z' => 0.74,
        c if c.is_ascii() => 0.63,
        _ => 1.0,
    };
    (text.chars().map(em).sum::<f64>() * size).ceil() as i32
}

/// `text`, shortened with an ellipsis until it is at most `width` pixels wide.
pub(super) fn fit(text: &str, size: f64, width: i32) -> String {
    if text_width(text, size) <= width {
        return text.into();
    }
    let mut short: Vec<char> = text.chars().collect();
    while !short.is_empty() && text_width(&short.iter().collect::<String>(), size) + size as i32 > width {
        short.pop();
    }
    short.iter().chain(&['…']).collect()
}

fn wrap(text: &str, size: f64, width: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(fit(word, size, width)),
        }
    }
    lines
}

/// Adds what screen readers read. plotters writes neither; its first line is the `svg` tag.
fn with_title(svg: &str, title: &str, description: &str) -> String {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let svg = svg.replacen("<svg ", "<svg role=\"img\" aria-labelledby=\"title desc\" ", 1);
    let (tag, rest) = svg.split_once('\n').unwrap_or((&svg, ""));
    format!(
        "{tag}\n<title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n{rest}",
        escaped(title),
        escaped(description)
    )
}
