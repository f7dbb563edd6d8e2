//! The claim: the text in the lockfile that says whose the lock is.

use crate::number;
use crate::sys;

/// The length of every native writer's claim: one write covers any other claim.
pub const CLAIM_LEN: usize = 224;

const MARKER: &str = "native v1 ";

/// The domain in the claim of a writer that knows nobody else to be in its domain.
const UNKNOWN: &str = "-";

/// The pid on line 1, if the JS module takes it for alive. Every PID namespace has a process with that pid, and the pid is never used again.
#[cfg(unix)]
pub const ALWAYS_ALIVE: i32 = 1;

/// Marks the claim of a lock that others may have judged already: the lock was taken over, or its lockfile was seen empty. If its holder dies,
/// the next one has to settle, too.
const TAKEN: &str = "taken";
const FIRST: &str = "first=";
const BOOT: &str = "boot=";

/// Says that the writer keeps a handle on the lockfile as long as it has the lock. Native writers on Windows do.
#[cfg(any(windows, test))]
const HANDLE: &str = "handle";

/// The claim of this writer, new for every acquisition.
#[derive(Debug, Clone)]
pub struct Claim {
    nonce: String,
    text: String,
}

impl Claim {
    /// `first_line` is the pid by which the JS module will judge. `boot` is given if the domain does not name the boot.
    pub fn new(first_line: i32, domain: Option<&str>, boot: Option<&str>) -> Self {
        let (domain, pid, namespace) = (domain.unwrap_or(UNKNOWN), sys::process_id(), sys::pid_namespace());
        let nonce = format!("{pid}-{:016x}", sys::random());
        let mut text = format!("{first_line}\n{nonce}\n{MARKER}{domain} {pid} {namespace} {nonce}");
        for (word, value) in
            [(BOOT, boot.map(str::to_owned)), (FIRST, (first_line != 1).then(|| first_line.to_string()))]
        {
            if let Some(value) = value {
                text.extend([" ", word, &value]);
            }
        }
        Self { nonce, text: padded(&text) }
    }

    /// The same claim with the mark, for a lock whose take-over has to settle.
    #[cfg(unix)]
    pub fn taken(&self) -> Self {
        Self { nonce: self.nonce.clone(), text: padded(&format!("{} {TAKEN}", self.text.trim_end())) }
    }

    /// The claim of a writer that keeps a handle on the lockfile. JS writers on Windows judge it by its first line.
    #[cfg(any(windows, test))]
    pub fn of_handle() -> Self {
        let claim = Self::new(sys::process_id().cast_signed(), None, None);
        let text = padded(&format!("{} {HANDLE}", claim.text.trim_end()));
        Self { text, ..claim }
    }

    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Whether a lockfile with this text has this claim. The nonce decides, as in the JS module.
    #[cfg(unix)]
    pub fn is_in(&self, text: &[u8]) -> bool {
        text.split(|&byte| byte == b'\n').nth(1) == Some(self.nonce.as_bytes())
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
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
    Native(Native<'a>),
    /// A JS writer.
    Js {
        pid: i32,
    },
    /// The lockfile names nobody: it is empty, or has no pid on the first line.
    Unknown,
}

/// What a native writer's claim says of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Native<'a> {
    /// `None` for one that knows nobody else to be in its domain.
    pub domain: Option<&'a str>,
    pub pid: i32,
    pub pid_namespace: u64,
    pub boot: Option<&'a str>,
    pub taken: bool,
}

impl<'a> Claimant<'a> {
    pub fn parse(text: &'a str) -> Self {
        native(text).map_or_else(
            || js_pid(text.split('\n').next().unwrap_or_default()).map_or(Self::Unknown, |pid| Self::Js { pid }),
            Self::Native,
        )
    }

    /// Whether this is the claim of a native writer that may hold the lock without a handle on the lockfile.
    #[cfg(any(windows, test))]
    pub fn has_no_handle(text: &str) -> bool {
        let mut words = text.split('\n').nth(2).unwrap_or_default().split_ascii_whitespace();
        native(text).is_some() && words.all(|word| word != HANDLE)
    }
}

/// The native writer whose claim this is, if nobody has written over it. A JS writer may stamp its lockfile after a native writer has taken it
/// over. Line 3 stays as it is then, so the lines have to agree.
fn native(text: &str) -> Option<Native<'_>> {
    let mut lines = text.split('\n');
    let (first, nonce) = (lines.next()?, lines.next()?);
    let mut words = lines.next()?.strip_prefix(MARKER)?.split_ascii_whitespace();
    let (domain, pid, pid_namespace) = (words.next()?, words.next()?, words.next()?.parse().ok()?);
    let agrees = words.next()? == nonce && nonce.strip_prefix(pid)?.starts_with('-');
    let value = |prefix| words.clone().find_map(|word| word.strip_prefix(prefix));
    let is_whole = agrees && first == value(FIRST).unwrap_or("1");
    let (boot, taken) = (value(BOOT), words.clone().any(|word| word == TAKEN));
    let domain = Some(domain).filter(|&domain| domain != UNKNOWN);
    is_whole.then_some(Native { domain, pid: pid.parse().ok()?, pid_namespace, boot, taken })
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
    const DOMAIN: &str = "0123456789abcdef0123456789abcdef:ffffffffffffffff:ffffffffffffffff";
    const BOOT_ID: &str = "0123456789abcdef0123456789abcdef";

    fn read_back(claim: &Claim) -> Native<'_> {
        let Claimant::Native(native) = Claimant::parse(&claim.text) else { panic!("{claim:?}") };
        assert_eq!((claim.text.len(), native.pid), (CLAIM_LEN, sys::process_id().cast_signed()));
        native
    }

    #[test]
    fn a_claim_is_read_back() {
        let claim = Claim::new(1, Some(DOMAIN), None);
        let native = read_back(&claim);
        assert_eq!((native.domain, native.boot, native.taken), (Some(DOMAIN), None, false));
        let claim = Claim::new(i32::MAX, None, Some(BOOT_ID));
        let native = read_back(&claim);
        assert_eq!((native.domain, native.boot), (None, Some(BOOT_ID)));
    }

    #[cfg(unix)]
    #[test]
    fn a_marked_claim_is_read_back() {
        for first in [1, i32::MAX] {
            let claim = Claim::new(first, Some(DOMAIN), None);
            assert!(!read_back(&claim).taken);
            assert!(read_back(&claim.taken()).taken);
        }
    }

    #[test]
    fn a_claim_whose_lines_disagree_is_not_a_native_writers() {
        let is_native = |text| matches!(Claimant::parse(text), Claimant::Native(_));
        assert!(is_native("1\n5-00\nnative v1 - 5 9 5-00\n"));
        for text in [
            "1\n5-00\nnative v1 - 5 9 5-01\n",         // another nonce
            "1\n5-00\nnative v1 - 6 9 5-00\n",         // another pid
            "1\n5-00\nnative v1 - 5 9 5-00 first=7\n", // another first line
            "7\n5-00\nnative v1 - 5 9 5-00\n",
        ] {
            assert!(!is_native(text), "{text:?}");
        }
    }

    #[test]
    fn a_claim_says_whether_its_writer_keeps_a_handle() {
        let claim = Claim::of_handle();
        assert_eq!(read_back(&claim).domain, None);
        assert!(!Claimant::has_no_handle(&claim.text));
        assert!(Claimant::has_no_handle(&Claim::new(1, None, None).text));
        assert!(!Claimant::has_no_handle("1\n1-0011223344556677\n"));
    }

    /// As far as any stamp of a JS writer reaches.
    #[test]
    fn a_claim_that_was_written_over_is_a_js_writers() {
        for pid in [12, 123, 4711, 1_234_567] {
            let stamp = format!("{pid}\n{pid}-00112233445566ff\n");
            for len in 2..=stamp.len() {
                let claim = Claim::new(1, Some(DOMAIN), None);
                let late = format!("{}{}", &stamp[..len], &claim.text[len..]);
                assert!(!matches!(Claimant::parse(&late), Claimant::Native(_)), "{late:?}");
            }
        }
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
