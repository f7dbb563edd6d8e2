//! JavaScript's reading of text as a number, and JavaScript's white space.
//!
//! The JS module reads the header by `Number(text.trim())`, and each line of the body by `line.trim()`. Rust's own `trim` treats U+FEFF and U+0085
//! differently, and Rust's `parse` accepts `inf`.

/// Removes what JavaScript's `String.prototype.trim` removes: `WhiteSpace` and `LineTerminator` of ECMA-262.
#[must_use]
pub fn trim(text: &str) -> &str {
    // Nearly always there is nothing to remove. The first and the last byte show that.
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

/// The result of JavaScript's `Number(text)` for a decimal text. For any other text it is NaN.
///
/// Hexadecimal, octal and binary texts are NaN here and numbers in JavaScript. No writer has ever written one.
#[must_use]
pub fn parse(text: &str) -> f64 {
    match trim(text) {
        "" => 0.0,
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        // For these characters the grammars of Rust and JavaScript are the same. Rust's words (`inf`, `nan`) are not JavaScript's.
        text if text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')) => {
            text.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "exact values are the point")]
    fn decimal_numbers_read_as_in_javascript() {
        for (text, value) in [
            ("", 0.0),
            (" \u{feff}\n", 0.0),
            ("1e12", 1e12),
            ("1.5", 1.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("+1", 1.0),
            ("\u{a0}1700000000000\r", 1_700_000_000_000.0),
            ("Infinity", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
            ("9007199254740993", 9_007_199_254_740_992.0),
        ] {
            assert_eq!(parse(text), value, "{text:?}");
        }
        for text in [
            ["inf", "nan", "NaN", "infinity", "1_000", "1e", "e1", ".", "1 2", "\u{85}1"],
            ["0x10", "0X1f", "0o17", "0O17", "0b11", "0B11", "-0x10", "0x", "0xg", "0x1.8"],
        ]
        .concat()
        {
            assert!(parse(text).is_nan(), "{text:?}");
        }
    }

    #[test]
    fn trims_as_javascript() {
        assert_eq!(trim("\u{feff}\u{2028}a\u{85}\u{3000}"), "a\u{85}");
    }
}
