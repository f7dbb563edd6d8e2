//! The claim: the text in the lockfile that says whose the lock is.

use crate::nonce::nonce;
use crate::number;
use crate::sys;

/// The length of every native's claim. A claim of the JS module has at most 40 bytes, so that a native's claim covers it.
pub const CLAIM_LEN: usize = 128;

const MARKER: &str = "native v1 ";

/// The mark in the claim of a lock that others may have judged already: the lock was taken over, or its lockfile was seen empty. If its holder
/// dies, the next one has to settle too.
const TAKEN: &str = "taken";

/// Says that the writer keeps a handle on the lockfile as long as it has the lock, and has no lock without: a native on Windows.
#[cfg(any(windows, test))]
const HANDLE: &str = "handle";

/// The claim of this native, new for every acquisition.
#[derive(Debug, Clone)]
pub struct Claim(String);

impl Claim {
    /// Line 1 is the pid that the JS module will judge by, `1` on Unix (see [`lock`](super)).
    pub fn new(first_line: u32, domain: &str, pid_namespace: u64) -> Self {
        let (pid, nonce) = (sys::process_id(), nonce());
        Self(padded(&format!("{first_line}\n{pid}-{nonce:016x}\n{MARKER}{domain} {pid} {pid_namespace}")))
    }

    /// The same claim with the mark, for a lock whose take-over has to settle.
    #[cfg(unix)]
    pub fn taken(&self) -> Self {
        Self(padded(&format!("{} {TAKEN}", self.0.trim_end())))
    }

    /// The claim of a native that has a handle on the lockfile.
    #[cfg(windows)]
    pub fn of_handle() -> Self {
        let claim = Self::new(sys::process_id(), "-", 0);
        Self(padded(&format!("{} {HANDLE}", claim.0.trim_end())))
    }

    #[cfg(unix)]
    pub fn nonce(&self) -> &str {
        self.0.lines().nth(1).expect("the second line")
    }

    /// Whether a lockfile with this text has this claim. The nonce tells, as in the JS module.
    #[cfg(unix)]
    pub fn is_in(&self, text: &[u8]) -> bool {
        let nonce = self.nonce().as_bytes();
        text.split(|&byte| byte == b'\n').nth(1) == Some(nonce)
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn padded(lines: &str) -> String {
    let text = format!("{lines:<width$}\n", width = CLAIM_LEN - 1);
    debug_assert_eq!(text.len(), CLAIM_LEN, "a claim must cover any other");
    text
}

/// Whose claim a lockfile has, as read.
#[derive(Debug, PartialEq, Eq)]
pub enum Claimant<'a> {
    /// A native, with its lock domain, and whether its claim is marked.
    Native { domain: &'a str, pid: u32, pid_namespace: u64, taken: bool },
    /// A JS writer.
    Js { pid: i32 },
    /// Nobody that is named: the lockfile is empty, or has no pid on the first line.
    Unknown,
}

impl<'a> Claimant<'a> {
    pub fn parse(text: &'a str) -> Self {
        let mut lines = text.split('\n');
        let pid = lines.next().unwrap_or_default();
        let native = lines.nth(1).and_then(|line| line.strip_prefix(MARKER)).and_then(|line| {
            let mut words = line.split_ascii_whitespace();
            let domain = words.next()?;
            let (pid, pid_namespace) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
            Some(Self::Native { domain, pid, pid_namespace, taken: words.next() == Some(TAKEN) })
        });
        native.unwrap_or_else(|| js_pid(pid).map_or(Self::Unknown, |pid| Self::Js { pid }))
    }

    /// Whether this is the claim of a native that can have the lock without a handle on the lockfile.
    #[cfg(any(windows, test))]
    pub fn has_no_handle(text: &str) -> bool {
        let mut words = text.split('\n').nth(2).unwrap_or_default().split_ascii_whitespace();
        matches!(Claimant::parse(text), Claimant::Native { .. }) && words.all(|word| word != HANDLE)
    }
}

/// The pid on the first line, as the JS module reads it: `Number(line)`, if `process.kill` takes that number.
fn js_pid(line: &str) -> Option<i32> {
    let number = number::parse(line);
    #[expect(clippy::cast_possible_truncation, reason = "checked to be a whole i32 by the comparison")]
    let pid = number as i32;
    (f64::from(pid) - number == 0.0 && pid > 0).then_some(pid)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The longest domain that there can be.
    const DOMAIN: &str = "0123456789abcdef0123456789abcdef:ffffffffffffffff";

    fn expect_read_back(claim: &Claim, taken: bool) {
        assert_eq!(claim.as_bytes().len(), CLAIM_LEN);
        let native = Claimant::Native { domain: DOMAIN, pid: sys::process_id(), pid_namespace: u64::MAX, taken };
        assert_eq!(Claimant::parse(str::from_utf8(claim.as_bytes()).unwrap()), native);
    }

    #[test]
    fn a_claim_is_read_back_and_has_one_length() {
        let claim = Claim::new(1, DOMAIN, u64::MAX);
        let text = str::from_utf8(claim.as_bytes()).unwrap();
        assert_eq!(text.split('\n').next(), Some("1"));
        assert!(text.split('\n').nth(1).unwrap().starts_with(&format!("{}-", sys::process_id())));
        expect_read_back(&claim, false);
    }

    #[cfg(unix)]
    #[test]
    fn a_marked_claim_is_read_back_and_has_the_same_length() {
        expect_read_back(&Claim::new(1, DOMAIN, u64::MAX).taken(), true);
    }

    #[test]
    fn a_js_claim_has_a_pid_as_javascript_reads_it() {
        assert_eq!(Claimant::parse("123\n123-0011223344556677\n"), Claimant::Js { pid: 123 });
        assert_eq!(Claimant::parse(" 16 \r"), Claimant::Js { pid: 16 });
        for nobody in ["", "\n", "0\n", "-5", "abc", "1.5", "4294967296", "Infinity", "NaN", "0x10"] {
            assert_eq!(Claimant::parse(nobody), Claimant::Unknown, "{nobody:?}");
        }
    }
}
