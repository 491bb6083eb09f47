//! How sure a share is, for the measurements that print one.

/// The Wilson score interval at 95 %, in per cent (E. B. Wilson, Journal of the American Statistical Association 22,
/// 1927); everything is possible where nothing was counted.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn wilson(hits: usize, all: usize) -> (f64, f64) {
    if all == 0 {
        return (0.0, 100.0);
    }
    let (n, z) = (all as f64, 1.96_f64);
    let p = hits as f64 / n;
    let centre = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let spread = z / (1.0 + z * z / n) * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    (100.0 * (centre - spread).max(0.0), 100.0 * (centre + spread).min(1.0))
}
