//! The time in the header, and how it is overwritten in place.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use super::HEADER_PREFIX;
use crate::error::{Error, Result};
use crate::number;
use crate::sys;

/// How many digits a timestamp has from 2001 to 2286. The prefix of the header has 23 bytes. So the second to the ninth digit are an
/// aligned word of eight bytes, and the last four digits are an aligned word of four bytes.
const IN_PLACE_DIGITS: usize = 13;

/// The length of a header line that can be stamped in place.
pub(crate) const IN_PLACE_HEADER_LEN: usize = HEADER_PREFIX.len() + IN_PLACE_DIGITS + 1;

/// The time in a journal's header, in milliseconds since 1970.
///
/// A timestamp is kept as its text in the header, because JavaScript writes there what it prints for a number: `1700000000000`, `1.5` or
/// `1e+21`. Two timestamps are equal if their texts are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timestamp(String);

impl Timestamp {
    /// The time of the system's clock.
    #[must_use]
    pub fn now() -> Self {
        sys::clock().into()
    }

    /// The milliseconds since 1970, as JavaScript reads them.
    #[must_use]
    pub fn millis(&self) -> f64 {
        number::parse(&self.0)
    }

    /// The placeholder of a journal that nobody has stamped yet. To readers such a journal is invalid.
    pub(crate) fn placeholder() -> Self {
        Self::from(0)
    }

    /// The header line of this timestamp.
    pub(crate) fn header(&self) -> String {
        format!("{HEADER_PREFIX}{self}\n")
    }

    /// The writes that replace the timestamp in a journal that begins with `head`, in their order; `None` if that can't be done in place. There
    /// are no writes if the timestamp is there already.
    ///
    /// A reader sees an aligned word of eight bytes whole or not at all. Of fewer bytes it can see some without the others, because some processors
    /// copy them one by one. So the low digits are cleared first, then the high ones change, and the low ones come last. A reader finds the old
    /// timestamp, the new one, or one that is older than the later of these two. By then the journal has all entries up to the later one.
    /// The last write has all of the digits, so that a writer that has lost its lock can't mix its low digits with the high ones of another.
    pub(crate) fn overwrites(&self, head: &[u8]) -> Option<Vec<(u64, Vec<u8>)>> {
        let old = head.strip_prefix(HEADER_PREFIX.as_bytes())?.strip_suffix(b"\n")?;
        let new = self.0.as_bytes();
        let is_plain = |digits: &[u8]| digits.len() == IN_PLACE_DIGITS && digits.iter().all(u8::is_ascii_digit);
        if !is_plain(old) || !is_plain(new) || old[0] != new[0] {
            return None;
        }
        let first = HEADER_PREFIX.len() as u64;
        let (high, low) = (1..9, 9..IN_PLACE_DIGITS);
        let cleared = |digits: &[u8]| [&digits[high.clone()], b"0000"].concat();
        let mut writes = vec![(first + low.start as u64, b"0000".to_vec())];
        if old[high.clone()] != new[high.clone()] {
            writes.push((first + high.start as u64, cleared(new)));
        }
        writes.push((first + high.start as u64, new[1..].to_vec()));
        Some(if old == new { vec![] } else { writes })
    }
}

impl From<u64> for Timestamp {
    fn from(millis: u64) -> Self {
        Self(millis.to_string())
    }
}

/// In whole milliseconds. A time before 1970 becomes 0, which readers take for the placeholder of a journal that was never stamped.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since_1970 = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(since_1970.as_millis().to_string())
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    /// Accepts a decimal number that is finite and not negative, as JavaScript prints and reads one.
    fn from_str(text: &str) -> Result<Self> {
        let value = number::parse(text);
        if value.is_finite() && value >= 0.0 && !text.is_empty() && number::trim(text) == text {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::InvalidTimestamp { text: text.to_owned() })
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_overwritten_in_place_only_by_one_of_its_width() {
        let overwrites = |old: &str, new: u64| {
            let stamp = Timestamp::from(new);
            stamp.overwrites(format!("# codegraph-journal v1 {old}").as_bytes())
        };
        let new = 1_700_000_010_010;
        assert_eq!(overwrites("1700000010010\n", new), Some(vec![]));
        let two = vec![(32, b"0000".to_vec()), (24, b"700000010010".to_vec())];
        for old in ["1700000010009\n", "1700000010011\n"] {
            assert_eq!(overwrites(old, new).as_ref(), Some(&two));
        }
        let three = vec![(32, b"0000".to_vec()), (24, b"700000010000".to_vec()), (24, b"700000010010".to_vec())];
        for old in ["1700000009990\n", "1700000020000\n"] {
            assert_eq!(overwrites(old, new).as_ref(), Some(&three));
        }
        for old in
            ["0\n", "1600000000000\r\n", "1600000000000", "160000000000x\n", "0600000000000\n", "2700000010011\n", ""]
        {
            assert_eq!(overwrites(old, new), None, "{old:?}");
        }
        assert_eq!(overwrites("1\n", 2), None);
    }

    /// What a reader may see, byte by byte behind whole words, is never newer than both.
    #[test]
    fn no_timestamp_in_between_is_newer() {
        for (one, other) in [
            (1_699_999_999_999, 1_700_000_000_000),
            (1_700_000_009_990, 1_700_000_010_010),
            (1_700_000_000_999, 1_700_000_001_000),
            (1_111_111_111_111, 1_999_999_990_000),
        ] {
            for (old, new) in [(one, other), (other, one)] {
                let mut header = Timestamp::from(old).header().into_bytes();
                let stamp = Timestamp::from(new);
                for (at, digits) in stamp.overwrites(&header.clone()).unwrap() {
                    let mut at = usize::try_from(at).unwrap();
                    let words = digits.len() / 8 * 8;
                    for piece in [&digits[..words]].into_iter().chain(digits[words..].chunks(1)) {
                        header[at..at + piece.len()].copy_from_slice(piece);
                        at += piece.len();
                        assert!(header <= Timestamp::from(other).header().into_bytes());
                    }
                }
                assert_eq!(header, stamp.header().into_bytes());
            }
        }
    }

    #[test]
    fn a_system_time_is_stamped_in_whole_milliseconds() {
        let time = UNIX_EPOCH + std::time::Duration::from_micros(1_700_000_000_000_999);
        assert_eq!(Timestamp::from(time), Timestamp::from(1_700_000_000_000));
        assert_eq!(Timestamp::from(UNIX_EPOCH - std::time::Duration::from_secs(1)), Timestamp::placeholder());
        let (before, now) = (Timestamp::from(SystemTime::now()), Timestamp::now());
        assert!(before.millis() <= now.millis() && now.millis() < before.millis() + 60_000.0);
    }

    #[test]
    fn timestamps_are_finite_and_not_negative() {
        for good in ["0", "1700000000000", "1.5", "1e+21", "5e-324"] {
            assert_eq!(good.parse::<Timestamp>().unwrap().to_string(), good);
        }
        for bad in ["", " 1", "-1", "NaN", "Infinity", "x", "undefined", "0x10"] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad:?}");
        }
    }
}
