// The mutants: a step that is taken out, and the test that notices.

const cargo = (test) => ({
  build: `cargo test --quiet --no-default-features --no-run ${test}`,
  run: `cargo test --quiet --no-default-features ${test}`,
})
const vitest = (test) => ({ build: 'npm run --silent build', run: `npx vitest run ${test}` })

export const TESTS = {
  lock: cargo('--lib lock::'),
  journal: cargo('--lib journal::'),
  file: cargo('--lib journal_file::'),
  guard: cargo('--test steps guard::'),
  steps: cargo('--test steps'),
  differences: vitest('__test__/differences.lock.test.mjs'),
  processes: vitest('__test__/processes.test.mjs'),
  readers: vitest('__test__/readers.test.mjs'),
  forks: {
    build: 'npm run --silent build',
    run: 'TMPDIR=$PWD node stress/main.mjs --only forked-children --only spawned-children --rounds 2',
  },
}

export const MUTANTS = [
  {
    step: 'guard: no kernel lock',
    file: 'src/lock/unix/guard.rs',
    from: 'match self.file.try_lock() {',
    to: 'match Ok::<(), TryLockError>(()) {',
    test: 'processes',
  },
  {
    step: 'guard: its path is not looked at once it is locked',
    file: 'src/lock/unix/guard.rs',
    from: 'Ok(true) if guard.is_named()? =>',
    to: 'Ok(true) if guard.is_named()? || true =>',
    test: 'guard',
  },
  {
    step: 'guard: a queued wait is not given up for a guard that has been replaced',
    file: 'src/lock/unix/guard.rs',
    from: 'if !guard.is_named()? {',
    to: 'if guard.queued.is_none() && !guard.is_named()? {',
    test: 'lock',
  },
  {
    step: 'guard: not unlocked, only closed',
    file: 'src/lock/unix/guard.rs',
    from: 'let _ = self.file.unlock();',
    to: '',
    test: 'forks',
  },
  {
    step: 'guard: inherited by the children of a process',
    file: 'src/lock/unix/guard.rs',
    from: 'let metadata = file.metadata().during("fstat", path)?;',
    to: 'unsafe { libc::fcntl(std::os::fd::AsRawFd::as_raw_fd(&file), libc::F_SETFD, 0) }; let metadata = file.metadata().during("fstat", path)?;',
    test: 'forks',
  },
  {
    step: 'prepare: a real pid on line 1',
    file: 'src/lock/unix/mod.rs',
    from: 'Claim::new(ALWAYS_ALIVE,',
    to: 'Claim::new(std::process::id() + 0 * ALWAYS_ALIVE,',
    test: 'differences',
  },
  {
    step: "publish: in the lockfile's place, not only where there is none",
    file: 'src/lock/unix/private.rs',
    from: 'let linked = match &self.name {',
    to: 'let _ = fs::remove_file(lockfile);\n        let linked = match &self.name {',
    test: 'lock',
  },
  {
    step: 'sweep: not at all',
    file: 'src/lock/sweep.rs',
    from: '.is_multiple_of(WRITES)',
    to: ' > u32::MAX - WRITES',
    test: 'steps',
  },
  {
    step: 'judge: no grace for a lockfile that is not stamped yet',
    file: 'src/lock/unix/judge.rs',
    from: 'Claimant::Unknown if age > GRACE',
    to: 'Claimant::Unknown if age >= GRACE - GRACE',
    test: 'lock',
  },
  {
    step: "judge: a foreign native's claim is trusted",
    file: 'src/lock/unix/judge.rs',
    from: 'domain == our_domain && domain != domain::UNKNOWN',
    to: '!domain.is_empty()',
    test: 'lock',
  },
  {
    step: 'take over: by removing and creating, not in place',
    file: 'src/lock/unix/mod.rs',
    from: 'inode.file.write_all_at(claim.as_bytes(), 0).during("write", &self.lockfile)?;',
    to: 'fs::remove_file(&self.lockfile).during("unlink", &self.lockfile)?; let inode = create_lockfile(&self.lockfile, &claim)?.unwrap_or(inode);',
    test: 'lock',
  },
  {
    step: 'settle: not at all',
    file: 'src/lock/wait.rs',
    from: '    thread::sleep(SETTLE);',
    to: '    let _ = SETTLE;',
    test: 'lock',
  },
  {
    step: 'confirm: the take-over is believed',
    file: 'src/lock/unix/mod.rs',
    from: 'self.take_over(stale, &mut private, claim)?;\n                    if self.is_ours()? {',
    to: 'self.take_over(stale, &mut private, claim)?;\n                    if self.is_ours()? || true {',
    test: 'lock',
  },
  {
    step: 'look after: the journal is not looked at',
    file: 'src/journal_file/mod.rs',
    from: 'patiently(|| sys::is_named(&self.path, *id)).during("lstat", &self.path)',
    to: 'Ok(*id == *id)',
    test: 'file',
  },
  {
    step: "release: somebody else's lockfile is removed",
    file: 'src/lock/unix/mod.rs',
    from: 'if !self.is_ours()? {\n            return Ok(false);\n        }\n        match',
    to: 'match',
    test: 'lock',
  },
  {
    step: 'write: not done again when the lock was lost',
    file: 'src/journal.rs',
    from: 'if is_current && lock.release()? {',
    to: 'if is_current && (lock.release()? || true) {',
    test: 'journal',
  },
  {
    step: 'write: the stamp before the entries',
    file: 'src/journal_file/mod.rs',
    from: 'if !journal.append(&lines)? {\n                return Ok(Written::Refused);\n            }\n            // Else',
    to: '{ let other = Open::journal(&self.path)?; other.map_or(Ok(()), |other| other.overwrite(overwrites.clone()))?; }\n            if !journal.append(&lines)? {\n                return Ok(Written::Refused);\n            }\n            // Else',
    test: 'steps',
  },
  {
    step: "write: a line over a page's end is no comment at first",
    file: 'src/journal_file/open.rs',
    from: 'bytes.to_mut()[start] = COMMENT;',
    to: 'bytes.to_mut()[start] += COMMENT - COMMENT;',
    test: 'readers',
  },
  {
    step: 'write: comments are put right wherever they are',
    file: 'src/journal_file/open.rs',
    from: 'Ok(true) => self.overwrite',
    to: 'Ok(true | false) => self.overwrite',
    test: 'file',
  },
]
