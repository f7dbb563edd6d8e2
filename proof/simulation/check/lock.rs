//! What happens to the lock: nobody takes it away from a living writer, and a dead one's is free in time.

use super::{Call, Check, Held, Kin, SECOND};
use crate::simulation::world::{DIR, Ino, World};

/// Longer than a pause between two tries.
const AT_ONCE: u64 = 10_000_000;

impl Check {
    /// It looks at the times of a file.
    pub fn judges(&mut self, who: usize, ino: Ino, wall: u64) {
        if self.held.ino == Some(ino) {
            let is_old = wall.saturating_sub(self.held.modified) > 30 * SECOND;
            self.members[who].judged_stale =
                is_old || self.held.owner.is_none_or(|owner| !self.is_at_work(owner, &self.held.text));
        }
    }

    /// Whether the one that has the lock by this claim lives, and is still in that call.
    pub(super) fn is_at_work(&self, who: usize, claim: &[u8]) -> bool {
        let member = &self.members[who];
        // A call that failed may have left its lockfile, and the writer be at its next one.
        let nonce = owner(claim);
        let is_by_this_call = |call: &Call| nonce.is_some_and(|nonce| call.nonces.contains(&nonce));
        // A JS writer that could not read its own lockfile does not know that it has the lock.
        let knows = |call: &Call| member.kin == Kin::Native || !call.disturbed;
        !member.dead && member.call.as_ref().is_some_and(|call| is_by_this_call(call) && knows(call))
    }

    pub(super) fn look_at_lock(&mut self, world: &World, who: usize) {
        let ino = world.paths.get(DIR).and_then(|&dir| world.lookup(dir, "changes.journal.lock").ok());
        let text = ino.map(|ino| world.inodes[&ino].bytes.clone()).unwrap_or_default();
        if ino == self.held.ino && text == self.held.text {
            return;
        }
        let owner = owner(&text).and_then(|nonce| self.nonces.get(&nonce).copied());
        let before = self.held.clone();
        if let Some(victim) = before.owner.filter(|&victim| victim != who && owner != Some(victim)) {
            self.stolen(world, who, victim, &before);
        }
        let is_new = owner != before.owner || ino != before.ino;
        if is_new {
            self.held.since = world.now;
            if owner == Some(who) {
                self.in_time(who, &before);
            }
        }
        if let Some(call) = owner.and_then(|owner| self.members[owner].call.as_mut()) {
            call.had_lock = true;
        }
        let modified = ino.map_or(0, |ino| world.inodes[&ino].modified);
        let (taken_at, calls) = if is_new {
            (self.seen, owner.map_or(0, |owner| self.members[owner].calls))
        } else {
            (before.taken_at, before.calls)
        };
        self.held = Held { ino, text, owner, since: self.held.since, modified, taken_at, calls };
    }

    /// Whether a native writer that has the kernel lock has taken the lock of a dead one at once.
    pub(super) fn in_time(&mut self, who: usize, before: &Held) {
        let are_native =
            [Some(who), before.owner].iter().all(|who| who.is_some_and(|who| self.kin(who) == Kin::Native));
        let nobody_stood_still =
            self.members.iter().all(|member| member.call.as_ref().is_none_or(|call| call.stalled == 0));
        let Some(call) = self.members.get(who).and_then(|member| member.call.as_ref()) else { return };
        let waited = self.now - self.busy.max(call.begun_at);
        let was_whole = before.owner.is_some_and(|owner| self.members[owner].dead) && !self.stood_still;
        if self.is_plain && are_native && nobody_stood_still && was_whole && waited > AT_ONCE + 3 * self.slack {
            let what = format!("{who} had it {:.3} s after its holder had died", waited as f64 / 1e9);
            self.broke("the lock of a native writer that was killed is free at once", what);
        }
    }

    /// Somebody has taken the lock of `victim` away.
    pub(super) fn stolen(&mut self, world: &World, who: usize, victim: usize, held: &Held) {
        let age = self.now.saturating_sub(held.since);
        let is_at_work = self.is_at_work(victim, &held.text);
        // One that stood still between writing its claim and publishing it has an old lock from the beginning.
        if let (Kin::Js, Some(call)) = (self.kin(who), &mut self.members[victim].call) {
            call.lost_to_js = true;
        }
        if !is_at_work || age > 30 * SECOND || world.wall().saturating_sub(held.modified) > 30 * SECOND {
            return;
        }
        match self.kin(who) {
            Kin::Mover | Kin::Engine => {}
            Kin::Js => self.excuse("a JS writer has stolen a lock that was in use"),
            Kin::Native if self.clock_is_set => self.excuse("the wall clock was set, and a lock seemed old"),
            Kin::Native => {
                let stalled = |who: usize| {
                    let member = &self.members[who];
                    member.call.as_ref().map_or(0, |call| call.stalled).max(if member.last > 0 {
                        self.now.saturating_sub(member.last)
                    } else {
                        0
                    })
                };
                let had_lock = self.members[who].call.as_ref().is_some_and(|call| call.had_lock);
                let is_released = world.contents("changes.journal.lock").is_none() && had_lock;
                let has_gone_on = self.members[victim].calls > held.calls;
                let is_settling = String::from_utf8_lossy(&held.text).contains(" taken") && !has_gone_on;
                let is_replaced = world.changes_by_rename(who);
                let is_since_last_call = held.taken_at > self.members[who].seen;
                if is_released && is_since_last_call {
                    self.excuse("a lock was stolen between the two calls of its owner's release");
                } else if is_replaced && is_since_last_call && self.members[victim].kin == Kin::Js {
                    self.excuse("a lockfile that can't be written to was replaced while a JS writer stole it");
                } else if is_settling {
                    self.excuse("of two that took over one stale lockfile, the later one has it");
                } else if self.members[victim].kin == Kin::Js
                    && stalled(victim) >= 500_000_000
                    && (self.other_namespaces || self.members[who].judged != held.text)
                {
                    self.excuse("a JS writer that stood still for 0.5 s, unstamped or in another PID namespace, has lost its lock");
                } else if stalled(who) >= 50_000_000
                    && (is_replaced && is_since_last_call || !is_replaced && self.members[who].judged_stale)
                {
                    self.excuse(
                        "a native that stood still between judging and writing has stolen a lock that was in use",
                    );
                } else {
                    let what =
                        format!("{who} has taken the lock of {victim}, {:.3} s after it was taken", age as f64 / 1e9);
                    self.broke("no lock of a living writer is removed or overwritten", what);
                }
            }
        }
    }
}

/// The nonce in a lockfile.
fn owner(lockfile: &[u8]) -> Option<u64> {
    let text = str::from_utf8(lockfile).ok()?;
    let (_, nonce) = text.split('\n').nth(1)?.split_once('-')?;
    u64::from_str_radix(nonce, 16).ok()
}
