//! Digits of numbers: integers in a base, and groups of thousands.

use num_bigint::{BigInt, Sign};

/// The digits of an integer without its sign, with its prefix apart: `-255` with `#x` is `0x`, `ff`.
pub(super) fn digits(int: &BigInt, kind: char) -> (&'static str, String) {
    let (radix, prefix) = match kind {
        'b' => (2, "0b"),
        'o' => (8, "0o"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let text = int.magnitude().to_str_radix(radix);
    (prefix, if kind == 'X' { text.to_uppercase() } else { text })
}

/// Whether it is below zero.
pub(super) fn is_negative(int: &BigInt) -> bool {
    int.sign() == Sign::Minus
}

/// The digits in groups of `size`, filled with zeros in front to a width.
pub(super) fn group(digits: &str, separator: Option<char>, size: usize, width: usize) -> String {
    let Some(separator) = separator else {
        return format!("{}{digits}", "0".repeat(width.saturating_sub(digits.len())));
    };
    let mut reversed: Vec<char> = Vec::with_capacity(width.max(digits.len() * 2));
    let mut left = digits.chars().rev();
    let mut remaining = digits.len();
    let mut in_group = 0;
    while remaining > 0 || reversed.len() < width {
        if in_group == size {
            // A separator is never first: the digit that follows may stand one beyond the width.
            reversed.push(separator);
            in_group = 0;
        }
        reversed.push(left.next().unwrap_or('0'));
        remaining = remaining.saturating_sub(1);
        in_group += 1;
    }
    reversed.into_iter().rev().collect()
}
