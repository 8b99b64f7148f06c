//! Medians and their confidence intervals, without any assumption about the distribution.
//!
//! For *n* independent samples of a continuous distribution with median *m*, the number of samples below *m*
//! is binomial with probability ½. So the *l*-th smallest sample and the *l*-th largest enclose *m* with
//! probability 1 − 2·P(B < *l*), B ~ Bin(*n*, ½), whatever the distribution is (H. A. David and
//! H. N. Nagaraja, *Order Statistics*, 3rd edition, section 7.1). We take the largest *l* for which that is
//! at least 95 %.

use serde::{Deserialize, Serialize};

/// The fewest samples that give a 95 % interval: with five, even the whole range covers only 93.75 %.
pub const MIN_SAMPLES: usize = 6;

/// The largest sample: beyond it a figure is a mistake (30 years, in nanoseconds), and could overflow an axis.
const LARGEST: f64 = 1e18;

/// A median and the bounds of its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The upper bound.
    pub high: f64,
}

/// The median of `samples` with its 95 % confidence interval; an even number's median is the mean of the two
/// in the middle.
///
/// # Errors
/// If there are fewer than [`MIN_SAMPLES`], or one is negative, beyond 10¹⁸ or not a number.
pub fn median(samples: &[f64]) -> Result<Interval, String> {
    check(samples)?;
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let rank = lower_rank(n);
    Ok(Interval { low: sorted[rank - 1], median: (sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0, high: sorted[n - rank] })
}

/// The median of `samples[i] / baseline[i]` with its 95 % confidence interval.
///
/// Both samples of a pair come from the same round, so that whatever slows a round down cancels.
///
/// # Errors
/// If the lengths differ, a sample of the baseline is not positive, or [`median`] would fail.
pub fn ratio(samples: &[f64], baseline: &[f64]) -> Result<Interval, String> {
    if samples.len() != baseline.len() {
        return Err(format!("{} rounds cannot be paired with {} of the baseline", samples.len(), baseline.len()));
    }
    if baseline.iter().any(|b| *b <= 0.0) {
        return Err("the baseline took no measurable time".into());
    }
    let ratios: Vec<f64> = samples.iter().zip(baseline).map(|(a, b)| a / b).collect();
    median(&ratios)
}

/// Whether [`median`] accepts `samples`.
fn check(samples: &[f64]) -> Result<(), String> {
    if let Some(bad) = samples.iter().find(|s| !(0.0..=LARGEST).contains(*s)) {
        return Err(format!("{bad} lies outside 0 to {LARGEST:e}"));
    }
    if samples.len() < MIN_SAMPLES {
        return Err(format!("{} samples; a 95 % interval needs {MIN_SAMPLES}", samples.len()));
    }
    Ok(())
}

/// The largest rank *l* (from 1) with P(B < *l*) ≤ 2.5 %, B ~ Bin(*n*, ½). Needs n ≥ [`MIN_SAMPLES`].
fn lower_rank(n: usize) -> usize {
    let n = n as f64;
    // P(B = k) as a logarithm, since 2⁻ⁿ itself is 0 for large n.
    let (mut k, mut ln_p, mut below) = (0.0, -n * f64::ln(2.0), 0.0);
    loop {
        below += f64::exp(ln_p);
        if below > 0.025 {
            return k as usize;
        }
        ln_p += f64::ln((n - k) / (k + 1.0));
        k += 1.0;
    }
}
