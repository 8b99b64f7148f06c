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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// P(l ≤ B < n + 1 − l), B ~ Bin(n, ½), from exact binomial coefficients.
    fn coverage(n: usize, l: usize) -> f64 {
        let mut row = vec![1u128];
        for _ in 0..n {
            row = [0].iter().chain(&row).zip(row.iter().chain(&[0])).map(|(a, b)| a + b).collect();
        }
        row[l..=n - l].iter().sum::<u128>() as f64 / 2f64.powi(n as i32)
    }

    #[test]
    fn the_rank_is_the_largest_that_covers_95_percent() {
        for n in MIN_SAMPLES..=120 {
            let l = lower_rank(n);
            assert!(coverage(n, l) >= 0.95, "n = {n}, rank {l}");
            assert!(coverage(n, l + 1) < 0.95, "n = {n}, rank {l}");
        }
        assert!(coverage(MIN_SAMPLES - 1, 1) < 0.95);
    }

    #[test]
    fn ranks_of_many_samples_follow_the_normal_approximation() {
        for n in [1_000, 10_000, 1_000_000] {
            let normal = n as f64 / 2.0 - 1.96 * (n as f64).sqrt() / 2.0;
            assert!((lower_rank(n) as f64 - normal).abs() <= 1.5, "n = {n}");
        }
    }

    #[test]
    fn intervals_of_a_skewed_distribution_cover_its_median_as_often_as_they_say() {
        let mut state = 0x9E37_79B9_7F4A_7C15u64;
        let mut uniform = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let mut covered = 0;
        for _ in 0..4_000 {
            let exponential: Vec<f64> = (0..31).map(|_| -uniform().max(1e-300).ln()).collect();
            let i = median(&exponential).unwrap();
            covered += usize::from((i.low..=i.high).contains(&f64::ln(2.0)));
        }
        // Four standard deviations around the exact probability.
        let (share, exact) = (covered as f64 / 4_000.0, coverage(31, lower_rank(31)));
        assert!((share - exact).abs() < 4.0 * (exact * (1.0 - exact) / 4_000.0).sqrt(), "{share} against {exact}");
    }

    #[test]
    fn what_allows_no_interval_says_why() {
        assert_eq!(median(&[1.0; 5]).unwrap_err(), "5 samples; a 95 % interval needs 6");
        for bad in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert!(median(&[1.0, 1.0, bad, 1.0, 1.0, 1.0]).unwrap_err().contains("lies outside"), "{bad}");
        }
        assert_eq!(ratio(&[1.0; 6], &[1.0; 7]).unwrap_err(), "6 rounds cannot be paired with 7 of the baseline");
        assert_eq!(ratio(&[1.0; 6], &[0.0; 6]).unwrap_err(), "the baseline took no measurable time");
    }

    fn samples() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec(0.001..1e6, MIN_SAMPLES..200)
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_median_and_is_made_of_samples(samples in samples()) {
            let i = median(&samples).unwrap();
            prop_assert!(i.low <= i.median && i.median <= i.high);
            prop_assert!(samples.contains(&i.low) && samples.contains(&i.high));
            let at_most = |bound| samples.iter().filter(|s| **s <= bound).count();
            prop_assert!(2 * at_most(i.median) >= samples.len());
        }

        #[test]
        fn neither_order_nor_unit_matters(samples in samples()) {
            let i = median(&samples).unwrap();
            let other: Vec<f64> = samples.iter().rev().map(|s| s * 1024.0).collect();
            let j = median(&other).unwrap();
            prop_assert_eq!([i.low, i.median, i.high].map(|v| v * 1024.0), [j.low, j.median, j.high]);
        }

        #[test]
        fn what_slows_a_whole_round_down_cancels(rounds in samples(), factor in 0.25..8.0f64) {
            let slower: Vec<f64> = rounds.iter().map(|s| s * factor).collect();
            let r = ratio(&slower, &rounds).unwrap();
            for bound in [r.low, r.median, r.high] {
                prop_assert!((bound / factor - 1.0).abs() < 1e-12);
            }
        }
    }
}
