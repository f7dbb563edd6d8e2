//! JavaScript's reading of text as a number, and JavaScript's white space.
//!
//! The JS module parses the header with `Number(text.trim())` and the body with `line.trim()`. Rust's own `trim` and
//! `parse` disagree with both (U+FEFF, U+0085, `0x10`, `inf`), so a journal would read differently here and there.

/// Removes what JavaScript's `String.prototype.trim` removes: `WhiteSpace` and `LineTerminator` of ECMA-262.
#[must_use]
pub fn trim(text: &str) -> &str {
    // Nearly always there is nothing to remove, and bytes tell.
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim_matches(is_white_space),
    }
}

/// Whether `trim` removes this character.
fn is_white_space(c: char) -> bool {
    matches!(c,
        '\u{9}'..='\u{d}' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}'
        | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}')
}

/// What `Number(text)` is in JavaScript; NaN where that is NaN.
#[must_use]
pub fn parse(text: &str) -> f64 {
    let text = trim(text);
    match text.get(..2) {
        Some("0x" | "0X") => return parse_integer(&text[2..], 4),
        Some("0o" | "0O") => return parse_integer(&text[2..], 3),
        Some("0b" | "0B") => return parse_integer(&text[2..], 1),
        _ => {}
    }
    match text {
        "" => 0.0,
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        // Rust's grammar for these characters is JavaScript's; only its words (`inf`, `nan`) are not.
        _ if text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) => {
            text.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

/// An integer of digits of `bits` bits each, rounded half to even as ECMA-262 asks.
fn parse_integer(digits: &str, bits: u32) -> f64 {
    if digits.is_empty() {
        return f64::NAN;
    }
    let mut kept: u128 = 0; // the leading bits, at least 120 of them
    let mut lost = false; // whether a 1 bit was dropped behind them
    let mut exponent = 0;
    for digit in digits.chars() {
        let Some(digit) = digit.to_digit(1 << bits) else { return f64::NAN };
        if kept.leading_zeros() > bits {
            kept = kept << bits | u128::from(digit);
        } else {
            exponent += bits.cast_signed();
            lost |= digit != 0;
        }
    }
    // The conversion rounds to 53 bits; the sticky bit keeps a tie from being seen where bits were dropped.
    #[expect(clippy::cast_precision_loss, reason = "rounding to the nearest double is what is wanted")]
    let leading = (kept | u128::from(lost)) as f64;
    leading * 2f64.powi(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "exact values are the point")]
    fn numbers_read_as_in_javascript() {
        for (text, value) in [
            ("", 0.0),
            (" \u{feff}\n", 0.0),
            ("0x10", 16.0),
            ("0XfF", 255.0),
            ("0b11", 3.0),
            ("0o17", 15.0),
            ("1e12", 1e12),
            ("1.5", 1.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("+1", 1.0),
            ("\u{a0}1700000000000\r", 1_700_000_000_000.0),
            ("Infinity", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("0x20000000000001", 9_007_199_254_740_992.0),
            ("0x20000000000003", 9_007_199_254_740_996.0),
            // A tie at bit 53, broken upwards by a bit far behind it.
            ("0x20000000000001000000000000000000000000000001", 2f64.powi(173) + 2f64.powi(121)),
        ] {
            assert_eq!(parse(text), value, "{text:?}");
        }
        for text in
            ["inf", "nan", "NaN", "1_000", "0x", "0xg", "-0x10", "1e", "e1", ".", "1 2", "\u{85}1", "infinity", "0x1.8"]
        {
            assert!(parse(text).is_nan(), "{text:?}");
        }
    }

    #[test]
    fn trims_as_javascript() {
        assert_eq!(trim("\u{feff}\u{2028}a\u{85}\u{3000}"), "a\u{85}");
    }
}
