//! The answer to a call: one text of JSON, which `lib/answers.js` turns into values, warnings and errors. The addon creates no objects, because
//! they would belong to another realm than the caller's, in Jest for example.

use std::fmt::{self, Display, Write};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::operation::{Done, Value};
use codegraph_journal::{Degraded, Error as JournalError, HeldBy, Journal, Position, Result as JournalResult};

/// A JSON object in the making.
#[derive(Default)]
pub struct Fields(String);

impl Fields {
    /// Adds a number, a boolean, or a text that is JSON already.
    pub fn put(mut self, name: &str, value: impl Display) -> Self {
        let comma = if self.0.is_empty() { "" } else { "," };
        let _ = write!(self.0, "{comma}\"{name}\":{value}"); // a String takes everything
        self
    }

    pub fn text(self, name: &str, text: impl Display) -> Self {
        self.put(name, quoted(&text.to_string()))
    }
}

impl Display for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.0)
    }
}

fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        ..' ' => format!("\\u{:04x}", u32::from(c)),
        _ => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// The result of a call, and the entries that it has left out. `None` if there is nothing to report.
pub fn answer(journal: &Journal, result: JournalResult<Done>, left_out: Option<String>) -> Option<String> {
    let mut fields = Fields::default();
    if let Some(left_out) = left_out {
        fields = fields.text("leftOut", left_out);
    }
    fields = match result {
        Err(error) => fields.put("error", describe(&error)),
        Ok(done) => add(fields, journal, &done),
    };
    (!fields.0.is_empty()).then(|| fields.to_string())
}

fn add(mut fields: Fields, journal: &Journal, Done { value, receipt, shortfall }: &Done) -> Fields {
    match value {
        Some(Value::Fitted(fitted)) => fields = fields.put("value", fitted),
        Some(Value::Marked(Position::START)) => fields = fields.put("value", "null"),
        Some(Value::Marked(position)) => fields = fields.text("value", position),
        None => {}
    }
    if let Some(error) = shortfall {
        fields = fields.put("shortfall", describe(error));
    }
    if !receipt.waited.is_zero() {
        fields = fields.put("waitedMs", receipt.waited.as_secs_f64() * 1e3);
    }
    if let Some(why) = receipt.takeover {
        fields = fields.put("takeovers", receipt.takeovers).text("takeover", why);
    }
    if let Some(why) = receipt.redo {
        fields = fields.put("retries", receipt.redone).text("retry", why);
    }
    if !receipt.degraded.is_empty() {
        let all: Vec<_> = receipt.degraded.iter().collect();
        fields = fields.text("degraded", listed(&all));
        let news: Vec<_> = all.into_iter().filter(is_news).collect();
        if !news.is_empty() {
            fields = fields.text("lacks", format!("{}: {}", journal.path().display(), listed(&news)));
        }
    }
    fields
}

fn listed(all: &[Degraded]) -> String {
    all.iter().map(Degraded::to_string).collect::<Vec<_>>().join("; ")
}

/// Whether this process has not warned of it yet.
fn is_news(degraded: &Degraded) -> bool {
    static WARNED: [AtomicBool; Degraded::ALL.len()] = [const { AtomicBool::new(false) }; Degraded::ALL.len()];
    !WARNED[*degraded as usize].swap(true, Ordering::Relaxed)
}

/// An error. The error of a system call has libuv's number, and Node has the name and the message for that.
fn describe(error: &JournalError) -> Fields {
    let fields = match error {
        JournalError::Io { syscall, path, source } => {
            let fields = Fields::default().put("errno", errno(source)).text("syscall", syscall);
            return fields.text("path", path.display()).text("cause", source);
        }
        _ => Fields::default().text("message", error).text("code", error.code()),
    };
    match error {
        JournalError::LockTimeout { path, held_by, .. } => {
            fields.text("path", path.display()).put("holder", holder(held_by))
        }
        JournalError::Cancelled { path }
        | JournalError::NotAcknowledged { path, .. }
        | JournalError::NotAFile { path } => fields.text("path", path.display()),
        JournalError::InvalidEntry { index, file, reason } => {
            fields.put("index", index).text("file", file).text("reason", reason)
        }
        _ => fields,
    }
}

/// A holder as the `LockHolder` of `index.d.ts`.
pub fn holder(held_by: &HeldBy) -> Fields {
    let fields = Fields::default().text("message", held_by);
    let HeldBy::Holder(holder) = held_by else { return fields };
    let state = format!("{:?}", holder.state).to_lowercase();
    let mut fields = fields.put("pid", holder.pid).text("state", state).put("native", holder.native);
    if let Some(command) = &holder.command {
        fields = fields.text("command", command);
    }
    match holder.age {
        Some(age) => fields.put("ageMs", age.as_millis()),
        None => fields,
    }
}

/// libuv's number of a system error. On Unix it is the system's number, negated.
#[cfg(unix)]
fn errno(error: &io::Error) -> i32 {
    -error.raw_os_error().unwrap_or_default()
}

/// libuv's number of a system error, for the errors of file operations.
#[cfg(windows)]
fn errno(error: &io::Error) -> i32 {
    match error.raw_os_error().unwrap_or_default() {
        1 => -4068,                                   // EISDIR
        2 | 3 | 15 | 123 | 161 | 267 | 4392 => -4058, // ENOENT
        4 => -4066,                                   // EMFILE
        5 | 1314 => -4048,                            // EPERM
        6 => -4083,                                   // EBADF
        8 | 14 => -4057,                              // ENOMEM
        13 | 87 | 122 => -4071,                       // EINVAL
        17 => -4037,                                  // EXDEV
        19 => -4047,                                  // EROFS
        23 | 31 | 110 | 1117 | 1393 => -4070,         // EIO
        32 | 33 => -4082,                             // EBUSY
        39 | 82 | 112 => -4055,                       // ENOSPC
        50 => -4049,                                  // ENOTSUP
        64 => -4077,                                  // ECONNRESET
        80 | 183 => -4075,                            // EEXIST
        121 => -4039,                                 // ETIMEDOUT
        145 => -4051,                                 // ENOTEMPTY
        206 => -4064,                                 // ENAMETOOLONG
        223 => -4036,                                 // EFBIG
        998 | 1920 => -4092,                          // EACCES
        1921 => -4067,                                // ELOOP
        _ => -4094,                                   // UNKNOWN
    }
}
