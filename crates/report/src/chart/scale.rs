//! Axes: linear for a narrow range, logarithmic for a wide one, ticks at round numbers.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// A range above which an axis is logarithmic.
const WIDE: f64 = 4.0;
/// The most ticks on an axis.
const TICKS: usize = 7;

/// An axis: maps values to pixels, and knows its ticks.
#[derive(Clone)]
pub(super) struct Scale {
    pub(super) log: bool,
    /// The ends, as logarithms if the axis is logarithmic.
    low: f64,
    high: f64,
    ticks: Vec<f64>,
}

impl Scale {
    /// An axis with room for all `values`. A value of 0 has no logarithm, so it makes the axis linear.
    pub(super) fn around(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        if low > high {
            return Self::bare();
        }
        let log = low > 0.0 && high / low > WIDE;
        let (from, to) = if log { (low.ln(), high.ln()) } else { (low, high) };
        let room = if to > from { 0.06 * (to - from) } else { 0.1 * to.abs().max(1.0) };
        let (low, high) = (from - room, to + room);
        Self { log, low, high, ticks: if log { log_ticks(low, high) } else { linear_ticks(low, high) } }
    }

    /// An axis from 0 to 1 without ticks.
    pub(super) fn bare() -> Self {
        Self { log: false, low: 0.0, high: 1.0, ticks: Vec::new() }
    }

    /// Where a value lies between the ends, from 0 to 1.
    fn fraction(&self, value: f64) -> f64 {
        let position = if self.log { value.ln() } else { value };
        (position - self.low) / (self.high - self.low)
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (f64::from(to - from) * self.fraction(*value)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<f64> {
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.clone() }
    }

    fn range(&self) -> Range<f64> {
        let value = |position: f64| if self.log { position.exp() } else { position };
        value(self.low)..value(self.high)
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        let (largest, step) = match self.log {
            true => (*value, *value),
            false => (self.low.abs().max(self.high.abs()), (self.high - self.low) / TICKS as f64),
        };
        let decade = |v: f64| v.log10().floor() as i32;
        if *value != 0.0 && (largest >= 1e6 || step < 1e-4) {
            let digits = (decade(value.abs()) - decade(step)).clamp(0, 6) as usize;
            let text = format!("{value:.digits$e}");
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            return format!("{}e{exponent}", without_zeros(mantissa));
        }
        let decimals = (-decade(step)).max(0) as usize;
        without_zeros(&format!("{value:.decimals$}")).into()
    }
}

/// Without the zeros that end a fraction.
fn without_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

/// Multiples of 1, 2 or 5 times a power of ten.
fn linear_ticks(low: f64, high: f64) -> Vec<f64> {
    let rough = (high - low) / TICKS as f64;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= rough).unwrap_or(rough);
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last).map(|i| i as f64 * step).collect()
}

/// 1, 2 and 5 times powers of ten, or fewer where that would be too many. Takes the ends as logarithms.
fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    let decade = |position: f64| position / f64::ln(10.0);
    let (first, last) = (decade(low).floor() as i32, decade(high).ceil() as i32);
    let within = |steps: &[f64], every: usize| -> Vec<f64> {
        let values = (first..=last).step_by(every).flat_map(|d| steps.iter().map(move |s| s * 10f64.powi(d)));
        values.filter(|v| (low..=high).contains(&v.ln())).collect()
    };
    let candidates =
        [within(&[1.0, 2.0, 5.0], 1), within(&[1.0, 3.0], 1), within(&[1.0], 1), within(&[1.0], 3), within(&[1.0], 6)];
    candidates.into_iter().find(|ticks| ticks.len() <= TICKS).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_value_lies_between_the_ends_and_ticks_are_few_and_ordered(
            values in prop::collection::vec(prop_oneof![Just(0.0), 1e-12..1e18, 0.9..1.1], 1..20),
        ) {
            let scale = Scale::around(values.iter().copied());
            for v in &values {
                prop_assert!((0..=1000).contains(&scale.map(v, (0, 1000))));
            }
            prop_assert!(scale.ticks.len() <= TICKS + 1);
            prop_assert!(scale.ticks.is_sorted_by(|a, b| a < b));
            prop_assert!(scale.ticks.iter().all(|t| (-1e-9..=1.0 + 1e-9).contains(&scale.fraction(*t))));
        }

        #[test]
        fn labels_tell_ticks_apart(low in 0.001..1e6f64, factor in 1.001..1e6f64) {
            let scale = Scale::around([low, low * factor].into_iter());
            let labels: Vec<String> = scale.ticks.iter().map(|t| scale.format_ext(t)).collect();
            for pair in labels.windows(2) {
                prop_assert_ne!(&pair[0], &pair[1]);
            }
        }
    }

    #[test]
    fn ticks_of_both_kinds() {
        let labels = |values: [f64; 2]| {
            let scale = Scale::around(values.into_iter());
            scale.ticks.iter().map(|t| scale.format_ext(t)).collect::<Vec<_>>()
        };
        assert_eq!(labels([0.98, 1.31]), ["1", "1.1", "1.2", "1.3"]);
        assert_eq!(labels([1.0, 30.0]), ["1", "2", "5", "10", "20"]);
        assert_eq!(labels([3e17, 9e17]), ["3e17", "4e17", "5e17", "6e17", "7e17", "8e17", "9e17"]);
        assert_eq!(labels([0.0, 3e-9]), ["0", "5e-10", "1e-9", "1.5e-9", "2e-9", "2.5e-9", "3e-9"]);
        assert_eq!(labels([0.5, 90_000.0]), ["1", "10", "100", "1000", "10000", "100000"]);
    }
}
